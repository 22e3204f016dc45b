// Does a name ever become markup? People and courses called like attacks, on every page, in lists, notes and live news.
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PASSWORD, startTestApp } from '../support/app.ts';
import type { TestApp } from '../support/app.ts';
import { browserPath, isBuilt, launch, openTab, signIn } from './browser.ts';
import type { Tab } from './browser.ts';

const IMAGE = '<img src=x onerror="window.taken=1">';
const SCRIPT = '"><script>window.taken=1</script>';
const TEMPLATE = '<%= 7*7 %>${7*7}{{7*7}}';
const CLOSING = "</script></textarea></title><svg onload='window.taken=1'>";
const LONG = { timeout: 15_000 };
const LINK = 'javascript:window.taken=1//';

describe.skipIf(browserPath === undefined)('names like attacks', { timeout: 240_000 }, () => {
  let app: TestApp;
  let browser: Browser;
  let office: Tab;
  let own: Tab;
  let pages: string[];
  let student_id: string;

  beforeAll(async () => {
    expect(isBuilt, 'the pages need public/build: npm run build').toBe(true);
    app = await startTestApp({ env: { COLLEGE_NAME: `College ${IMAGE}` } });
    const { services, system } = app;
    const { user: teacher } = await app.faculty({ full_name: `T ${SCRIPT}`, username: `t${IMAGE}` });
    const { course_id } = await services.courses.add(system, {
      course_code: `C${SCRIPT}`.slice(0, 32),
      course_name: `Course ${IMAGE}`,
      credits: 3,
      schedule: CLOSING,
      description: `${CLOSING}\n${TEMPLATE}`,
      faculty_id: teacher.user_id,
    });
    const student = await app.addStudent({
      student_code: '<b>1</b>"\'`',
      full_name: `Student ${IMAGE}`,
      program: `Programme ${SCRIPT}`,
      phone: '+1 <svg/onload=window.taken=1>',
      guardian_name: CLOSING,
      enrolled_courses: [course_id],
    });
    student_id = student.student_id;
    await app.addStudent({ student_code: '=1+1', full_name: LINK, program: TEMPLATE, enrolled_courses: [course_id] });
    const login = await app.student({ username: 'learner', student_id, full_name: `Own ${IMAGE}` });
    const day = app.today();
    const remarks = `Late ${IMAGE}`;
    await services.attendance.saveSheet(system, course_id, day, 1, {
      entries: [{ student_id, status: 'Late', remarks }],
    });
    await services.results.saveSheet(system, course_id, 'quiz', 1, { entries: [{ student_id, marks: 7, remarks }] });
    const [mark] = (await services.attendance.list(system, { course_id })).items;
    const [result] = (await services.results.list(system, { course_id })).items;
    const records = [
      `/students/${student_id}`,
      `/courses/${course_id}`,
      `/users/${login.user.user_id}`,
      `/attendance/${mark!.attendance_id}`,
      `/results/${result!.result_id}`,
    ];
    pages = [
      '/',
      '/account',
      '/api/docs',
      ...['/students', '/courses', '/users'].map((list) => `${list}?q=${encodeURIComponent('<')}`),
      `/attendance?course_id=${course_id}`,
      `/results?course_id=${course_id}`,
      ...records.flatMap((record) => [record, `${record}/edit`, `${record}/delete`, `${record}/history`]),
      `/courses/${course_id}/roster`,
      `/courses/${course_id}/attendance/${day}`,
      `/courses/${course_id}/results/quiz`,
      `/students/new?full_name=${encodeURIComponent(SCRIPT)}`,
      `/students?q=${encodeURIComponent(SCRIPT)}`,
      `/nowhere/${encodeURIComponent(IMAGE)}`,
    ];
    browser = await launch();
    [office, own] = [await openTab(browser, app.url), await openTab(browser, app.url)];
    for (const { page } of [office, own]) {
      await page.addInitScript(() => {
        addEventListener('securitypolicyviolation', (event) => {
          console.error(`refused by the policy: ${event.violatedDirective} ${event.blockedURI}`);
        });
      });
    }
    await signIn(office, 'admin', PASSWORD);
    await signIn(own, 'learner', PASSWORD);
  });

  afterAll(async () => {
    await browser.close();
    await app.stop();
  });

  /** Nothing ran, nothing was made out of a name, and the policy had nothing to stop: the first wall held. */
  async function expectCalm({ page, faults }: Tab): Promise<void> {
    expect(await page.evaluate(() => Reflect.get(window, 'taken') as unknown)).toBeUndefined();
    expect(
      await page.locator('img[src="x"], svg[onload], [onerror], a[href^="javascript:"], main script').count(),
    ).toBe(0);
    expect(await page.content()).not.toMatch(/>49</);
    expect(faults.filter((fault) => !/status of 404/.test(fault))).toEqual([]);
  }

  it('are text on every page', async () => {
    for (const path of pages) {
      await office.page.goto(path, { waitUntil: 'load' });
      await expectCalm(office);
    }
    for (const path of ['/', '/courses', '/attendance', '/results', '/account']) {
      await own.page.goto(path);
      await expectCalm(own);
    }
  });

  it('are text in rows that DataTables draws from the API', async () => {
    await office.page.goto('/students');
    await office.page.locator('thead th[data-dt-column="1"]').first().click();
    await expect.poll(() => office.page.locator('tbody').first().textContent(), LONG).toContain(IMAGE);
    await expectCalm(office);
  });

  it('are text in live news: notes, the feed and rows in view', async () => {
    const { services, system } = app;
    const text = (selector: string) => office.page.locator(selector).first().textContent();
    /** News comes to who is connected by then: told again until it is seen. */
    const seen = (selector: string, word: string) =>
      expect.poll(
        async () => {
          const { version } = services.students.get(system, student_id);
          const full_name = `${word} ${IMAGE}${SCRIPT} ${String(version)}`;
          await services.students.change(system, student_id, version, { full_name });
          await office.page.waitForTimeout(700);
          return text(selector);
        },
        { timeout: 20_000, interval: 300 },
      );
    await office.page.goto('/');
    await seen('[data-activity]', 'Renamed').toContain(`Renamed ${IMAGE}`);
    await expect.poll(() => text('[data-toasts]'), LONG).toContain(IMAGE);
    await expectCalm(office);
    await office.page.goto('/students');
    await seen('tbody', 'Again').toContain(`Again ${IMAGE}`);
    await expectCalm(office);
  });

  it('are text where the sign-in form shows them again', async () => {
    const tab = await openTab(browser, app.url);
    await tab.page.goto(`/login?next=${encodeURIComponent(`/${SCRIPT}`)}`);
    await tab.page.getByLabel('User name').fill(SCRIPT);
    await tab.page.getByLabel('Password').fill('a wrong guess');
    await tab.page.getByRole('button', { name: 'Show what was typed' }).click();
    expect(await tab.page.getByLabel('Password').getAttribute('type')).toBe('text');
    await tab.page.getByRole('button', { name: 'Sign in' }).click();
    await tab.page.getByText('User name or password is wrong.').waitFor();
    expect(await tab.page.getByLabel('User name').inputValue()).toBe(SCRIPT);
    expect(await tab.page.getByLabel('Password').getAttribute('type')).toBe('password');
    expect(await tab.page.evaluate(() => Reflect.get(window, 'taken') as unknown)).toBeUndefined();
    await tab.close();
  });
});
