// Would a backup save us? `npm run drill`: a demo college, backed up beside its running app, restored elsewhere, and used there.
// Every step is the command an operator types; one table says what came of it.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { register } from 'tsx/esm/api';
import { makeFresh } from './fresh.mjs';

register();
const { createBrowser } = await import('../test/support/browser.ts');

const SMALL = ['--students', '60', '--programs', '5', '--courses', '8', '--attendance', '300', '--results', '150'];
const PASSWORD = 'a password for the drill';
const READY_MS = 20_000;

const root = fileURLToPath(new URL('..', import.meta.url));
if (!(await makeFresh())) process.exit(1);
const folder = mkdtempSync(join(tmpdir(), 'studentcore-drill-'));
const [here, there, elsewhere] = ['here', 'there', 'elsewhere'].map((name) => join(folder, name));
const file = join(folder, 'college.gz');
const { PATH = '', HOME = '' } = process.env;
const KEY = 'the trail key of the drill is long enough';
const envOf = (DATA_DIR, more = {}) => ({ PATH, HOME, DATA_DIR, TRAIL_KEY: KEY, BCRYPT_COST: '10', ...more });

/** One of the app's commands, as npm runs it. */
function command(dataDir, args, more) {
  return new Promise((done) => {
    const child = spawn(process.execPath, ['scripts/run.mjs', ...args], { cwd: root, env: envOf(dataDir, more) });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (said += chunk));
    child.on('close', (code) => done({ code, said }));
  });
}

const freePort = () =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });

/** Starts the app on a folder, asks it for its totals as an administrator, lets `meanwhile` work beside it, and stops it. */
async function withApp(dataDir, meanwhile = () => undefined) {
  const port = String(await freePort());
  const env = envOf(dataDir, { PORT: port, LOG_LEVEL: 'fatal' });
  const app = spawn(process.execPath, ['dist/server.js'], { cwd: root, env, stdio: 'ignore' });
  const ended = new Promise((done) => app.once('exit', done));
  try {
    const browser = createBrowser(`http://127.0.0.1:${port}`);
    const until = Date.now() + READY_MS;
    const ready = () =>
      browser.get('/readyz').then(
        ({ status }) => status === 200,
        () => false,
      );
    while (!(await ready())) {
      if (Date.now() > until || app.exitCode !== null) throw new Error('the app did not start');
      await sleep(50);
    }
    const { status } = await browser.signIn('admin', PASSWORD);
    if (status !== 302) throw new Error(`signing in answered ${status}`);
    const { json: totals } = await browser.api('GET', '/api/stats');
    delete totals.as_of;
    await meanwhile();
    return JSON.stringify(totals);
  } finally {
    app.kill('SIGTERM');
    await ended;
  }
}

const faults = [];
async function step(name, work) {
  const began = performance.now();
  const fault = await work().then(
    (said) => said,
    (error) => error.message,
  );
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  console.log(`${name.padEnd(52)}${seconds.padStart(6)} s  ${fault ? 'FAULT' : 'ok'}`);
  if (fault) faults.push(`${name}: ${fault}`);
}

/** undefined when a command ended with this code and said so. */
const demand = ({ code, said }, wanted, words) =>
  code === wanted && words.test(said) ? undefined : `it ended with ${code} and said: ${said.trim().slice(-500)}`;

let before;
try {
  await step('load a small demo college', async () =>
    demand(await command(here, ['seed', ...SMALL], { SEED_PASSWORD: PASSWORD }), 0, /./),
  );
  await step('back it up and verify it beside its running app', async () => {
    const found = [];
    before = await withApp(here, async () => {
      found.push(demand(await command(here, ['backup', file]), 0, /Written to/));
      found.push(demand(await command(here, ['verify-trail']), 0, /All is well/));
      found.push(demand(await command(here, ['restore', file]), 1, /in use by process/));
    });
    return found.find(Boolean);
  });
  await step('refuse to write over the college that is there', async () =>
    demand(await command(here, ['restore', file]), 1, /is not empty/),
  );
  await step('restore it elsewhere', async () => demand(await command(there, ['restore', file]), 0, /Restored\./));
  await step('verify what was restored', async () => demand(await command(there, ['verify-trail']), 0, /All is well/));
  await step('start the app on it: sign in, the same totals', async () => {
    const after = await withApp(there);
    return after === before ? undefined : `${after} instead of ${before}`;
  });
  await step('say so when the trail key is another one', async () => {
    const more = { TRAIL_KEY: 'another key that is as long as the first was' };
    const warned = demand(await command(elsewhere, ['restore', file], more), 0, /WARNING .*another TRAIL_KEY/);
    return warned ?? demand(await command(elsewhere, ['verify-trail'], more), 1, /under a key/);
  });
} finally {
  rmSync(folder, { recursive: true, force: true });
}
for (const fault of faults) console.error(`FAULT ${fault}`);
console.log(faults.length === 0 ? 'The backup can be relied upon.' : `${faults.length} faults: see above.`);
process.exitCode = faults.length === 0 ? 0 : 1;
