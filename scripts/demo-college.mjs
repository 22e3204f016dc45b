// How does a script get a demo college of its own to look at? Loads one into a temp folder, starts the built app on it,
// and opens browser windows of people who are signed in.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getuid } from 'node:process';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const root = fileURLToPath(new URL('..', import.meta.url));
export const PASSWORD = 'studentcore-demo';

const places = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** A port nobody listens on. */
function freePort() {
  return new Promise((found, failed) => {
    const probe = createServer();
    probe.on('error', failed);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => found(port));
    });
  });
}

function start(script, env) {
  const child = spawn(process.execPath, [join(root, script)], {
    cwd: root,
    env,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const ended = new Promise((done) => child.on('exit', (code) => done(code ?? 1)));
  return { child, ended };
}

async function whenReady(url, server) {
  for (let left = 300; left > 0 && server.child.exitCode === null; left -= 1) {
    const answer = await globalThis.fetch(`${url}/readyz`).catch(() => undefined);
    if (answer?.ok) return;
    await pause(100);
  }
  throw new Error('the app did not start');
}

/** Runs `work(url)` beside a demo college that is gone afterwards. */
export async function withDemoCollege(work) {
  if (!existsSync(join(root, 'dist/server.js'))) throw new Error('nothing is built yet: npm run build');
  const data = await mkdtemp(join(tmpdir(), 'studentcore-demo-'));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const env = { ...process.env, NODE_ENV: 'development', HOST: '127.0.0.1', PORT: String(port), DATA_DIR: data };
  Object.assign(env, { SEED_PASSWORD: PASSWORD, LOG_LEVEL: 'error' });
  for (const name of ['DYNAMODB_ENDPOINT', 'PUBLIC_URL', 'REDIS_URL', 'TABLE_PREFIX', 'COLLEGE_NAME']) delete env[name];
  let server;
  try {
    console.log('Loading a demo college …');
    if ((await start('dist/seed/command.js', env).ended) !== 0) throw new Error('the demo college could not be loaded');
    server = start('dist/server.js', env);
    await whenReady(url, server);
    return await work(url);
  } finally {
    server?.child.kill('SIGTERM');
    await server?.ended;
    await rm(data, { recursive: true, force: true });
  }
}

/** Runs `work(browser)` with a Chromium that is closed afterwards. */
export async function withBrowser(work) {
  const browser = await chromium.launch({
    executablePath: places.find((path) => path && existsSync(path)),
    args: ['--disable-dev-shm-usage', '--disable-gpu', ...(getuid?.() === 0 ? ['--no-sandbox'] : [])],
  });
  try {
    return await work(browser);
  } finally {
    await browser.close();
  }
}

/** A browser window of somebody who is signed in (nobody without a name), and what they can ask the API. */
export async function enter(browser, url, username, { password = PASSWORD, ...options } = {}) {
  const context = await browser.newContext({ baseURL: url, locale: 'en-GB', reducedMotion: 'reduce', ...options });
  let user, csrf_token;
  if (username !== undefined) {
    const answer = await context.request.post('/api/session', { data: { username, password } });
    if (!answer.ok()) throw new Error(`${username} could not sign in`);
    ({ user, csrf_token } = await answer.json());
  }
  const get = async (path) => (await context.request.get(path)).json();
  const send = async (method, path, data, more = {}) => {
    const headers = { 'x-csrf-token': csrf_token, ...more };
    const answer = await context.request.fetch(path, { method, data, headers });
    if (!answer.ok()) throw new Error(`${method} ${path}: ${answer.status()} ${await answer.text()}`);
    return await answer.json();
  };
  const put = (path, data) => send('PUT', path, data);
  return { user, get, put, send, context, page: await context.newPage(), close: () => context.close() };
}
