// What on a sheet is not sent by itself: marks of another maximum, reasons, rows that went; and what opening it leaves alone.
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PASSWORD, startTestApp } from '../support/app.ts';
import type { TestApp } from '../support/app.ts';
import { browserPath, hindrances, isBuilt, launch, NO_WORKER, openSheet, openTab, signIn } from './browser.ts';
import type { Tab } from './browser.ts';
import { addClass } from './offline.ts';
import type { Class } from './offline.ts';

describe.skipIf(browserPath === undefined)('what a sheet holds back', { timeout: 90_000 }, () => {
  let app: TestApp;
  let browser: Browser;
  let tab: Tab;
  let page: Page;
  let own: Class;
  let ids: string[];
  let number = 0;
  let day = 0;

  beforeAll(async () => {
    expect(isBuilt, 'the pages need public/build: npm run build').toBe(true);
    app = await startTestApp();
    const { user } = await app.faculty({ username: 'teacher', full_name: 'Ada Byron' });
    own = await addClass(app, user, 'CS101-26B', 4);
    ids = own.students.map(({ student_id }) => student_id);
    browser = await launch();
    tab = await openTab(browser, app.url, NO_WORKER);
    await signIn(tab, 'teacher', PASSWORD);
    page = tab.page;
  });

  afterAll(async () => {
    await browser.close();
    await app.stop();
  });

  /** Every test has an exam, or a day, of its own. */
  const nextExam = (): { path: string; n: number } => {
    number += 1;
    return { path: `/courses/${own.course.course_id}/results/quiz?number=${String(number)}`, n: number };
  };
  const nextDay = (): string => `2026-03-${String((day += 1)).padStart(2, '0')}`;
  const office = {
    results: (n: number, max_marks: number, marks: (number | null)[]) =>
      app.services.results.saveSheet(app.system, own.course.course_id, 'quiz', n, {
        max_marks,
        entries: marks.flatMap((mark, i) => (mark === null ? [] : [{ student_id: ids[i], marks: mark }])),
      }),
    marks: (date: string, entries: object[]) =>
      app.services.attendance.saveSheet(app.system, own.course.course_id, date, 1, { entries }),
  };
  const results = async (n: number) =>
    (await app.services.results.sheet(app.system, own.course.course_id, 'quiz', n)).entries;
  const outOf = async (n: number) => (await results(n)).map(({ marks, max_marks }) => [marks, max_marks]);
  const row = (i: number) => page.locator(`#sheet tr[data-student-id="${ids[i]!}"]`);
  const cell = (i: number) => page.locator(`[name="marks.${ids[i]!}"]`);
  const said = () => page.locator('[data-sheet-state]').textContent();

  it('asks before marks are stored out of a maximum that somebody else has set', async () => {
    const { path, n } = nextExam();
    await office.results(n, 100, [30, 20]);
    await openSheet(page, path);
    await page.context().setOffline(true);
    await cell(0).fill('35');
    await cell(2).fill('40');
    await cell(1).focus();
    await expect.poll(said).toContain('2 rows wait');
    await office.results(n, 50, [30, 20]);
    await page.context().setOffline(false);

    await expect.poll(said).toContain('2 rows need your choice.');
    const stored = [
      [30, 50],
      [20, 50],
      [null, null],
      [null, null],
    ];
    expect(await outOf(n)).toEqual(stored);
    expect(await page.getByLabel('Maximum marks').inputValue()).toBe('50');
    for (const i of [0, 2])
      expect(await row(i).locator('.clash').textContent()).toContain(
        'The maximum is 50 by now (you typed out of 100).',
      );
    expect(await row(0).locator('.clash').textContent()).toMatch(/: 30 out of 50You, \d\d:\d\d: 35 out of 100/);
    expect(await hindrances(page)).toEqual([]);

    // Not even a reload sends it, nor the Save button.
    await page.reload();
    await row(0).locator('.clash').waitFor();
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await expect.poll(said).toContain('Choose in the marked rows first.');
    expect(await outOf(n)).toEqual(stored);

    await row(0).getByRole('button', { name: 'Take 30 out of 50' }).click();
    await row(2).getByRole('button', { name: 'Keep mine: 40 out of 50' }).click();
    await expect.poll(() => outOf(n)).toEqual([[30, 50], [20, 50], [40, 50], stored[3]]);
    await expect.poll(said).toMatch(/^All saved/);
    expect(await page.locator('#sheet .clash').count()).toBe(0);
  });

  it('still stores a maximum that is changed by hand, for whoever saw the one before', async () => {
    const { path, n } = nextExam();
    await office.results(n, 100, [30, 20]);
    await openSheet(page, path);
    await page.getByLabel('Maximum marks').fill('40');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await expect
      .poll(async () => (await outOf(n)).slice(0, 2))
      .toEqual([
        [30, 40],
        [20, 40],
      ]);
    // And what is typed next is out of that one.
    await cell(3).fill('12');
    await cell(2).focus();
    await expect.poll(async () => (await outOf(n))[3]).toEqual([12, 40]);
    await expect.poll(said).toMatch(/^All saved/);
  });

  // Whichever row stands first in storage must not decide for the others.
  it.each(['first', 'last'])(
    'asks about all rows where somebody stored another maximum meanwhile, %s row',
    async (which) => {
      const { path, n } = nextExam();
      const marks = [10, 20, 30, 40];
      await office.results(n, 100, marks);
      await openSheet(page, path);
      const typed = ids.indexOf([...ids].sort().at(which === 'first' ? 0 : -1)!);
      await page.getByLabel('Maximum marks').fill('80');
      await cell(typed).fill('33');
      await page.keyboard.press('Enter');
      await office.results(n, 60, marks);
      await expect
        .poll(() => page.locator('[data-toasts]').textContent())
        .toContain('The maximum is stored as 60 by now. Yours, 80, is not saved yet.');
      const save = page.getByRole('button', { name: 'Save', exact: true });
      await save.click();
      const choices = page.locator('.clash');
      await expect.poll(() => choices.count()).toBe(4);
      expect(await outOf(n)).toEqual(marks.map((mark) => [mark, 60]));
      await save.click();
      await expect.poll(said).toBe('Choose in the marked rows first.');
      for (let left = 4; left > 0; left -= 1) {
        await choices.first().locator('[data-choose="mine"]').click();
        await expect.poll(() => choices.count()).toBe(left - 1);
      }
      await save.click();
      await expect.poll(() => outOf(n)).toEqual(marks.map((mark, i) => [i === typed ? 33 : mark, 80]));
    },
  );

  it('stores a new maximum with all marks or none: one above it, and one that was just on its way', async () => {
    const { path, n } = nextExam();
    await office.results(n, 100, [40, 60, 90]);
    await openSheet(page, path);
    const outOfAll = async () => (await outOf(n)).slice(0, 3);
    const maximum = page.getByLabel('Maximum marks');
    const save = page.getByRole('button', { name: 'Save', exact: true });
    await maximum.fill('80');
    await save.click();
    await row(2).getByText("can't be more than the maximum").waitFor();
    await expect.poll(said).toContain('2 rows wait for Save');
    expect(await outOfAll()).toEqual([40, 60, 90].map((mark) => [mark, 100]));
    // A reload forgets nothing of it.
    await page.reload();
    await expect.poll(() => maximum.inputValue()).toBe('80');
    // Thought better of: nothing is left of it.
    await maximum.fill('100.0');
    await maximum.press('Tab');
    await expect.poll(said).not.toMatch(/wait|correct|Not saved/);
    expect(await outOfAll()).toEqual([40, 60, 90].map((mark) => [mark, 100]));

    let answer = (): void => undefined;
    const answered = new Promise<void>((done) => (answer = done));
    await page.route('**/api/courses/**', async (route) => {
      const response = await route.fetch();
      await answered;
      await route.fulfill({ response });
    });
    await cell(2).fill('70');
    await cell(1).focus();
    await expect.poll(async () => (await outOf(n))[2]).toEqual([70, 100]);
    await maximum.fill('80');
    await save.click();
    answer();
    await expect.poll(outOfAll).toEqual([40, 60, 70].map((mark) => [mark, 80]));
    await expect.poll(said).toMatch(/^(All saved|Saved)/);
    await page.unrouteAll({ behavior: 'wait' });
    tab.faults.splice(0);
  });

  it('leaves their reason to changes that wait already when the next one is typed', async () => {
    const { path, n } = nextExam();
    await office.results(n, 100, [30, 20]);
    await app.services.results.post(app.system, own.course.course_id, 'quiz', n, { posted: true });
    await openSheet(page, path);
    const reasonOf = page.getByLabel('Reason for the changes');
    const sent: { reason?: string; entries: { student_id: string }[] }[] = [];
    page.on('request', (request) => {
      if (request.method() === 'PUT') sent.push(request.postDataJSON() as (typeof sent)[number]);
    });
    await page.route('**/api/courses/**', (route) => route.abort());
    await cell(0).fill('35');
    await reasonOf.fill('a page was overlooked');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await expect.poll(said).toContain('1 row waits');
    await cell(1).fill('25');
    await reasonOf.fill('added up wrongly');
    await expect.poll(said).toContain('1 row waits for Save');
    sent.splice(0);
    await page.unroute('**/api/courses/**');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await expect
      .poll(async () => (await outOf(n)).slice(0, 2))
      .toEqual([
        [35, 100],
        [25, 100],
      ]);
    const reasons = new Map(sent.flatMap(({ reason, entries }) => entries.map((one) => [one.student_id, reason])));
    expect(reasons).toEqual(
      new Map([
        [ids[0], 'a page was overlooked'],
        [ids[1], 'added up wrongly'],
      ]),
    );
    page.removeAllListeners('request');
  });

  it('says what was not stored of a row that goes, and hands the focus on', async () => {
    const date = nextDay();
    const added = await app.addStudent({ full_name: 'Zoe Last', enrolled_courses: [own.course.course_id] });
    // Who left the course has a row as long as there is a mark.
    await office.marks(date, [{ student_id: added.student_id, status: 'Absent' }]);
    await app.services.students.change(app.system, added.student_id, added.version, { enrolled_courses: [] });
    await openSheet(page, `/courses/${own.course.course_id}/attendance/${date}`);
    await expect.poll(said).toBe('Every change saves by itself.');
    const late = page.locator(`tr[data-student-id="${added.student_id}"] input[value="Late"]`);
    await page.route('**/api/courses/**', (route) => route.abort());
    await late.focus();
    await page.keyboard.press('Space');
    await expect.poll(said).toContain('1 row waits');
    await office.marks(date, [{ student_id: added.student_id, status: null }]);
    await page.getByText('Zoe Last is no longer on this sheet: Late was not stored.').waitFor();
    expect(await page.evaluate(() => document.activeElement?.closest('tr')?.dataset['studentId'] ?? '')).not.toBe('');
    expect(await late.isDisabled()).toBe(true);
    await page.unroute('**/api/courses/**');
  });

  it('lets what can be decided nowhere any more be discarded, and leads there from the sheet', async () => {
    const date = nextDay();
    const added = await app.addStudent({ full_name: 'Yan Gone', enrolled_courses: [own.course.course_id] });
    await openSheet(page, `/courses/${own.course.course_id}/attendance/${date}`);
    await expect.poll(said).toBe('Every change saves by itself.');
    await page.context().setOffline(true);
    await page.locator(`tr[data-student-id="${added.student_id}"] label`, { hasText: 'Late' }).click();
    await expect.poll(said).toContain('1 row waits');
    await office.marks(date, [{ student_id: added.student_id, status: 'Absent' }]);
    await page.context().setOffline(false);
    await expect.poll(said).toContain('1 row needs your choice.');
    // The mark is taken back and the student leaves: no sheet shows the choice any more.
    await page.goto('/students');
    await office.marks(date, [{ student_id: added.student_id, status: null }]);
    await app.services.students.change(app.system, added.student_id, added.version, { enrolled_courses: [] });
    await openSheet(page, `/courses/${own.course.course_id}/attendance/${date}`);
    await page.getByRole('link', { name: 'See what waits' }).click();
    await page.getByText('1 mark waits for you: decide on the sheet, or discard here.').waitFor();
    expect(await page.locator('[data-waiting-list]').textContent()).not.toContain('sent by themselves');
    expect(await hindrances(page)).toEqual([]);
    await page.getByRole('button', { name: 'Discard 1 mark' }).click();
    await page.getByText('Yan Gone: Late').waitFor();
    await page.getByRole('button', { name: 'Discard', exact: true }).click();
    await page.getByText('Nothing waits on this device').waitFor();
  });

  it('stores nothing by being opened, and keeps the line break of a remark that nobody touched', async () => {
    const date = nextDay();
    const [student_id] = ids;
    await office.marks(date, [{ student_id, status: 'Late', remarks: 'first\nsecond' }]);
    const read = async () =>
      (await app.services.attendance.sheet(app.system, own.course.course_id, date, 1)).entries[0]!;
    const before = await read();
    await openSheet(page, `/courses/${own.course.course_id}/attendance/${date}`);
    await expect.poll(said).toBe('Every change saves by itself.');
    expect(await row(0).locator('[name^="remarks."]').inputValue()).toBe('firstsecond');
    await row(0).getByText('Absent', { exact: true }).click();
    await expect.poll(async () => (await read()).status).toBe('Absent');
    expect(await read()).toMatchObject({ remarks: 'first\nsecond' });
    expect((await read()).version).toBe(before.version + 1);
  });
});
