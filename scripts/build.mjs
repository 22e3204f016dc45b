// Makes what runs: src → dist (tsc), src/browser → public/build (esbuild). `node scripts/build.mjs`.
import { spawn } from 'node:child_process';
import { copyFile, rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { buildBrowser } from './build-browser.mjs';

const root = new URL('..', import.meta.url);
const tsc = fileURLToPath(new URL('node_modules/typescript/bin/tsc', root));

/** Compiles the server; resolves to tsc's exit code, its messages go to the terminal. */
function compileServer() {
  return new Promise((done) => {
    const child = spawn(process.execPath, [tsc, '-p', 'tsconfig.build.json', '--pretty', 'false'], {
      cwd: root,
      stdio: 'inherit',
    });
    child.on('exit', (code) => done(code ?? 1));
  });
}

const start = Date.now();
await rm(new URL('dist', root), { recursive: true, force: true });
const [code, browser] = await Promise.allSettled([compileServer(), buildBrowser()]);
if (browser.status === 'rejected') {
  // esbuild has already printed what is wrong with a source file; anything else is said here.
  if (!browser.reason?.errors) console.error(String(browser.reason?.stack ?? browser.reason));
  process.exitCode = 1;
}
if (code.status === 'rejected' || code.value !== 0) process.exitCode = 1;
// Not compiled, read when it is needed.
const words = 'users/common-passwords.txt';
if (!process.exitCode) await copyFile(new URL(`src/${words}`, root), new URL(`dist/${words}`, root));
if (process.exitCode) console.error('The build failed: see above.');
else console.log(`Built dist/ and public/build/ in ${((Date.now() - start) / 1000).toFixed(1)} s.`);
