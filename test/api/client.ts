// How do API tests call? Supertest against the listening app, with somebody's session cookie and token; raw bodies too.
import request from 'supertest';
import type { Response } from 'supertest';
import { expect } from 'vitest';
import type { Browser } from '../support/browser.ts';
import type { TestApp } from '../support/app.ts';
import { unique } from '../support/app.ts';
import type { Course } from '../../src/courses/course.ts';
import type { Student } from '../../src/students/student.ts';

export interface Sent {
  body?: unknown;
  /** Sent as it is, as JSON unless a header says otherwise. */
  raw?: string | Buffer;
  headers?: Record<string, string>;
  /** The version for If-Match. */
  version?: number;
  key?: string;
  /** Leave the token out. */
  withoutToken?: boolean;
}

export type Call = (method: string, path: string, sent?: Sent) => Promise<Response>;

export type Client = Call & { token: string; cookie: string };

const METHODS = { GET: 'get', HEAD: 'head', POST: 'post', PUT: 'put', PATCH: 'patch', DELETE: 'delete' } as const;

/** Calls without any session. */
export const stranger =
  (url: string): Call =>
  (method, path, sent = {}) =>
    send(url, method, path, sent, {});

async function send(url: string, method: string, path: string, sent: Sent, own: Record<string, string>) {
  const name = METHODS[method as keyof typeof METHODS] as (typeof METHODS)[keyof typeof METHODS] | undefined;
  const call = name ? request(url)[name](path) : request(url).options(path);
  call.set(own);
  if (sent.version !== undefined) call.set('If-Match', `"${String(sent.version)}"`);
  if (sent.key !== undefined) call.set('Idempotency-Key', sent.key);
  if (sent.raw !== undefined) {
    call.set('Content-Type', 'application/json').set(sent.headers ?? {});
    // Supertest would encode a Buffer for JSON once more.
    call.serialize((value: unknown) => value as string);
    return await call.send(sent.raw);
  }
  call.set(sent.headers ?? {});
  return sent.body === undefined ? await call : await call.send(sent.body as object);
}

/** Calls as the person who is signed in with this browser. */
export async function clientOf(browser: Browser): Promise<Client> {
  const { json } = await browser.get('/api/session');
  const token = json.csrf_token as string;
  const cookie = browser.cookieHeader();
  const call: Call = (method, path, sent = {}) =>
    send(browser.url, method, path, sent, {
      Cookie: cookie,
      ...(['GET', 'HEAD', 'OPTIONS'].includes(method) || sent.withoutToken ? {} : { 'X-CSRF-Token': token }),
    });
  return Object.assign(call, { token, cookie });
}

/** Refused with this status, as a problem document that says nothing about the inside. */
export function expectProblem(answer: Response, status: number): void {
  expect([answer.status, answer.text]).toEqual([status, expect.any(String)]);
  expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
  expect(answer.body).toMatchObject({ status, title: expect.any(String), detail: expect.any(String) });
  expect(answer.text).not.toMatch(/\bat .*\.ts:|node_modules|ZodError|Exception/);
}

export const addCourse = (app: TestApp, fields: Partial<Course> = {}): Promise<Course> => {
  const course_code = `C-${unique()}`;
  return app.services.courses.add(app.system, {
    course_code,
    course_name: `Course ${course_code}`,
    credits: 3,
    ...fields,
  });
};

/** Students who take the course. */
export const addMembers = async (app: TestApp, course_id: string, n: number): Promise<Student[]> => {
  const students: Student[] = [];
  for (let at = 0; at < n; at += 25) {
    const some = Array.from({ length: Math.min(25, n - at) }, () => app.addStudent({ enrolled_courses: [course_id] }));
    students.push(...(await Promise.all(some)));
  }
  return students;
};
