// Who sends nonsense, and to what? An app with one record of each kind, made again when a call removed it, and all roles.
import { expect } from 'vitest';
import { queryAll } from '../../src/platform/dynamo/reads.ts';
import { startTestApp, unique } from '../support/app.ts';
import type { TestApp } from '../support/app.ts';
import { countWrites, send } from './traffic.ts';
import type { Got, Sent } from './traffic.ts';
import type { Known } from './schema.ts';

/** So long wrong sign-ins count. */
const WINDOW_MS = 16 * 60_000;

export const ROLES = ['admin', 'faculty', 'student', 'nobody'] as const;
export type Role = (typeof ROLES)[number];

export interface Visitor {
  cookie: string;
  token: string;
}

export interface World {
  app: TestApp;
  known: Known;
  visitors: Record<Role, Visitor>;
  /** Sends it; a refusal that wrote anything, and everything from 500 on, is a failure. */
  visit: (role: Role, sent: Sent) => Promise<Got>;
  /** Makes anew what has been removed, and signs in again whoever was signed out. */
  mend: () => Promise<void>;
}

export async function createWorld(): Promise<World> {
  const app = await startTestApp();
  const writes = countWrites(app.engine.dynamo);
  const { services, system } = app;
  const known: Known = { date: app.today(), exam_type: 'quiz' };
  const visitors = {} as Record<Role, Visitor>;
  const nobody: Visitor = { cookie: '', token: '' };

  async function signIn(role: Role): Promise<Visitor> {
    if (role === 'nobody') return nobody;
    app.passTime(WINDOW_MS); // all the wrong sign-ins came from this address
    const { browser } = await app[role]();
    const { json } = await browser.get('/api/session');
    return { cookie: browser.cookieHeader(), token: json.csrf_token as string };
  }

  const exists = async (get: () => unknown): Promise<boolean> => {
    try {
      await get();
      return true;
    } catch {
      return false;
    }
  };

  async function mendRecords(): Promise<void> {
    const id = (name: string): string => known[name] ?? '';
    if (!(await exists(() => services.courses.get(system, id('course_id'))))) {
      const course = { course_code: `C-${unique()}`, course_name: 'A course', credits: 3 };
      known['course_id'] = (await services.courses.add(system, course)).course_id;
    }
    const course_id = id('course_id');
    const takes = (): boolean => services.students.get(system, id('student_id')).enrolled_courses.includes(course_id);
    if (!(await exists(() => expect(takes()).toBe(true)))) {
      known['student_id'] = (await app.addStudent({ enrolled_courses: [course_id] })).student_id;
    }
    const student_id = id('student_id');
    if (!(await exists(() => services.users.get(system, id('user_id'))))) {
      const user = { username: `u-${unique()}`, full_name: 'A teacher', role: 'faculty' };
      known['user_id'] = (await services.users.add(system, user)).user_id;
    }
    if (!(await exists(() => services.attendance.get(system, id('attendance_id'))))) {
      const mark = { student_id, course_id, date: app.today(), period: 3, status: 'Late' };
      known['attendance_id'] = (await services.attendance.add(system, mark)).attendance_id;
    }
    if (!(await exists(() => services.results.get(system, id('result_id'))))) {
      const result = { student_id, course_id, exam_type: 'quiz', number: 3, marks: 1 };
      known['result_id'] = (await services.results.add(system, result)).result_id;
    }
  }

  async function mend(): Promise<void> {
    await mendRecords();
    for (const role of ROLES) {
      const visitor = visitors[role] as Visitor | undefined;
      const here =
        visitor && (await send(app.url, { method: 'GET', path: '/api/session', headers: { cookie: visitor.cookie } }));
      if (here?.status !== 200) visitors[role] = await signIn(role);
    }
  }

  const jobs = { KeyConditionExpression: 'pk = :job', ExpressionAttributeValues: { ':job': 'job' } };

  async function visit(role: Role, sent: Sent): Promise<Got> {
    const before = writes();
    const got = await send(app.url, sent);
    const what = `${role}: ${sent.method} ${sent.path.slice(0, 300)} ${String(sent.body ?? '').slice(0, 300)}`;
    expect(got.status, `${what}\n${got.text.slice(0, 500)}`).toBeLessThan(500);
    expect(got.text, what).not.toMatch(/\bat .*\.ts:\d|node_modules|ZodError/);
    if (got.status >= 400) expect([what, writes() - before]).toEqual([what, 0]);
    else if (sent.method !== 'GET') {
      // What goes on behind an answer must not count against the next call.
      await expect.poll(async () => (await queryAll(app.engine.dynamo, 'system', jobs)).length).toBe(0);
    }
    return got;
  }

  await mend();
  return { app, known, visitors, visit, mend };
}
