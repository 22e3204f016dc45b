// Does a college that has nothing yet explain itself, on every list, to everybody? Read as people read it, in Chromium.
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PASSWORD, startTestApp } from '../support/app.ts';
import type { TestApp } from '../support/app.ts';
import { browserPath, hindrances, isBuilt, launch, openTab, PHONE, signIn } from './browser.ts';

describe.skipIf(browserPath === undefined)('a college without anything', { timeout: 120_000 }, () => {
  let app: TestApp;
  let browser: Browser;

  beforeAll(async () => {
    expect(isBuilt, 'the pages need public/build: npm run build').toBe(true);
    app = await startTestApp();
    browser = await launch();
  });
  afterAll(async () => {
    await browser.close();
    await app.stop();
  });

  /** What the empty lists of these pages say, and where their buttons lead; light, dark and on a phone without faults. */
  async function readAll(username: string, paths: string[]): Promise<[string, string | null][]> {
    const tab = await openTab(browser, app.url);
    const { page } = tab;
    await signIn(tab, username, PASSWORD);
    const said: [string, string | null][] = [];
    for (const path of paths) {
      await page.goto(path);
      const empty = page.locator('main .empty').first();
      const action = empty.locator('a.btn');
      const href = (await action.count()) > 0 ? await action.getAttribute('href') : null;
      said.push([(await empty.locator('p').innerText()).trim(), href]);
      expect(await hindrances(page)).toEqual([]);
      await page.setViewportSize(PHONE);
      await page.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' }); // no colour on its way
      expect(await hindrances(page, ['color-contrast'])).toEqual([]);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(PHONE.width);
      await page.emulateMedia({ colorScheme: 'light' });
    }
    expect(tab.faults).toEqual([]);
    await tab.close();
    return said;
  }

  const LISTS = ['/students', '/courses', '/attendance', '/results'];

  it('leads an admin to what comes first', async () => {
    expect(await readAll('admin', [...LISTS, '/attendance/new', '/results/new', '/users?q=nobody'])).toEqual([
      ['There are no students yet. Add the first one, then enrol them in courses.', '/students/new'],
      ['There are no courses yet. Add the first one, then enrol its students.', '/courses/new'],
      ['There are no courses yet, so there is nobody to mark. Add a course, then enrol its students.', '/courses/new'],
      ['There are no courses yet, so there is nobody to grade. Add a course, then enrol its students.', '/courses/new'],
      ['There are no courses yet, so there is nobody to mark. Add one, then enrol its students.', '/courses/new'],
      ['There are no courses yet, so there is nobody to grade. Add one, then enrol its students.', '/courses/new'],
      ['No user fits this search. Try fewer letters, or take a filter away.', '/users'],
    ]);
  });

  it('tells a teacher what to wait for', async () => {
    await app.faculty({ username: 'teacher' });
    expect(await readAll('teacher', LISTS)).toEqual([
      ['There are no students yet. The office adds them; they appear here at once.', '/'],
      ['There are no courses yet. The office adds them and enters who teaches them.', '/'],
      ['There are no courses yet, so there is nobody to mark. The office adds courses and enrols students.', '/'],
      ['There are no courses yet, so there is nobody to grade. The office adds courses and enrols students.', '/'],
    ]);
  });

  it('tells a student whom to ask', async () => {
    const { user } = await app.student({ username: 'student' });
    expect(await readAll('student', [`/students/${user.student_id!}`, '/courses', '/attendance', '/results'])).toEqual([
      ['You are not enrolled in any course yet. Ask the office to enrol you.', null],
      ['You are not enrolled in any course yet. Ask the office to enrol you.', '/'],
      ['There are no marks yet. They appear here as soon as a teacher marks you.', '/courses'],
      ['There are no results yet. They appear here as soon as an exam is graded.', '/courses'],
    ]);
  });

  it('says the same of a search that finds nothing, and of a course without students', async () => {
    const { course_id } = await app.services.courses.add(app.system, {
      course_code: 'CS101-26B',
      course_name: 'Programming',
      credits: 4,
    });
    const paths = ['/students?q=x', '/courses?q=x', '/attendance?status=Late', '/results?exam_type=quiz'];
    const said = await readAll('admin', [...paths, `/courses/${course_id}`, `/courses/${course_id}/roster`]);
    expect(said.map(([, href]) => href)).toEqual([
      '/students',
      '/courses',
      '/attendance',
      '/results',
      `/courses/${course_id}/attendance/${app.today()}`,
      null,
    ]);
    for (const [text] of said) expect(text).toMatch(/\. \S.*\./); // why, and what next
  });
});
