// Do types, lint, format, build, all tests, a few kills, a restore, a second engine and the rehearsal pass?
// Runs them one after the other; the last line counts. With arguments, which go to vitest, only a part is tested.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { getuid } from 'node:process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'studentcore-check-'));
const report = join(folder, 'tests.json');

/** Runs a tool by its file, so that no shell and no npm stands between; resolves to its exit code. */
function run(args, env = process.env) {
  return new Promise((done) => {
    const child = spawn(process.execPath, args, { cwd: root, env, stdio: ['ignore', 'inherit', 'inherit'] });
    const stop = () => child.kill('SIGTERM');
    process.once('SIGTERM', stop);
    child.on('error', () => done(1));
    child.on('exit', (code) => {
      process.off('SIGTERM', stop);
      done(code ?? 1);
    });
  });
}

const STEPS = [
  ['build', ['scripts/build.mjs']],
  ['types', ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.json', '--noEmit']],
  ['lint', ['node_modules/eslint/bin/eslint.js', '--max-warnings', '0', '.']],
  ['format', ['node_modules/prettier/bin/prettier.cjs', '--check', '--log-level', 'warn', '.']],
];

/** Said again above the last line: a long log is often kept by its end only. */
const failures = [];

/** What vitest's own report counts; a file that never got to its tests is one failure. */
function countTests(content) {
  const count = { passed: 0, failed: 0, skipped: 0 };
  let result;
  try {
    result = JSON.parse(readFileSync(report, 'utf8'));
  } catch {
    failures.push('vitest: no report');
    return { ...count, failed: 1 };
  }
  for (const file of result.testResults) {
    const failing = file.assertionResults.filter((test) => test.status === 'failed');
    const failed = failing.length;
    const path = relative(root, file.name);
    for (const test of failing) failures.push(`${path}: ${test.fullName}\n${test.failureMessages.join('\n')}`);
    if (failed === 0 && file.status === 'failed') failures.push(`${path}: ${file.message}`);
    const passed = file.assertionResults.filter((test) => test.status === 'passed').length;
    count.failed += failed > 0 || file.status !== 'failed' ? failed : 1;
    count.passed += passed;
    count.skipped += file.assertionResults.length - failed - passed;
  }
  // An error outside of any test fails the run too.
  if (!content && count.failed === 0) {
    failures.push('vitest: an error outside of any test');
    count.failed = 1;
  }
  return count;
}

/** Runs a program that counts for itself: its last line is `N passed, N failed`. */
function runCounting(args) {
  return new Promise((done) => {
    const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
    const stop = () => child.kill('SIGTERM');
    process.once('SIGTERM', stop);
    let end = '';
    child.stdout.on('data', (chunk) => {
      process.stdout.write(chunk);
      end = (end + String(chunk)).slice(-200);
    });
    child.on('close', (code) => {
      process.off('SIGTERM', stop);
      const [, passed, failed] = /(\d+) passed, (\d+) failed\s*$/.exec(end) ?? [];
      const count = { passed: Number(passed ?? 0), failed: Number(failed ?? 1), skipped: 0 };
      if (code !== 0 && count.failed === 0) count.failed = 1;
      done(count);
    });
  });
}

const total = { passed: 0, failed: 0, skipped: 0 };

/** What a script ends with when this machine lacks something that only root may install; it has said what. */
const NOT_HERE = 75;

async function step(name, args) {
  const code = await run(args);
  const came = code === 0 ? 'passed' : code === NOT_HERE ? 'skipped' : 'failed';
  console.log(`${{ passed: 'ok  ', skipped: 'skip', failed: 'FAIL' }[came]} ${name}`);
  total[came] += 1;
  if (came === 'failed') failures.push(name);
}

function add(count) {
  for (const key of Object.keys(total)) total[key] += count[key];
}

const some = process.argv.slice(2);
for (const [name, args] of STEPS) await step(name, args);

// What the tests ask of the database is noted there; a note of an earlier run must not count.
rmSync(join(root, 'node_modules/.cache/studentcore/dynamo-calls'), { recursive: true, force: true });
const vitest = ['node_modules/vitest/vitest.mjs', 'run', '--reporter=default', '--reporter=json'];
const code = await run([...vitest, `--outputFile.json=${report}`, ...some]);
add(countTests(code === 0));
rmSync(folder, { recursive: true, force: true });

if (some.length === 0) {
  await step('rights', ['scripts/rehearse/check-role.mjs']);
  // Short forms, one at a time: what measures time must not be disturbed.
  await step('chaos: killed three times under load', ['scripts/chaos.mjs', '--rounds', '3']);
  await step('drill: back up, restore, use what was restored', ['scripts/drill.mjs']);
  await step('second engine: DynamoDB Local', ['scripts/dynamodb-local.mjs', '--short']);
  await step('speed: answers right, CPU as committed', ['scripts/bench/bench.mjs', '--short']);
  if (getuid?.() === 0 && existsSync('/etc/debian_version')) {
    const rehearsal = await runCounting(['scripts/rehearse/rehearse.mjs', '--quick']);
    if (rehearsal.failed > 0) failures.push('rehearsal');
    add(rehearsal);
  } else {
    console.log('skip rehearsal: it boots a container, which needs root on Debian.');
    total.skipped += 1;
  }
}

for (const failure of failures) console.log(`FAIL ${failure.split('\n').slice(0, 12).join('\n     ')}`);
const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : '';
console.log(`${total.passed} passed, ${total.failed} failed${skipped}`);
process.exitCode = total.failed === 0 ? 0 : 1;
