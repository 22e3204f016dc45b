// Does the role that the stack came to allow what the test suite needed, and no more? The suite notes its calls when it runs;
// where it has not run yet, it is run for that.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { run } from './tools.mjs';

const root = fileURLToPath(new URL('../../..', import.meta.url));
// What drives the app as a whole and what only looks at files: no call comes from there that the rest does not make.
const WITHOUT = ['test/journey/**', 'test/deploy/**', 'test/cloud/**', 'test/cloudformation/**', 'test/scripts/**'];

const noted = (folder) =>
  existsSync(folder)
    ? [
        ...new Set(readdirSync(folder).flatMap((file) => readFileSync(`${folder}${file}`, 'utf8').trim().split('\n'))),
      ].sort()
    : [];

async function must(args, signal) {
  const { code, stdout, stderr } = await run(process.execPath, args, { cwd: root, signal });
  if (code !== 0) throw new Error(`${args[0]} failed: ${(stderr || stdout).trim().split('\n').at(-1)}`);
}

export async function checkRole(resources, signal) {
  const { CALLS, differences } = await import('../check-role.mjs');
  if (noted(CALLS).length === 0) {
    await must(['scripts/build.mjs'], signal);
    await must(['node_modules/vitest/vitest.mjs', 'run', ...WITHOUT.flatMap((path) => ['--exclude', path])], signal);
  }
  const calls = noted(CALLS);
  if (calls.length === 0) throw new Error('the test suite noted no call');
  const faults = differences({ Resources: resources, parameters: { ApplicationName: 'studentcore' } }, calls);
  if (faults.length > 0) throw new Error(faults.join(' '));
  return `allows each of ${String(calls.length)} kinds of calls, and beyond them only what the paper grants`;
}
