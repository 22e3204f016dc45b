// Does a call with an Idempotency-Key happen once, however often it is sent?
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestApp, unique } from '../support/app.ts';
import type { TestApp } from '../support/app.ts';
import { addCourse, addMembers, clientOf, expectProblem } from './client.ts';
import type { Client } from './client.ts';

let app: TestApp;
let admin: Client;
let other: Client;

beforeAll(async () => {
  app = await startTestApp();
  admin = await clientOf((await app.admin()).browser);
  other = await clientOf((await app.admin()).browser);
});
afterAll(() => app.stop());

const student = () => ({ student_code: `K-${unique()}`, full_name: 'A', program: 'B' });

describe('a repeated call', () => {
  it('gets the first answer again: status, headers and body', async () => {
    const sent = { body: student(), key: randomUUID() };
    const first = await admin('POST', '/api/students', sent);
    const before = app.events.length;
    const second = await admin('POST', '/api/students', sent);
    const third = await admin('POST', '/api/students', { ...sent, key: sent.key.toUpperCase() });
    expect(first.status).toBe(201);
    expect(first.headers['idempotent-replay']).toBeUndefined();
    for (const answer of [second, third]) {
      expect([answer.status, answer.body]).toEqual([201, first.body]);
      expect(answer.headers['location']).toBe(first.headers['location']);
      expect(answer.headers['etag']).toBe('"1"');
      expect(answer.headers['idempotent-replay']).toBe('true');
    }
    expect(app.events.length).toBe(before);
  });

  it('of a change or a removal is not stale', async () => {
    const { student_id } = await app.addStudent();
    const path = `/api/students/${student_id}`;
    const change = { version: 1, body: { semester: 3 }, key: randomUUID() };
    const changed = await admin('PATCH', path, change);
    expect((await admin('PATCH', path, change)).body).toEqual(changed.body);
    await admin('PATCH', path, { version: 2, body: { semester: 4 } });
    const late = await admin('PATCH', path, change);
    expect([late.status, late.body.semester, late.headers['etag']]).toEqual([200, 3, '"2"']);
    const removal = { version: 3, key: randomUUID() };
    for (let i = 0; i < 3; i += 1) expect((await admin('DELETE', path, removal)).status).toBe(204);
    expect(app.events.filter((event) => event.name === 'student_deleted' && event.id === student_id)).toHaveLength(1);
  });

  it('of a call that changed nothing is known too', async () => {
    const { student_id } = await app.addStudent();
    const sent = { version: 1, body: {}, key: randomUUID() };
    const first = await admin('PATCH', `/api/students/${student_id}`, sent);
    const again = await admin('PATCH', `/api/students/${student_id}`, sent);
    expect([first.status, again.status, again.headers['idempotent-replay']]).toEqual([200, 200, 'true']);
  });

  it.each([3, 120])('of a sheet of %i rows is one write and one event', async (n) => {
    const { course_id } = await addCourse(app);
    const members = await addMembers(app, course_id, n);
    const entries = members.map(({ student_id }) => ({ student_id, status: 'Present', version: 0 }));
    const path = `/api/courses/${course_id}/attendance/2026-03-02`;
    const sent = { body: { entries }, key: randomUUID() };
    const before = app.events.length;
    const first = await admin('PUT', path, sent);
    const second = await admin('PUT', path, sent);
    expect(first.body).toMatchObject({ created: n });
    expect([second.status, second.body]).toEqual([200, first.body]);
    expect(app.events.length).toBe(before + 1);
  });

  it('of roster, course, user, mark and result calls is known', async () => {
    const { course_id } = await addCourse(app);
    const { student_id } = await app.addStudent();
    for (const [method, path, body] of [
      ['PUT', `/api/courses/${course_id}/roster`, { add: [student_id] }],
      ['POST', '/api/courses', { course_code: `K-${unique()}`, course_name: 'A', credits: 1 }],
      ['POST', '/api/users', { username: `k-${unique()}`, full_name: 'A', role: 'faculty', password: 'long enough' }],
      ['POST', '/api/attendance', { course_id, student_id, date: app.today(), status: 'Late' }],
      ['POST', '/api/results', { course_id, student_id, exam_type: 'quiz', marks: 1 }],
    ] as const) {
      const sent = { body, key: randomUUID() };
      const first = await admin(method, path, sent);
      const second = await admin(method, path, sent);
      expect([path, second.status, second.body]).toEqual([path, first.status, first.body]);
      expect([path, second.headers['idempotent-replay']]).toEqual([path, 'true']);
      expect(first.status).toBeLessThan(300);
    }
  });
});

describe('calls at the same moment', () => {
  it('with one key are one', async () => {
    const sent = { body: student(), key: randomUUID() };
    const before = app.events.length;
    const answers = await Promise.all(Array.from({ length: 20 }, () => admin('POST', '/api/students', sent)));
    for (const answer of answers) expect([answer.status, answer.body]).toEqual([201, answers[0]!.body]);
    expect(answers.filter((answer) => answer.headers['idempotent-replay'] === undefined)).toHaveLength(1);
    expect(app.events.length).toBe(before + 1);
  });

  it('that change one record with one key are one', async () => {
    const { student_id } = await app.addStudent();
    const sent = { version: 1, body: { semester: 9 }, key: randomUUID() };
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => admin('PATCH', `/api/students/${student_id}`, sent)),
    );
    for (const answer of answers) expect([answer.status, answer.body.version]).toEqual([200, 2]);
  });
});

describe('a key', () => {
  it('of another call is refused', async () => {
    const key = randomUUID();
    const body = student();
    await admin('POST', '/api/students', { body, key });
    const record = await app.addStudent();
    for (const answer of [
      await admin('POST', '/api/students', { body: student(), key }),
      await admin('POST', '/api/students', { raw: `${JSON.stringify(body)} `, key }),
      await admin('POST', '/api/courses', { body, key }),
      await admin('PATCH', `/api/students/${record.student_id}`, { version: 1, body: {}, key }),
    ]) {
      expectProblem(answer, 422);
      expect(answer.body.errors[0].field).toBe('Idempotency-Key');
    }
  });

  it('belongs to one user', async () => {
    const key = randomUUID();
    const mine = await admin('POST', '/api/students', { body: student(), key });
    const theirs = await other('POST', '/api/students', { body: student(), key });
    expect([mine.status, theirs.status]).toEqual([201, 201]);
    expect(theirs.body.student_id).not.toBe(mine.body.student_id);
  });

  it.each(['1', 'no uuid', `${randomUUID()}x`, '{}'])('%s is no UUID: 422', async (key) => {
    expectProblem(await admin('POST', '/api/students', { body: student(), key }), 422);
  });

  it('of a call that was refused can be used again', async () => {
    const key = randomUUID();
    expectProblem(await admin('POST', '/api/students', { body: { full_name: 'A' }, key }), 422);
    expect((await admin('POST', '/api/students', { body: student(), key })).status).toBe(201);
  });

  it('is forgotten after 14 days', async () => {
    const key = randomUUID();
    const { user, browser } = await app.admin();
    const first = await (await clientOf(browser))('POST', '/api/students', { body: student(), key });
    const later = 14 * 86_400_000 + 2_000;
    app.passTime(later);
    try {
      const client = await clientOf(await app.signIn(user.username));
      const second = await client('POST', '/api/students', { body: student(), key });
      expect([first.status, second.status]).toEqual([201, 201]);
      expect(second.body.student_id).not.toBe(first.body.student_id);
    } finally {
      app.passTime(-later);
    }
  });

  it('is not minded where nothing is read or kept', async () => {
    expect((await admin('GET', '/api/students', { key: 'no uuid' })).status).toBe(200);
    const out = await clientOf((await app.admin()).browser);
    expect((await out('DELETE', '/api/session', { key: 'no uuid' })).status).toBe(204);
  });
});

it('what is kept holds no password, and nothing to guess one from', async () => {
  const key = randomUUID();
  const { user, browser } = await app.admin();
  const client = await clientOf(browser);
  const body = { username: `k-${unique()}`, full_name: 'A', role: 'faculty', password: 'very secret one' };
  await client('POST', '/api/users', { body, key });
  const kept = await app.services.keys.find(user.user_id, key);
  expect(kept).toBeDefined();
  expect(JSON.stringify(kept)).not.toMatch(/very secret|\$2[aby]\$/);
});
