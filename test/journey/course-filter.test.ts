// Does the list of students keep the hands where they are when a course is typed among very many?
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MOST_OPTIONS } from '../../src/courses/course-choice.ts';
import { PASSWORD, startTestApp } from '../support/app.ts';
import type { TestApp } from '../support/app.ts';
import { browserPath, isBuilt, launch, openTab, signIn } from './browser.ts';
import type { Tab } from './browser.ts';

describe.skipIf(browserPath === undefined)('a course typed on the list of students', { timeout: 120_000 }, () => {
  let app: TestApp;
  let browser: Browser;
  let tab: Tab;

  beforeAll(async () => {
    expect(isBuilt, 'the pages need public/build: npm run build').toBe(true);
    app = await startTestApp();
    await app.admin({ username: 'office' });
    for (let n = 0; n <= MOST_OPTIONS; n += 1) {
      const course_code = `M${String(n).padStart(4, '0')}`;
      await app.services.courses.add(app.system, { course_code, course_name: `Subject ${String(n)}`, credits: 3 });
    }
    const { course_id } = app.services.courses.byCode(app.system, 'M0007')!;
    await app.addStudent({ full_name: 'Ann Lee', enrolled_courses: [course_id] });
    await app.addStudent({ full_name: 'Ben Moor' });
    browser = await launch();
    tab = await openTab(browser, app.url);
    await signIn(tab, 'office', PASSWORD);
  }, 120_000);
  afterAll(async () => {
    await browser.close();
    await app.stop();
  });

  it('waits until it is asked for: Tab goes on to the next field, Enter shows who takes it', async () => {
    const { page } = tab;
    await page.goto('/students');
    await page.locator('.dt-info').waitFor();
    const loaded = await page.evaluate(() => performance.timeOrigin);
    const field = page.getByLabel('Course');
    await field.fill('m0007');
    await field.press('Tab');
    await page.waitForTimeout(500);
    expect(await page.evaluate(() => performance.timeOrigin), 'the page is still the same').toBe(loaded);
    expect(await page.evaluate(() => document.activeElement?.tagName), 'and the focus is in it').not.toBe('BODY');
    await field.press('Enter');
    await page.waitForURL((url) => url.searchParams.get('course_id') === 'm0007');
    expect(await page.getByLabel('Course').inputValue()).toBe('M0007');
    await expect.poll(() => page.getByText('Ben Moor').count()).toBe(0);
    expect(await page.getByText('Ann Lee').count()).toBeGreaterThan(0);
    expect(tab.faults).toEqual([]);
  });

  it('never searches in another course than the form says', async () => {
    const { page } = tab;
    await page.goto('/students?course_id=M0007');
    await page.locator('.dt-info').waitFor();
    const calls: string[] = [];
    page.on('request', (request) => {
      if (request.url().includes('/api/students')) calls.push(request.url());
    });
    // The new code is not known to the page: letters wait until it is asked for.
    await page.getByLabel('Course').fill('M0008');
    await page.getByLabel('Search').fill('Lee');
    await page.waitForTimeout(700);
    expect(calls).toEqual([]);
    await page.getByLabel('Search').press('Enter');
    await page.waitForURL(
      (url) => url.searchParams.get('course_id') === 'M0008' && url.searchParams.get('q') === 'Lee',
    );
    await page.getByText('No student fits this search.').waitFor();
    // An emptied field means all courses, and needs nobody to say so.
    await page.goto('/students?course_id=M0007');
    await page.locator('.dt-info').waitFor();
    await page.getByLabel('Course').fill('');
    await page.getByText('Ben Moor').waitFor();
    expect(new URL(page.url()).searchParams.has('course_id')).toBe(false);
    expect(tab.faults).toEqual([]);
  });
});
