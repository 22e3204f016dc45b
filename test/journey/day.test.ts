// A working day in two browsers: what one of them does, the other sees without loading the page again.
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PASSWORD, startTestApp } from '../support/app.ts';
import type { TestApp } from '../support/app.ts';
import { browserPath, isBuilt, launch, NO_WORKER, openSheet, openTab, signIn, WHY_SKIPPED } from './browser.ts';
import type { Tab } from './browser.ts';

if (browserPath === undefined) console.warn(`The browser journey is skipped: ${WHY_SKIPPED}.`);

describe.skipIf(browserPath === undefined)('a working day', { timeout: 120_000 }, () => {
  let app: TestApp;
  let browser: Browser;
  let office: Tab;
  let teacher: Tab;
  let course_id: string;
  let today: string;

  beforeAll(async () => {
    expect(isBuilt, 'the pages need public/build: npm run build').toBe(true);
    app = await startTestApp();
    today = app.today();
    const { user } = await app.faculty({ username: 'teacher', full_name: 'Dr. Ada Okafor' });
    const course = await app.services.courses.add(app.system, {
      course_code: 'CS101-26B',
      course_name: 'Introduction to Programming',
      credits: 4,
      faculty_id: user.user_id,
      capacity: 30,
    });
    course_id = course.course_id;
    for (const [student_code, full_name] of [
      ['S0001', 'Layla Haddad'],
      ['S0002', 'Mateo García'],
    ]) {
      await app.addStudent({ student_code: student_code!, full_name: full_name!, enrolled_courses: [course_id] });
    }
    browser = await launch();
    [office, teacher] = await Promise.all([openTab(browser, app.url, NO_WORKER), openTab(browser, app.url, NO_WORKER)]);
    await signIn(office, 'admin', PASSWORD);
    await signIn(teacher, 'teacher', PASSWORD);
  });

  afterAll(async () => {
    await browser.close();
    await app.stop();
  });

  /** Marks the page as it is; a page that was loaded again has lost the mark. */
  const remember = ({ page }: Tab) => page.evaluate(() => document.documentElement.setAttribute('data-remembered', ''));
  const expectSamePage = async ({ page }: Tab) =>
    expect(await page.evaluate(() => document.documentElement.hasAttribute('data-remembered'))).toBe(true);

  const text = ({ page }: Tab, selector: string) => page.locator(selector).first().textContent();

  it('registers a student, and the other browser counts one more', async () => {
    await teacher.page.goto('/');
    await remember(teacher);
    await expect.poll(() => text(teacher, '[data-stat="students.total"]')).toBe('2');

    await office.page.goto('/students');
    await office.page.getByRole('link', { name: 'New student' }).click();
    await office.page.getByLabel('Student code').fill('S0003');
    await office.page.getByLabel('Full name').fill('Ngozi Balogun');
    await office.page.getByLabel('Programme').fill('BSc Computer Science');
    await office.page.getByRole('button', { name: 'Add student' }).click();
    await office.page.getByRole('heading', { name: 'Ngozi Balogun', level: 1 }).waitFor();

    await expect.poll(() => text(teacher, '[data-stat="students.total"]')).toBe('3');
    await expect.poll(() => text(teacher, '[data-activity]')).toContain('Ngozi Balogun');
    await expect.poll(() => text(teacher, '[data-toasts]')).toContain('Ngozi Balogun');
    await expectSamePage(teacher);
  });

  it('shows what is wrong beside the field and keeps what was typed', async () => {
    await office.page.goto('/students/new');
    await office.page.getByLabel('Student code').fill('S0003');
    await office.page.getByLabel('Full name').fill('Somebody Else');
    await office.page.getByLabel('Programme').fill('BA History');
    await office.page.getByRole('button', { name: 'Add student' }).click();
    await office.page.getByRole('alert').first().waitFor();
    expect(await office.page.getByLabel('Full name').inputValue()).toBe('Somebody Else');
    expect(await office.page.getByLabel('Student code').getAttribute('aria-invalid')).toBe('true');
    office.faults.splice(0); // the browser reports the 422 of the form as an error of its own
  });

  it('enrols on the roster page', async () => {
    await office.page.goto(`/courses/${course_id}/roster`);
    await office.page.getByLabel('Or paste student codes').fill('S0003');
    await office.page.getByRole('button', { name: 'Save roster' }).click();
    await office.page.getByRole('link', { name: 'Ngozi Balogun' }).waitFor();
    const { students } = app.services.courses.roster(app.system, course_id);
    expect(students.map((s) => s.student_code)).toEqual(['S0001', 'S0002', 'S0003']);
  });

  it('marks a class, and the other browser on the same sheet follows', async () => {
    const sheet = `/courses/${course_id}/attendance/${today}`;
    await openSheet(office.page, sheet);
    await openSheet(teacher.page, sheet);
    await remember(office);
    await expect.poll(() => text(office, '#presence')).toContain('Dr. Ada Okafor');

    await teacher.page.getByRole('button', { name: 'All present' }).click();
    await teacher.page.locator('tr', { hasText: 'Mateo García' }).getByText('Late', { exact: true }).click();
    await teacher.page.getByLabel('Remarks on Mateo García').fill('Bus was late');
    await teacher.page.getByRole('button', { name: 'Save' }).click();

    await expect.poll(() => text(office, '[data-count="present"]')).toBe('2');
    await expect.poll(() => text(office, '[data-count="late"]')).toBe('1');
    const mateo = office.page.locator('tr', { hasText: 'Mateo García' });
    await expect.poll(() => mateo.getByRole('radio', { name: 'Late' }).isChecked()).toBe(true);
    await expect.poll(() => office.page.getByLabel('Remarks on Mateo García').inputValue()).toBe('Bus was late');
    await expectSamePage(office);
    const stored = await app.services.attendance.sheet(app.system, course_id, today, 1);
    expect(stored.entries.map((row) => row.status)).toEqual(['Present', 'Late', 'Present']);
  });

  it('shows both values to whoever was late, and overwrites nobody', async () => {
    const row = (tab: Tab) => tab.page.locator('tr', { hasText: 'Mateo García' });
    await office.page.route('**/api/courses/**', (route) => route.abort());
    await row(office).getByText('Absent', { exact: true }).click();
    await row(teacher).getByText('Present', { exact: true }).click();
    await teacher.page.getByRole('button', { name: 'Save' }).click();
    const status = async () => {
      const { entries } = await app.services.attendance.sheet(app.system, course_id, today, 1);
      return entries.find((one) => one.student_name === 'Mateo García')?.status;
    };
    await expect.poll(status).toBe('Present');
    await expect.poll(() => row(office).locator('.clash').textContent()).toContain('Present');
    await office.page.unroute('**/api/courses/**');
    await office.page.getByRole('button', { name: 'Save' }).click();
    await row(office).locator('.clash').waitFor();
    expect(await status()).toBe('Present');
    expect(await row(office).getByRole('radio', { name: 'Absent' }).isChecked()).toBe(true);
    office.faults.splice(0); // a refused save is an error of its own to the browser
    await row(office).getByRole('button', { name: 'Take Present' }).click();
  });

  it('enters results, shows the grades, and the other browser has them too', async () => {
    const sheet = `/courses/${course_id}/results/midterm`;
    await openSheet(office.page, sheet);
    await openSheet(teacher.page, sheet);
    await remember(office);
    await teacher.page.getByLabel('Maximum marks').fill('89');
    await teacher.page.getByLabel('Marks of Layla Haddad').fill('80.1');
    await teacher.page.getByLabel('Marks of Ngozi Balogun').fill('35');
    await teacher.page.getByRole('button', { name: 'Save' }).click();

    const gradeOf = (tab: Tab, name: string) =>
      tab.page.locator('tr', { hasText: name }).locator('[data-field="grade"]').textContent();
    await expect.poll(() => gradeOf(teacher, 'Layla Haddad')).toContain('A+');
    await expect.poll(() => gradeOf(office, 'Layla Haddad')).toContain('A+');
    await expect.poll(() => gradeOf(office, 'Ngozi Balogun')).toContain('F');
    await expectSamePage(office);
  });

  it("lets a student see the own results as they come, and nobody else's", async () => {
    const [layla] = app.services.students.list(app.system, { q: 'S0001' }).items;
    await app.student({ username: 'layla', student_id: layla!.student_id });
    const student = await openTab(browser, app.url);
    await signIn(student, 'layla', PASSWORD);
    await student.page.goto('/results');
    await remember(student);
    await expect.poll(() => text(student, 'main')).toContain('A+');
    expect(await text(student, 'main')).not.toContain('Ngozi');
    const answer = await student.page.goto(`/courses/${course_id}/roster`);
    expect(answer?.status()).toBe(403);
    student.faults.splice(0); // the browser reports the 403 as an error of its own
    await student.close();
  });

  it('keeps everything over a new sign-in', async () => {
    await office.page.goto('/');
    await office.page.locator('.account-menu summary').click();
    await office.page.getByRole('button', { name: 'Sign out' }).click();
    await office.page.waitForURL('**/login');
    await signIn(office, 'admin', PASSWORD);
    await openSheet(office.page, `/courses/${course_id}/results/midterm`);
    expect(await office.page.getByLabel('Marks of Layla Haddad').inputValue()).toBe('80.1');
  });

  it('never gave the console a reason to complain', () => {
    expect([...office.faults, ...teacher.faults]).toEqual([]);
  });
});
