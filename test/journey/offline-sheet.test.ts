// Does a mark typed without a network get stored, once, whatever happens to the tab and the browser meanwhile?
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { User } from '../../src/users/user.ts';
import { PASSWORD, startTestApp } from '../support/app.ts';
import type { TestApp } from '../support/app.ts';
import { startFront } from '../support/front.ts';
import type { Front } from '../support/front.ts';
import { browserPath, hindrances, isBuilt, launch, launchProfile, openSheet, openTab, signIn } from './browser.ts';
import { addClass, whenKept } from './offline.ts';
import type { Class } from './offline.ts';

describe.skipIf(browserPath === undefined)('a sheet without a network', { timeout: 120_000 }, () => {
  let app: TestApp;
  let front: Front;
  let browser: Browser;
  let profile: string;
  let user: User;
  let own: Class;
  let made = 0;

  beforeAll(async () => {
    expect(isBuilt, 'the pages need public/build: npm run build').toBe(true);
    app = await startTestApp();
    ({ user } = await app.faculty({ username: 'teacher', full_name: 'Ada Byron' }));
    front = await startFront(app.url);
    browser = await launch();
    profile = await mkdtemp(join(tmpdir(), 'studentcore-profile-'));
  });
  afterAll(async () => {
    await browser.close();
    await front.stop();
    await app.stop();
    await rm(profile, { recursive: true, force: true });
  });
  // Every test has a course, hence a sheet of today, of its own.
  beforeEach(async () => {
    own = await addClass(app, user, `CS${String((made += 1))}-26B`);
  });

  const mark = (page: Page, n: number, status: string) =>
    page.locator('tr[data-student-id]').nth(n).locator('label', { hasText: status }).click();
  const stored = async () =>
    (await app.services.attendance.sheet(app.system, own.course.course_id, app.today(), 1)).entries.map(
      ({ status }) => status,
    );
  const events = () =>
    app.events.filter((event) => 'course_id' in event && event.course_id === own.course.course_id).length;
  const chip = (page: Page) => page.locator('#waiting a');
  const reopened = (context: BrowserContext): Promise<Page> => context.newPage();

  /** Signed in, with today's sheet kept and no network. */
  async function offlineTeacher() {
    const tab = await openTab(browser, front.url);
    await signIn(tab, 'teacher', PASSWORD);
    await whenKept(tab.page, own.sheet);
    await tab.page.context().setOffline(true);
    return tab;
  }

  it('takes marks, says that they wait, and stores them once when the network is back', async () => {
    const { page, close } = await offlineTeacher();
    await openSheet(page, own.sheet);
    const before = events();
    await mark(page, 0, 'Present');
    await mark(page, 1, 'Late');
    await expect.poll(() => chip(page).textContent()).toContain('2 marks wait on this device');
    expect(await hindrances(page)).toEqual([]);
    // The list of what waits is there without a network too.
    await chip(page).click();
    await page.getByRole('link', { name: /CS1-26B/ }).waitFor();
    expect(await page.locator('tbody tr').count()).toBe(2);
    expect(await hindrances(page)).toEqual([]);
    // It goes out from whichever page is open.
    await page.context().setOffline(false);
    await expect.poll(stored, { timeout: 20_000 }).toEqual(['Present', 'Late', null]);
    await page.getByText('Nothing waits on this device').waitFor();
    expect(events() - before).toBe(1);
    await close();
  });

  it('stores what was sent once, when the tab was killed before the answer came', async () => {
    const { page } = await offlineTeacher();
    const context = page.context();
    await openSheet(page, own.sheet);
    await mark(page, 0, 'Absent');
    await mark(page, 2, 'Present');
    front.withhold('PUT');
    front.passed.length = 0;
    const before = events();
    await context.setOffline(false);
    await expect.poll(stored, { timeout: 20_000 }).toEqual(['Absent', null, 'Present']);
    await page.close();
    front.withhold(null);

    const again = await reopened(context);
    await again.goto('/');
    const puts = () => front.passed.filter((call) => call.startsWith('PUT')).length;
    await expect.poll(puts, { timeout: 20_000 }).toBeGreaterThan(1);
    await again.goto('/waiting');
    await again.getByText('Nothing waits on this device').waitFor();
    // The same marks were sent twice, and written once.
    expect(await stored()).toEqual(['Absent', null, 'Present']);
    expect(events() - before).toBe(1);
    await context.close();
  });

  it('has the sheet and the marks after the browser itself was killed, and sends them later', async () => {
    let context = await launchProfile(profile, front.url);
    let page = await context.newPage();
    await signIn({ page, faults: [], close: () => Promise.resolve() }, 'teacher', PASSWORD);
    await whenKept(page, own.sheet);
    await context.setOffline(true);
    await openSheet(page, own.sheet);
    await mark(page, 1, 'Late');
    await expect.poll(() => chip(page).textContent()).toContain('1 mark waits on this device');
    const ended = context.waitForEvent('close');
    // As when a phone runs out of power: nothing is tidied up.
    const crash = await context.newCDPSession(page);
    void crash.send('Browser.crash').catch(() => undefined);
    await ended;

    context = await launchProfile(profile, front.url, { offline: true });
    page = await context.newPage();
    await openSheet(page, own.sheet);
    await page.locator('#kept').waitFor();
    await expect.poll(() => page.getByRole('radio', { name: 'Late' }).nth(1).isChecked()).toBe(true);
    expect(await stored()).toEqual([null, null, null]);
    // The session cookie went with the browser: signing in again is possible without leaving the sheet.
    await context.setOffline(false);
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Password').fill(PASSWORD);
    await dialog.getByRole('button', { name: 'Sign in' }).click();
    await expect.poll(stored, { timeout: 30_000 }).toEqual([null, 'Late', null]);
    await context.close();
  });

  it('asks one of two devices that marked the same row, and loses nothing of either', async () => {
    const [phone, desk] = [await offlineTeacher(), await offlineTeacher()];
    for (const { page } of [phone, desk]) await openSheet(page, own.sheet);
    await mark(phone.page, 0, 'Present');
    await mark(phone.page, 1, 'Present');
    await mark(desk.page, 0, 'Absent');
    await mark(desk.page, 2, 'Late');
    await phone.page.context().setOffline(false);
    await expect.poll(stored, { timeout: 20_000 }).toEqual(['Present', 'Present', null]);
    await desk.page.context().setOffline(false);
    // What nobody else touched is stored; of the same row, both are shown to who came later.
    await expect.poll(stored, { timeout: 20_000 }).toEqual(['Present', 'Present', 'Late']);
    const clash = desk.page.locator('.clash');
    await clash.waitFor();
    await expect.poll(() => chip(desk.page).textContent()).toContain('1 mark needs your choice');
    await clash.getByRole('button', { name: /^Keep mine: Absent/ }).click();
    await expect.poll(stored, { timeout: 20_000 }).toEqual(['Absent', 'Present', 'Late']);
    await expect.poll(() => chip(desk.page).isVisible()).toBe(false);
    await Promise.all([phone.close(), desk.close()]);
  });

  it('shows what can never be sent, and lets it go only when somebody says so', async () => {
    const { page, close } = await offlineTeacher();
    await openSheet(page, own.sheet);
    await mark(page, 0, 'Late');
    await app.services.courses.remove(app.system, own.course.course_id, own.course.version);
    await page.context().setOffline(false);
    await page.goto('/waiting');
    await page.getByRole('button', { name: 'Discard 1 mark' }).click();
    expect(await page.getByRole('dialog').textContent()).toContain(`${own.students[0]!.full_name}: Late`);
    expect(await hindrances(page)).toEqual([]);
    await page.getByRole('button', { name: 'Keep' }).click();
    expect(await page.locator('tbody tr').count()).toBe(1);
    await page.getByRole('button', { name: 'Discard 1 mark' }).click();
    await page.getByRole('button', { name: 'Discard', exact: true }).click();
    await page.getByText('Nothing waits on this device').waitFor();
    await close();
  });
});
