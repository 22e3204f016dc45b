// What becomes of an open page, and of what is kept, when somebody else uses this browser or a session is ended?
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { PASSWORD, startTestApp } from '../support/app.ts';
import type { TestApp } from '../support/app.ts';
import type { User } from '../../src/users/user.ts';
import { browserPath, isBuilt, launch, NO_WORKER, openSheet, openTab, signIn } from './browser.ts';
import type { Tab } from './browser.ts';
import { addClass, everythingKept, keptPages, signOut, whenKept } from './offline.ts';
import type { Class } from './offline.ts';

describe.skipIf(browserPath === undefined)('a browser that two people use', { timeout: 120_000 }, () => {
  let app: TestApp;
  let browser: Browser;
  let own: Class;
  let tab: Tab;
  let teacher: User;
  let student: User;

  beforeAll(async () => {
    expect(isBuilt, 'the pages need public/build: npm run build').toBe(true);
    app = await startTestApp();
    teacher = (await app.faculty({ username: 'teacher', full_name: 'Ada Byron' })).user;
    await app.admin({ username: 'boss', full_name: 'The Boss' });
    own = await addClass(app, teacher, 'CS101-26B');
    student = (await app.student()).user;
    browser = await launch();
  });
  afterAll(async () => {
    await browser.close();
    await app.stop();
  });
  afterEach(() => tab.close());

  /** As over plain http. */
  async function openWithoutWorker(): Promise<void> {
    tab = await openTab(browser, app.url, NO_WORKER);
    await tab.page.context().addInitScript(() => Reflect.deleteProperty(Navigator.prototype, 'serviceWorker'));
    await signIn(tab, 'teacher', PASSWORD);
  }

  /** News of others arrive: the socket of this page asked before who is signed in. */
  async function whenConnected(page: Page): Promise<void> {
    const boss = await app.signIn('boss');
    await expect
      .poll(
        async () => {
          await boss.api('PUT', `/api/courses/${own.course.course_id}/attendance/${app.today()}`, {
            entries: [{ student_id: own.students[0]!.student_id, status: 'Late', remarks: String(Math.random()) }],
          });
          return page.locator('tr[data-student-id] input:checked[value=Late]').count();
        },
        { interval: 300 },
      )
      .toBe(1);
  }

  const mark = (n: number, label: string) =>
    tab.page.locator('tr[data-student-id]').nth(n).locator('label', { hasText: label }).click();

  it('never stores what one typed under the name of another', async () => {
    await openWithoutWorker();
    const { page } = tab;
    await openSheet(page, own.sheet);
    await whenConnected(page);
    // Somebody else signs in where no page says so, and the first session does not end.
    await page.context().clearCookies();
    const entered = await page.request.post('/api/session', { data: { username: 'boss', password: PASSWORD } });
    expect(entered.status()).toBe(201);
    await mark(1, 'Absent');
    for (let tries = 0; tries < 2; tries += 1) {
      const refused = page.waitForResponse((answer) => answer.request().method() === 'PUT');
      await page.locator('#sheet [type=submit]').click();
      expect((await refused).status()).toBe(403);
      await page.locator('[data-sheet-state]', { hasText: 'Somebody else has signed in here' }).waitFor();
    }
    const { entries } = await app.services.attendance.sheet(app.system, own.course.course_id, app.today(), 1);
    expect(entries[1]?.status).toBeNull();
  });

  it('leaves the pages of other tabs with who signs out, also where no worker runs', async () => {
    await openWithoutWorker();
    const { page } = tab;
    await openSheet(page, own.sheet);
    const beside = await page.context().newPage();
    await beside.goto('/students');
    await signOut(beside);
    await page.waitForURL(/\/login$/);
  });

  it('keeps marks that were made after a sign-out had failed', async () => {
    tab = await openTab(browser, app.url, NO_WORKER);
    const { page } = tab;
    await signIn(tab, 'teacher', PASSWORD);
    await page.goto('/students');
    await page.route('**/logout', (route) => route.fulfill({ status: 503, body: 'Too busy' }));
    await signOut(page);
    await page.getByText('Too busy').waitFor();
    await openSheet(page, own.sheet);
    await page.route('**/api/courses/**', (route) => route.abort());
    await mark(2, 'Late');
    await page.locator('#waiting a').waitFor();
    await page.context().clearCookies();
    await page.goto('/login');
    await page.getByText('1 mark of Ada Byron waits on this device.').waitFor();
  });

  it('keeps nothing of a teacher when a student signs in next', async () => {
    tab = await openTab(browser, app.url);
    const { page } = tab;
    await signIn(tab, 'teacher', PASSWORD);
    await whenKept(page, own.sheet);
    await page.context().setOffline(true);
    await openSheet(page, own.sheet);
    await mark(2, 'Late');
    await page.locator('#waiting a').waitFor();
    await page.context().clearCookies();
    await page.goto('about:blank');
    await page.context().setOffline(false);
    await signIn(tab, student.username, PASSWORD);
    const ofTeacher = new RegExp(['Ada', own.course.course_id, own.students[2]!.student_id].join('|'));
    await expect.poll(() => everythingKept(page)).not.toMatch(ofTeacher);
  });

  it('drops the kept pages when the session of an open page is ended from elsewhere', async () => {
    tab = await openTab(browser, app.url);
    const { page } = tab;
    await signIn(tab, 'teacher', PASSWORD);
    await whenKept(page, own.sheet);
    await page.goto('/students');
    await (await app.signIn('teacher')).api('DELETE', '/api/session?everywhere=true');
    await page.waitForURL(/\/login\?.*ended=yes/);
    await expect.poll(() => keptPages(page)).toEqual({});
  });

  it('drops them also where an open sheet asks for the password', async () => {
    tab = await openTab(browser, app.url);
    const { page } = tab;
    await signIn(tab, 'teacher', PASSWORD);
    await whenKept(page, own.sheet);
    // At once: its script may be loading still.
    await page.goto(own.sheet);
    await (await app.signIn('teacher')).api('DELETE', '/api/session?everywhere=true');
    await page.getByRole('dialog').waitFor();
    await expect.poll(() => keptPages(page)).toEqual({});
  });

  it('drops a register that is no longer the own', async () => {
    tab = await openTab(browser, app.url);
    const { page } = tab;
    await signIn(tab, 'teacher', PASSWORD);
    const lost = await addClass(app, teacher, 'CS102-26B');
    await page.goto('/');
    await whenKept(page, lost.sheet);
    const { course } = lost;
    const { user } = await app.faculty();
    await app.services.courses.change(app.system, course.course_id, course.version, { faculty_id: user.user_id });
    await page.goto(lost.sheet);
    await expect.poll(async () => Object.values(await keptPages(page)).flat()).not.toContain(lost.sheet);
    expect(Object.values(await keptPages(page)).flat()).toContain(own.sheet);
  });
});
