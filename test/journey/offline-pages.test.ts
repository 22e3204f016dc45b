// What does a teacher see without a network: their own pages as they were, and nothing that the server did not let be kept?
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PASSWORD, startTestApp } from '../support/app.ts';
import type { TestApp } from '../support/app.ts';
import { browserPath, hindrances, isBuilt, launch, openTab, signIn } from './browser.ts';
import type { Tab } from './browser.ts';
import { addClass, keptPages, whenKept } from './offline.ts';
import type { Class } from './offline.ts';

describe.skipIf(browserPath === undefined)('without a network', { timeout: 120_000 }, () => {
  let app: TestApp;
  let browser: Browser;
  let teacher: Tab;
  let own: Class;
  let other: Class;
  let user_id: string;

  beforeAll(async () => {
    expect(isBuilt, 'the pages need public/build: npm run build').toBe(true);
    app = await startTestApp({ env: { COLLEGE_NAME: 'Ash & Elm' } });
    const { user } = await app.faculty({ username: 'teacher', full_name: 'Ada Byron' });
    user_id = user.user_id;
    own = await addClass(app, user, 'CS101-26B');
    other = await addClass(app, (await app.faculty()).user, 'CS102-26B');
    browser = await launch();
    teacher = await openTab(browser, app.url);
    await signIn(teacher, 'teacher', PASSWORD);
    await whenKept(teacher.page, `/courses/${own.course.course_id}/roster`);
  });
  afterAll(async () => {
    await browser.close();
    await app.stop();
  });

  const offline = (is: boolean) => teacher.page.context().setOffline(is);

  it('can be installed', async () => {
    const cdp = await teacher.page.context().newCDPSession(teacher.page);
    const { installabilityErrors } = await cdp.send('Page.getInstallabilityErrors');
    // A window that keeps nothing, as tests use it, can't install: that is the only thing to be said.
    expect(installabilityErrors.map(({ errorId }) => errorId).filter((id) => id !== 'in-incognito')).toEqual([]);
    const { errors, data } = await cdp.send('Page.getAppManifest');
    expect(errors).toEqual([]);
    expect(JSON.parse(data ?? '{}')).toMatchObject({ name: 'Ash & Elm', start_url: '/', display: 'standalone' });
  });

  it('keeps the own pages of today and no others', async () => {
    const { page } = teacher;
    await page.goto('/students');
    await page.goto(other.sheet);
    await page.goto('/account');
    const roster = `/courses/${own.course.course_id}/roster`;
    expect(await keptPages(page)).toEqual({
      [`studentcore-pages-${user_id}`]: ['/', '/waiting', own.sheet, roster],
    });
  });

  it('shows a kept page, with the moment it is from', async () => {
    const { page } = teacher;
    await offline(true);
    await page.goto(own.sheet);
    expect(await page.locator('#kept').textContent()).toMatch(/You are offline\. This is how it was at \d\d:\d\d\./);
    expect(await page.locator('tr[data-student-id]').count()).toBe(3);
    expect(await page.locator('html.js').count()).toBe(1);
    expect(await hindrances(page)).toEqual([]);
    await page.goto('/');
    expect(await page.locator('#kept').count()).toBe(1);
    await page.getByRole('link', { name: 'Take register of CS101-26B' }).click();
    await page.locator('tr[data-student-id]').first().waitFor();
  });

  it('says of any other page that it is not kept, and which are', async () => {
    const { page } = teacher;
    await page.goto('/students');
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('No connection');
    await page.getByRole('link', { name: 'Attendance CS101-26B' }).waitFor();
    expect(await page.getByRole('link', { name: 'Roster of CS101-26B' }).count()).toBe(1);
    expect(await hindrances(page)).toEqual([]);
    await offline(false);
    // By itself, as soon as the network is back.
    await page.getByRole('heading', { name: 'Students' }).waitFor();
  });

  it('takes the form token anew when the network is back', async () => {
    const { page } = teacher;
    await offline(true);
    await page.goto('/');
    await page
      .locator('meta[name="csrf-token"]')
      .evaluate((tag: HTMLMetaElement) => (tag.content = 'of another session'));
    await offline(false);
    await page.getByRole('button', { name: 'Show it as it is now' }).waitFor();
    const token = await page.locator('meta[name="csrf-token"]').getAttribute('content');
    expect(token).not.toBe('of another session');
    await page.getByRole('button', { name: 'Show it as it is now' }).click();
    await expect.poll(() => page.locator('#kept').count()).toBe(0);
  });
});
