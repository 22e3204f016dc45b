// Does anything of a person stay on a device after they signed out, or after somebody else signed in?
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { PASSWORD, startTestApp } from '../support/app.ts';
import type { TestApp } from '../support/app.ts';
import { browserPath, hindrances, isBuilt, launch, openSheet, openTab, signIn } from './browser.ts';
import type { Tab } from './browser.ts';
import { addClass, everythingKept, keptPages, signOut, whenKept } from './offline.ts';
import type { Class } from './offline.ts';

describe.skipIf(browserPath === undefined)('who leaves a device', { timeout: 120_000 }, () => {
  let app: TestApp;
  let browser: Browser;
  let own: Class;
  let teacher: Tab;
  let user_id: string;

  beforeAll(async () => {
    expect(isBuilt, 'the pages need public/build: npm run build').toBe(true);
    app = await startTestApp();
    const { user } = await app.faculty({ username: 'teacher', full_name: 'Ada Byron' });
    user_id = user.user_id;
    await app.faculty({ username: 'other', full_name: 'Bo Lee' });
    own = await addClass(app, user, 'CS101-26B');
    browser = await launch();
  });
  afterAll(async () => {
    await browser.close();
    await app.stop();
  });
  beforeEach(async () => {
    teacher = await openTab(browser, app.url);
    await signIn(teacher, 'teacher', PASSWORD);
    await whenKept(teacher.page, own.sheet);
    await teacher.page.evaluate(() => localStorage.setItem('studentcore.theme', 'dark'));
    return () => teacher.close();
  });

  async function markOffline(n: number): Promise<void> {
    const { page } = teacher;
    await page.context().setOffline(true);
    await openSheet(page, own.sheet);
    await page.locator('tr[data-student-id]').nth(n).locator('label', { hasText: 'Late' }).click();
    await page.locator('#waiting a').waitFor();
  }

  const ofTeacher = () => new RegExp([user_id, 'Ada', own.course.course_id, own.students[0]!.student_id].join('|'));

  it('leaves nothing, in any tab, but the choice of colours', async () => {
    const { page } = teacher;
    const beside = await page.context().newPage();
    await openSheet(beside, own.sheet);
    expect(await everythingKept(page)).toMatch(ofTeacher());
    await signOut(page);
    await page.waitForURL(/\/login$/);
    await beside.waitForURL(/\/login$/);
    await expect
      .poll(() => everythingKept(page))
      .toBe(JSON.stringify([[['studentcore.theme', 'dark']], [], [], [], []]));
    await page.context().setOffline(true);
    await page.goto(own.sheet);
    expect(await page.locator('main').textContent()).toContain('No page is kept on this device.');
  });

  it('is asked before marks are lost that were never sent', async () => {
    await markOffline(0);
    const { page } = teacher;
    await signOut(page);
    const dialog = page.getByRole('dialog');
    expect(await dialog.textContent()).toContain('1 mark was not sent yet');
    expect(await hindrances(page)).toEqual([]);
    // Send now is what Enter does; without a network it says that they are still here.
    await page.keyboard.press('Enter');
    await dialog.getByText('They are still here').waitFor();
    await page.keyboard.press('Escape');
    expect(await everythingKept(page)).toContain(own.students[0]!.student_id);
    await page.context().setOffline(false);
    await expect
      .poll(
        async () =>
          (await app.services.attendance.sheet(app.system, own.course.course_id, app.today(), 1)).entries[0]?.status,
        { timeout: 20_000 },
      )
      .toBe('Late');
  });

  it('can lose them', async () => {
    await markOffline(1);
    const { page } = teacher;
    // Nothing gets through, but for the way out.
    await page.route('**/api/courses/**', (route) => route.abort());
    await page.context().setOffline(false);
    await page.reload();
    await signOut(page);
    await page.getByRole('button', { name: 'Sign out and lose it' }).click();
    await page.waitForURL(/\/login$/);
    await expect.poll(() => everythingKept(page)).not.toMatch(ofTeacher());
  });

  it('keeps everything for the same person when the session has expired, and nothing for another', async () => {
    await markOffline(2);
    const { page } = teacher;
    await page.context().clearCookies();
    await page.goto('about:blank');
    await page.context().setOffline(false);
    await page.goto('/login');
    const notice = page.locator('[data-left-behind]');
    await notice.getByText('1 mark of Ada Byron waits on this device.').waitFor();
    expect(await hindrances(page)).toEqual([]);
    expect(Object.values(await keptPages(page)).flat()).toContain(own.sheet);
    await signIn(teacher, 'other', PASSWORD);
    await expect.poll(() => everythingKept(page)).not.toMatch(ofTeacher());
    expect(await everythingKept(page)).toContain('Bo Lee');
  });

  it('takes the pages along when the session was ended from elsewhere', async () => {
    const { page } = teacher;
    await page.goto('about:blank');
    const elsewhere = await app.signIn('teacher');
    await elsewhere.api('DELETE', '/api/session?everywhere=true');
    await page.goto('/students');
    expect(new URL(page.url()).pathname).toBe('/login');
    await expect.poll(() => keptPages(page)).toEqual({});
  });
});
