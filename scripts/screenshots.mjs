// Takes the README's pictures from a demo college of its own: `npm run build`, then `node scripts/screenshots.mjs`.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getuid } from 'node:process';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const root = fileURLToPath(new URL('..', import.meta.url));
const pictures = join(root, 'docs/pictures');
const PASSWORD = 'studentcore-demo';
/** A README should not be heavy. */
const MOST_BYTES = 200_000;
const WIDE = { width: 1280, height: 800 };
const PHONE = { width: 390, height: 844 };
const OFFICE = { width: 820, height: 844 };

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
  for (let left = 100; left > 0 && server.child.exitCode === null; left -= 1) {
    const answer = await globalThis.fetch(`${url}/readyz`).catch(() => undefined);
    if (answer?.ok) return;
    await pause(100);
  }
  throw new Error('the app did not start');
}

/** A browser window of somebody who is signed in, and what they can ask the API. */
async function enter(browser, url, username, options) {
  const context = await browser.newContext({ baseURL: url, locale: 'en-GB', reducedMotion: 'reduce', ...options });
  const answer = await context.request.post('/api/session', { data: { username, password: PASSWORD } });
  if (!answer.ok()) throw new Error(`${username} could not sign in`);
  const { user, csrf_token } = await answer.json();
  const get = async (path) => (await context.request.get(path)).json();
  const put = (path, data) => context.request.put(path, { data, headers: { 'x-csrf-token': csrf_token } });
  return { user, get, put, page: await context.newPage(), close: () => context.close() };
}

async function open({ page }, path) {
  await page.goto(path, { waitUntil: 'load' });
  await page.waitForLoadState('networkidle');
  await pause(300);
}

/** A morning at the college: the first registers are taken. */
async function takeRegisters({ get, put }, today, left) {
  const { items } = await get('/api/courses?page_size=100');
  for (const { course_id } of items.filter((course) => !left.includes(course.course_id)).slice(0, 3)) {
    const sheet = `/api/courses/${course_id}/attendance/${today}`;
    const { entries } = await get(sheet);
    const statusOf = (n) => (n % 13 === 7 ? 'Absent' : n % 17 === 5 ? 'Late' : 'Present');
    await put(sheet, {
      entries: entries.slice(0, 24).map(({ student_id }, n) => ({ student_id, status: statusOf(n) })),
    });
  }
}

async function takeDashboard(office) {
  for (const [name, colorScheme] of [
    ['dashboard', 'light'],
    ['dashboard-dark', 'dark'],
  ]) {
    await office.page.emulateMedia({ colorScheme });
    await open(office, '/');
    await office.page.screenshot({ path: join(pictures, `${name}.png`) });
  }
  await office.page.emulateMedia({ colorScheme: 'light' });
}

const mark = ({ page }, n, status) =>
  page.locator('tr[data-student-id]').nth(n).locator('label', { hasText: status }).click();

/** What the teacher marks on a phone stands on the office's screen at once. */
async function takeSheets(browser, office, teacher, sheet) {
  await office.page.setViewportSize(OFFICE);
  await open(office, sheet);
  await open(teacher, sheet);
  for (const [n, status] of ['Present', 'Present', 'Late', 'Present', 'Absent'].entries())
    await mark(teacher, n, status);
  await teacher.page.getByRole('button', { name: 'Save' }).click();
  // The next student is in hand: the office sees that too.
  await teacher.page.getByText('Saved 5 rows').waitFor();
  await teacher.page.locator('tr[data-student-id]').nth(5).locator('input:checked').focus();
  await office.page.locator('#presence', { hasText: '(at ' }).waitFor();
  await office.page.locator('[data-toasts] .note').first().waitFor();
  await pause(300);
  await teacher.page.getByRole('button', { name: 'Close this notice' }).click();
  await teacher.page.evaluate('scrollTo(0, 0)');
  await teacher.page.screenshot({ path: join(pictures, 'sheet-phone.png') });
  const both = await Promise.all([office, teacher].map(({ page }) => page.screenshot()));
  const [left, right] = both.map((picture) => `data:image/png;base64,${picture.toString('base64')}`);
  const frame = await browser.newPage({ viewport: { width: WIDE.width, height: 920 } });
  await frame.setContent(`<!doctype html><html lang="en"><title>Two browsers</title><style>
    body { display: grid; grid-template-columns: ${OFFICE.width}px ${PHONE.width}px; justify-content: space-evenly;
      align-content: center; height: 100vh; margin: 0; background: #dfe8e8; font: 600 17px/2 system-ui, sans-serif; color: #17282e; }
    figure { margin: 0; } img { display: block; border-radius: 10px; box-shadow: 0 4px 18px rgb(12 47 57 / 25%); }
  </style>
  <figure><figcaption>The office</figcaption><img src="${left}" alt=""></figure>
  <figure><figcaption>The teacher's phone</figcaption><img src="${right}" alt=""></figure>`);
  await frame
    .locator('img')
    .last()
    .evaluate((image) => image.decode());
  await frame.screenshot({ path: join(pictures, 'two-browsers.png') });
}

async function takePictures(url) {
  const browser = await chromium.launch({
    executablePath: places.find((path) => path && existsSync(path)),
    args: ['--disable-dev-shm-usage', '--disable-gpu', ...(getuid?.() === 0 ? ['--no-sandbox'] : [])],
  });
  try {
    const office = await enter(browser, url, 'admin', { viewport: WIDE });
    const teacher = await enter(browser, url, 'faculty01', { viewport: PHONE, isMobile: true, hasTouch: true });
    const { attendance } = await office.get('/api/stats');
    const today = attendance.days.at(-1).date;
    const { items } = await office.get('/api/courses?page_size=100');
    const own = items.filter(({ faculty_id }) => faculty_id === teacher.user.user_id).map(({ course_id }) => course_id);
    await takeRegisters(office, today, own);
    await takeDashboard(office);
    await takeSheets(browser, office, teacher, `/courses/${own[0]}/attendance/${today}`);
  } finally {
    await browser.close();
  }
}

async function main() {
  if (!existsSync(join(root, 'dist/server.js'))) throw new Error('nothing is built yet: npm run build');
  const data = await mkdtemp(join(tmpdir(), 'studentcore-pictures-'));
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
    await mkdir(pictures, { recursive: true });
    await takePictures(url);
  } finally {
    server?.child.kill('SIGTERM');
    await server?.ended;
    await rm(data, { recursive: true, force: true });
  }
  for (const name of ['dashboard', 'dashboard-dark', 'sheet-phone', 'two-browsers']) {
    const path = join(pictures, `${name}.png`);
    const { size } = await stat(path);
    // Width and height stand in the first bytes of a PNG.
    const head = await readFile(path);
    console.log(
      `docs/pictures/${name}.png  ${head.readUInt32BE(16)} × ${head.readUInt32BE(20)}  ${Math.ceil(size / 1000)} KB`,
    );
    if (size > MOST_BYTES) throw new Error(`docs/pictures/${name}.png is larger than ${MOST_BYTES / 1000} KB`);
  }
}

try {
  await main();
} catch (error) {
  console.error(`No pictures: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
