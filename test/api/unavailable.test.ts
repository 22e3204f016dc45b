// What does the API say while the database is gone? 503 and when to try again; never 401, never 500.
import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { startTestApp } from '../support/app.ts';
import { clientOf, expectProblem } from './client.ts';

it('answers 503 with Retry-After, and works again afterwards', async () => {
  const app = await startTestApp();
  const client = await clientOf((await app.admin()).browser);
  const body = { student_code: 'while-away', full_name: 'A', program: 'B' };
  const { doc } = app.platform.dynamo;
  const send = doc.send.bind(doc);
  // As if nothing listened at the endpoint any more.
  doc.send = () => Promise.reject(Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }));
  try {
    for (const [method, path, sent] of [
      ['POST', '/api/students', { body }],
      ['POST', '/api/students', { body, key: randomUUID() }],
      ['GET', `/api/attendance/${randomUUID()}`, {}],
      ['GET', '/api/results', {}],
      ['GET', '/api/activity', {}],
      ['GET', '/api/session', {}],
    ] as const) {
      const answer = await client(method, path, sent);
      const where = `${method} ${path}`;
      // What needs no database may go on working.
      if (answer.status === 200) continue;
      expect([where, answer.status]).toEqual([where, 503]);
      expectProblem(answer, 503);
      expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
    }
  } finally {
    doc.send = send;
  }
  expect((await client('POST', '/api/students', { body })).status).toBe(201);
  await app.stop();
}, 60_000);
