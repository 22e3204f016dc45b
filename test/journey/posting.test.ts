// Posting in two browsers: what one makes official, the other can only change for a reason, and loses nothing.
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PASSWORD, startTestApp } from '../support/app.ts';
import type { TestApp } from '../support/app.ts';
import { browserPath, hindrances, isBuilt, launch, NO_WORKER, openSheet, openTab, signIn } from './browser.ts';
import type { Tab } from './browser.ts';

describe.skipIf(browserPath === undefined)('posted results', { timeout: 120_000 }, () => {
  let app: TestApp;
  let browser: Browser;
  let office: Tab;
  let teacher: Tab;
  let course_id: string;
  let sheet: string;

  beforeAll(async () => {
    expect(isBuilt, 'the pages need public/build: npm run build').toBe(true);
    app = await startTestApp();
    const { user } = await app.faculty({ username: 'teacher', full_name: 'Dr. Ada Okafor' });
    const course = await app.services.courses.add(app.system, {
      ...{ course_code: 'CS101-26B', course_name: 'Introduction to Programming', credits: 4, faculty_id: user.user_id },
    });
    course_id = course.course_id;
    sheet = `/courses/${course_id}/results/final`;
    for (const [student_code, full_name] of [
      ['S0001', 'Layla Haddad'],
      ['S0002', 'Mateo García'],
    ] as const) {
      await app.addStudent({ student_code, full_name, enrolled_courses: [course_id] });
    }
    browser = await launch();
    [office, teacher] = await Promise.all([openTab(browser, app.url, NO_WORKER), openTab(browser, app.url, NO_WORKER)]);
    await signIn(office, 'admin', PASSWORD);
    await signIn(teacher, 'teacher', PASSWORD);
    await Promise.all([office, teacher].map(({ page }) => openSheet(page, sheet)));
  });

  afterAll(async () => {
    await browser.close();
    await app.stop();
  });

  const marksOf = (tab: Tab, name: string) => tab.page.getByLabel(`Marks of ${name}`);
  const why = ({ page }: Tab) => page.getByLabel('Reason for the changes');
  const save = ({ page }: Tab) => page.getByRole('button', { name: 'Save' }).click();
  const said = ({ page }: Tab) => page.locator('[data-sheet-state]').textContent();
  const stored = async () =>
    (await app.services.results.sheet(app.system, course_id, 'final', 1)).entries.map((row) => row.marks);

  it('are posted by the teacher only once everything typed is saved', async () => {
    const { page } = teacher;
    await page.getByText('There are no results to post yet.').waitFor();
    await marksOf(teacher, 'Layla Haddad').fill('40');
    await save(teacher);
    await expect.poll(stored).toEqual([40, null]);
    const button = page.getByRole('button', { name: 'Post results' });
    await button.waitFor();
    // What can't be saved now must not be left behind by the posting.
    await page.route('**/api/courses/**', (route) => route.abort());
    await marksOf(teacher, 'Mateo García').fill('50');
    await button.click();
    await page.getByText('Save first, then post or withdraw.').first().waitFor();
    expect((await app.services.results.sheet(app.system, course_id, 'final', 1)).posted).toBe(false);
    await page.unroute('**/api/courses/**');
    teacher.faults.splice(0);
    expect(await why(teacher).isVisible()).toBe(false);
    await page.getByRole('button', { name: 'Post results' }).click();
    await page.getByText('These results are official since').waitFor();
    expect(await stored()).toEqual([40, 50]);
    expect(await why(teacher).isVisible()).toBe(true);
  });

  it('ask whoever has the sheet open for a reason from that moment, without loading the page', async () => {
    await expect.poll(() => why(office).isVisible()).toBe(true);
    await office.page.getByText('These results are official since').waitFor();
    expect(await hindrances(office.page)).toEqual([]);
    await marksOf(office, 'Layla Haddad').fill('45');
    await save(office);
    await expect.poll(() => said(office)).toContain('Not saved yet: say why');
    expect(await why(office).getAttribute('aria-invalid')).toBe('true');
    expect(await why(office).evaluate((input) => input === document.activeElement)).toBe(true);
    expect(await stored()).toEqual([40, 50]);

    // Even a page that is loaded again loses nothing that was typed.
    await why(office).fill('Question 4 was struck');
    await expect.poll(() => said(office)).toContain('1 row waits for Save: these results are posted');
    await office.page.reload();
    await expect.poll(() => marksOf(office, 'Layla Haddad').inputValue()).toBe('45');
    expect(await why(office).inputValue()).toBe('Question 4 was struck');
    await save(office);
    await expect.poll(stored).toEqual([45, 50]);
    const row = (tab: Tab) => tab.page.locator('tr', { hasText: 'Layla Haddad' });
    await row(office).getByText('Amended').waitFor();
    await row(teacher).getByText('Amended').waitFor();
    await expect.poll(() => why(office).inputValue()).toBe(''); // the next change has its own
    await office.page.getByRole('link', { name: 'History' }).click();
    await office.page.getByText('Amended: Question 4 was struck').waitFor();
  });

  it('say what is missing when the page has not heard of the posting, and keep the row that was refused', async () => {
    const { page } = teacher;
    await marksOf(teacher, 'Mateo García').fill('88');
    // As it would be had the news not come through.
    await page.evaluate(() => document.querySelector('[data-reason]')?.setAttribute('hidden', ''));
    await save(teacher);
    await expect.poll(() => said(teacher)).toContain('Not saved: These results are posted');
    expect(await why(teacher).isVisible()).toBe(true);
    expect(await marksOf(teacher, 'Mateo García').inputValue()).toBe('88');
    await why(teacher).fill('Handed in late');
    await save(teacher);
    await expect.poll(stored).toEqual([45, 88]);
  });

  it('gave the console no reason to complain but the calls that were refused', () => {
    const others = [...office.faults, ...teacher.faults].filter((fault) => !fault.includes('422'));
    expect(others).toEqual([]);
  });
});
