// A sheet that saves by itself: two people on it, what clashes, what is refused, and what outlives session, page and network.
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PASSWORD, startTestApp } from '../support/app.ts';
import type { TestApp } from '../support/app.ts';
import { browserPath, hindrances, isBuilt, launch, NO_WORKER, openSheet, openTab, signIn } from './browser.ts';
import type { Tab } from './browser.ts';

const NAMES = ['Layla Haddad', 'Mateo García', 'Ngozi Balogun', 'Tom Hill'];

describe.skipIf(browserPath === undefined)('a sheet that saves by itself', { timeout: 120_000 }, () => {
  let app: TestApp;
  let browser: Browser;
  let office: Tab;
  let teacher: Tab;
  let teacher_id: string;
  let course_id: string;
  let ids: string[];
  let day = 0;

  beforeAll(async () => {
    expect(isBuilt, 'the pages need public/build: npm run build').toBe(true);
    app = await startTestApp();
    const { user } = await app.faculty({ username: 'teacher', full_name: 'Dr. Ada Byron' });
    teacher_id = user.user_id;
    const course = await app.services.courses.add(app.system, {
      ...{ course_code: 'CS101-26B', course_name: 'Programming', credits: 4, faculty_id: user.user_id },
    });
    course_id = course.course_id;
    ids = [];
    for (const [n, full_name] of NAMES.entries()) {
      const student = await app.addStudent({ student_code: `S${String(n)}`, full_name, enrolled_courses: [course_id] });
      ids.push(student.student_id);
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

  /** Every test has a day of its own. */
  const nextDay = (): string => `2026-03-${String((day += 1)).padStart(2, '0')}`;
  const address = (date: string): string => `/courses/${course_id}/attendance/${date}`;
  const row = (page: Page, name: string) => page.locator('#sheet tr', { hasText: name });
  const mark = (page: Page, name: string, status: string) => row(page, name).getByText(status, { exact: true }).click();
  const stateOf = (page: Page, name: string) => row(page, name).getAttribute('data-state');
  const said = (page: Page) => page.locator('[data-sheet-state]').textContent();
  const stored = async (date: string) =>
    (await app.services.attendance.sheet(app.system, course_id, date, 1)).entries.map((entry) => entry.status);
  const rowsSaved = () => app.events.filter(({ name }) => name.startsWith('attendance_')).length;

  it('saves each mark soon after it was made, in one call for those made together', async () => {
    const date = nextDay();
    const { page } = teacher;
    await openSheet(page, address(date));
    const before = rowsSaved();
    await mark(page, 'Layla Haddad', 'Present');
    await mark(page, 'Mateo García', 'Late');
    await expect.poll(() => stored(date)).toEqual(['Present', 'Late', null, null]);
    await expect.poll(() => stateOf(page, 'Layla Haddad')).toBe('saved');
    expect(await row(page, 'Layla Haddad').locator('.row-state').textContent()).toContain('Saved');
    await expect.poll(() => said(page)).toMatch(/^All saved \d\d:\d\d\.$/);
    expect(rowsSaved() - before).toBe(1);
    expect(await page.locator('[data-toasts] .note').count()).toBe(0);
  });

  it('shows others who is here, in which row, and each mark as it is made', async () => {
    const date = nextDay();
    await Promise.all([openSheet(office.page, address(date)), openSheet(teacher.page, address(date))]);
    await expect.poll(() => office.page.locator('#presence').textContent()).toBe('Also here: Dr. Ada Byron');
    await mark(teacher.page, 'Layla Haddad', 'Absent');
    const person = (name: string) => row(office.page, name).locator('.row-person');
    await expect.poll(() => person('Layla Haddad').textContent()).toContain('AB, Dr. Ada Byron is here');
    await expect
      .poll(() => row(office.page, 'Layla Haddad').getByRole('radio', { name: 'Absent' }).isChecked())
      .toBe(true);
    await teacher.page.keyboard.press('ArrowDown');
    await expect.poll(() => person('Mateo García').count()).toBe(1);
    expect(await person('Layla Haddad').count()).toBe(0);
    expect(await hindrances(office.page)).toEqual([]);
    await teacher.page.goto('/');
    await expect.poll(() => person('Mateo García').count()).toBe(0);
  });

  it('refuses the stale cell alone, with both values, names and times, and saves the others', async () => {
    const date = nextDay();
    await Promise.all([openSheet(office.page, address(date)), openSheet(teacher.page, address(date))]);
    // The office hears of nothing for a while.
    await office.page.context().setOffline(true);
    await mark(office.page, 'Layla Haddad', 'Present');
    await mark(office.page, 'Tom Hill', 'Late');
    await expect.poll(() => said(office.page)).toContain('2 rows wait');
    await mark(teacher.page, 'Layla Haddad', 'Absent');
    await expect.poll(() => stored(date)).toEqual(['Absent', null, null, null]);
    await office.page.context().setOffline(false);

    await expect.poll(() => stored(date)).toEqual(['Absent', null, null, 'Late']);
    const clash = row(office.page, 'Layla Haddad').locator('.clash');
    await clash.waitFor();
    expect(await clash.textContent()).toMatch(/Dr\. Ada Byron, \d\d:\d\d: Absent/);
    expect(await clash.textContent()).toMatch(/You, \d\d:\d\d: Present/);
    await expect.poll(() => said(office.page)).toContain('1 row needs your choice.');
    expect(await hindrances(office.page)).toEqual([]);

    // It is there after a reload as well, found out from what is kept.
    await office.page.reload();
    await clash.waitFor();
    expect(await clash.textContent()).toMatch(/Dr\. Ada Byron, \d\d:\d\d: Absent/);
    await clash.getByRole('button', { name: 'Keep mine: Present' }).focus();
    await office.page.keyboard.press('Enter');
    await expect.poll(() => stored(date)).toEqual(['Present', null, null, 'Late']);
    expect(await clash.count()).toBe(0);
    expect(await office.page.evaluate(() => (document.activeElement as HTMLInputElement).name)).toBe(
      `status.${ids[0]!}`,
    );
    await expect
      .poll(() => row(teacher.page, 'Layla Haddad').getByRole('radio', { name: 'Present' }).isChecked())
      .toBe(true);
    office.faults.splice(0); // refused and failed calls are errors to the browser
  });

  it('takes theirs when that is chosen, and nothing is sent', async () => {
    const date = nextDay();
    await openSheet(office.page, address(date));
    await office.page.context().setOffline(true);
    await mark(office.page, 'Layla Haddad', 'Present');
    await app.services.attendance.saveSheet(app.system, course_id, date, 1, {
      entries: [{ student_id: ids[0], status: 'Late', remarks: 'bus' }],
    });
    await office.page.context().setOffline(false);
    await row(office.page, 'Layla Haddad').getByRole('button', { name: 'Take Late' }).click();
    await expect.poll(() => said(office.page)).not.toContain('choice');
    expect(await row(office.page, 'Layla Haddad').getByRole('radio', { name: 'Late' }).isChecked()).toBe(true);
    expect(await stored(date)).toEqual(['Late', null, null, null]);
    office.faults.splice(0);
  });

  it('brings back after a reload what waited, and sends it by itself', async () => {
    const date = nextDay();
    const { page } = office;
    await openSheet(page, address(date));
    await page.route('**/api/courses/**', (route) => route.abort());
    await mark(page, 'Ngozi Balogun', 'Late');
    await expect.poll(() => said(page)).toContain('1 row waits: the server does not answer');
    await expect.poll(() => stateOf(page, 'Ngozi Balogun')).toBe('waiting');
    await page.reload();
    await expect.poll(() => row(page, 'Ngozi Balogun').getByRole('radio', { name: 'Late' }).isChecked()).toBe(true);
    expect(await stored(date)).toEqual([null, null, null, null]);
    await page.unroute('**/api/courses/**');
    await page.reload();
    await expect.poll(() => stored(date)).toEqual([null, null, 'Late', null]);
    // The outbox may have sent it before the sheet was there to say so: then it is a mark like any other.
    await expect.poll(() => stateOf(page, 'Ngozi Balogun')).toBeOneOf(['saved', null]);
    // Drawn before it was stored, the page hears of it over its socket.
    await expect.poll(() => row(page, 'Ngozi Balogun').getByRole('radio', { name: 'Late' }).isChecked()).toBe(true);
    office.faults.splice(0);
  });

  it('sends what waits from any other page', async () => {
    const date = nextDay();
    const { page } = office;
    await openSheet(page, address(date));
    await page.route('**/api/courses/**', (route) => route.abort());
    await mark(page, 'Tom Hill', 'Absent');
    await expect.poll(() => said(page)).toContain('1 row waits');
    await page.unroute('**/api/courses/**');
    await page.goto('/students');
    await expect.poll(() => stored(date)).toEqual([null, null, null, 'Absent']);
    office.faults.splice(0);
  });

  it('lets two tabs of one person share what waits', async () => {
    const date = nextDay();
    const { page } = office;
    const other = await page.context().newPage();
    await Promise.all([openSheet(page, address(date)), openSheet(other, address(date))]);
    await page.context().setOffline(true);
    await mark(page, 'Layla Haddad', 'Late');
    await expect.poll(() => row(other, 'Layla Haddad').getByRole('radio', { name: 'Late' }).isChecked()).toBe(true);
    await mark(other, 'Mateo García', 'Absent');
    const before = app.events.length;
    await page.context().setOffline(false);
    await expect.poll(() => stored(date)).toEqual(['Late', 'Absent', null, null]);
    for (const one of [page, other]) await expect.poll(() => said(one)).not.toMatch(/wait|choice/);
    const rows = app.events.slice(before).map((event) => ('changes' in event ? event.changes.length : 0));
    expect(rows.reduce((sum, n) => sum + n, 0)).toBe(2); // nothing twice
    await other.close();
    office.faults.splice(0);
  });

  it('signs in again in place after the session ended, and saves', async () => {
    const date = nextDay();
    const { page } = teacher;
    await openSheet(page, address(date));
    await mark(page, 'Layla Haddad', 'Present');
    await expect.poll(() => stored(date)).toEqual(['Present', null, null, null]);
    await app.services.users.endSessions(app.system, teacher_id);
    const dialog = page.getByRole('dialog', { name: 'Sign in to go on' });
    await dialog.waitFor();
    expect(await hindrances(page)).toEqual([]);
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('here-password');
    await page.keyboard.press('Escape');
    await mark(page, 'Tom Hill', 'Late');
    await page.getByRole('button', { name: 'Sign in again' }).click();

    await dialog.getByLabel('User name').fill('admin');
    await dialog.getByLabel('Password').fill(PASSWORD);
    await dialog.getByRole('button', { name: 'Sign in' }).click();
    await dialog.getByText('only teacher can go on here').waitFor();
    await dialog.getByLabel('User name').fill('Teacher');
    await dialog.getByLabel('Password').fill('not this one');
    await dialog.getByRole('button', { name: 'Sign in' }).click();
    await expect.poll(() => dialog.getByRole('alert').textContent()).not.toContain('only teacher');
    await dialog.getByLabel('Password').fill(PASSWORD);
    await page.keyboard.press('Enter');
    await dialog.waitFor({ state: 'detached' });
    await expect.poll(() => stored(date)).toEqual(['Present', null, null, 'Late']);
    await expect.poll(() => said(page)).toMatch(/^All saved/);
    expect(new URL(page.url()).pathname).toBe(address(date));
    // And the page is live again.
    await app.services.attendance.saveSheet(app.system, course_id, date, 1, {
      entries: [{ student_id: ids[1], status: 'Absent' }],
    });
    await expect.poll(() => row(page, 'Mateo García').getByRole('radio', { name: 'Absent' }).isChecked()).toBe(true);
    teacher.faults.splice(0);
  });

  it('never stores half a number, and says at the cell what is wrong while the others save', async () => {
    const { page } = teacher;
    await openSheet(page, `/courses/${course_id}/results/quiz`);
    const marks = async () =>
      (await app.services.results.sheet(app.system, course_id, 'quiz', 1)).entries.map((entry) => entry.marks);
    const cell = (name: string) => page.getByLabel(`Marks of ${name}`);
    await cell('Layla Haddad').pressSequentially('8');
    await new Promise((resolve) => setTimeout(resolve, 3_500));
    expect(await marks()).toEqual([null, null, null, null]);
    // Not even a reload makes it one; it is back in its cell.
    await page.reload();
    await expect.poll(() => cell('Layla Haddad').inputValue()).toBe('8');
    expect(await marks()).toEqual([null, null, null, null]);
    await cell('Layla Haddad').fill('85');
    await cell('Layla Haddad').press('Enter');
    await page.keyboard.type('101');
    await page.keyboard.press('Enter');
    await page.keyboard.type('abc');
    await page.keyboard.press('Enter');
    await page.keyboard.type('7,5');
    await page.keyboard.press('Tab');
    await expect.poll(marks).toEqual([85, null, null, 7.5]);
    await row(page, 'Mateo García').getByText("can't be more than the maximum").waitFor();
    await row(page, 'Ngozi Balogun').getByText('Marks is a number').waitFor();
    expect(await cell('Mateo García').getAttribute('aria-invalid')).toBe('true');
    // What has to be corrected is no part of the average: of 85 and 7.5.
    expect(await page.locator('[data-count="average"]').first().textContent()).toMatch(/^46\.[23]$/);
    await expect.poll(() => said(page)).toContain('2 rows need correcting.');
    await expect.poll(() => row(page, 'Layla Haddad').locator('[data-field="grade"]').textContent()).toContain('A');
    await cell('Mateo García').fill('10');
    await cell('Ngozi Balogun').fill('');
    await cell('Tom Hill').focus();
    await expect.poll(marks).toEqual([85, 10, null, 7.5]);
    await expect.poll(() => said(page)).toMatch(/^All saved/);
    expect(await cell('Mateo García').getAttribute('aria-invalid')).toBeNull();
    teacher.faults.splice(0);
  });

  it('asks for the Save button where a change concerns everybody', async () => {
    const { page } = teacher;
    await openSheet(page, `/courses/${course_id}/results/quiz`);
    await page.getByLabel('Maximum marks').fill('200');
    await page.getByLabel('Marks of Layla Haddad').fill('90');
    await page.getByLabel('Marks of Mateo García').focus();
    await expect.poll(() => said(page)).toContain('1 row waits for Save: the new maximum changes every grade.');
    await page.getByRole('button', { name: 'Save' }).click();
    const sheet = () => app.services.results.sheet(app.system, course_id, 'quiz', 1);
    await expect
      .poll(async () => (await sheet()).entries.map((entry) => [entry.marks, entry.max_marks]))
      .toEqual([
        [90, 200],
        [10, 200],
        [null, null],
        [7.5, 200],
      ]);
    await expect.poll(() => said(page)).toContain('Saved 3 rows');
  });

  it('says so where the browser keeps nothing', async () => {
    const date = nextDay();
    const tab = await openTab(browser, app.url, NO_WORKER);
    await tab.page.addInitScript(() => Object.defineProperty(window, 'indexedDB', { value: undefined }));
    await signIn(tab, 'admin', PASSWORD);
    await openSheet(tab.page, address(date));
    await tab.page.route('**/api/courses/**', (route) => route.abort());
    await mark(tab.page, 'Layla Haddad', 'Late');
    await expect.poll(() => said(tab.page)).toContain('a reload would lose it');
    let asked = false;
    tab.page.once('dialog', (dialog) => {
      asked = true;
      void dialog.dismiss();
    });
    await tab.page.reload({ timeout: 2_000 }).catch(() => undefined);
    expect(asked).toBe(true);
    await tab.page.unroute('**/api/courses/**');
    await tab.page.getByRole('button', { name: 'Save' }).click();
    await expect.poll(() => stored(date)).toEqual(['Late', null, null, null]);
    await tab.close();
  });

  it('leaves nothing behind for whoever signs in next', async () => {
    const tab = await openTab(browser, app.url, NO_WORKER);
    await signIn(tab, 'teacher', PASSWORD);
    await openSheet(tab.page, address(nextDay()));
    await tab.page.route('**/api/courses/**', (route) => route.abort());
    await mark(tab.page, 'Layla Haddad', 'Late');
    await expect.poll(() => said(tab.page)).toContain('1 row waits');
    await tab.page.context().clearCookies();
    await tab.page.unroute('**/api/courses/**');
    await signIn(tab, 'admin', PASSWORD);
    const kept = () =>
      tab.page.evaluate(
        () =>
          new Promise<number>((resolve) => {
            const open = indexedDB.open('studentcore');
            open.onsuccess = () => {
              const count = open.result.transaction('changes').objectStore('changes').count();
              count.onsuccess = () => resolve(count.result);
            };
          }),
      );
    await expect.poll(kept).toBe(0);
    await tab.close();
  });

  it('gave the console no other reason to complain', () => {
    expect([...office.faults, ...teacher.faults]).toEqual([]);
  });
});
