// Takes the README's pictures from a demo college of its own: `npm run build`, then `node scripts/screenshots.mjs`.
import { mkdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { enter, withBrowser, withDemoCollege } from './demo-college.mjs';

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

async function takePictures(browser, url) {
  const office = await enter(browser, url, 'admin', { viewport: WIDE });
  const teacher = await enter(browser, url, 'faculty01', { viewport: PHONE, isMobile: true, hasTouch: true });
  const { attendance } = await office.get('/api/stats');
  const today = attendance.days.at(-1).date;
  const { items } = await office.get('/api/courses?page_size=100');
  const own = items.filter(({ faculty_id }) => faculty_id === teacher.user.user_id).map(({ course_id }) => course_id);
  await takeRegisters(office, today, own);
  await takeDashboard(office);
  await takeSheets(browser, office, teacher, `/courses/${own[0]}/attendance/${today}`);
}

async function main() {
  await mkdir(pictures, { recursive: true });
  await withDemoCollege((url) => withBrowser((browser) => takePictures(browser, url)));
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
