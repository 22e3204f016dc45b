// Is a kept page shown only when the server said nothing at all?
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PASSWORD, startTestApp } from '../support/app.ts';
import type { TestApp } from '../support/app.ts';
import { startFront } from '../support/front.ts';
import type { Front } from '../support/front.ts';
import { browserPath, isBuilt, launch, openTab, signIn } from './browser.ts';
import type { Tab } from './browser.ts';
import { addClass, keptPages, whenKept } from './offline.ts';
import type { Class } from './offline.ts';

describe.skipIf(browserPath === undefined)('the worker', { timeout: 120_000 }, () => {
  let app: TestApp;
  let front: Front;
  let browser: Browser;
  let teacher: Tab;
  let own: Class;

  beforeAll(async () => {
    expect(isBuilt, 'the pages need public/build: npm run build').toBe(true);
    app = await startTestApp();
    const { user } = await app.faculty({ username: 'teacher' });
    own = await addClass(app, user, 'CS101-26B');
    front = await startFront(app.url);
    browser = await launch();
    teacher = await openTab(browser, front.url);
    await signIn(teacher, 'teacher', PASSWORD);
    await whenKept(teacher.page, `/courses/${own.course.course_id}/roster`);
  });
  afterAll(async () => {
    await browser.close();
    await front.stop();
    await app.stop();
  });

  it.each([500, 502, 503, 401])('shows what the server answers, also %i', async (status) => {
    const { page } = teacher;
    front.answer(status);
    try {
      for (const path of ['/', own.sheet]) {
        const answer = await page.goto(path);
        expect(answer?.status()).toBe(status);
        expect(await page.locator('h1').textContent()).toBe(`Answered with ${String(status)}`);
      }
    } finally {
      front.answer(null);
    }
    expect(Object.values(await keptPages(page)).flat()).toContain(own.sheet);
  });

  it('never keeps the sign-in page under another address, and an expired session removes nothing', async () => {
    const { page } = teacher;
    const cookies = await page.context().cookies();
    await page.context().clearCookies();
    await page.goto(own.sheet);
    expect(new URL(page.url()).pathname).toBe('/login');
    const kept = await page.evaluate(async (path) => (await caches.match(path))?.text(), own.sheet);
    expect(kept).toContain('data-sheet="attendance"');
    await page.context().addCookies(cookies);
  });

  it('passes an export on, asked for once', async () => {
    const { page } = teacher;
    const { user } = await app.admin();
    const office = await openTab(browser, front.url);
    await signIn(office, user.username, PASSWORD);
    await office.page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
    await office.page.reload();
    front.passed.length = 0;
    const path = `/students/${own.students[0]!.student_id}/export`;
    const download = office.page.waitForEvent('download');
    await office.page.evaluate((to) => location.assign(to), path);
    expect((await download).suggestedFilename()).toMatch(/\.zip$/);
    expect(front.passed.filter((call) => call === `GET ${path}`)).toHaveLength(1);
    await office.close();
    await page.bringToFront();
  });

  it('forgets a page that is no longer this teacher’s', async () => {
    const { page } = teacher;
    const gone = await addClass(app, (await app.faculty()).user, 'CS109-26B');
    const roster = `/courses/${gone.course.course_id}/roster`;
    await page.goto('/');
    await page.evaluate(async (path) => {
      const [name = ''] = (await caches.keys()).filter((one) => one.includes('pages'));
      await (await caches.open(name)).put(path, new Response('<p>as it was once</p>'));
    }, roster);
    await app.services.courses.remove(app.system, gone.course.course_id, gone.course.version);
    expect((await page.goto(roster))?.status()).toBe(404);
    await expect.poll(async () => Object.values(await keptPages(page)).flat()).not.toContain(roster);
  });

  it('is replaced by that of a new build, and open pages keep their files', async () => {
    const { page } = teacher;
    await page.goto('/');
    const files = () =>
      page.evaluate(async () => (await caches.keys()).filter((name) => name.startsWith('studentcore-files-')));
    const update = () =>
      page.evaluate(async () => {
        const registration = await navigator.serviceWorker.ready;
        void registration.update();
      });
    // The old one is `activated` too until then.
    await page.evaluate(() => {
      const mark = () => (document.documentElement.dataset['replaced'] = 'yes');
      navigator.serviceWorker.addEventListener('controllerchange', mark);
    });
    const [before = ''] = await files();
    const version = before.replace('studentcore-files-', '');
    front.change('/sw.js', (text) => text.replaceAll(version, 'newer'));
    await expect
      .poll(async () => (await update(), await page.locator('html').getAttribute('data-replaced')), { interval: 2_000 })
      .toBe('yes');
    expect(await files()).toEqual([before, 'studentcore-files-newer']);
    await page.context().setOffline(true);
    await page.getByRole('link', { name: 'Take register of CS101-26B' }).click();
    await page.locator('#kept').waitFor();
    // The sheet's own script, which this tab had not loaded before.
    await page.getByRole('button', { name: 'All present' }).waitFor();
    await page.context().setOffline(false);
    // So many builds stay, and no more.
    for (const next of ['third', 'fourth']) {
      front.change('/sw.js', (text) => text.replaceAll(version, next));
      // One that is still being installed hears of no newer one.
      const afterUpdate = async () => {
        await update();
        return await files();
      };
      await expect.poll(afterUpdate, { timeout: 10_000, interval: 500 }).toContain(`studentcore-files-${next}`);
    }
    await expect
      .poll(files)
      .toEqual(['studentcore-files-newer', 'studentcore-files-third', 'studentcore-files-fourth']);
  });
});
