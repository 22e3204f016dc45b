// A sheet and the answers to what it sent: before the paint, after the news of somebody else's mark, or lost.
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PASSWORD, startTestApp } from '../support/app.ts';
import type { TestApp } from '../support/app.ts';
import { browserPath, isBuilt, launch, NO_WORKER, openSheet, openTab, signIn } from './browser.ts';
import type { Tab } from './browser.ts';

const NAMES = ['Layla Haddad', 'Mateo García', 'Ngozi Balogun', 'Tom Hill'];

describe.skipIf(browserPath === undefined)('a sheet whose answers come late', { timeout: 90_000 }, () => {
  let app: TestApp;
  let browser: Browser;
  let office: Tab;
  let page: Page;
  let course_id: string;
  let ids: string[];
  let day = 0;

  beforeAll(async () => {
    expect(isBuilt, 'the pages need public/build: npm run build').toBe(true);
    app = await startTestApp();
    ({ course_id } = await app.services.courses.add(app.system, {
      ...{ course_code: 'CS101-26B', course_name: 'Programming', credits: 4 },
    }));
    ids = [];
    for (const full_name of NAMES)
      ids.push((await app.addStudent({ full_name, enrolled_courses: [course_id] })).student_id);
    browser = await launch();
    office = await openTab(browser, app.url, NO_WORKER);
    await signIn(office, 'admin', PASSWORD);
    page = office.page;
  });

  afterAll(async () => {
    await browser.close();
    await app.stop();
  });

  /** Every test has a day of its own. */
  const nextDay = (): string => `2026-03-${String((day += 1)).padStart(2, '0')}`;
  const address = (date: string): string => `/courses/${course_id}/attendance/${date}`;
  const row = (name: string) => page.locator('#sheet tr', { hasText: name });
  const mark = (name: string, status: string) => row(name).getByText(status, { exact: true }).click();
  const said = () => page.locator('[data-sheet-state]').textContent();
  const stored = async (date: string) =>
    (await app.services.attendance.sheet(app.system, course_id, date, 1)).entries.map((entry) => entry.status);
  const rowsSaved = () => app.events.filter(({ name }) => name.startsWith('attendance_')).length;

  it('takes a mark back that was just being saved, also when the answer comes before the next paint', async () => {
    const date = nextDay();
    await openSheet(page, address(date));
    let answer = (): void => undefined;
    const answered = new Promise<void>((done) => (answer = done));
    await page.route('**/api/courses/**', async (route) => {
      const response = await route.fetch();
      await answered;
      await route.fulfill({ response });
    });
    await row('Tom Hill').locator('input:checked').focus();
    await page.keyboard.press('p');
    await expect.poll(() => stored(date)).toEqual([null, null, null, 'Present']);
    // A machine so busy that it paints a second late.
    await page.evaluate(() => {
      const soon = window.requestAnimationFrame.bind(window);
      window.requestAnimationFrame = (work) => Number(setTimeout(() => soon(work), 1_000));
    });
    await row('Tom Hill').locator('input:checked').focus();
    await page.keyboard.press('Delete');
    answer();
    await expect.poll(() => stored(date)).toEqual([null, null, null, null]);
    expect(await row('Tom Hill').getByRole('radio', { name: 'No mark' }).isChecked()).toBe(true);
    await page.unrouteAll({ behavior: 'wait' });
  });

  it('shows what somebody stored after, also when the answer to its own mark comes last', async () => {
    const date = nextDay();
    await openSheet(page, address(date));
    let answer = (): void => undefined;
    const answered = new Promise<void>((done) => (answer = done));
    await page.route('**/api/courses/**', async (route) => {
      if (route.request().method() !== 'PUT') return route.continue();
      const response = await route.fetch();
      await answered;
      await route.fulfill({ response });
    });
    const isChecked = (name: string) => row('Tom Hill').getByRole('radio', { name }).isChecked();
    await mark('Tom Hill', 'Present');
    await expect.poll(() => row('Tom Hill').getAttribute('data-state')).toBe('saved');
    await app.services.attendance.saveSheet(app.system, course_id, date, 1, {
      entries: [{ student_id: ids[3]!, status: 'Late' }],
    });
    await expect.poll(() => isChecked('Late')).toBe(true);
    const again = page.waitForResponse((response) => response.request().method() === 'GET');
    answer();
    expect(await (await again).json()).toMatchObject({ entries: [{}, {}, {}, { status: 'Late' }] });
    await expect.poll(() => isChecked('Late')).toBe(true);
    expect(await stored(date)).toEqual([null, null, null, 'Late']);
    await page.unrouteAll({ behavior: 'wait' });
  });

  it('does nothing twice when the answer got lost', async () => {
    const date = nextDay();
    await openSheet(page, address(date));
    const before = rowsSaved();
    const tokens: (string | undefined)[] = [];
    await page.route('**/api/courses/**', async (route) => {
      tokens.push(route.request().headers()['idempotency-key']);
      await route.fetch();
      await route.abort();
    });
    await mark('Layla Haddad', 'Present');
    await expect.poll(() => stored(date)).toEqual(['Present', null, null, null]);
    await expect.poll(() => tokens.length).toBe(1);
    // The tab dies before the answer, and is opened again.
    await page.goto('about:blank');
    await page.unroute('**/api/courses/**');
    const again = page.waitForRequest((request) => request.method() === 'PUT');
    await openSheet(page, address(date));
    expect((await again).headers()['idempotency-key']).toBe(tokens[0]);
    await expect.poll(() => said()).toMatch(/^All saved/);
    expect(rowsSaved() - before).toBe(1);
    expect(await row('Layla Haddad').locator('.clash').count()).toBe(0);
    office.faults.splice(0);
  });

  it('gave the console no other reason to complain', () => {
    expect(office.faults).toEqual([]);
  });
});
