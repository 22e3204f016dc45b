// What does each of them find on the first page: the office, a teacher, a student, an admin of a college that has nothing yet?
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PASSWORD, startTestApp, unique } from '../support/app.ts';
import type { TestApp } from '../support/app.ts';
import type { Browser } from '../support/browser.ts';

let app: TestApp;
let office: Browser;

beforeAll(async () => {
  app = await startTestApp();
  office = await app.signIn('admin', PASSWORD);
});
afterAll(() => app.stop());

const addCourse = (fields: object = {}) =>
  app.services.courses.add(app.system, { course_code: `C-${unique()}`, course_name: 'Algebra', credits: 3, ...fields });
const home = async (browser: Browser): Promise<string> => (await browser.get('/')).text;
/** What a person reads: the text without its marks. */
const read = (html: string): string =>
  html
    .replace(/<[^>]*>/g, ' ')
    .replace(/&#39;/g, "'")
    .replace(/\s+/g, ' ');

test('leads a new college through its first steps, each ticked by what there is, until the first register', async () => {
  let page = await home(office);
  expect(read(page)).toContain('First steps: 0 of 4 done');
  expect(page).toContain('href="/courses/new"');
  expect(page).not.toContain('No register yet today');

  const { course_id } = await addCourse();
  await app.faculty();
  page = await home(office);
  expect(read(page)).toContain('First steps: 1 of 4 done');
  expect(read(page)).toContain('Done: 1. Add courses');
  expect(read(page)).toContain('To do: 2. Add people Teachers have logins. Now the students.');
  expect(page).toContain('href="/students/new"');

  const { student_id } = await app.addStudent();
  page = await home(office);
  expect(read(page)).toContain('First steps: 2 of 4 done');
  expect(page).toContain(`href="/courses/${course_id}/roster"`);
  // Such a course has nobody to mark.
  expect(read(page)).toContain('No course with students meets today');

  await app.services.courses.changeRoster(app.system, course_id, { add: [student_id] });
  page = await home(office);
  expect(read(page)).toContain('First steps: 3 of 4 done');
  expect(read(page)).toMatch(/No register yet today 1 of the 1 course that meets today\./);

  const hide = await office.post('/first-steps/hide', {}, { from: '/' });
  expect(hide).toMatchObject({ status: 303, location: '/' });
  expect(read(await home(office))).toContain('The first steps are put away in this browser.');
  expect(await home(office)).not.toContain('First steps');
  // In another browser they are still there, and gone by themselves once the register is taken.
  const other = await app.signIn('admin', PASSWORD);
  expect(await home(other)).toContain('First steps');
  const entries = [{ student_id, status: 'Present' }];
  await app.services.attendance.saveSheet(app.system, course_id, app.today(), 1, { entries });
  expect(await home(other)).not.toContain('First steps');
  expect(read(await home(other))).toContain('The one course of today has its register.');
});

test('shows a teacher what to take with one tap, and what is done with what is missing in it', async () => {
  const { user, browser } = await app.faculty();
  const { course_id, course_code } = await addCourse({ faculty_id: user.user_id });
  expect(read(await home(browser))).toContain(`Nobody is enrolled in ${course_code} . The office enrols students.`);
  const ids = [];
  for (let n = 0; n < 3; n++) ids.push((await app.addStudent({ enrolled_courses: [course_id] })).student_id);
  const sheet = `/courses/${course_id}/attendance/${app.today()}`;
  let page = await home(browser);
  expect(read(page)).toContain(`Registers to take 1 ${course_code}`);
  expect(page).toContain(`href="${sheet}"`);
  expect((await browser.get(sheet)).status).toBe(200);
  expect(page).not.toContain('No register yet today'); // that is the office's list

  const entries = ids.slice(0, 2).map((student_id) => ({ student_id, status: 'Late' }));
  await app.services.attendance.saveSheet(app.system, course_id, app.today(), 1, { entries });
  page = read(await home(browser));
  expect(page).toContain('Nothing is left to do: every register of today is taken.');
  expect(page).toContain(
    `Taken today ${course_code} Algebra 0 present · 2 late · 0 absent 2 of 3 marked Mark the rest`,
  );
});

test('tells a teacher without courses whom to ask, and offers those that nobody teaches, ten of them', async () => {
  const { browser } = await app.faculty();
  for (let n = 0; n < 12; n++) {
    const { course_id } = await addCourse();
    await app.addStudent({ enrolled_courses: [course_id] });
  }
  const page = await home(browser);
  expect(read(page)).toContain('No course is yours yet: ask the office');
  expect(read(page)).toContain('Registers to take 12');
  expect(page.match(/Take register/g)).toHaveLength(10);
  expect(read(page)).toContain('and 2 more');
});

test('the office has six of the missing registers on the first page and all of them behind it', async () => {
  const page = await home(office);
  expect(page.match(/Open register/g)).toHaveLength(6);
  expect(page).toMatch(/<a href="\/registers-missing">and \d+ more<\/a>/);
  const all = await office.get('/registers-missing');
  expect(all.text.match(/Open register/g)).toHaveLength(12);
  expect(read(all.text)).toContain('12 of the 14 courses that meet today.');
});

test('is kept from those it is not for', async () => {
  const teacher = await app.faculty();
  const student = await app.student();
  for (const { browser } of [teacher, student]) {
    expect((await browser.get('/registers-missing')).status).toBe(403);
    expect((await browser.post('/first-steps/hide', {}, { from: '/account' })).status).toBe(403);
  }
  expect((await student.browser.get('/')).location).toBe(`/students/${student.user.student_id!}`);
  expect((await office.post('/first-steps/hide', { _csrf: 'forged' })).status).toBe(403);
});
