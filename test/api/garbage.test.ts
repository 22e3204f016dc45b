// What if a client sends nonsense? Every unsafe call, with every kind of it: refused in words, never 500, nothing stored.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { apiOperations } from '../../src/api.ts';
import type { Operation } from '../../src/platform/http/api-operation.ts';
import { startTestApp } from '../support/app.ts';
import type { TestApp } from '../support/app.ts';
import { addCourse, addMembers, clientOf } from './client.ts';
import type { Client } from './client.ts';

let app: TestApp;
let admin: Client;
let table: Operation[];
let ids: Record<string, string>;

beforeAll(async () => {
  app = await startTestApp();
  admin = await clientOf((await app.admin()).browser);
  table = apiOperations(app.platform, app.services).filter((op) => op.body && op.id !== 'signIn');
  const { course_id } = await addCourse(app);
  const [member] = await addMembers(app, course_id, 1);
  const { student_id } = member!;
  const mark = await app.services.attendance.add(app.system, {
    student_id,
    course_id,
    date: app.today(),
    status: 'Late',
  });
  const result = await app.services.results.add(app.system, { student_id, course_id, exam_type: 'quiz', marks: 1 });
  const { user } = await app.faculty();
  ids = {
    student_id,
    course_id,
    user_id: user.user_id,
    attendance_id: mark.attendance_id,
    result_id: result.result_id,
    date: app.today(),
    exam_type: 'quiz',
  };
});
afterAll(() => app.stop());

const addressOf = (op: Operation): string => `/api${op.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => ids[name]!)}`;

const NONSENSE = [
  '{"__proto__":{"role":"admin"}}',
  '{"constructor":{"prototype":{"x":1}}}',
  '{"toString":1,"hasOwnProperty":null,"valueOf":[]}',
  '{"":1}',
  `{"${'k'.repeat(10_000)}":1}`,
  `{"entries":${'['.repeat(2_000)}${']'.repeat(2_000)}}`,
  '{"entries":[null,1,"x",[],{}]}',
  '{"entries":[{"student_id":{"$ne":null},"status":"Present"}]}',
  '{"entries":[{"__proto__":{},"student_id":"x"}],"max_marks":1e999}',
  '{"add":[{}],"remove":"x"}',
  '{"add":[null,1,[]]}',
];

const VALUES = [
  '1e400',
  '-1',
  '0.1234567',
  '"\\ud800"',
  '"\\u0000"',
  `"${'x'.repeat(3_000)}"`,
  '{}',
  '[]',
  'true',
  '[[]]',
];

it('refuses bodies of any shape', async () => {
  const before = app.events.length;
  for (const op of table) {
    for (const raw of NONSENSE) {
      const answer = await admin(op.method, addressOf(op), { raw, version: 1 });
      const where = `${op.id} ${raw.slice(0, 80)}`;
      expect([where, answer.status, answer.text]).toEqual([where, 422, expect.stringContaining('"errors"')]);
    }
  }
  expect(app.events.length).toBe(before);
  expect(({} as Record<string, unknown>)['x']).toBeUndefined();
});

it('refuses any field of a wrong kind by its name', async () => {
  const before = app.events.length;
  for (const op of table) {
    const shape = (op.body as unknown as { shape: Record<string, unknown> }).shape;
    for (const field of Object.keys(shape)) {
      for (const value of VALUES) {
        if (value === 'true' && ['active', 'must_change_password'].includes(field)) continue;
        if (value === '[]' && ['entries', 'add', 'remove', 'enrolled_courses'].includes(field)) continue;
        if (value.startsWith('"x') && field === 'password') continue;
        const answer = await admin(op.method, addressOf(op), { raw: `{"${field}":${value}}`, version: 1 });
        const where = `${op.id} ${field} ${value.slice(0, 20)}`;
        expect([where, answer.status]).toEqual([where, 422]);
        const fields = (answer.body.errors as { field: string }[]).map((one) => one.field);
        expect([where, fields.some((one) => one.startsWith(field))]).toEqual([where, true]);
      }
    }
  }
  expect(app.events.length).toBe(before);
});

it('is not moved by strange headers', async () => {
  const path = addressOf(table.find((op) => op.id === 'changeStudent')!);
  for (const headers of [
    { 'If-Match': '"1", "2"' },
    { 'If-Match': `"${'9'.repeat(400)}"` },
    { 'If-Match': '"1"', 'Idempotency-Key': 'x'.repeat(4_000) },
    { 'If-Match': '"1"', 'Content-Type': 'application/json; charset=' },
    { 'If-Match': '"1"', 'Content-Type': ';;;' },
    { 'If-Match': '"1"', 'X-CSRF-Token': 'é'.normalize('NFD').slice(0, 1) },
    { 'If-Match': '"1"', Cookie: 'studentcore.sid=s%3Anonsense.nonsense' },
    { 'If-Match': '"1"', Origin: 'nonsense' },
    { 'If-Match': '"1"', 'X-HTTP-Method-Override': 'DELETE', Origin: 'null' },
  ]) {
    const answer = await admin('PATCH', path, { raw: '{"nonsense":1}', headers });
    expect([JSON.stringify(headers).slice(0, 60), answer.status >= 400 && answer.status < 500]).toEqual([
      JSON.stringify(headers).slice(0, 60),
      true,
    ]);
  }
});
