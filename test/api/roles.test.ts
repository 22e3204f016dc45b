// Who may call what? Every operation of the table, asked by everybody; nothing but the role decides, and no route scans.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { apiOperations } from '../../src/api.ts';
import type { Operation } from '../../src/platform/http/api-operation.ts';
import { newId } from '../../src/platform/ids.ts';
import { startTestApp } from '../support/app.ts';
import type { TestApp } from '../support/app.ts';
import { addCourse, addMembers, clientOf, expectProblem, stranger } from './client.ts';
import type { Client } from './client.ts';

type Listed = { items: Record<string, unknown>[] };

let app: TestApp;
let table: Operation[];
const clients = new Map<string, Client>();

beforeAll(async () => {
  app = await startTestApp();
  table = apiOperations(app.platform, app.services);
  for (const role of ['admin', 'faculty', 'student'] as const) {
    clients.set(role, await clientOf((await app[role]()).browser));
  }
});
afterAll(() => app.stop());

const addressOf = (op: Operation, id = newId()): string =>
  `/api${op.path
    .replace('{date}', '2026-03-02')
    .replace('{exam_type}', 'midterm')
    .replaceAll(/\{\w+_id\}/g, id)}`;

/** Everything a call needs to get as far as the service. */
const sentTo = (op: Operation) =>
  op.method === 'GET' ? {} : { body: {}, ...(op.ifMatch === true ? { version: 1 } : {}) };

describe.each(['admin', 'faculty', 'student'] as const)('%s', (role) => {
  it('may call what the table says, and gets 403 for all else', async () => {
    const client = clients.get(role)!;
    for (const op of table) {
      if (op.id === 'signOut' || op.roles === 'signed out') continue;
      const answer = await client(op.method, addressOf(op), sentTo(op));
      const where = `${role} ${op.method} ${op.path}: ${answer.text.slice(0, 200)}`;
      if (op.roles.includes(role))
        expect([where, [401, 403, 405, 500].includes(answer.status)]).toEqual([where, false]);
      else {
        expect([where, answer.status]).toEqual([where, 403]);
        expectProblem(answer, 403);
      }
    }
  });

  it('may sign out', async () => {
    const own = await clientOf((await app[role]()).browser);
    expect((await own('DELETE', '/api/session')).status).toBe(204);
    expectProblem(await own('GET', '/api/session'), 401);
  });
});

it('nobody may call anything without signing in, but sign in', async () => {
  const call = stranger(app.url);
  for (const op of table) {
    const answer = await call(op.method, addressOf(op), sentTo(op));
    expect([op.id, answer.status]).toEqual([op.id, op.roles === 'signed out' ? 422 : 401]);
  }
  expectProblem(await call('GET', '/api/nothing'), 401);
});

it('every unsafe call of a student is 403, wherever it goes', async () => {
  const client = clients.get('student')!;
  for (const path of [
    '/students',
    '/courses',
    '/stats',
    '/session',
    '/nothing',
    '/students/%zz',
    '/courses/x/roster',
  ]) {
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
      if (path === '/session' && ['POST', 'DELETE'].includes(method)) continue;
      const answer = await client(method, `/api${path}`, {
        raw: 'no json at all',
        headers: { 'Content-Type': 'text/plain' },
      });
      expect([method, path, answer.status]).toEqual([method, path, 403]);
    }
  }
});

it('whoever must change the password gets nothing but the session', async () => {
  const { browser } = await app.admin({ must_change_password: true });
  const client = await clientOf(browser);
  for (const op of table) {
    if (op.roles === 'signed out' || op.tag === 'Session') continue;
    const answer = await client(op.method, addressOf(op), sentTo(op));
    expect([op.id, answer.status, answer.body.type]).toEqual([
      op.id,
      403,
      expect.stringMatching(/\/must-change-password$/),
    ]);
  }
  expect((await client('GET', '/api/session')).status).toBe(200);
  expect((await client('DELETE', '/api/session')).status).toBe(204);
});

describe('a student', () => {
  it('sees the own record, courses, marks and results, and nobody else', async () => {
    const course = await addCourse(app);
    const other = await addCourse(app);
    const [mate] = await addMembers(app, course.course_id, 1);
    const [stranger_] = await addMembers(app, other.course_id, 1);
    const me = await app.addStudent({ enrolled_courses: [course.course_id] });
    const client = await clientOf((await app.student({ student_id: me.student_id })).browser);
    const date = app.today();
    const markOf = (student_id: string, course_id: string) =>
      app.services.attendance.add(app.system, { student_id, course_id, date, status: 'Late' });
    const resultOf = (student_id: string, course_id: string) =>
      app.services.results.add(app.system, { student_id, course_id, exam_type: 'final', marks: 61 });
    const mine = await markOf(me.student_id, course.course_id);
    const theirs = await markOf(mate!.student_id, course.course_id);
    await markOf(stranger_!.student_id, other.course_id);
    const my_result = await resultOf(me.student_id, course.course_id);
    const their_result = await resultOf(mate!.student_id, course.course_id);

    const list = async (path: string) => (await client('GET', `/api${path}`)).body as Listed;
    expect((await list('/students')).items.map((one) => one.student_id)).toEqual([me.student_id]);
    expect(await list('/students')).toMatchObject({ total: 1 });
    expect((await list('/courses')).items.map((one) => one.course_id)).toEqual([course.course_id]);
    expect((await list('/attendance')).items.map((one) => one.attendance_id)).toEqual([mine.attendance_id]);
    expect((await list('/results')).items.map((one) => one.result_id)).toEqual([my_result.result_id]);
    expect(await list(`/attendance?student_id=${mate!.student_id}`)).toEqual({ items: [], next_cursor: null });
    expect(await list(`/results?student_id=${mate!.student_id}`)).toEqual({ items: [], next_cursor: null });
    expect((await list(`/results?course_id=${course.course_id}`)).items).toHaveLength(1);
    expect((await list(`/attendance?course_id=${other.course_id}`)).items).toEqual([]);

    expect((await client('GET', `/api/attendance/${mine.attendance_id}`)).status).toBe(200);
    expect((await client('GET', `/api/results/${my_result.result_id}`)).status).toBe(200);
    for (const path of [
      `/students/${mate!.student_id}`,
      `/courses/${other.course_id}`,
      `/attendance/${theirs.attendance_id}`,
      `/results/${their_result.result_id}`,
    ]) {
      expectProblem(await client('GET', `/api${path}`), 404);
    }
  });
});

describe('a teacher', () => {
  it('writes marks and results of own and free courses only', async () => {
    const teacher = await app.faculty();
    const colleague = await app.faculty();
    const client = await clientOf(teacher.browser);
    const date = app.today();
    for (const [faculty_id, status] of [
      [teacher.user.user_id, 201],
      [null, 201],
      [colleague.user.user_id, 403],
    ] as const) {
      const course = await addCourse(app, { faculty_id });
      const [student] = await addMembers(app, course.course_id, 1);
      const { course_id } = course;
      const { student_id } = student!;
      const mark = await client('POST', '/api/attendance', {
        body: { student_id, course_id, date, status: 'Present' },
      });
      expect(mark.status).toBe(status);
      const result = await client('POST', '/api/results', {
        body: { student_id, course_id, exam_type: 'quiz', marks: 5 },
      });
      expect(result.status).toBe(status);
      const sheet = await client('PUT', `/api/courses/${course_id}/attendance/${date}`, { body: { entries: [] } });
      expect(sheet.status).toBe(status === 201 ? 200 : 403);
      const exam = await client('PUT', `/api/courses/${course_id}/results/final`, {
        body: { max_marks: 10, entries: [] },
      });
      expect(exam.status).toBe(status === 201 ? 200 : 403);
      // Reading is free, and 403 comes before 428, 412 and 422.
      expect((await client('GET', `/api/courses/${course_id}/attendance/${date}`)).status).toBe(200);
      if (status === 403) {
        const stored = await app.services.attendance.add(app.system, { student_id, course_id, date, status: 'Late' });
        const path = `/api/attendance/${stored.attendance_id}`;
        expectProblem(await client('PATCH', path, { body: { nonsense: 1 } }), 403);
        expectProblem(await client('DELETE', path, { version: 77 }), 403);
        expectProblem(
          await client('PUT', `/api/courses/${course_id}/attendance/${date}`, { body: { entries: 1 } }),
          403,
        );
      }
    }
  });
});

it('no call scans a table', async () => {
  const { calls } = app.platform.dynamo;
  calls.clear();
  for (const role of ['admin', 'faculty', 'student'] as const) {
    for (const op of table) {
      if (op.id === 'signOut') continue;
      await clients.get(role)!(op.method, addressOf(op), sentTo(op));
    }
  }
  const client = clients.get('admin')!;
  const course = await addCourse(app);
  const [student] = await addMembers(app, course.course_id, 1);
  for (const path of [
    '/attendance?from=2026-01-01&to=2026-12-31&status=Late',
    `/attendance?course_id=${course.course_id}`,
    `/attendance?student_id=${student!.student_id}`,
    `/results?course_id=${course.course_id}`,
    '/results?exam_type=final',
    '/students?q=a&sort=full_name&page=2',
    '/activity?limit=500',
  ]) {
    expect([path, (await client('GET', `/api${path}`)).status]).toEqual([path, 200]);
  }
  const { course_id } = course;
  await client('DELETE', `/api/students/${student!.student_id}`, { version: student!.version });
  await client('DELETE', `/api/courses/${course_id}`, { version: course.version });
  expect([...calls.keys()].filter((name) => /scan/i.test(name))).toEqual([]);
  expect([...calls.keys()].length).toBeGreaterThan(0);
});
