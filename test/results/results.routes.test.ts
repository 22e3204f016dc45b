// The pages of single results: list and filters, add, change, remove, and who may.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Course } from '../../src/courses/course.ts';
import type { Result } from '../../src/results/result.ts';
import type { Student } from '../../src/students/student.ts';
import { startTestApp, unique } from '../support/app.ts';
import type { Person, TestApp } from '../support/app.ts';
import { formIn } from '../support/sheet-page.ts';

let app: TestApp;
let teacher: Person;
let course: Course;
let ann: Student;
beforeAll(async () => {
  app = await startTestApp();
  teacher = await app.faculty();
  course = await app.services.courses.add(app.system, {
    course_code: `C-${unique()}`,
    course_name: 'Logic',
    credits: 3,
    faculty_id: teacher.user.user_id,
  });
  ann = await app.addStudent({ full_name: 'Ann Lee', enrolled_courses: [course.course_id] });
});
afterAll(() => app.stop());

let quizzes = 0;
/** A result of Ann in a quiz of its own. */
const buildResult = (fields: Partial<Result> = {}): Promise<Result> =>
  app.services.results.add(app.system, {
    student_id: ann.student_id,
    course_id: course.course_id,
    exam_type: 'quiz',
    number: (quizzes += 1),
    marks: 50,
    ...fields,
  });
const get = async (path: string, person = teacher) => person.browser.get(path);

describe('one result', () => {
  it('is added in two steps and graded', async () => {
    expect((await get('/results/new')).text).toContain(course.course_code);
    const second = await get(`/results/new?course_id=${course.course_id}`);
    expect(second.text).toContain('Ann Lee');
    const form = {
      ...formIn(second.text, '/results'),
      student_id: ann.student_id,
      exam_type: 'midterm',
      marks: '40,05',
      max_marks: '44,5',
    };
    const added = await teacher.browser.post('/results', form, { from: '/account' });
    expect(added).toMatchObject({ status: 303, location: expect.stringMatching(/^\/results\/[0-9a-f-]{36}$/) });
    const page = await get(added.location ?? '');
    expect(page.text).toContain('Ann Lee has 90 %, grade A+.');
    expect(page.text).toContain('Distinction');
  });

  it('is refused a second time with the way to the first', async () => {
    const result = await buildResult();
    const form = {
      student_id: ann.student_id,
      course_id: course.course_id,
      exam_type: 'quiz',
      number: String(result.number),
      marks: '1',
    };
    const refused = await teacher.browser.post('/results', form, { from: '/account' });
    expect(refused.status).toBe(422);
    expect(refused.text).toContain(`href="/results/${result.result_id}"`);
  });

  it('keeps what was typed when something is wrong', async () => {
    const form = {
      course_id: course.course_id,
      student_id: ann.student_id,
      exam_type: 'oral',
      marks: 'x',
      title: 'T1',
    };
    const refused = await teacher.browser.post('/results', form, { from: '/account' });
    expect(refused.status).toBe(422);
    for (const said of ['Exam type is one of', 'Marks is a number', 'T1']) expect(refused.text).toContain(said);
    const above = { ...form, exam_type: 'final', marks: '101', max_marks: '' };
    expect((await teacher.browser.post('/results', above, { from: '/account' })).text).toContain(
      'more than the maximum',
    );
  });

  it('is changed in marks, maximum, title and remarks, and graded anew', async () => {
    const result = await buildResult();
    const path = `/results/${result.result_id}`;
    const form = formIn((await get(`${path}/edit`)).text, path);
    expect(form).not.toHaveProperty('exam_type');
    const saved = await teacher.browser.post(path, { ...form, marks: '45', max_marks: '50' }, { from: `${path}/edit` });
    expect(saved).toMatchObject({ status: 303, location: path });
    expect((await get(path)).text).toContain('Saved: 90 %, grade A+.');
  });

  it('shows both values after a lost race, leaves untouched fields as they are stored, and saves nothing', async () => {
    const result = await buildResult();
    const path = `/results/${result.result_id}`;
    const form = formIn((await get(`${path}/edit`)).text, path);
    await app.services.results.change(app.system, result.result_id, result.version, { marks: 60, title: 'Second' });
    const lost = await teacher.browser.post(path, { ...form, marks: '70' }, { from: `${path}/edit` });
    expect(lost.status).toBe(412);
    expect(lost.text).toMatch(/data-label="Yours">70/);
    expect(lost.text).toMatch(/data-label="Stored now">60/);
    expect(formIn(lost.text, path)).toMatchObject({ marks: '70', title: 'Second' });
    expect((await app.services.results.get(app.system, result.result_id)).marks).toBe(60);
  });

  it('is removed after a question, and only as it was seen', async () => {
    const result = await buildResult();
    const path = `/results/${result.result_id}/delete`;
    const form = formIn((await get(path)).text, path);
    await app.services.results.change(app.system, result.result_id, result.version, { marks: 60 });
    const lost = await teacher.browser.post(path, form);
    expect(lost.status).toBe(412);
    expect((await teacher.browser.post(path, formIn(lost.text, path))).status).toBe(303);
    expect((await get(`/results/${result.result_id}`)).status).toBe(404);
  });
});

describe('the list', () => {
  it('shows what fits the filters', async () => {
    const { result_id } = await buildResult();
    const link = `/results/${result_id}`;
    const filters = ['', `student=${ann.student_code}`, `student_id=${ann.student_id}&exam_type=quiz`];
    for (const filter of filters) expect((await get(`/results?${filter}`)).text, filter).toContain(link);
    expect((await get('/results?exam_type=final')).text).not.toContain(link);
    expect((await get('/results?exam_type=oral')).status).toBe(422);
    expect((await get('/results?cursor=nonsense')).status).toBe(422);
  });

  it('leads a teacher to the exams of the own courses', async () => {
    const { number } = await buildResult();
    const query = number === 1 ? '' : `?number=${String(number)}`;
    expect((await get('/results')).text).toContain(`href="/courses/${course.course_id}/results/quiz${query}"`);
  });
});

describe('who', () => {
  it('a student sees the own results only, and changes none', async () => {
    const { result_id } = await buildResult();
    const path = `/results/${result_id}`;
    const own = await app.student({ student_id: ann.student_id });
    expect((await get('/results', own)).text).toContain(path);
    expect((await get(path, own)).text).not.toContain('/edit');
    const other = await app.student();
    expect((await get('/results', other)).text).not.toContain(path);
    expect((await get(path, other)).status).toBe(404);
    for (const refused of ['/results/new', `${path}/edit`, `${path}/delete`, '/results/exam']) {
      expect((await get(refused, own)).status, refused).toBe(403);
    }
  });

  it('a teacher of another course looks, but does not change', async () => {
    const { result_id } = await buildResult();
    const other = await app.faculty();
    expect((await get(`/results/${result_id}`, other)).text).not.toContain('/edit');
    expect((await get(`/results/${result_id}/edit`, other)).status).toBe(403);
    const refused = await other.browser.post(`/results/${result_id}/delete`, { version: '1' }, { from: '/account' });
    expect(refused.status).toBe(403);
  });
});
