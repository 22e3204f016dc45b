// Does a sheet save all of it or nothing, however large, and is every grade right to the last decimal?
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { attendanceSheetAnswer } from '../../src/attendance/attendance.api.ts';
import type { Course } from '../../src/courses/course.ts';
import { resultSheetAnswer } from '../../src/results/results.api.ts';
import type { Student } from '../../src/students/student.ts';
import { startTestApp } from '../support/app.ts';
import type { TestApp } from '../support/app.ts';
import { addCourse, addMembers, clientOf, expectProblem } from './client.ts';
import type { Client } from './client.ts';

let app: TestApp;
let admin: Client;
let course: Course;
let members: Student[];

beforeAll(async () => {
  app = await startTestApp();
  admin = await clientOf((await app.admin()).browser);
  course = await addCourse(app);
  members = await addMembers(app, course.course_id, 120);
});
afterAll(() => app.stop());

const address = (date: string, course_id = course.course_id) => `/api/courses/${course_id}/attendance/${date}`;
const fieldsOf = (body: unknown): string[] => (body as { errors: { field: string }[] }).errors.map((one) => one.field);
const rows = (status: string | null, students = members) => students.map(({ student_id }) => ({ student_id, status }));

async function read(path: string) {
  const answer = await admin('GET', path);
  expect([answer.status, answer.text]).toEqual([200, expect.any(String)]);
  return { ...attendanceSheetAnswer.parse(answer.body), etag: answer.headers['etag'] };
}

describe('the class sheet', () => {
  it('shows everybody enrolled before the first mark', async () => {
    const sheet = await read(address('2026-03-02'));
    expect(sheet).toMatchObject({ version: 0, period: 1, etag: '"0"' });
    expect(sheet.entries).toHaveLength(120);
    for (const row of sheet.entries)
      expect(row).toMatchObject({ version: 0, status: null, attendance_id: null, enrolled: true });
  });

  it('saves 120 rows at once, and the same again changes nothing', async () => {
    const path = address('2026-03-03');
    const before = app.events.length;
    const saved = await admin('PUT', path, { body: { entries: rows('Present') } });
    expect([saved.status, saved.body]).toEqual([
      200,
      { created: 120, updated: 0, unchanged: 0, removed: 0, version: expect.any(Number) },
    ]);
    expect(saved.headers['etag']).toBe(`"${String(saved.body.version)}"`);
    const events = app.events.slice(before);
    expect(events.map((event) => event.name)).toEqual(['attendance_marked']);
    const again = await admin('PUT', path, { body: { entries: rows('Present') } });
    expect(again.body).toMatchObject({ created: 0, unchanged: 120, version: saved.body.version });
    expect(app.events.length).toBe(before + 1);
    const sheet = await read(path);
    expect(sheet.version).toBe(saved.body.version);
    for (const row of sheet.entries) expect(row).toMatchObject({ status: 'Present', version: sheet.version });
  });

  it('leaves rows that are not named, and takes out those with status null', async () => {
    const path = address('2026-03-04');
    await admin('PUT', path, { body: { entries: rows('Present', members.slice(0, 4)) } });
    const [, second, third] = members;
    const entries = [
      { student_id: second!.student_id, status: 'Late', remarks: 'bus' },
      { student_id: third!.student_id, status: null },
      { student_id: members[7]!.student_id, status: null },
    ];
    const saved = await admin('PUT', path, { body: { entries } });
    expect(saved.body).toMatchObject({ created: 0, updated: 1, removed: 1, unchanged: 1 });
    const sheet = await read(path);
    const of = (student: Student) => sheet.entries.find((row) => row.student_id === student.student_id);
    expect(of(members[0]!)).toMatchObject({ status: 'Present' });
    expect(of(second!)).toMatchObject({ status: 'Late', remarks: 'bus' });
    expect(of(third!)).toMatchObject({ status: null, version: 0 });
  });

  it('refuses rows that somebody changed: 412, every such row named, nothing written', async () => {
    const path = address('2026-03-05');
    const some = members.slice(0, 5);
    await admin('PUT', path, { body: { entries: rows('Present', some) } });
    const seen = await read(path);
    await admin('PUT', path, { body: { entries: rows('Late', some.slice(1, 3)) } });
    const stored = await read(path);
    const entries = seen.entries
      .slice(0, 6)
      .map(({ student_id, version }) => ({ student_id, status: 'Absent', version }));
    const answer = await admin('PUT', path, { body: { entries } });
    expectProblem(answer, 412);
    const stale = entries.flatMap(({ student_id, version }, i) =>
      stored.entries.find((row) => row.student_id === student_id)?.version === version ? [] : [i],
    );
    expect(stale).toHaveLength(2);
    expect(fieldsOf(answer.body)).toEqual(stale.map((i) => `entries[${String(i)}].version`));
    expect(answer.body.current).toEqual(
      stale.map((i) => stored.entries.find((row) => row.student_id === entries[i]!.student_id)),
    );
    expect(await read(path)).toEqual(stored);
    // 412 comes before what is wrong with other rows.
    const worse = [...entries, { student_id: 'nonsense', status: 'asleep' }];
    expectProblem(await admin('PUT', path, { body: { entries: worse } }), 412);
  });

  it('refuses all of it for one bad row', async () => {
    const path = address('2026-03-06');
    const outsider = await app.addStudent();
    const good = rows('Present');
    for (const [bad, field] of [
      [{ student_id: outsider.student_id, status: 'Late' }, 'entries[120].student_id'],
      [{ student_id: randomUUID(), status: 'Late' }, 'entries[120].student_id'],
      [{ student_id: members[3]!.student_id, status: 'Late' }, 'entries[120].student_id'],
      [{ student_id: 'x', status: 'Late' }, 'entries[120].student_id'],
      [{ student_id: outsider.student_id, status: 'asleep' }, 'entries[120].status'],
      [{ student_id: outsider.student_id, status: 'Late', attendance_id: randomUUID() }, 'entries[120].attendance_id'],
      [{ student_id: outsider.student_id, status: 'Late', version: '1' }, 'entries[120].version'],
      [{ student_id: outsider.student_id }, 'entries[120].status'],
      [null, 'entries[120]'],
    ] as const) {
      const answer = await admin('PUT', path, { body: { entries: [...good, bad] } });
      expect([field, answer.status]).toEqual([field, 422]);
      expect(fieldsOf(answer.body)).toContain(field);
    }
    for (const body of [
      {},
      { entries: {} },
      { entries: null },
      { entries: [], version: 1 },
      { entries: good, date: 'x' },
    ]) {
      expectProblem(await admin('PUT', path, { body }), 422);
    }
    const many = Array.from({ length: 501 }, () => ({ student_id: randomUUID(), status: 'Late' }));
    expectProblem(await admin('PUT', path, { body: { entries: many } }), 422);
    expect((await read(path)).version).toBe(0);
  });

  it('of two who start from the same sheet one wins', async () => {
    const path = address('2026-03-07');
    const entries = (status: string) => rows(status).map((row) => ({ ...row, version: 0 }));
    const [one, other] = await Promise.all([
      admin('PUT', path, { body: { entries: entries('Present') } }),
      admin('PUT', path, { body: { entries: entries('Absent') } }),
    ]);
    expect([one.status, other.status].sort()).toEqual([200, 412]);
    const statuses = new Set((await read(path)).entries.map((row) => row.status));
    expect(statuses).toEqual(new Set([one.status === 200 ? 'Present' : 'Absent']));
  });

  it('knows periods apart', async () => {
    const path = address('2026-03-09');
    await admin('PUT', `${path}?period=2`, { body: { entries: rows('Late', members.slice(0, 1)) } });
    expect(await read(`${path}?period=2`)).toMatchObject({ period: 2, version: 1 });
    expect(await read(path)).toMatchObject({ period: 1, version: 0 });
  });

  it('of a course that is not there is 404', async () => {
    expectProblem(await admin('GET', address('2026-03-02', randomUUID())), 404);
    expectProblem(await admin('PUT', address('2026-03-02', randomUUID()), { body: { entries: 7 } }), 404);
  });
});

describe('the exam sheet', () => {
  const path = (type = 'final') => `/api/courses/${course.course_id}/results/${type}`;

  it('grades every row from the exact ratio', async () => {
    const cases = [
      [80.1, 90, 'A+'],
      [80.099999, 90, 'A'],
      [71.2, 80, 'A'],
      [71.199999, 80, 'B+'],
      [62.3, 70, 'B+'],
      [62.299999, 70, 'B'],
      [53.4, 60, 'B'],
      [53.399999, 60, 'C'],
      [44.5, 50, 'C'],
      [44.499999, 50, 'D'],
      [35.6, 40, 'D'],
      [35.599999, 40, 'F'],
      [0, 0, 'F'],
      [89, 100, 'A+'],
      [0.000001, 0, 'F'],
    ] as const;
    const entries = cases.map(([marks], i) => ({ student_id: members[i]!.student_id, marks }));
    const saved = await admin('PUT', path(), { body: { max_marks: 89, entries } });
    expect([saved.status, saved.body]).toMatchObject([200, { created: cases.length }]);
    const sheet = resultSheetAnswer.parse((await admin('GET', path())).body);
    expect(sheet.max_marks).toBe(89);
    cases.forEach(([marks, percentage, grade], i) => {
      const row = sheet.entries.find((one) => one.student_id === members[i]!.student_id);
      expect(row).toMatchObject({ marks, max_marks: 89, percentage, grade });
    });
  });

  it('grades single results alike, on create and on every change', async () => {
    const { student_id } = members[0]!;
    const body = { student_id, course_id: course.course_id, exam_type: 'midterm', marks: 59.995 };
    const made = await admin('POST', '/api/results', { body });
    // Rounded it is 60, but the grade is taken before rounding.
    expect(made.body).toMatchObject({ max_marks: 100, percentage: 60, grade: 'C' });
    const at = made.headers['location']!;
    const next = await admin('PATCH', at, { version: made.body.version, body: { max_marks: 66.5 } });
    expect(next.body).toMatchObject({ marks: 59.995, percentage: 90.22, grade: 'A+' });
    for (const patch of [
      { marks: 66.6 },
      { max_marks: 59 },
      { marks: -1 },
      { marks: 1e-7 },
      { marks: '60' },
      { max_marks: 0 },
    ]) {
      expectProblem(await admin('PATCH', at, { version: next.body.version, body: patch }), 422);
    }
  });

  it('refuses all of it when one has more marks than there are', async () => {
    const entries = members.map(({ student_id }, i) => ({ student_id, marks: i === 119 ? 51 : 20 }));
    const answer = await admin('PUT', path('quiz'), { body: { max_marks: 50, entries } });
    expectProblem(answer, 422);
    expect(answer.body.errors).toEqual([{ field: 'entries[119].marks', message: expect.any(String) }]);
    expect((await admin('GET', path('quiz'))).body.version).toBe(0);
  });

  it('refuses marks that were typed out of another maximum, and writes nothing', async () => {
    const address = path('assignment');
    const [a, b] = members.map(({ student_id }) => student_id);
    const put = (body: object) => admin('PUT', address, { body });
    // An exam without results has no maximum that could differ.
    expect((await put({ max_marks: 50, seen_max_marks: 100, entries: [{ student_id: a, marks: 30 }] })).status).toBe(
      200,
    );
    const before = (await admin('GET', address)).body;
    const entries = [
      { student_id: a, marks: 35, version: before.version },
      { student_id: b, marks: 40, version: 0 },
    ];
    for (const body of [
      { max_marks: 100, seen_max_marks: 100, entries },
      { seen_max_marks: 100, entries },
    ]) {
      const answer = await put(body);
      expectProblem(answer, 412);
      expect(answer.body.errors).toEqual([{ field: 'seen_max_marks', message: expect.any(String) }]);
      expect(answer.body.max_marks).toBe(50);
      expect(answer.body.current).toMatchObject([
        { student_id: a, marks: 30, max_marks: 50 },
        { student_id: b, marks: null, max_marks: null },
      ]);
    }
    expect((await admin('GET', address)).body).toEqual(before);
    // The maximum that is sent is what is stored by now, or the stored one was seen.
    expect((await put({ max_marks: 50, seen_max_marks: 100, entries: entries.slice(1) })).status).toBe(200);
    expect((await put({ max_marks: 80, seen_max_marks: 50, entries: entries.slice(0, 1) })).status).toBe(200);
    expect((await admin('GET', address)).body).toMatchObject({ max_marks: 80 });
  });

  it('removes with marks null, and saves 120 rows at once', async () => {
    const entries = (marks: number | null) => members.map(({ student_id }) => ({ student_id, marks }));
    const made = await admin('PUT', path('practical'), { body: { max_marks: 50, entries: entries(25) } });
    expect(made.body).toMatchObject({ created: 120 });
    const gone = await admin('PUT', path('practical'), { body: { max_marks: 50, entries: entries(null) } });
    expect(gone.body).toMatchObject({ removed: 120, created: 0 });
    expect(gone.body.version).toBeGreaterThan(made.body.version as number);
    const { body } = await admin('GET', `/api/results?course_id=${course.course_id}&exam_type=practical`);
    expect(body).toEqual({ items: [], next_cursor: null });
  });
});
