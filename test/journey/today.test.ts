// Does the office's list of missing registers follow the teachers by itself, and say so, without taking anybody's place?
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PASSWORD, startTestApp } from '../support/app.ts';
import type { TestApp } from '../support/app.ts';
import { browserPath, hindrances, isBuilt, launch, openTab, signIn } from './browser.ts';
import type { Tab } from './browser.ts';

describe.skipIf(browserPath === undefined)('the missing registers', { timeout: 120_000 }, () => {
  let app: TestApp;
  let browser: Browser;
  let office: Tab;
  let teacher: Tab;

  beforeAll(async () => {
    expect(isBuilt, 'the pages need public/build: npm run build').toBe(true);
    app = await startTestApp();
    const { user } = await app.faculty({ username: 'teacher' });
    for (const course_code of ['CS101-26B', 'CS102-26B', 'CS103-26B']) {
      const { course_id } = await app.services.courses.add(app.system, {
        course_code,
        course_name: 'Programming',
        credits: 4,
        faculty_id: user.user_id,
      });
      await app.addStudent({ enrolled_courses: [course_id] });
      await app.addStudent({ enrolled_courses: [course_id] });
    }
    browser = await launch();
    [office, teacher] = await Promise.all([openTab(browser, app.url), openTab(browser, app.url)]);
    await signIn(office, 'admin', PASSWORD);
    await signIn(teacher, 'teacher', PASSWORD);
  });
  afterAll(async () => {
    await browser.close();
    await app.stop();
  });

  // Drawn again at most once in two seconds.
  const soon = { timeout: 15_000 };
  const line = (code: string) => office.page.locator(`#no-register [data-code="${code}"]`);
  const said = () => office.page.locator('[data-announce]').textContent();

  /** From the teacher's first page to the saved mark of one student. */
  async function takeRegister(code: string): Promise<void> {
    await teacher.page.goto('/');
    await teacher.page.getByRole('link', { name: `Take register of ${code}` }).click();
    await teacher.page.locator('tr[data-student-id] label', { hasText: 'Present' }).first().click();
    await teacher.page.getByRole('button', { name: 'Save' }).click();
  }

  it('lose a line when the first mark is saved, and say it politely', async () => {
    await office.page.goto('/');
    expect(await hindrances(office.page)).toEqual([]);
    await office.page.evaluate(() => document.documentElement.setAttribute('data-remembered', ''));
    expect(await line('CS101-26B').count()).toBe(1);
    expect(await said()).toBe('');
    await takeRegister('CS101-26B');
    await expect.poll(() => line('CS101-26B').count(), soon).toBe(0);
    await expect.poll(said, soon).toBe('CS101-26B has a register now. 2 courses are still without one.');
    expect(await office.page.locator('[data-announce]').getAttribute('role')).toBe('status');
    expect(await office.page.locator('#no-register').textContent()).toContain('2 of the 3 courses');
    expect(await office.page.locator('html[data-remembered]').count()).toBe(1);
  });

  it('leave the focus where it was', async () => {
    const open = office.page.getByRole('link', { name: 'Open register of CS103-26B' });
    await open.focus();
    await takeRegister('CS102-26B');
    await expect.poll(() => line('CS102-26B').count(), soon).toBe(0);
    expect(await open.evaluate((link) => link === document.activeElement)).toBe(true);
  });

  it('let a press on a link go through that began before they were drawn again', async () => {
    const { page } = office;
    const { x, y, width, height } = (await page
      .getByRole('link', { name: 'Open register of CS103-26B' })
      .boundingBox())!;
    await page.mouse.move(x + width / 2, y + height / 2);
    await page.mouse.down();
    const asked = page.waitForResponse(
      (answer) => answer.request().resourceType() === 'fetch' && answer.url() === `${app.url}/`,
    );
    const { course_id } = await app.services.courses.add(app.system, {
      course_code: 'CS104-26B',
      course_name: 'Programming',
      credits: 4,
    });
    await app.addStudent({ enrolled_courses: [course_id] });
    await (await asked).finished();
    await page.waitForTimeout(500);
    expect(await line('CS104-26B').count()).toBe(0);
    await page.mouse.up();
    await page.getByRole('heading', { name: /CS103-26B/ }).waitFor();
    await page.goBack();
    await expect.poll(() => line('CS104-26B').count(), soon).toBe(1);
  });

  it('are drawn again once the press is over', async () => {
    const { page } = office;
    const { x, y } = (await page.getByRole('link', { name: 'Open register of CS103-26B' }).boundingBox())!;
    await page.mouse.move(x + 5, y + 5);
    await page.mouse.down();
    const { course_id } = await app.services.courses.add(app.system, {
      course_code: 'CS105-26B',
      course_name: 'Programming',
      credits: 4,
    });
    await app.addStudent({ enrolled_courses: [course_id] });
    await page.waitForTimeout(3_000);
    expect(await line('CS105-26B').count()).toBe(0);
    await page.mouse.move(1, 1);
    await page.mouse.up();
    await expect.poll(() => line('CS105-26B').count(), soon).toBe(1);
  });

  it('catch up when the focus leaves a part that could not be drawn again around it', async () => {
    const { page } = office;
    const { course_id } = await app.services.courses.add(app.system, {
      course_code: 'CS106-26B',
      course_name: 'Programming',
      credits: 4,
    });
    await page.goto(`/courses/${course_id}`, { waitUntil: 'networkidle' });
    const roster = page.locator('#course-roster');
    const link = roster.getByRole('link', { name: 'Add or remove students' });
    await link.focus();
    const asked = page.waitForResponse((answer) => answer.request().resourceType() === 'fetch');
    await app.addStudent({ enrolled_courses: [course_id] });
    await (await asked).finished();
    await page.waitForTimeout(500);
    expect(await link.evaluate((element) => element === document.activeElement)).toBe(true);
    expect(await roster.textContent()).not.toContain('1 enrolled');
    await link.blur();
    await expect.poll(() => roster.textContent(), soon).toContain('1 enrolled');
  });

  it('show the teacher what is done, with what is missing', async () => {
    await teacher.page.goto('/');
    const day = teacher.page.locator('#my-courses-today');
    expect(await day.textContent()).toContain('1 of 2 marked');
    expect(await day.getByRole('link', { name: /Take register/ }).count()).toBe(1);
    expect(await hindrances(teacher.page)).toEqual([]);
    expect([...office.faults, ...teacher.faults]).toEqual([]);
  });
});
