// Can a whole working day be done by keyboard alone? From the sign-in to the sign-out without a mouse, the focus always seen.
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PASSWORD, startTestApp } from '../support/app.ts';
import type { TestApp } from '../support/app.ts';
import { browserPath, isBuilt, launch, openSheet, openTab } from './browser.ts';
import type { Tab } from './browser.ts';

/** More Tabs than this to get anywhere, and nobody would. */
const MOST_TABS = 70;

describe.skipIf(browserPath === undefined)('a working day by keyboard', { timeout: 240_000 }, () => {
  let app: TestApp;
  let browser: Browser;
  let tab: Tab;
  let course_id: string;
  /** What was wrong with the focus on the way. */
  const unseen: string[] = [];

  beforeAll(async () => {
    expect(isBuilt, 'the pages need public/build: npm run build').toBe(true);
    app = await startTestApp();
    const { user } = await app.faculty({ username: 'teacher', full_name: 'Dr. Ada Okafor' });
    const course = { course_code: 'CS101-26B', course_name: 'Programming', credits: 4, faculty_id: user.user_id };
    ({ course_id } = await app.services.courses.add(app.system, course));
    for (let n = 1; n <= 30; n += 1) {
      const number = String(n).padStart(2, '0');
      const enrolled_courses = n <= 3 ? [course_id] : [];
      await app.addStudent({ student_code: `S${number}`, full_name: `Student ${number}`, enrolled_courses });
    }
    browser = await launch();
    tab = await openTab(browser, app.url, { reducedMotion: 'reduce' });
  });
  afterAll(async () => {
    await browser.close();
    await app.stop();
  });

  const press = (keys: string) => tab.page.keyboard.press(keys);
  const type = (text: string) => tab.page.keyboard.type(text);
  const heading = async (name: string | RegExp): Promise<void> => {
    await tab.page.getByRole('heading', { name, level: 1 }).waitFor();
    await tab.page.waitForLoadState('load'); // with its styles: a focus without them is not ours
  };

  /** What has the focus: its name as people know it, and whether one sees that it has it. */
  const focused = () =>
    tab.page.evaluate(() => {
      const element = document.activeElement;
      if (!(element instanceof HTMLElement) || element === document.body)
        return { name: '', seen: false, kind: 'body', how: '' };
      const label = (element as HTMLInputElement).labels?.[0];
      const { outlineStyle, outlineWidth } = getComputedStyle(element.closest('.tile') ?? element);
      // A mark's radio button lies behind its label.
      const drawn = element.matches('.mark-choice')
        ? (label ?? element)
        : (element.closest<HTMLElement>('.tile') ?? element);
      const box = drawn.getBoundingClientRect();
      const top = document.elementFromPoint(
        Math.max(1, Math.min(box.left + box.width / 2, innerWidth - 1)),
        Math.max(1, Math.min(box.top + box.height / 2, innerHeight - 1)),
      );
      const free = top !== null && (drawn.contains(top) || top.contains(drawn));
      const text = element.getAttribute('aria-label') ?? label?.textContent ?? element.textContent;
      return {
        name: text.replace(/\s+/g, ' ').trim(),
        seen: outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2 && free,
        how: `${outlineStyle} ${outlineWidth}, ${free ? 'free' : `under ${String(top?.outerHTML.slice(0, 80))}`}, ${String(box.top)}`,
        kind: element.tagName.toLowerCase(),
      };
    });

  /** Tabs on until the named thing has the focus; notes every stop where the focus was not to be seen. */
  async function tabTo(name: RegExp, keys = 'Tab'): Promise<void> {
    const passed: string[] = [];
    for (let n = 0; n < MOST_TABS; n += 1) {
      await press(keys);
      const now = await focused();
      if (now.kind !== 'body' && !now.seen)
        unseen.push(`${new URL(tab.page.url()).pathname}: ${now.kind} ${now.name} (${now.how})`);
      if (name.test(now.name)) return;
      passed.push(now.name);
    }
    throw new Error(`${String(name)} can't be reached from ${tab.page.url()}: ${passed.join(' | ')}`);
  }

  async function signIn(username: string): Promise<void> {
    await tab.page.goto('/login');
    await tab.page.locator('#f-username:focus').waitFor(); // where the page puts it
    await type(username);
    await tabTo(/^Password/);
    await type(PASSWORD);
    await press('Enter');
    await heading('Dashboard');
  }

  async function signOut(): Promise<void> {
    await tab.page.goto('/');
    await tabTo(/account menu/);
    await press('Enter');
    await tabTo(/^Sign out/);
    await press('Enter');
    await heading('Sign in');
  }

  it('signs in, skips to the page and opens a register', async () => {
    await signIn('teacher');
    await press('Tab');
    expect((await focused()).name).toBe('Skip to the page');
    await press('Enter');
    await tabTo(/^Take register of CS101-26B/);
    await press('Enter');
    await heading(/CS101-26B/);
  });

  it('marks the register and saves it', async () => {
    await tab.page.waitForLoadState('networkidle');
    await tabTo(/^All present/);
    await press('Enter');
    await tabTo(/^(No mark|Present|–)/);
    await press('l'); // the key of Late, in the row of the first student
    await press('Control+s');
    const statuses = async () => {
      const { entries } = await app.services.attendance.sheet(app.system, course_id, app.today(), 1);
      return entries.map((row) => row.status);
    };
    await expect.poll(statuses).toEqual(['Late', 'Present', 'Present']);
    expect((await focused()).kind).not.toBe('body');
  });

  it('enters a result', async () => {
    await openSheet(tab.page, `/courses/${course_id}/results/midterm`);
    await tab.page.waitForLoadState('networkidle');
    await tabTo(/^Marks of Student 01/);
    await type('42.5');
    await press('Control+s');
    const marks = async () => {
      const { entries } = await app.services.results.sheet(app.system, course_id, 'midterm', 1);
      return entries[0]?.marks;
    };
    await expect.poll(marks).toBe(42.5);
    await signOut();
  });

  it('filters, sorts and pages a list, and keeps the place while others change it', async () => {
    const { page } = tab;
    await signIn('admin');
    await tabTo(/^Students/);
    await press('Enter');
    await heading('Students');
    await page.waitForLoadState('networkidle');
    await tabTo(/^(Next|›)/);
    await press('Enter');
    await page.getByRole('link', { name: 'S30' }).waitFor();
    expect((await focused()).kind).not.toBe('body');
    await tabTo(/^S27$/, 'Shift+Tab');
    const { student_id, version } = app.services.students.list(app.system, { q: 'S27' }).items[0]!;
    await app.services.students.change(app.system, student_id, version, { full_name: 'Student 27 B' });
    await page.getByText('Student 27 B').first().waitFor();
    await page.locator('tr', { hasText: 'Student 27 B' }).waitFor();
    expect((await focused()).name).toBe('S27');
    await tabTo(/^Search/, 'Shift+Tab');
    await type('S07');
    await expect.poll(() => page.locator('tbody tr').count()).toBe(1);
    expect((await focused()).name).toMatch(/^Search/);
  });

  it('changes a student; what was refused has the focus and leads to its field', async () => {
    const { page } = tab;
    await tabTo(/^S07$/);
    await press('Enter');
    await heading('Student 07');
    await tabTo(/^Change$/);
    await press('Enter');
    await heading('Change Student 07');
    await tabTo(/^Full name/);
    await press('Control+a');
    await press('Delete');
    await press('Enter');
    await page.locator('[data-error-summary]:focus').waitFor();
    await press('Tab');
    await press('Enter');
    expect((await focused()).name).toMatch(/^Full name/);
    await type('Student Seven');
    await press('Enter');
    await heading('Student Seven');
  });

  it('removes a student with the typed code', async () => {
    await tabTo(/^Remove$/);
    await press('Enter');
    await heading('Remove Student Seven?');
    await tabTo(/^Type S07 to confirm/);
    await type('S07');
    await press('Enter');
    await heading('Students');
    expect(app.services.students.list(app.system, { q: 'S07' }).total).toBe(0);
  });

  it('opens and closes the menu, and signs out', async () => {
    await tab.page.goto('/');
    await tabTo(/account menu/);
    await press('Enter');
    await press('Tab');
    await press('Escape');
    expect((await focused()).name).toMatch(/account menu/);
    await signOut();
  });

  it('always showed where the focus was', () => {
    expect([...new Set(unseen)]).toEqual([]);
  });
});
