// The pages of courses: what they show, what they refuse, and who may do what.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Course } from '../../src/courses/course.ts';
import { startTestApp, unique } from '../support/app.ts';
import type { Person, TestApp } from '../support/app.ts';
import type { Form } from '../support/browser.ts';
import { filledForm } from '../support/page-form.ts';

let app: TestApp;
let admin: Person;
let teacher: Person;
beforeAll(async () => {
  app = await startTestApp();
  [admin, teacher] = await Promise.all([app.admin(), app.faculty({ full_name: 'Grace Hopper' })]);
});
afterAll(() => app.stop());

const buildCourse = (fields: Partial<Course> = {}): Promise<Course> =>
  app.services.courses.add(app.system, {
    course_code: `C-${unique()}`,
    course_name: 'Logic',
    credits: 3,
    ...fields,
  });
const stored = (course: Course): Course => app.services.courses.get(app.system, course.course_id);
const path = (course: Course, rest = ''): string => `/courses/${course.course_id}${rest}`;
const post = (to: string, form: Form) => admin.browser.post(to, form, { from: '/account' });
const editForm = async (course: Course): Promise<Form> =>
  filledForm((await admin.browser.get(path(course, '/edit'))).text, path(course));

describe('adding a course', () => {
  it('leads to the new record, under the name of who teaches it', async () => {
    const page = await admin.browser.get('/courses/new');
    expect(page.text).toContain('Grace Hopper');
    const course_code = `N-${unique()}`;
    const added = await post('/courses', {
      ...filledForm(page.text, '/courses'),
      course_code,
      course_name: 'Compilers',
      credits: '7,5',
      capacity: '',
      faculty_id: teacher.user.user_id,
      faculty: 'typed but overruled',
      description: 'Line one\r\nLine two',
    });
    expect(added).toMatchObject({ status: 303, location: expect.stringMatching(/^\/courses\/[0-9a-f-]{36}$/) });
    const record = await admin.browser.get(added.location ?? '');
    expect(record.text).toContain('Grace Hopper');
    expect(record.text).toContain('7.5 credits');
    expect(record.text).toContain('Line one<br>Line two');
    expect(record.text).not.toContain('typed but overruled');
  });

  it('is refused with messages and keeps what was typed', async () => {
    const refused = await post('/courses', {
      course_code: `X-${unique()}`,
      course_name: '',
      credits: 'many',
      capacity: '0',
      faculty_id: teacher.user.user_id,
      faculty: '',
      description: '</textarea><b>',
    });
    expect(refused.status).toBe(422);
    expect(refused.text).toContain('Course name is needed.');
    expect(refused.text).toContain('Credits is a number from 0 to 30, in halves.');
    expect(refused.text).toContain('Capacity is a whole number from 1 to 100000.');
    expect(refused.text).toContain('value="many"');
    expect(refused.text).toContain('&lt;/textarea&gt;&lt;b&gt;');
    expect(refused.text).toContain(`value="${teacher.user.user_id}" selected`);
  });
});

describe('changing a course', () => {
  it('saves what the form says; untouched, nothing changes', async () => {
    const course = await buildCourse({ description: 'One\nTwo', faculty: 'A guest' });
    await post(path(course), await editForm(course));
    expect(stored(course)).toEqual(course);
    const saved = await post(path(course), { ...(await editForm(course)), capacity: '20', description: '' });
    expect(saved).toMatchObject({ status: 303, location: path(course) });
    expect(stored(course)).toMatchObject({ capacity: 20, description: null, faculty: 'A guest', version: 2 });
  });

  it('that lost a race shows who would teach it by name on both sides', async () => {
    const course = await buildCourse();
    const form = await editForm(course);
    const other = await app.faculty({ full_name: 'Alan Turing' });
    await app.services.courses.change(app.system, course.course_id, 1, { faculty_id: other.user.user_id });
    const lost = await post(path(course), { ...form, faculty_id: teacher.user.user_id, credits: '4' });
    expect(lost.status).toBe(412);
    expect(lost.text).toMatch(/Taught by<\/th><td[^>]*>Grace Hopper[^<]*<\/td><td[^>]*>Alan Turing/);
    expect(lost.text).toMatch(/Credits<\/th><td[^>]*>4<\/td><td[^>]*>3</);
    expect(stored(course)).toMatchObject({ credits: 3, version: 2 });
    expect((await post(path(course), filledForm(lost.text, path(course)))).status).toBe(303);
    expect(stored(course)).toMatchObject({ faculty: 'Grace Hopper', credits: 4, version: 3 });
  });
});

describe('removing a course', () => {
  it('says what else goes and wants the code typed', async () => {
    const course = await buildCourse();
    const student = await app.addStudent({ enrolled_courses: [course.course_id] });
    const key = { student_id: student.student_id, course_id: course.course_id };
    await app.services.attendance.add(app.system, { ...key, date: app.today(), status: 'Absent' });
    await app.services.results.add(app.system, { ...key, exam_type: 'final', marks: 1 });
    const page = await admin.browser.get(path(course, '/delete'));
    expect(page.text).toContain('1 attendance mark<');
    expect(page.text).toContain('1 result<');
    expect(page.text).toContain('1 enrolment');
    const form = filledForm(page.text, path(course, '/delete'));
    const wrong = await post(path(course, '/delete'), { ...form, code: '' });
    expect(wrong.status).toBe(422);
    expect(wrong.text).toContain(`Type ${course.course_code} to confirm.`);
    const gone = await post(path(course, '/delete'), { ...form, code: course.course_code });
    expect(gone).toMatchObject({ status: 303, location: '/courses' });
    expect((await admin.browser.get('/courses')).text).toContain(`${course.course_code} Logic is removed.`);
    expect((await admin.browser.get(path(course))).status).toBe(404);
  });
});

describe('the record', () => {
  it('leads to registers and exams and counts what they hold', async () => {
    const course = await buildCourse({ capacity: 2 });
    const empty = await admin.browser.get(path(course));
    expect(empty.text).toContain('Nobody is enrolled yet');
    expect(empty.text).toContain('No register has been taken yet');
    expect(empty.text).toContain('No exam has results yet');
    const students = await Promise.all([1, 2].map(() => app.addStudent({ enrolled_courses: [course.course_id] })));
    await app.services.attendance.saveSheet(app.system, course.course_id, app.today(), 1, {
      entries: students.map(({ student_id }, i) => ({ student_id, status: i === 0 ? 'Present' : 'Late' })),
    });
    await app.services.results.saveSheet(app.system, course.course_id, 'quiz', 2, {
      max_marks: 10,
      entries: students.map(({ student_id }, i) => ({ student_id, marks: i === 0 ? 9 : 4 })),
    });
    const { text } = await admin.browser.get(path(course));
    expect(text).toMatch(/<strong>2<\/strong> enrolled <[^>]*>of 2 places/);
    expect(text).toContain('The course is full.');
    expect(text).toContain('Open today&#39;s register');
    expect(text).toContain(`href="${path(course, `/attendance/${app.today()}`)}"`);
    expect(text).toContain(`href="${path(course, '/results/quiz?number=2')}"`);
    expect(text).toContain('Quiz 2');
    expect(text).toContain('65 %');
  });

  it('its small forms lead to the sheets', async () => {
    const course = await buildCourse();
    const register = await admin.browser.get(
      `/attendance/register?course_id=${course.course_id}&date=${app.today()}&period=3`,
    );
    expect(register.location).toBe(path(course, `/attendance/${app.today()}?period=3`));
    const exam = await admin.browser.get(`/results/exam?course_id=${course.course_id}&exam_type=final&number=1`);
    expect(exam.location).toBe(path(course, '/results/final'));
  });
});

describe('who may', () => {
  it('faculty reads all courses and takes the register of the own ones only', async () => {
    const own = await buildCourse({ faculty_id: teacher.user.user_id });
    const other = await buildCourse({ faculty_id: (await app.faculty()).user.user_id });
    const page = await teacher.browser.get(path(own));
    expect(page.text).toContain('Take today&#39;s register');
    expect(page.text).not.toContain('/edit');
    expect((await teacher.browser.get(path(other))).text).not.toContain('Take today&#39;s register');
    for (const closed of ['/courses/new', path(own, '/edit'), path(own, '/delete')])
      expect((await teacher.browser.get(closed)).status, closed).toBe(403);
    const refused = await teacher.browser.post(path(own), { version: '1', credits: '9' }, { from: '/account' });
    expect(refused.status).toBe(403);
  });

  it('a student sees the courses they take, without the others in them', async () => {
    const own = await buildCourse({ course_name: 'Mine' });
    const other = await buildCourse({ course_name: 'Not mine' });
    const { student_id } = await app.addStudent({ enrolled_courses: [own.course_id] });
    await app.addStudent({ full_name: 'A Classmate', enrolled_courses: [own.course_id] });
    const me = await app.student({ student_id });
    const list = await me.browser.get('/courses');
    expect(list.text).toContain('Mine');
    expect(list.text).not.toContain('Not mine');
    const page = await me.browser.get(path(own));
    expect(page.status).toBe(200);
    expect(page.text).toContain('My attendance');
    expect(page.text).not.toContain('A Classmate');
    expect((await me.browser.get(path(other))).status).toBe(404);
    for (const closed of ['/courses/new', path(own, '/edit'), path(own, '/roster')])
      expect((await me.browser.get(closed)).status, closed).toBe(403);
  });
});

it('the list searches, filters by teacher, sorts and pages', async () => {
  const mark = unique();
  const who = await app.faculty();
  for (const [name, credits] of [
    ['Botany', 2],
    ['Algebra', 4],
  ] as const)
    await buildCourse({ course_name: `${name} ${mark}`, credits, faculty_id: who.user.user_id });
  const order = async (query: string) =>
    [...(await admin.browser.get(`/courses?${query}`)).text.matchAll(/data-field="course_name">(\w+) /g)].map(
      ([, name]) => name,
    );
  expect(await order(`q=${mark}&sort=course_name`)).toEqual(['Algebra', 'Botany']);
  expect(await order(`faculty_id=${who.user.user_id}&sort=credits`)).toEqual(['Botany', 'Algebra']);
  expect(await order(`q=${mark}&sort=credits&order=desc&page_size=1`)).toEqual(['Algebra']);
  expect((await admin.browser.get('/courses?sort=__proto__')).status).toBe(422);
});
