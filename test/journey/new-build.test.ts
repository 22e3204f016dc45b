// Does the worker of a new build take over under open pages? In a browser of its own: the old one must have nothing to do.
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PASSWORD, startTestApp } from '../support/app.ts';
import type { TestApp } from '../support/app.ts';
import { startFront } from '../support/front.ts';
import type { Front } from '../support/front.ts';
import { browserPath, isBuilt, launch, openTab, signIn } from './browser.ts';
import type { Tab } from './browser.ts';
import { addClass, whenKept } from './offline.ts';
import type { Class } from './offline.ts';

describe.skipIf(browserPath === undefined)('the worker of a new build', { timeout: 120_000 }, () => {
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

  it('replaces the old one, and open pages keep their files', async () => {
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
      .poll(async () => (await update(), await page.locator('html').getAttribute('data-replaced')), { interval: 500 })
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
