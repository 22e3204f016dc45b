// Can a class be marked fast: by keys alone, by a pasted column, and taken back when it went wrong?
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PASSWORD, startTestApp } from '../support/app.ts';
import type { TestApp } from '../support/app.ts';
import { browserPath, hindrances, isBuilt, launch, openTab, signIn } from './browser.ts';
import type { Tab } from './browser.ts';

const NAMES = ['Amara Cole', 'Bruno Diaz', 'Chloé Evans', 'Dalia Farouk', 'Emil Gruber', 'Farah Hosseini'];

describe.skipIf(browserPath === undefined)('fast hands', { timeout: 120_000 }, () => {
  let app: TestApp;
  let browser: Browser;
  let teacher: Tab;
  let course_id: string;
  let today: string;
  let students: string[];

  beforeAll(async () => {
    expect(isBuilt, 'the pages need public/build: npm run build').toBe(true);
    app = await startTestApp();
    today = app.today();
    const { user } = await app.faculty({ username: 'teacher', full_name: 'Dr. Ada Okafor' });
    const course = await app.services.courses.add(app.system, {
      ...{ course_code: 'CS101-26B', course_name: 'Introduction to Programming', credits: 4, faculty_id: user.user_id },
    });
    course_id = course.course_id;
    students = [];
    for (const [n, full_name] of NAMES.entries()) {
      const added = await app.addStudent({
        student_code: `S000${String(n + 1)}`,
        full_name,
        enrolled_courses: [course_id],
      });
      students.push(added.student_id);
    }
    browser = await launch();
    teacher = await openTab(browser, app.url, { permissions: ['clipboard-read', 'clipboard-write'] });
  });

  afterAll(async () => {
    await browser.close();
    await app.stop();
  });

  const press = async (...keys: string[]) => {
    for (const key of keys) await teacher.page.keyboard.press(key);
  };
  /** Where the focus is, as a person would say it. */
  const focused = () =>
    teacher.page.evaluate(() => {
      const element = document.activeElement as HTMLInputElement | null;
      const row = element?.closest('tr')?.querySelector('th a')?.textContent ?? '';
      return row === '' ? (element?.textContent.trim() ?? '') : `${element?.name.split('.')[0] ?? ''} of ${row}`;
    });
  const tabTo = async (words: RegExp) => {
    for (let tabs = 0; tabs < 60; tabs += 1) {
      await press('Tab');
      if (words.test(await focused())) return;
    }
    throw new Error(`Tab never came to ${String(words)}`);
  };
  const statuses = async (period = 1) =>
    (await app.services.attendance.sheet(app.system, course_id, today, period)).entries
      .map((row) => row.status?.[0] ?? '-')
      .join('');
  const marks = async (number = 1) =>
    (await app.services.results.sheet(app.system, course_id, 'quiz', number)).entries.map((row) => row.marks);
  const shownMarks = () =>
    teacher.page
      .locator('[name^="marks."]')
      .evaluateAll((inputs) => inputs.map((input) => (input as HTMLInputElement).value));
  const open = async (path: string) => {
    await teacher.page.goto(`/courses/${course_id}/${path}`, { waitUntil: 'networkidle' });
  };
  const said = () => teacher.page.locator('[data-toasts]').textContent();
  const paste = async (text: string) => {
    await teacher.page.evaluate((copied) => navigator.clipboard.writeText(copied), text);
    await press('Control+v');
    await teacher.page.getByRole('heading', { name: 'Paste marks' }).waitFor();
  };
  const fillIn = (count: number) =>
    teacher.page
      .getByRole('button', { name: count === 1 ? 'Fill in 1 mark' : `Fill in ${String(count)} marks`, exact: true })
      .click();
  const outcome = (name: string) =>
    teacher.page.locator('.paste-preview tr', { hasText: name }).locator('td').last().textContent();

  it('marks a class from the sign-in on without a mouse', async () => {
    const { page } = teacher;
    await page.goto('/login');
    await page.getByLabel('User name').focus();
    await page.keyboard.type('teacher');
    await press('Tab');
    await page.keyboard.type(PASSWORD);
    await press('Enter');
    await page.waitForURL((url) => url.pathname === '/');
    await tabTo(/^Take register/);
    await press('Enter');
    await page.waitForURL(/attendance/);
    await page.waitForLoadState('networkidle');
    await tabTo(/first student without a mark/);
    await press('Enter');
    expect(await focused()).toBe('status of Amara Cole');
    await press('p', 'L', '3', 'p');
    expect(await focused()).toBe('status of Emil Gruber');
    await press('ArrowUp', 'Delete');
    expect(await focused()).toBe('status of Dalia Farouk');
    await press('Control+End');
    expect(await focused()).toBe('status of Farah Hosseini');
    await press('2', 'Control+Home');
    expect(await focused()).toBe('Save'); // after the last student there is nothing but saving
    await press('Control+s');
    await expect.poll(() => statuses()).toBe('PLA--L');
  });

  it('goes to the remark and back, and lets letters be letters there', async () => {
    const { page } = teacher;
    await page.locator('tr', { hasText: 'Emil Gruber' }).locator('input:checked').focus();
    await press('ArrowRight');
    expect(await focused()).toBe('remarks of Emil Gruber');
    await page.keyboard.type('pal 1?/');
    expect(await page.getByLabel('Remarks on Emil Gruber').inputValue()).toBe('pal 1?/');
    await press('Home', 'ArrowLeft');
    expect(await focused()).toBe('status of Emil Gruber');
    await press('a', 'Control+s');
    await expect.poll(() => statuses()).toBe('PLA-AL');
  });

  it('lists the keys and finds a student, and gives the focus back', async () => {
    const { page } = teacher;
    await page.locator('tr', { hasText: 'Amara Cole' }).locator('input:checked').focus();
    await press('?');
    await page.getByRole('heading', { name: 'Keys in the list' }).waitFor();
    expect(await hindrances(page)).toEqual([]);
    await press('p', 'Escape');
    expect(await focused()).toBe('status of Amara Cole');
    await press('/');
    await page.keyboard.type('chloe');
    await page.getByText('1 student', { exact: true }).waitFor();
    await press('Enter');
    expect(await focused()).toBe('status of Chloé Evans');
    await press('Control+/');
    await page.keyboard.type('nobody at all');
    await page.getByText('Nobody on this sheet').waitFor();
    expect(await hindrances(page)).toEqual([]);
    await press('Enter', 'Escape');
    expect(await focused()).toBe('status of Chloé Evans');
    await page.getByRole('button', { name: 'Next unmarked' }).click();
    expect(await focused()).toBe('status of Dalia Farouk');
  });

  it('takes one mark and everybody present back, before it is saved and after', async () => {
    const { page } = teacher;
    const undo = page.getByRole('button', { name: 'Undo' });
    const shown = () =>
      page
        .locator('#sheet input:checked')
        .evaluateAll((all) => all.map((one) => (one as HTMLInputElement).value[0] ?? '-').join(''));
    await open(`attendance/${today}?period=2`);
    expect(await undo.getAttribute('aria-disabled')).toBe('true');
    await page.locator('#sheet input:checked').first().focus();
    await press('a', 'Control+z');
    expect(await shown()).toBe('------');
    await expect.poll(focused).toBe('status of Amara Cole');
    await press('Control+y');
    expect(await shown()).toBe('A-----');
    await page.getByRole('button', { name: 'All present' }).click();
    expect(await shown()).toBe('APPPPP');
    await press('Control+s');
    await expect.poll(() => statuses(2)).toBe('APPPPP');
    await expect.poll(() => page.locator('[data-count="present"]').textContent()).toBe('5');
    await undo.click();
    expect(await shown()).toBe('A-----');
    await expect.poll(said).toContain('Undone');
    await press('Control+s');
    await expect.poll(() => statuses(2)).toBe('A-----');
  });

  it('leaves a row alone that somebody else changed since, and says so', async () => {
    const { page } = teacher;
    await page.getByRole('button', { name: 'All present' }).click();
    await press('Control+s');
    await expect.poll(() => statuses(2)).toBe('APPPPP');
    await app.services.attendance.saveSheet(app.system, course_id, today, 2, {
      entries: [{ student_id: students[2]!, status: 'Late' }],
    });
    await expect
      .poll(() => page.locator('tr', { hasText: 'Chloé Evans' }).getByRole('radio', { name: 'Late' }).isChecked())
      .toBe(true);
    await page.getByRole('button', { name: 'Undo' }).click();
    await expect.poll(said).toContain('Chloé Evans: changed since by somebody else');
    await press('Control+s');
    await expect.poll(() => statuses(2)).toBe('A-L---');
  });

  it('fills in a column in the order of the list, from the row it was pasted into', async () => {
    const { page } = teacher;
    await open('results/quiz');
    await page.getByLabel('Maximum marks').fill('100');
    await page.getByLabel('Marks of Bruno Diaz').focus();
    await paste('81\r\n\r\n95,5\r\n101\r\nx\r\n12\r\n');
    await expect
      .poll(() => page.locator('.paste-sums').textContent())
      .toBe(
        '1 not a mark · 1 above the maximum · 1 below the last student · 2 will be filled in · 1 empty, left alone',
      );
    await expect.poll(() => outcome('Farah Hosseini')).toBe('not a mark');
    expect(await hindrances(page)).toEqual([]);
    expect(await shownMarks()).toEqual(['', '', '', '', '', '']);
    await press('Enter'); // the way on has the focus
    expect(await shownMarks()).toEqual(['', '81', '', '95.5', '', '']);
    await expect.poll(focused).toBe('marks of Bruno Diaz');
    await press('Control+s');
    await expect.poll(() => marks()).toEqual([null, 81, null, 95.5, null, null]);
  });

  it('takes a whole paste back at once, saved or not', async () => {
    await press('Control+z');
    expect(await shownMarks()).toEqual(['', '', '', '', '', '']);
    await press('Control+y');
    expect(await shownMarks()).toEqual(['', '81', '', '95.5', '', '']);
    await press('Control+z', 'Control+s');
    await expect.poll(() => marks()).toEqual([null, null, null, null, null, null]);
  });

  it('has a paste looked at again when the sheet has changed under it', async () => {
    const { page } = teacher;
    const store = (max_marks: number, own: number | null) =>
      app.services.results.saveSheet(app.system, course_id, 'quiz', 1, {
        ...{ max_marks, entries: [{ student_id: students[2]!, marks: own }] },
      });
    const now = () => page.locator('.paste-preview tr', { hasText: 'Chloé Evans' }).locator('td').first().textContent();
    await page.getByLabel('Marks of Bruno Diaz').focus();
    await paste('40\n41');
    await expect.poll(now).toBe('–');
    await store(100, 55);
    await expect.poll(shownMarks).toEqual(['', '', '55', '', '', '']);
    await fillIn(2);
    await expect.poll(said).toContain('The sheet has changed meanwhile.');
    await expect.poll(now).toBe('55');
    await store(50, 45);
    await expect.poll(shownMarks).toEqual(['', '', '45', '', '', '']);
    await fillIn(2);
    await expect.poll(now).toBe('45');
    expect(await marks()).toEqual([null, null, 45, null, null, null]);
    await fillIn(2);
    await expect.poll(shownMarks).toEqual(['', '40', '41', '', '', '']);
    await press('Control+z', 'Control+s');
    await expect.poll(() => marks()).toEqual([null, null, 45, null, null, null]);
    await store(100, null);
    await expect.poll(shownMarks).toEqual(['', '', '', '', '', '']);
  });

  it('fills in by code, and says which lines land nowhere and why', async () => {
    const { page } = teacher;
    await open('results/quiz?number=2');
    await page.getByLabel('Maximum marks').fill('50');
    await page.getByRole('button', { name: 'Paste marks…' }).click();
    await page
      .getByLabel('Cells copied from a spreadsheet')
      .fill(
        [
          'Name\tStudent code\tMarks',
          'Farah\tS0006\t41',
          'Who\tS9999\t10',
          'B\tS0002\t9',
          'B\ts0002\t8',
          'Amara\tS0001\t0',
        ].join('\n'),
      );
    await expect.poll(() => outcome('S9999')).toBe('not on this sheet');
    expect(await page.locator('[data-outcome="doubled"]').count()).toBe(2);
    await fillIn(2);
    expect(await shownMarks()).toEqual(['0', '', '', '', '', '41']);
    await press('Control+s');
    await expect.poll(() => marks(2)).toEqual([0, null, null, null, null, 41]);
    await page.getByRole('button', { name: 'Paste marks…' }).click();
    await page.getByLabel('Cells copied from a spreadsheet').fill('1\n'.repeat(501));
    await page.getByText('That is 501 lines. At most 500 are taken at once.').waitFor();
    await page.getByRole('button', { name: 'Cancel' }).click();
  });

  it('undoes letters with the browser while a field is typed into, and the whole cell from the next one', async () => {
    const { page } = teacher;
    await page.getByLabel('Marks of Bruno Diaz').focus();
    await page.keyboard.type('33');
    await press('Enter', 'Control+z');
    expect(await shownMarks()).toEqual(['0', '', '', '', '', '41']);
    await expect.poll(focused).toBe('marks of Bruno Diaz');
  });

  it.each([
    [390, 844],
    [320, 640],
  ])('on a phone of %i px shows the first student at once, and everything under the thumb', async (width, height) => {
    const phone = await openTab(browser, app.url, { viewport: { width, height }, isMobile: true, hasTouch: true });
    const { page } = phone;
    await signIn(phone, 'teacher', PASSWORD);
    await app.services.results.post(app.system, course_id, 'quiz', 2, { posted: true });
    for (const path of [`attendance/${today}`, 'results/quiz', 'results/quiz?number=2']) {
      await page.goto(`/courses/${course_id}/${path}`, { waitUntil: 'networkidle' });
      const seen = await page.evaluate(() => ({
        wide: document.documentElement.scrollWidth,
        first: document.querySelector('tr[data-student-id]')!.getBoundingClientRect().top,
        bar: document.querySelector('.sheet-bar')!.getBoundingClientRect().height,
        small: [
          ...document.querySelectorAll(
            '#sheet .marks label, #sheet [name^="marks."], .sheet-bar button, .sheet-top button',
          ),
        ]
          .map((element) => element.getBoundingClientRect())
          .filter(({ width: w, height: h }) => w > 0 && (w < 44 || h < 44)).length,
      }));
      expect(seen.wide, path).toBe(width);
      expect(seen.first, path).toBeLessThan(390);
      expect(seen.bar, path).toBeLessThan(170);
      expect(seen.small, path).toBe(0);
    }
    await phone.close();
  });

  it('gave the console no reason to complain', () => {
    expect(teacher.faults).toEqual([]);
  });
});
