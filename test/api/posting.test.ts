// Who makes results official, and what does it take to change them afterwards?
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Course } from '../../src/courses/course.ts';
import type { Result } from '../../src/results/result.ts';
import { examPostingAnswer, resultAnswer, resultSheetAnswer } from '../../src/results/results.api.ts';
import type { Student } from '../../src/students/student.ts';
import { startTestApp } from '../support/app.ts';
import type { Person, TestApp } from '../support/app.ts';
import { addCourse, addMembers, clientOf, expectProblem } from './client.ts';
import type { Client } from './client.ts';

let app: TestApp;
let teacher: Person;
let admin: Client;
let faculty: Client;
let other: Client;

beforeAll(async () => {
  app = await startTestApp();
  teacher = await app.faculty();
  admin = await clientOf((await app.admin()).browser);
  faculty = await clientOf(teacher.browser);
  other = await clientOf((await app.faculty()).browser);
});
afterAll(() => app.stop());

interface Exam {
  course: Course;
  members: Student[];
  path: string;
  results: Result[];
}

/** A final of the teacher's course: two results and somebody without one. */
async function buildExam(fields: Partial<Course> = {}): Promise<Exam> {
  const course = await addCourse(app, { faculty_id: teacher.user.user_id, ...fields });
  const members = await addMembers(app, course.course_id, 3);
  const path = `/api/courses/${course.course_id}/results/final`;
  const entries = members.slice(0, 2).map(({ student_id }, i) => ({ student_id, marks: 40 + i }));
  expect((await admin('PUT', path, { body: { max_marks: 100, entries } })).status).toBe(200);
  const { body } = await admin('GET', `/api/results?course_id=${course.course_id}`);
  const results = (body.items as Result[]).toSorted((a, b) => a.marks - b.marks);
  return { course, members, path, results };
}

const post = (client: Client, { path }: { path: string }, posted: unknown = true) =>
  client('POST', `${path}/posted`, { body: { posted } });
const fieldsOf = (body: unknown): string[] => (body as { errors: { field: string }[] }).errors.map((one) => one.field);
const marksOf = async ({ path }: Exam) =>
  resultSheetAnswer.parse((await admin('GET', path)).body).entries.map((row) => row.marks);

describe('posting', () => {
  it('is a change of the sheet, told once; the same again and its repeat by key are none', async () => {
    const exam = await buildExam();
    expect((await admin('GET', exam.path)).body).toMatchObject({ posted: false, posted_at: null, posted_by: null });
    const before = app.events.length;
    const key = randomUUID();
    const send = () => faculty('POST', `${exam.path}/posted`, { body: { posted: true }, key });
    const first = await send();
    expect([first.status, examPostingAnswer.parse(first.body)]).toEqual([
      200,
      expect.objectContaining({ posted: true, posted_by: teacher.user.user_id, count: 2, version: 2 }),
    ]);
    expect(first.headers['etag']).toBe('"2"');
    expect((await send()).body).toEqual(first.body);
    expect((await post(admin, exam)).body).toEqual(first.body);
    const { posted_at } = first.body as { posted_at: string };
    const sheet = await admin('GET', exam.path);
    expect(sheet.headers['etag']).toBe('"2"');
    expect(sheet.body).toMatchObject({ posted: true, posted_at, posted_by: teacher.user.user_id, version: 2 });

    const back = await post(faculty, exam, false);
    expect(back.body).toMatchObject({ posted: false, posted_at: null, posted_by: null, version: 3 });
    expect((await post(faculty, exam, false)).body).toEqual(back.body);
    expect(app.events.slice(before).map(({ name, summary }) => [name, summary])).toEqual([
      ['results_posted', `Results of the final of ${exam.course.course_code} were posted.`],
      ['results_withdrawn', `Results of the final of ${exam.course.course_code} were withdrawn from posting.`],
    ]);
    const { body } = await admin('GET', '/api/activity?limit=1');
    expect(body.items[0]).toMatchObject({ event: 'results_withdrawn', entity_id: exam.course.course_id });
  });

  it('is for admins and the teacher by name, asked in the order of the contract', async () => {
    const exam = await buildExam();
    const open = await buildExam({ faculty_id: null });
    const student = await clientOf((await app.student({ student_id: exam.members[0]!.student_id })).browser);
    const nowhere = { path: `/api/courses/${randomUUID()}/results/final` };
    const wrong = { path: exam.path.replace('final', 'exam') };
    expectProblem(await post(student, nowhere), 403);
    expectProblem(await post(other, nowhere), 404);
    expectProblem(await post(admin, wrong), 404);
    expectProblem(await post(other, exam, 'yes'), 403);
    expectProblem(await post(other, open), 403);
    expectProblem(await post(faculty, open), 403);
    for (const body of [{}, { posted: 'true' }, { posted: null }, { posted: true, by: 'me' }]) {
      expectProblem(await faculty('POST', `${exam.path}/posted`, { body }), 422);
    }
    expectProblem(await faculty('POST', `${exam.path}/posted?number=21`, { body: { posted: true } }), 422);
    expectProblem(await faculty('GET', `${exam.path}/posted`), 405);
    expect((await post(admin, open)).status).toBe(200);
    expect((await post(faculty, exam)).status).toBe(200);
  });

  it('takes one exam, also one without results yet, and no other', async () => {
    const exam = await buildExam();
    const empty = await faculty('POST', `${exam.path}/posted?number=2`, { body: { posted: true } });
    expect(empty.body).toMatchObject({ posted: true, number: 2, version: 1, count: 0 });
    expect((await admin('GET', exam.path)).body).toMatchObject({ posted: false });
    const late = { student_id: exam.members[2]!.student_id, marks: 1 };
    expect((await faculty('PUT', exam.path, { body: { entries: [late] } })).status).toBe(200);
    expectProblem(await faculty('PUT', `${exam.path}?number=2`, { body: { entries: [late] } }), 422);
  });
});

describe('posted results', () => {
  it('change only for a reason of 3 to 500 characters, whatever changes them', async () => {
    const exam = await buildExam();
    await post(faculty, exam);
    const [first, second] = exam.results;
    const at = (result: Result) => `/api/results/${result.result_id}`;
    const third = exam.members[2]!.student_id;
    const before = app.events.length;
    const { course_id } = exam.course;
    const added = { student_id: third, course_id, exam_type: 'final', marks: 5 };
    const reasons = [undefined, null, '', '  ', 'ab', ' ab ', 'x'.repeat(501), 7];
    for (const reason of reasons) {
      const given = reason === undefined ? {} : { reason };
      const query = reason === undefined || reason === null ? '' : `?reason=${encodeURIComponent(reason)}`;
      for (const answer of [
        await faculty('PATCH', at(first!), { version: 1, body: { marks: 50, ...given } }),
        await faculty('PUT', exam.path, { body: { ...given, entries: [{ student_id: third, marks: 5 }] } }),
        await faculty('PUT', exam.path, {
          body: { ...given, entries: [{ student_id: first!.student_id, marks: null }] },
        }),
        await faculty('POST', '/api/results', { body: { ...added, ...given } }),
        ...(reason === 7 ? [] : [await faculty('DELETE', `${at(second!)}${query}`, { version: 1 })]),
      ]) {
        expectProblem(answer, 422);
        expect(fieldsOf(answer.body)).toEqual(['reason']);
      }
    }
    expect(await marksOf(exam)).toEqual([40, 41, null]);
    expect(app.events.length).toBe(before);

    const patched = await faculty('PATCH', at(first!), { version: 1, body: { marks: 50, reason: ' Wrong key ' } });
    expect(patched.status).toBe(200);
    const { amended_at, updated_at } = resultAnswer.parse(patched.body);
    expect(amended_at).toBe(updated_at);
    expect(patched.body).not.toHaveProperty('reason');
    const reason = 'Handed in late, accepted';
    expect((await faculty('POST', '/api/results', { body: { ...added, reason } })).status).toBe(201);
    expect((await faculty('DELETE', `${at(second!)}?reason=Cheated`, { version: 1 })).status).toBe(204);
    const sheet = resultSheetAnswer.parse((await admin('GET', exam.path)).body);
    expect(sheet.entries.map((row) => [row.marks, row.amended_at !== null])).toEqual([
      [50, true],
      [null, false],
      [5, true],
    ]);
    const told = app.events.slice(before);
    expect(told.map(({ name }) => name)).toEqual(['result_updated', 'result_added', 'result_deleted']);
    for (const event of told) {
      expect(event).toMatchObject({ amended: true, summary: expect.stringMatching(/\(amended\)\.$/) });
      expect(JSON.stringify(event)).not.toMatch(/Wrong key|late|Cheated/);
    }
  });

  it('need no reason for what changes nothing, and say 404, 403, 428 and 412 first', async () => {
    const exam = await buildExam();
    await post(faculty, exam);
    const [first] = exam.results;
    const path = `/api/results/${first!.result_id}`;
    const same = await faculty('PATCH', path, { version: 1, body: { marks: 40 } });
    expect([same.status, same.body.version]).toEqual([200, 1]);
    const entries = [{ student_id: first!.student_id, marks: 40 }];
    expect((await faculty('PUT', exam.path, { body: { entries } })).body).toMatchObject({ unchanged: 1, version: 2 });
    expectProblem(await other('DELETE', path, { version: 1 }), 403);
    expectProblem(await other('DELETE', `${path}?reason=x`, { version: 1 }), 403);
    expectProblem(await faculty('DELETE', `${path}?reason=x`), 428);
    expectProblem(await faculty('DELETE', `${path}?reason=x`, { version: 9 }), 412);
    expectProblem(await faculty('PATCH', path, { version: 9, body: { marks: 41 } }), 412);
    const stale = [{ student_id: first!.student_id, marks: 41, version: 9 }];
    expectProblem(await faculty('PUT', exam.path, { body: { entries: stale } }), 412);
  });

  it('are free again once withdrawn; a reason is then checked and not kept', async () => {
    const exam = await buildExam();
    await post(faculty, exam);
    await post(faculty, exam, false);
    const [first] = exam.results;
    const path = `/api/results/${first!.result_id}`;
    expect((await faculty('PATCH', path, { version: 1, body: { marks: 50 } })).body).toMatchObject({
      amended_at: null,
    });
    expectProblem(await faculty('PATCH', path, { version: 4, body: { marks: 60, reason: 'x' } }), 422);
    const given = await faculty('PATCH', path, { version: 4, body: { marks: 60, reason: 'to be sure' } });
    expect(given.body).toMatchObject({ marks: 60, amended_at: null });
  });

  it('go with their student and their course without a question', async () => {
    const exam = await buildExam();
    await post(faculty, exam);
    const [student] = exam.members;
    const { version } = (await admin('GET', `/api/students/${student!.student_id}`)).body as { version: number };
    expect((await admin('DELETE', `/api/students/${student!.student_id}`, { version })).status).toBe(204);
    expect((await admin('GET', exam.path)).body).toMatchObject({ posted: true, entries: [{}, {}] });
    const path = `/api/courses/${exam.course.course_id}`;
    expect((await admin('DELETE', path, { version: 1 })).status).toBe(204);
    expectProblem(await post(admin, exam), 404);
  });

  it('are amended by the hundred for one reason', async () => {
    const course = await addCourse(app, { faculty_id: teacher.user.user_id });
    const members = await addMembers(app, course.course_id, 110);
    const path = `/api/courses/${course.course_id}/results/quiz`;
    const entries = (marks: number) => members.map(({ student_id }) => ({ student_id, marks }));
    await faculty('PUT', path, { body: { entries: entries(50) } });
    await post(faculty, { path });
    expectProblem(await faculty('PUT', path, { body: { entries: entries(60) } }), 422);
    const saved = await faculty('PUT', path, { body: { entries: entries(60), reason: 'Question 4 struck' } });
    expect(saved.body).toMatchObject({ updated: 110, version: 3 });
    const sheet = resultSheetAnswer.parse((await admin('GET', path)).body);
    expect(sheet).toMatchObject({ posted: true, version: 3 });
    expect(sheet.entries.every((row) => row.marks === 60 && row.amended_at !== null)).toBe(true);
  });
});
