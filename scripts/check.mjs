// Do types, lint, format, build and all tests pass? Runs them one after the other; the last line counts.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'studentcore-check-'));
const report = join(folder, 'tests.json');

/** Runs a tool by its file, so that no shell and no npm stands between; resolves to whether it was content. */
function run(args, env = process.env) {
  return new Promise((done) => {
    const child = spawn(process.execPath, args, { cwd: root, env, stdio: ['ignore', 'inherit', 'inherit'] });
    const stop = () => child.kill('SIGTERM');
    process.once('SIGTERM', stop);
    child.on('error', () => done(false));
    child.on('exit', (code) => {
      process.off('SIGTERM', stop);
      done(code === 0);
    });
  });
}

const STEPS = [
  ['build', ['scripts/build.mjs']],
  ['types', ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.json', '--noEmit']],
  ['lint', ['node_modules/eslint/bin/eslint.js', '--max-warnings', '0', '.']],
  ['format', ['node_modules/prettier/bin/prettier.cjs', '--check', '--log-level', 'warn', '.']],
];

/** What vitest's own report counts; a file that never got to its tests is one failure. */
function countTests(content) {
  const count = { passed: 0, failed: 0, skipped: 0 };
  let result;
  try {
    result = JSON.parse(readFileSync(report, 'utf8'));
  } catch {
    return { ...count, failed: 1 };
  }
  for (const file of result.testResults) {
    const failed = file.assertionResults.filter((test) => test.status === 'failed').length;
    const passed = file.assertionResults.filter((test) => test.status === 'passed').length;
    count.failed += failed > 0 || file.status !== 'failed' ? failed : 1;
    count.passed += passed;
    count.skipped += file.assertionResults.length - failed - passed;
  }
  // An error outside of any test fails the run too.
  if (!content && count.failed === 0) count.failed = 1;
  return count;
}

const total = { passed: 0, failed: 0, skipped: 0 };
for (const [name, args] of STEPS) {
  const content = await run(args);
  console.log(`${content ? 'ok  ' : 'FAIL'} ${name}`);
  total[content ? 'passed' : 'failed'] += 1;
}
const vitest = ['node_modules/vitest/vitest.mjs', 'run', '--reporter=default', '--reporter=json'];
const content = await run([...vitest, `--outputFile.json=${report}`, ...process.argv.slice(2)]);
const tests = countTests(content);
for (const key of Object.keys(total)) total[key] += tests[key];
rmSync(folder, { recursive: true, force: true });

const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : '';
console.log(`${total.passed} passed, ${total.failed} failed${skipped}`);
process.exitCode = total.failed === 0 ? 0 : 1;
