// The pages of students: what they show, what they refuse, and who may do what.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Course } from '../../src/courses/course.ts';
import type { Student } from '../../src/students/student.ts';
import { startTestApp, unique } from '../support/app.ts';
import type { Person, TestApp } from '../support/app.ts';
import { filledForm } from '../support/page-form.ts';

let app: TestApp;
let admin: Person;
let faculty: Person;
beforeAll(async () => {
  app = await startTestApp();
  [admin, faculty] = await Promise.all([app.admin(), app.faculty()]);
});
afterAll(() => app.stop());

const buildCourse = (fields: Partial<Course> = {}): Promise<Course> =>
  app.services.courses.add(app.system, {
    course_code: `C-${unique()}`,
    course_name: 'Logic',
    credits: 3,
    ...fields,
  });
const stored = (student: Student): Student => app.services.students.get(app.system, student.student_id);
const path = (student: Student, rest = ''): string => `/students/${student.student_id}${rest}`;
const post = (to: string, form: Record<string, string | string[]>) =>
  admin.browser.post(to, form, { from: '/account' });
/** The edit form as a browser would send it, with some fields typed over. */
const editForm = async (student: Student) =>
  filledForm((await admin.browser.get(path(student, '/edit'))).text, path(student));

describe('adding a student', () => {
  it('leads to the new record, enrolled in the ticked courses', async () => {
    const [logic, ethics] = await Promise.all([buildCourse(), buildCourse({ course_name: 'Ethics' })]);
    const empty = filledForm((await admin.browser.get('/students/new')).text, '/students');
    const student_code = `N-${unique()}`;
    const added = await post('/students', {
      ...empty,
      student_code,
      full_name: 'Élise Martin',
      program: 'BSc Biology',
      semester: '3',
      enrolled_courses: ['', logic.course_id, ethics.course_id],
    });
    expect(added).toMatchObject({ status: 303, location: expect.stringMatching(/^\/students\/[0-9a-f-]{36}$/) });
    const page = await admin.browser.get(added.location ?? '');
    expect(page.text).toContain(`Élise Martin (${student_code}) is added.`);
    expect(page.text).toContain(logic.course_code);
    expect(page.text).toContain('Ethics');
    expect(page.text).toContain('semester 3');
  });

  it('is refused with a message beside each field and everything typed still there', async () => {
    const course = await buildCourse();
    const refused = await post('/students', {
      student_code: '',
      full_name: 'Somebody "Quoted"',
      program: 'BSc',
      semester: 'four',
      email: 'nowhere',
      enrolled_courses: ['', course.course_id],
    });
    expect(refused.status).toBe(422);
    expect(refused.text).toContain('Student code is needed.');
    expect(refused.text).toContain('Semester is a whole number from 1 to 12.');
    expect(refused.text).toContain('href="#f-email"');
    expect(refused.text).toContain('value="Somebody &#34;Quoted&#34;"');
    expect(refused.text).toContain('value="four"');
    expect(refused.text).toMatch(new RegExp(`value="${course.course_id}" checked`));
  });

  it('is refused beside the code when another student has it, in any case', async () => {
    const other = await app.addStudent({ student_code: `Taken-${unique()}` });
    const refused = await post('/students', {
      student_code: other.student_code.toUpperCase(),
      full_name: 'Second',
      program: 'BSc',
    });
    expect(refused.status).toBe(422);
    expect(refused.text).toMatch(/id="f-student_code-error">.*belongs to another student/);
  });

  it('can not be talked into fields that are not its own, nor broken by repeated ones', async () => {
    const student_code = `R-${unique()}`;
    const refused = await post('/students', {
      student_code: [student_code, 'second'],
      full_name: 'Repeated',
      program: 'BSc',
      student_id: '00000000-0000-4000-8000-000000000000',
      __proto__x: 'x',
    });
    expect(refused.status).toBe(422);
    expect(refused.text).toContain('student_id can&#39;t be set here.');
    const body = new URLSearchParams([
      ['student_code', student_code],
      ['student_code', 'second'],
      ['full_name', 'Repeated'],
      ['program', 'BSc'],
      ['__proto__', 'x'],
      ['_csrf', filledForm((await admin.browser.get('/students/new')).text, '/students')['_csrf'] as string],
    ]);
    const added = await admin.browser.request('/students', {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: body.toString(),
    });
    expect(added.status).toBe(303);
    expect((await admin.browser.get(added.location ?? '')).text).toContain(student_code);
  });
});

describe('changing a student', () => {
  it('saves the form, and says so when nothing had changed', async () => {
    const student = await app.addStudent({ full_name: 'Old Name' });
    const form = await editForm(student);
    const saved = await post(path(student), { ...form, full_name: 'New Name', phone: '0123' });
    expect(saved).toMatchObject({ status: 303, location: path(student) });
    expect(stored(student)).toMatchObject({ full_name: 'New Name', phone: '0123', version: 2 });
    await admin.browser.get(path(student));
    await post(path(student), await editForm(student));
    expect((await admin.browser.get(path(student))).text).toContain('Nothing had changed');
    expect(stored(student).version).toBe(2);
  });

  it('takes a student off courses that are no longer ticked, and leaves them alone when the form does not ask', async () => {
    const [kept, left] = await Promise.all([buildCourse(), buildCourse()]);
    const student = await app.addStudent({ enrolled_courses: [kept.course_id, left.course_id] });
    await post(path(student), { version: '1', phone: '1' });
    expect(stored(student).enrolled_courses).toHaveLength(2);
    await post(path(student), { ...(await editForm(student)), enrolled_courses: ['', kept.course_id] });
    expect(stored(student).enrolled_courses).toEqual([kept.course_id]);
    await post(path(student), { ...(await editForm(student)), enrolled_courses: [''] });
    expect(stored(student).enrolled_courses).toEqual([]);
  });

  it('keeps what was typed when it is refused, and saves nothing', async () => {
    const student = await app.addStudent({ full_name: 'Before' });
    const refused = await post(path(student), { ...(await editForm(student)), full_name: '', phone: '555' });
    expect(refused.status).toBe(422);
    expect(refused.text).toContain('Full name is needed.');
    expect(refused.text).toContain('value="555"');
    expect(stored(student)).toMatchObject({ full_name: 'Before', version: 1 });
    // Corrected, the same form saves.
    const again = { ...filledForm(refused.text, path(student)), full_name: 'After' };
    expect((await post(path(student), again)).status).toBe(303);
    expect(stored(student)).toMatchObject({ full_name: 'After', phone: '555' });
  });

  it('that lost a race shows both values, saves nothing, and then saves what the person decides', async () => {
    const student = await app.addStudent({ full_name: 'First', program: 'BSc' });
    const form = await editForm(student);
    await app.services.students.change(app.system, student.student_id, 1, { full_name: 'Theirs', phone: '42' });
    const lost = await post(path(student), { ...form, full_name: 'Mine' });
    expect(lost.status).toBe(412);
    expect(lost.text).toMatch(/Full name<\/th><td[^>]*>Mine<\/td><td[^>]*>Theirs</);
    expect(stored(student)).toMatchObject({ full_name: 'Theirs', version: 2 });
    const offered = filledForm(lost.text, path(student));
    expect(offered).toMatchObject({ version: '2', full_name: 'Mine' });
    expect(offered['phone'], 'not typed by the loser: the stored value').toBe('42');
    expect((await post(path(student), offered)).status).toBe(303);
    expect(stored(student)).toMatchObject({ full_name: 'Mine', phone: '42', version: 3 });
  });

  it('without the version it was opened with counts as a lost race', async () => {
    const student = await app.addStudent();
    expect((await post(path(student), { full_name: 'Blind' })).status).toBe(412);
  });

  it('is refused in words when a course is full', async () => {
    const full = await buildCourse({ capacity: 1 });
    await app.addStudent({ enrolled_courses: [full.course_id] });
    const student = await app.addStudent();
    const refused = await post(path(student), { ...(await editForm(student)), enrolled_courses: ['', full.course_id] });
    expect(refused.status).toBe(422);
    expect(refused.text).toContain(`${full.course_code} has no place left.`);
  });
});

describe('removing a student', () => {
  it('says what else goes and offers to withdraw first', async () => {
    const course = await buildCourse();
    const login = await app.student({
      student_id: (await app.addStudent({ enrolled_courses: [course.course_id] })).student_id,
    });
    const student_id = login.user.student_id ?? '';
    await app.services.attendance.add(app.system, {
      student_id,
      course_id: course.course_id,
      date: app.today(),
      status: 'Late',
    });
    const page = await admin.browser.get(`/students/${student_id}/delete`);
    expect(page.text).toContain('1 attendance mark');
    expect(page.text).toContain('0 results');
    expect(page.text).toContain(`1 login: ${login.user.username}`);
    const withdraw = filledForm(page.text, `/students/${student_id}`);
    expect(withdraw).toMatchObject({ status: 'withdrawn', version: '1' });
    expect((await post(`/students/${student_id}`, withdraw)).status).toBe(303);
    expect(app.services.students.get(app.system, student_id)).toMatchObject({
      status: 'withdrawn',
      enrolled_courses: [course.course_id],
    });
    expect((await admin.browser.get(`/students/${student_id}/delete`)).text).not.toContain('Withdraw instead');
  });

  it('wants the code typed', async () => {
    const student = await app.addStudent({ full_name: 'Nearly Gone' });
    const wrong = await post(path(student, '/delete'), { version: '1', code: 'something' });
    expect(wrong.status).toBe(422);
    expect(wrong.text).toContain(`Type ${student.student_code} to confirm.`);
    const stale = await post(path(student, '/delete'), { version: '9', code: student.student_code });
    expect(stale.status).toBe(412);
    expect(stale.text).toContain('Nothing was removed.');
    const gone = await post(path(student, '/delete'), { version: '1', code: student.student_code.toLowerCase() });
    expect(gone).toMatchObject({ status: 303, location: '/students' });
    expect((await admin.browser.get('/students')).text).toContain(`Nearly Gone (${student.student_code}) is removed.`);
    expect((await admin.browser.get(path(student))).status).toBe(404);
  });
});

describe('the list', () => {
  it('searches, filters, sorts and pages by plain links', async () => {
    const program = `Programme ${unique()}`;
    const course = await buildCourse();
    for (const name of ['Cole', 'Adams', 'Baker'])
      await app.addStudent({
        full_name: `${name} of ${program}`,
        program,
        enrolled_courses: name === 'Cole' ? [course.course_id] : [],
      });
    const query = `/students?program=${encodeURIComponent(program)}`;
    const order = async (url: string) =>
      [...(await admin.browser.get(url)).text.matchAll(/data-field="full_name">(\w+) of/g)].map(([, name]) => name);
    expect(await order(`${query}&sort=full_name`)).toEqual(['Adams', 'Baker', 'Cole']);
    expect(await order(`${query}&sort=full_name&order=desc`)).toEqual(['Cole', 'Baker', 'Adams']);
    expect(await order(`${query}&sort=full_name&page_size=2&page=2`)).toEqual(['Cole']);
    expect(await order(`${query}&sort=full_name&page_size=2&page=9`), 'past the end').toEqual(['Cole']);
    expect(await order(`${query}&q=baKER`)).toEqual(['Baker']);
    expect(await order(`/students?course_id=${course.course_id}`)).toEqual(['Cole']);
    const sorted = (await admin.browser.get(`${query}&sort=full_name&page_size=2`)).text;
    expect(sorted).toMatch(/data-column="full_name" data-sortable aria-sort="ascending"><a href="[^"]*order=desc/);
    expect(sorted).toContain('2 of 3');
  });

  it('says what it did not understand instead of breaking', async () => {
    const refused = await admin.browser.get('/students?sort=constructor&page=x&status=gone');
    expect(refused.status).toBe(422);
    expect(refused.text).toContain('Status is one of');
    expect((await admin.browser.get('/students?q=a&q=b')).status).toBe(200);
  });

  it('says why it is empty and what to do next', async () => {
    expect((await admin.browser.get('/students?q=nobody-has-this')).text).toContain('No student fits this search.');
  });
});

it('shows names as text, whatever they hold', async () => {
  const bad = '<img src=x onerror=alert(1)>"\'';
  const course = await buildCourse({ course_name: bad });
  const student = await app.addStudent({ full_name: bad, program: bad, enrolled_courses: [course.course_id] });
  for (const page of [
    path(student),
    path(student, '/edit'),
    path(student, '/delete'),
    '/students?q=onerror',
    '/students/new',
  ]) {
    const answer = await admin.browser.get(page);
    expect(answer.status).toBe(200);
    expect(answer.text, page).not.toContain('<img src=x');
    expect(answer.text, page).toContain('&lt;img src=x');
  }
});

describe('who may', () => {
  it('faculty reads, and sees no way to change anything', async () => {
    const student = await app.addStudent({ full_name: 'Read Only' });
    const page = await faculty.browser.get(path(student));
    expect(page.status).toBe(200);
    expect(page.text).not.toContain('/edit');
    expect(page.text).not.toContain('/delete');
    expect((await faculty.browser.get('/students')).text).not.toContain('/students/new');
    for (const closed of ['/students/new', path(student, '/edit'), path(student, '/delete')])
      expect((await faculty.browser.get(closed)).status, closed).toBe(403);
    const refused = await faculty.browser.post(path(student), { version: '1', full_name: 'x' }, { from: '/account' });
    expect(refused.status).toBe(403);
    expect(stored(student).full_name).toBe('Read Only');
  });

  it('a student sees the own record only', async () => {
    const course = await buildCourse({ course_name: 'Own Course' });
    const me = await app.addStudent({ full_name: 'Myself', enrolled_courses: [course.course_id] });
    const other = await app.addStudent({ full_name: 'Somebody Else' });
    const login = await app.student({ student_id: me.student_id });
    const own = await login.browser.get(path(me));
    expect(own.status).toBe(200);
    expect(own.text).toContain('Own Course');
    expect(own.text).not.toContain('/edit');
    expect((await login.browser.get(path(other))).status).toBe(404);
    const list = await login.browser.get('/students');
    expect(list.text).toContain('Myself');
    expect(list.text).not.toContain('Somebody Else');
    for (const closed of ['/students/new', path(me, '/edit'), path(me, '/delete'), path(other, '/edit')])
      expect((await login.browser.get(closed)).status, closed).toBe(403);
  });
});

it('the record shows attendance by course with totals, and the latest results', async () => {
  const [logic, ethics] = await Promise.all([buildCourse(), buildCourse({ course_name: 'Ethics' })]);
  const student = await app.addStudent({ enrolled_courses: [logic.course_id, ethics.course_id] });
  const mark = (course: Course, status: string, period: number) =>
    app.services.attendance.add(app.system, {
      student_id: student.student_id,
      course_id: course.course_id,
      date: app.today(),
      status,
      period,
    });
  await mark(logic, 'Present', 1);
  await mark(logic, 'Absent', 2);
  await mark(ethics, 'Late', 1);
  await app.services.results.add(app.system, {
    student_id: student.student_id,
    course_id: logic.course_id,
    exam_type: 'quiz',
    marks: 9,
    max_marks: 10,
  });
  const { text } = await admin.browser.get(path(student));
  expect(text).toContain('50 %');
  expect(text).toContain('66.67 %');
  expect(text).toContain(`${logic.course_code} Quiz 1`);
  expect(text).toContain('>A+</span>');
  expect(text).toContain('9 of 10');
});

it('answers 404 for a malformed address and for one that is gone', async () => {
  for (const closed of [
    '/students/__proto__',
    '/students/nobody',
    '/students/00000000-0000-4000-8000-000000000000/edit',
  ])
    expect((await admin.browser.get(closed)).status, closed).toBe(404);
});
