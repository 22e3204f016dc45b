// Can everybody use every page? Each one, light and dark, wide and on a phone: axe, console and width.
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addDays } from '../../src/platform/clock.ts';
import type { Student } from '../../src/students/student.ts';
import { PASSWORD, startTestApp } from '../support/app.ts';
import type { TestApp } from '../support/app.ts';
import { browserPath, DESKTOP, hindrances, isBuilt, launch, openTab, PHONE, signIn } from './browser.ts';
import type { Tab } from './browser.ts';

/** What a narrow window can break. */
const NARROW = [
  'color-contrast',
  'target-size',
  'scrollable-region-focusable',
  'region',
  'landmark-unique',
  'heading-order',
];
/** Every rule once, in daylight; elsewhere what that look can break. `npm run ux axe` asks all of them on a phone too. */
const LOOKS = [
  { look: 'light, wide', colorScheme: 'light', viewport: DESKTOP },
  { look: 'dark, wide', colorScheme: 'dark', viewport: DESKTOP, rules: ['color-contrast'] },
  { look: 'dark, phone', colorScheme: 'dark', viewport: PHONE, rules: ['color-contrast'] },
  { look: 'light, phone', colorScheme: 'light', viewport: PHONE, rules: NARROW },
] as const;

const NAMES = ['Layla Haddad', 'Mateo García', 'Ngozi Balogun', 'Maximiliana Wolfeschlegelsteinhausen-Bergerdorff'];

describe.skipIf(browserPath === undefined)('every page', { timeout: 400_000 }, () => {
  let app: TestApp;
  let browser: Browser;
  let staffPages: string[];
  let studentPages: string[];

  beforeAll(async () => {
    expect(isBuilt, 'the pages need public/build: npm run build').toBe(true);
    app = await startTestApp();
    const { services, system } = app;
    const { user: teacher } = await app.faculty({ username: 'teacher', full_name: 'Dr. Ada Okafor' });
    const { course_id } = await services.courses.add(system, {
      course_code: 'CS101-26B',
      course_name: 'Introduction to Programming',
      credits: 4,
      schedule: 'Mon, Wed 09:00–09:50, Turing B204',
      faculty_id: teacher.user_id,
      capacity: 30,
      description: 'Lectures and exercises.',
    });
    const students: Student[] = [];
    for (const [i, full_name] of NAMES.entries()) {
      const code = `S000${String(i + 1)}`;
      const email = `s${String(i + 1)}@students.example.org`;
      students.push(
        await app.addStudent({ student_code: code, full_name, email, semester: 3, enrolled_courses: [course_id] }),
      );
    }
    const [first] = students;
    await app.student({ username: 'layla', student_id: first!.student_id });
    const statuses = ['Present', 'Late', 'Absent', 'Present'];
    for (const date of [addDays(app.today(), -1), app.today()]) {
      const entries = students.map(({ student_id }, i) => ({ student_id, status: statuses[i] }));
      await services.attendance.saveSheet(system, course_id, date, 1, { entries });
    }
    const entries = students.map(({ student_id }, i) => ({ student_id, marks: [95, 72.5, 31, 55][i] }));
    await services.results.saveSheet(system, course_id, 'midterm', 1, { entries });
    // One exam is posted and has an amendment, as pages show it then.
    const final = (marks: number, reason?: string) =>
      services.results.saveSheet(system, course_id, 'final', 1, {
        ...(reason === undefined ? {} : { reason }),
        entries: students.map(({ student_id }) => ({ student_id, marks })),
      });
    await final(40);
    await services.results.post(system, course_id, 'final', 1, { posted: true });
    await final(95, 'Question 4 was struck');
    const [mark] = (await services.attendance.list(system, { course_id })).items;
    const [result] = (await services.results.list(system, { course_id, exam_type: 'final' })).items;

    const { student_id } = first!;
    const { attendance_id } = mark!;
    const { result_id } = result!;
    const five = (name: string, id: string) =>
      ['', '/new', `/${id}`, `/${id}/edit`, `/${id}/delete`].map((p) => `/${name}${p}`);
    staffPages = [
      '/',
      ...five('students', student_id),
      '/students?q=nobody-has-this-name',
      ...five('courses', course_id),
      `/courses/${course_id}/roster`,
      `/courses/${course_id}/roster?q=a`,
      `/courses/${course_id}/attendance/${app.today()}`,
      `/courses/${course_id}/results/midterm`,
      `/courses/${course_id}/results/quiz?number=2`,
      `/courses/${course_id}/results/final`,
      `/courses/${course_id}/results/final/history`,
      ...five('attendance', attendance_id),
      ...five('results', result_id),
      ...five('users', teacher.user_id),
      '/account',
      '/waiting',
      '/api/docs',
      '/there/is/nothing/here',
    ];
    studentPages = [
      '/',
      `/students/${student_id}`,
      '/attendance',
      '/results',
      '/courses',
      `/courses/${course_id}`,
      '/account',
    ];
    browser = await launch();
  });

  afterAll(async () => {
    await browser.close();
    await app.stop();
  });

  /** What is wrong with the page as it stands, in all four looks, as sentences. */
  async function wrongWith({ page }: Tab, path: string): Promise<string[]> {
    const found: string[] = [];
    for (const { look, colorScheme, viewport, ...only } of LOOKS) {
      await page.setViewportSize(viewport);
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await page.locator(`html[data-bs-theme="${colorScheme}"]`).waitFor();
      // Colours that are still on their way are no finding.
      await page.evaluate(() => {
        for (const animation of document.getAnimations()) animation.cancel();
      });
      await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
      const hindering = await hindrances(page, 'rules' in only ? [...only.rules] : undefined);
      found.push(...hindering.map((one) => `${look}: ${one}`));
      const beyond = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      if (beyond > 0) found.push(`${look}: ${path} is ${String(beyond)} px wider than the window`);
    }
    return found;
  }

  async function wrong(tab: Tab, paths: string[]): Promise<string[]> {
    const found: string[] = [];
    for (const path of paths) {
      await tab.page.goto(path, { waitUntil: 'load' });
      await tab.page.waitForLoadState('networkidle');
      found.push(...(await wrongWith(tab, path)));
    }
    // An error page is what was asked for; the browser still reports its status.
    found.push(...tab.faults.filter((fault) => !fault.includes('/there/is/nothing/here')));
    return found;
  }

  // In parts, so that none takes longer than a test may.
  it.each([0, 1, 2])('hinders no administrator (part %i)', async (part) => {
    const tab = await openTab(browser, app.url);
    await signIn(tab, 'admin', PASSWORD);
    const some = staffPages.filter((_, n) => n % 3 === part);
    expect(await wrong(tab, some)).toEqual([]);
    await tab.close();
  });

  it('hinders nobody at the sign-in and in the menu', async () => {
    const tab = await openTab(browser, app.url);
    expect(await wrong(tab, ['/login'])).toEqual([]);
    await signIn(tab, 'admin', PASSWORD);
    await tab.page.goto('/');
    await tab.page.locator('.account-menu summary').click();
    expect(await wrongWith(tab, '/ with the menu open')).toEqual([]);
    await tab.close();
  });

  it('hinders no student', async () => {
    const tab = await openTab(browser, app.url);
    await signIn(tab, 'layla', PASSWORD);
    expect(await wrong(tab, studentPages)).toEqual([]);
    await tab.close();
  });

  it('shows and saves without scripts', async () => {
    const tab = await openTab(browser, app.url, { javaScriptEnabled: false });
    await signIn(tab, 'teacher', PASSWORD);
    const [course] = app.services.courses.list(app.system, {}).items;
    await tab.page.goto(`/courses/${course!.course_id}/attendance/${app.today()}`);
    await tab.page.locator('tr', { hasText: 'Ngozi Balogun' }).getByText('Present', { exact: true }).click();
    await tab.page.getByRole('button', { name: 'Save' }).click();
    await tab.page.waitForLoadState('load');
    const { entries } = await app.services.attendance.sheet(app.system, course!.course_id, app.today(), 1);
    expect(entries.find((row) => row.student_name === 'Ngozi Balogun')?.status).toBe('Present');
    expect(tab.faults).toEqual([]);
    await tab.close();
  });
});
