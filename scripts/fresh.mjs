// Is what was compiled newer than what it is made of? `node scripts/fresh.mjs` builds when it is not.
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
/** Views count: they decide which rules of the style sheets are kept. */
const SOURCES = ['src', 'views', 'package.json', 'package-lock.json', 'tsconfig.json', 'tsconfig.build.json'];
const BUILDERS = ['scripts/build.mjs', 'scripts/build-browser.mjs', 'scripts/build-css.mjs'];
const BUILT = ['dist/server.js', 'public/build/manifest.json'];

/** When a file, or anything in a folder, last changed; a folder's own time tells of removed files. */
function changedAt(path) {
  const info = statSync(path, { throwIfNoEntry: false });
  if (!info) return 0;
  if (!info.isDirectory()) return info.mtimeMs;
  return Math.max(info.mtimeMs, ...readdirSync(path).map((name) => changedAt(join(path, name))));
}

/** Whether a build is needed. */
export function isStale() {
  const built = BUILT.map((file) => join(root, file));
  if (!built.every((file) => existsSync(file))) return true;
  const made = Math.min(...built.map(changedAt));
  return [...SOURCES, ...BUILDERS].some((path) => changedAt(join(root, path)) > made);
}

/** Builds when needed; resolves to whether there is something to run. */
export async function makeFresh() {
  if (!isStale()) return true;
  if (!existsSync(join(root, 'node_modules/.package-lock.json'))) {
    console.error('Nothing is installed yet: run npm ci first, or ./scripts/start.sh, which does everything.');
    return false;
  }
  console.error('Building …');
  // Its messages go to stderr: stdout belongs to the command that was asked for.
  const child = spawn(process.execPath, [join(root, 'scripts/build.mjs')], { cwd: root, stdio: ['ignore', 2, 2] });
  const stop = () => child.kill('SIGTERM');
  process.once('SIGTERM', stop);
  const code = await new Promise((done) => {
    child.on('error', () => done(1));
    child.on('exit', done);
  });
  process.off('SIGTERM', stop);
  // Half a build must not look like a fresh one next time.
  if (code !== 0) rmSync(join(root, 'dist'), { recursive: true, force: true });
  return code === 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url) && !(await makeFresh())) process.exitCode = 1;
