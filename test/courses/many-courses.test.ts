// What becomes of the pages where a course is chosen when there are very many courses?
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { MOST_OPTIONS } from '../../src/courses/course-choice.ts';
import type { Course } from '../../src/courses/course.ts';
import { startTestApp, unique } from '../support/app.ts';
import type { Person, TestApp } from '../support/app.ts';
import { filledForm } from '../support/page-form.ts';

const PAGES = ['/students', '/attendance', '/results', '/attendance/new', '/results/new', '/students/new'];

let app: TestApp;
let admin: Person;
/** Teaches every course of the beginning. */
let busy: Person;
let first: Course;
/** How long each page is while there are few courses. */
const small = new Map<string, number>();

const addCourse = (n: number): Promise<Course> =>
  app.services.courses.add(app.system, {
    course_code: `M${String(n).padStart(4, '0')}-26A`,
    course_name: n % 100 === 7 ? 'Logic of Change' : `Subject ${String(n)}`,
    credits: 3,
    faculty_id: busy.user.user_id,
  });

beforeAll(async () => {
  app = await startTestApp();
  admin = await app.admin();
  busy = await app.faculty();
  first = await addCourse(0);
  for (const path of PAGES) small.set(path, (await admin.browser.get(path)).text.length);
  for (let n = 1; n <= MOST_OPTIONS; n += 20) await Promise.all(Array.from({ length: 20 }, (_, i) => addCourse(n + i)));
}, 120_000);
afterAll(() => app.stop());

const get = (path: string) => admin.browser.get(path);

it.each(PAGES)('%s is as long as with one course', async (path) => {
  const { text, status } = await get(path);
  expect(status).toBe(200);
  expect(text.length).toBeLessThan((small.get(path) ?? 0) + 2_500);
});

describe('a course typed as a filter', () => {
  it('is found by its code, whatever the case, or by a part of its name', async () => {
    const student = await app.addStudent({ enrolled_courses: [first.course_id] });
    const other = await app.addStudent();
    for (const typed of ['m0000-26a', 'M0000-26A', first.course_id]) {
      const { text, status } = await get(`/students?course_id=${typed}`);
      expect(status).toBe(200);
      expect(text).toContain(student.student_code);
      expect(text).not.toContain(other.student_code);
      expect(text).toMatch(new RegExp(`<input[^>]*value="M0000-26A"[^>]*data-stands-for="${first.course_id}"`));
    }
    // A part of a code that only one has is enough.
    expect((await get('/attendance?course_id=M0044')).status).toBe(200);
  });

  it('that is none, or several, is refused with what to do, and stays in the field', async () => {
    for (const path of ['/students', '/attendance', '/results']) {
      const none = await get(`${path}?course_id=nothing-such`);
      expect(none.status).toBe(422);
      expect(none.text).toContain('No course has this code or name.');
      expect(none.text).toContain('value="nothing-such"');
      const several = await get(`${path}?course_id=Logic+of`);
      expect(several.status).toBe(422);
      expect(several.text).toContain('Several courses fit: M0007-26A Logic of Change, M0107-26A Logic of Change.');
    }
  });

  it('leads to a register or exam', async () => {
    const register = await get('/attendance/register?course_id=m0000-26a&date=2026-01-07');
    expect(register.location).toBe(`/courses/${first.course_id}/attendance/2026-01-07`);
    const exam = await get('/results/exam?course_id=m0000-26a&exam_type=final');
    expect(exam.location).toBe(`/courses/${first.course_id}/results/final`);
    expect((await get('/attendance/new?course_id=m0000-26a')).text).toContain('M0000-26A · Subject 0');
    expect((await get('/results/new?course_id=Logic')).text).toContain('Several courses fit');
  });

  it.each([
    { path: '/attendance/register?date=2026-01-07&period=3', kept: ['open-date:2026-01-07', 'open-period:3'] },
    { path: '/results/exam?exam_type=final&number=2', kept: ['open-exam:final', 'open-number:2'] },
  ])('that does not lead to $path is refused beside its field, and nothing typed is lost', async ({ path, kept }) => {
    for (const [typed, why] of [
      ['Logic', 'Several courses fit: M0007-26A'],
      ['no-such', 'No course has this code or name.'],
      ['', 'Choose a course.'],
    ] as const) {
      const { status, text } = await get(`${path}&course_id=${typed}`);
      expect(status).toBe(422);
      expect(text.match(/id="open-course-error">([^]*?)<\/div>/)?.[1]).toContain(why);
      expect(text, 'the filter below is another field').not.toContain('id="f-course_id-error"');
      const values = [...text.matchAll(/<input[^>]*value="([^"]*)"[^>]*id="(open-[a-z]+)"/g)].map(
        ([, value, id]) => `${String(id)}:${String(value)}`,
      );
      const chosen = /id="open-exam"[^]*?<option value="([^"]*)" selected/.exec(text)?.[1];
      expect([...values, `open-exam:${String(chosen)}`]).toEqual(
        expect.arrayContaining([...kept, `open-course:${typed}`]),
      );
    }
  });
});

describe.each([
  { path: '/attendance/new', can: 'take its attendance' },
  { path: '/results/new', can: 'enter its results' },
])('a teacher at $path', ({ path, can }) => {
  it('of one course chooses it from a list; of none is told so', async () => {
    const teacher = await app.faculty();
    const before = await teacher.browser.get(path);
    expect(before.text).toContain('No course is yours, and every course has a teacher.');
    const fields = { course_name: 'Own', credits: 3, faculty_id: teacher.user.user_id };
    const own = await app.services.courses.add(app.system, { ...fields, course_code: `OWN-${unique()}` });
    const { text } = await teacher.browser.get(path);
    expect(text).toContain(`<option value="${own.course_id}">${own.course_code} · Own</option>`);
    expect(text).not.toContain('M0000-26A');
    expect((await teacher.browser.get(`${path}?course_id=${own.course_id}`)).text).toContain('Open the roster');
  });

  it('of very many types; a course of somebody else is refused beside the field', async () => {
    const { course_code } = await app.services.courses.add(app.system, {
      course_code: `ELSE-${unique()}`,
      course_name: 'Elsewhere',
      credits: 3,
      faculty_id: (await app.faculty()).user.user_id,
    });
    expect((await busy.browser.get(path)).text).toContain('placeholder="Code or name"');
    expect((await busy.browser.get(`${path}?course_id=m0000-26a`)).text).toContain('M0000-26A · Subject 0');
    const refused = await busy.browser.get(`${path}?course_id=${course_code.toLowerCase()}&student_id=x`);
    expect(refused.status).toBe(422);
    expect(refused.text).toContain(`Only who teaches ${course_code} can ${can}. Ask them, or the office.`);
    expect(refused.text).toContain(`value="${course_code.toLowerCase()}"`);
    expect(refused.text).toContain('aria-invalid="true"');
    expect((await busy.browser.get(`${path}?course_id=Logic`)).status).toBe(422);
  });
});

describe('the form of a student', () => {
  const newStudent = async (fields: Record<string, string | string[]>) => {
    const empty = filledForm((await get('/students/new')).text, '/students');
    const student_code = `Y-${unique()}`;
    const form = { ...empty, student_code, full_name: 'Noor Haddad', program: 'BSc Biology', ...fields };
    return admin.browser.post('/students', form, { from: '/account' });
  };

  it('shows what the student takes to tick, and takes further codes', async () => {
    const added = await newStudent({ course_codes: 'm0001-26a\r\nM0002-26A, M0003-26A\r\n' });
    expect(added.status).toBe(303);
    const path = added.location ?? '';
    const { text } = await get(`${path}/edit`);
    expect(text.match(/name="enrolled_courses" id="course-/g)).toHaveLength(3);
    const student = app.services.students.get(app.system, path.slice('/students/'.length));
    const form = { ...filledForm(text, path), enrolled_courses: ['', student.enrolled_courses[0] ?? ''] };
    await admin.browser.post(path, { ...form, course_codes: 'M0009-26A' }, { from: '/account' });
    const { enrolled_courses } = app.services.students.get(app.system, student.student_id);
    const codes = enrolled_courses.map((id) => app.services.courses.get(app.system, id).course_code);
    expect(codes.sort()).toEqual(['M0001-26A', 'M0009-26A']);
  });

  it('refuses a code that is none and keeps what was typed', async () => {
    const refused = await newStudent({
      course_codes: 'M0001-26A\r\nM9999-26A',
      enrolled_courses: ['', first.course_id],
    });
    expect(refused.status).toBe(422);
    expect(refused.text).toContain('No course has the code M9999-26A. Correct it, then save again.');
    expect(refused.text).toContain('M0001-26A\nM9999-26A</textarea>');
    expect(refused.text).toContain(`value="${first.course_id}" checked`);
  });

  it('refuses more codes than a student takes courses, without looking for each', async () => {
    const list = vi.spyOn(app.services.courses, 'list');
    const refused = await newStudent({ course_codes: 'M0001-26A\r\n'.repeat(91) });
    const asked = list.mock.calls.length;
    list.mockRestore();
    expect(refused.status).toBe(422);
    expect(refused.text).toContain('These are 91 codes, and a student takes at most 90 courses. Type fewer.');
    expect(asked).toBeLessThan(10);
  });
});
