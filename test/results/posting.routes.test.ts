// Posting on the pages, without scripts: who is offered it, what it asks of a change, and how an amendment shows.
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Course } from '../../src/courses/course.ts';
import type { Student } from '../../src/students/student.ts';
import { startTestApp, unique } from '../support/app.ts';
import type { Person, TestApp } from '../support/app.ts';
import { filledForm } from '../support/page-form.ts';
import { formIn, rowIn } from '../support/sheet-page.ts';

let app: TestApp;
let admin: Person;
let teacher: Person;
beforeAll(async () => {
  app = await startTestApp();
  [admin, teacher] = await Promise.all([app.admin(), app.faculty({ full_name: 'Tom Teacher' })]);
});
afterAll(() => app.stop());

interface Exam {
  course: Course;
  students: [Student, Student];
  path: string;
}

/** A final with one result of 40, and somebody without one. */
async function buildExam(faculty_id: string | null = teacher.user.user_id): Promise<Exam> {
  const course = await app.services.courses.add(app.system, {
    ...{ course_code: `C-${unique()}`, course_name: 'Logic', credits: 3, faculty_id },
  });
  const enrolled_courses = [course.course_id];
  const students: Exam['students'] = [
    await app.addStudent({ enrolled_courses }),
    await app.addStudent({ enrolled_courses }),
  ];
  const entries = [{ student_id: students[0].student_id, marks: 40 }];
  await app.services.results.saveSheet(app.system, course.course_id, 'final', 1, { entries });
  return { course, students, path: `/courses/${course.course_id}/results/final` };
}

const open = async (path: string, who = teacher): Promise<string> => {
  const page = await who.browser.get(path);
  expect(page.status).toBe(200);
  return page.text;
};
const post = async (exam: Exam, who = teacher) => {
  const form = filledForm(await open(exam.path, who), `${exam.path}/posted`);
  return await who.browser.post(`${exam.path}/posted`, form);
};
const sheetOf = (exam: Exam) => app.services.results.sheet(app.system, exam.course.course_id, 'final', 1);
const resultOf = async (exam: Exam) =>
  (await app.services.results.list(app.system, { course_id: exam.course.course_id })).items[0]!;

test('posting is offered with what it means, done, told, and taken back', async () => {
  const exam = await buildExam();
  const before = await open(exam.path);
  expect(before).toContain('Marks can still be changed freely. Posting makes the one result official');
  expect(before).toMatch(/<div class="sheet-reason" data-reason hidden>/);
  expect(await post(exam)).toMatchObject({ status: 303, location: exam.path });
  const after = await open(exam.path);
  expect(after).toContain('The results are posted: from now on every change needs a reason.');
  expect(after).toContain('These results are official since');
  expect(after).toMatch(/<div class="sheet-reason" data-reason>/);
  expect(await open(`/courses/${exam.course.course_id}`)).toMatch(/is-posted/);
  await post(exam);
  expect((await sheetOf(exam)).posted).toBe(false);
  expect(await open(exam.path)).toContain('The posting is withdrawn.');
  expect(await open(`/courses/${exam.course.course_id}/results/quiz`)).toContain('There are no results to post yet.');
});

test('only an admin is offered it where the course names nobody, and nobody for the course of another', async () => {
  const exam = await buildExam(null);
  const page = await open(exam.path);
  expect(page).toContain('The course names no teacher, so an administrator has to post them.');
  expect(page).not.toContain('Post results');
  const form = { posted: 'true' };
  expect((await teacher.browser.post(`${exam.path}/posted`, form, { from: '/account' })).status).toBe(403);
  const student = await app.student({ student_id: exam.students[0].student_id });
  expect((await student.browser.post(`${exam.path}/posted`, form, { from: '/account' })).status).toBe(403);
  expect((await post(exam, admin)).status).toBe(303);
  expect((await admin.browser.post(`${exam.path}/posted`, {}, { from: exam.path })).status).toBe(422);
  expect((await sheetOf(exam)).posted).toBe(true);
});

test('a posted sheet asks for a reason, keeps what was typed, and marks what was amended', async () => {
  const exam = await buildExam();
  await post(exam);
  const [ann, ben] = exam.students;
  const typed = {
    ...formIn(await open(exam.path), 'sheet'),
    [`marks.${ann.student_id}`]: '55',
    [`marks.${ben.student_id}`]: '60',
  };
  for (const reason of ['', 'no']) {
    const refused = await teacher.browser.post(exam.path, { ...typed, reason });
    expect(refused.status).toBe(422);
    expect(refused.text).toMatch(/<input class="form-control is-invalid" id="f-reason"[^>]*aria-invalid="true"/);
    expect(formIn(refused.text, 'sheet')).toMatchObject({ ...typed, reason, _csrf: expect.any(String) });
  }
  expect((await sheetOf(exam)).entries.map((row) => row.marks)).toEqual([40, null]);
  const saved = await teacher.browser.post(exam.path, { ...typed, reason: 'Question 4 <struck>' });
  expect(saved.status).toBe(303);
  const page = await open(exam.path);
  for (const { student_id } of exam.students) expect(rowIn(page, student_id)).toContain('Amended');
  expect(formIn(page, 'sheet')['reason']).toBe('');

  const { result_id } = await resultOf(exam);
  expect(await open(`/results/${result_id}`)).toMatch(
    /Amended<\/span>[\s\S]*after the results of this exam were posted/,
  );
  expect(await open(`/students/${ann.student_id}`)).toContain('is-amended');
  expect(await open(`/results?course_id=${exam.course.course_id}`)).toContain('is-amended');
  const history = await open(`${exam.path}/history`);
  expect(history).toContain('Amended: Question 4 &lt;struck&gt;');
  expect(history.replace(/<[^>]*>|\s+/g, ' ').replace(/ +/g, ' ')).toMatch(
    new RegExp(
      `Results: 1 added, 1 changed .*${ann.student_code}: 40 became → 55 .*Tom Teacher Posted .*Results: 1 added`,
    ),
  );
  expect(await open(`/results/${result_id}/history`)).toContain('Amended: Question 4 &lt;struck&gt;');

  const own = await app.student({ student_id: ann.student_id });
  const theirs = await own.browser.get(`/results/${(await sheetOf(exam)).entries[0]!.result_id!}`);
  expect(theirs.text).toContain('after the results of this exam were posted');
  expect(theirs.text).not.toContain('struck');
  expect((await own.browser.get(`${exam.path}/history`)).status).toBe(403);
});

test('a sheet that was posted while it was open asks for the reason then', async () => {
  const exam = await buildExam();
  const typed = { ...formIn(await open(exam.path), 'sheet'), [`marks.${exam.students[0].student_id}`]: '55' };
  await post(exam);
  const refused = await teacher.browser.post(exam.path, typed);
  expect(refused.status).toBe(422);
  expect(refused.text).toMatch(/<div class="sheet-reason" data-reason>/);
  expect(
    (await teacher.browser.post(exam.path, { ...formIn(refused.text, 'sheet'), reason: 'Added up wrong' })).status,
  ).toBe(303);
});

test('a single result is changed, removed and added for a reason only, which a refusal keeps', async () => {
  const exam = await buildExam();
  const { result_id } = await resultOf(exam);
  const at = `/results/${result_id}`;
  expect(await open(`${at}/edit`)).not.toContain('name="reason"');
  await post(exam);
  const form = filledForm(await open(`${at}/edit`), at);
  expect(form).toHaveProperty('reason', '');
  const refused = await teacher.browser.post(at, { ...form, marks: '50', reason: 'ab' });
  expect(refused.status).toBe(422);
  expect(filledForm(refused.text, at)).toMatchObject({ marks: '50', reason: 'ab' });
  expect(refused.text).toContain('href="#f-reason"');
  expect((await teacher.browser.post(at, { ...form, marks: '50', reason: 'Added up wrong' })).status).toBe(303);
  expect(await resultOf(exam)).toMatchObject({ marks: 50, amended_at: expect.any(String) });

  const last = filledForm(await open(`${at}/delete`), `${at}/delete`);
  const kept = await teacher.browser.post(`${at}/delete`, last);
  expect(kept.status).toBe(422);
  expect(kept.text).toContain('href="#f-reason"');
  expect(kept.text).not.toContain('Somebody changed this result');
  expect((await teacher.browser.post(`${at}/delete`, { ...last, reason: 'Sat by another' })).status).toBe(303);

  const added = {
    ...{ student_id: exam.students[1].student_id, course_id: exam.course.course_id, exam_type: 'final', marks: '70' },
  };
  const from = `/results/new?course_id=${exam.course.course_id}`;
  const asked = await teacher.browser.post('/results', added, { from });
  expect(asked.status).toBe(422);
  const again = filledForm(asked.text, '/results');
  expect(again).toMatchObject({ ...added, reason: '' });
  expect((await teacher.browser.post('/results', { ...again, reason: 'Handed in late' })).status).toBe(303);
  const history = await open(`${exam.path}/history`);
  for (const reason of ['Added up wrong', 'Sat by another', 'Handed in late']) {
    expect(history).toContain(`Amended: ${reason}`);
  }
});

test('the history of an exam says what is not there', async () => {
  const exam = await buildExam();
  expect((await teacher.browser.get(exam.path.replace('final', 'exam') + '/history')).status).toBe(404);
  expect((await teacher.browser.get(`${exam.path}/history?number=99`)).status).toBe(422);
  expect(await open(`${exam.path}/history?number=2`)).toContain('Nothing has happened here yet.');
});
