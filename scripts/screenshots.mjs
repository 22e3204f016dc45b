// Takes the README's pictures from a demo college of its own: `npm run screenshots`.
import { mkdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { enter, withBrowser, withDemoCollege } from './demo-college.mjs';
import { makeFresh } from './fresh.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const pictures = join(root, 'docs/pictures');
/** A README should not be heavy. */
const MOST_BYTES = 200_000;
const WIDE = { width: 1280, height: 800 };
const PHONE = { width: 390, height: 844 };
const OFFICE = { width: 820, height: 844 };

async function open({ page }, path) {
  await page.goto(path, { waitUntil: 'load' });
  await page.waitForLoadState('networkidle');
  await pause(300);
}

const WEEKDAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

/** The courses of a teacher, and some others, meet on the day of the pictures, whatever weekday that is. */
async function meetToday({ get, send }, courses, today) {
  const day = WEEKDAYS[new Date(`${today}T00:00:00Z`).getUTCDay()];
  for (const [n, { course_id }] of courses.entries()) {
    const { version } = await get(`/api/courses/${course_id}`);
    const schedule = `${day} ${String(9 + n).padStart(2, '0')}:00–${String(9 + n).padStart(2, '0')}:50, Turing B${201 + n}`;
    await send('PATCH', `/api/courses/${course_id}`, { schedule }, { 'if-match': `"${version}"` });
  }
}

/** A morning at the college: some registers are taken. */
async function takeRegisters({ get, put }, courses, today) {
  const statusOf = (n) => (n % 13 === 7 ? 'Absent' : n % 17 === 5 ? 'Late' : 'Present');
  for (const { course_id } of courses) {
    const sheet = `/api/courses/${course_id}/attendance/${today}`;
    const { entries } = await get(sheet);
    await put(sheet, { entries: entries.map(({ student_id }, n) => ({ student_id, status: statusOf(n) })) });
  }
}

const save = ({ page }, name) => page.screenshot({ path: join(pictures, `${name}.png`) });

async function takeDashboard(office) {
  for (const [name, colorScheme] of [
    ['dashboard', 'light'],
    ['dashboard-dark', 'dark'],
  ]) {
    await office.page.emulateMedia({ colorScheme });
    await open(office, '/');
    await save(office, name);
  }
  await office.page.emulateMedia({ colorScheme: 'light' });
}

const rowOf = ({ page }, n) => page.locator('tr[data-student-id]').nth(n);
const mark = (window, n, status) => rowOf(window, n).locator('label', { hasText: status }).click();
const shown = (window, n, status) =>
  rowOf(window, n).locator(`input[value="${status}"]:checked`).waitFor({ state: 'attached' });

/** What the teacher marks on a phone stands on the office's screen at once, and each sees where the other is. */
async function takeSheets(browser, office, teacher, sheet) {
  await office.page.setViewportSize(OFFICE);
  await open(office, sheet);
  await open(teacher, sheet);
  const marks = ['Present', 'Absent', 'Late'];
  for (const [n, status] of marks.entries()) await mark(teacher, n, status);
  // Cells save by themselves; whatever waits is sent by the keys of Save.
  await teacher.page.keyboard.press('Control+s');
  for (const [n, status] of marks.entries()) await shown(office, n, status);
  // Each sees where the other is.
  await rowOf(teacher, 3).locator('input[type="radio"]').first().focus();
  await rowOf(office, 1).locator('input[type="radio"]').first().focus();
  await office.page.locator('#presence').waitFor();
  await pause(1_000);
  for (const button of await teacher.page.getByRole('button', { name: 'Close this notice' }).all())
    await button.click({ timeout: 1_000 }).catch(() => undefined); // it may have gone by itself
  await rowOf(teacher, 3).locator('input[type="radio"]').first().focus();
  for (const { page } of [office, teacher]) await page.evaluate('scrollTo(0, 0)');
  await pause(300);
  await save(teacher, 'sheet-phone');
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
  for (const image of await frame.locator('img').all()) await image.evaluate((one) => one.decode());
  await frame.screenshot({ path: join(pictures, 'two-browsers.png') });
}

async function takePictures(browser, url) {
  const office = await enter(browser, url, 'admin', { viewport: WIDE });
  const desk = await enter(browser, url, 'faculty01', { viewport: WIDE });
  const phone = await enter(browser, url, 'faculty01', { viewport: PHONE, isMobile: true, hasTouch: true });
  const { attendance } = await office.get('/api/stats');
  const today = attendance.days.at(-1).date;
  const { items } = await office.get('/api/courses?page_size=100');
  const own = items.filter(({ faculty_id }) => faculty_id === desk.user.user_id);
  const others = items.filter((course) => !own.includes(course)).slice(0, 5);
  await meetToday(office, [...own, ...others], today);
  await takeRegisters(office, [...own.slice(1, 2), ...others.slice(0, 3)], today);
  await open(desk, '/');
  await save(desk, 'today');
  await takeDashboard(office);
  await takeSheets(browser, office, phone, `/courses/${own[0].course_id}/attendance/${today}`);
}

async function main() {
  if (!(await makeFresh())) throw new Error('the app could not be built');
  await mkdir(pictures, { recursive: true });
  await withDemoCollege((url) => withBrowser((browser) => takePictures(browser, url)));
  for (const name of ['today', 'dashboard', 'dashboard-dark', 'sheet-phone', 'two-browsers']) {
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
