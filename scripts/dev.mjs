// Builds, runs, and does both again after every change. `npm run dev`.
import { spawn } from 'node:child_process';
import { watch } from 'node:fs';
import { sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildBrowser } from './build-browser.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Editors save in several steps; changes within this time are one. */
const PAUSE_MS = 150;
/** A server that does not end by itself is ended. */
const PATIENCE_MS = 8_000;

let server;
let ending = false;

function start() {
  server = spawn(process.execPath, ['--import', 'tsx', 'src/server.ts'], {
    cwd: root,
    stdio: 'inherit',
    env: { NODE_ENV: 'development', ...process.env },
  });
  const mine = server;
  mine.on('exit', (code) => {
    if (mine === server && !ending)
      console.log(`The server has ended (${code ?? 'by a signal'}). Waiting for a change.`);
  });
}

function stop() {
  const old = server;
  server = undefined;
  if (!old || old.exitCode !== null || old.signalCode !== null) return Promise.resolve();
  return new Promise((done) => {
    const impatient = setTimeout(() => old.kill('SIGKILL'), PATIENCE_MS);
    old.once('exit', () => {
      clearTimeout(impatient);
      done();
    });
    old.kill('SIGTERM');
  });
}

async function bundle() {
  try {
    await buildBrowser({ dev: true });
  } catch {
    // esbuild has said what is wrong; the last good bundle stays.
  }
}

let browserChanged = false;
let timer;
let work = Promise.resolve();

function onChange(kind) {
  if (kind === 'browser') browserChanged = true;
  clearTimeout(timer);
  timer = setTimeout(() => {
    const browser = browserChanged;
    browserChanged = false;
    work = work.then(async () => {
      if (browser) await bundle();
      await stop();
      if (!ending) start();
    });
  }, PAUSE_MS);
}

await bundle();
start();
watch(`${root}src`, { recursive: true }, (_event, file) => {
  if (!file || !/\.(ts|css)$/.test(file)) return;
  onChange(file.startsWith(`browser${sep}`) ? 'browser' : 'server');
});
// The bundle holds only the styles and icons that views use; the server reads views and bundle when it starts.
watch(`${root}views`, { recursive: true }, () => onChange('browser'));

for (const signal of ['SIGINT', 'SIGTERM'])
  process.on(signal, () => {
    ending = true;
    void stop().then(() => process.exit(0));
  });
