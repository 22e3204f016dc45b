// What do people get while the database is away altogether? What is in memory; else 503 within a second, in words.
import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Browser } from '../support/browser.ts';
import { audit } from '../support/audit.ts';
import { startFaultyApp, within } from './faulty-app.ts';
import type { FaultyApp } from './faulty-app.ts';

let faulty: FaultyApp;
let browser: Browser;
let course_id: string;
beforeEach(async () => {
  faulty = await startFaultyApp();
  ({ browser } = await faulty.app.admin());
  const course = { course_code: 'C-1', course_name: 'A course', credits: 3 };
  course_id = String((await browser.api('POST', '/api/courses', course)).json.course_id);
});
afterEach(() => faulty.stop());

const timed = async <T>(call: Promise<T>): Promise<{ answer: T; ms: number }> => {
  const began = performance.now();
  return { answer: await call, ms: performance.now() - began };
};

let codes = 0;
const newStudent = () => ({ student_code: `S-${String((codes += 1))}`, full_name: 'Somebody', program: 'BSc' });

describe.each(['cut', 'silent'] as const)('a database that is %s', (network) => {
  it('is answered for within a second, from the first call on, and is back within two', async () => {
    faulty.proxy.network(network);
    for (let i = 0; i < 4; i += 1) {
      for (const [method, path, body] of [
        ['POST', '/api/students', newStudent()],
        ['GET', `/api/attendance?course_id=${course_id}`, undefined],
        ['PUT', '/api/courses/' + course_id + '/roster', { add: [randomUUID()], remove: [] }],
      ] as const) {
        const { answer, ms } = await timed(browser.api(method, path, body));
        if (method === 'PUT') continue; // refused without asking the database
        expect([path, answer.status]).toEqual([path, 503]);
        expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
        expect(ms).toBeLessThan(within(1_000));
      }
    }
    const { answer, ms } = await timed(browser.get('/readyz'));
    expect([answer.status, ms < within(1_100)]).toEqual([503, true]);

    faulty.proxy.network('up');
    const since = Date.now();
    while ((await browser.api('POST', '/api/students', newStudent())).status !== 201) {
      expect(Date.now() - since).toBeLessThan(within(2_000));
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    // Those that were refused are not stored after all.
    expect(faulty.app.services.students.list(faulty.app.system, {}).total).toBe(1);
    expect(await audit(faulty.engine.dynamo)).toEqual([]);
  });

  it('keeps fifty callers at once waiting no longer', async () => {
    faulty.proxy.network(network);
    const calls = Array.from({ length: 50 }, () => timed(browser.api('POST', '/api/students', newStudent())));
    const answers = await Promise.all(calls);
    expect(new Set(answers.map(({ answer }) => answer.status))).toEqual(new Set([503]));
    // Not one after the other; how soon fifty are answered is a matter of the processor.
    expect(Math.max(...answers.map(({ ms }) => ms))).toBeLessThan(within(1_500));
  });

  it('leaves what is in memory readable, also for who has been away for minutes', async () => {
    await faulty.app.addStudent({ full_name: 'Known Already' });
    faulty.proxy.network(network);
    faulty.app.passTime(5 * 60_000);
    const { answer, ms } = await timed(browser.get('/students?q=known'));
    expect([answer.status, answer.text.includes('Known Already')]).toEqual([200, true]);
    expect(ms).toBeLessThan(within(1_000));
    expect((await browser.get('/')).status).toBe(200);
    expect((await browser.api('GET', '/api/stats')).status).toBe(200);
  });

  it('is told in words, with the form as it was filled in', async () => {
    const page = await browser.get('/students/new');
    const _csrf = /name="_csrf" value="([^"]+)"/.exec(page.text)?.[1] ?? '';
    faulty.proxy.network(network);
    const sent = await browser.post('/students', { ...newStudent(), full_name: 'Typed With Care', _csrf });
    expect(sent.status).toBe(503);
    expect(Number(sent.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(sent.text).toContain('The database does not answer');
    expect(sent.text).toContain('value="Typed With Care"');
    const list = await browser.get(`/attendance?course_id=${course_id}`);
    expect(list.status).toBe(503);
    expect(list.text).toMatch(/<h1[^>]*>The database does not answer/);
    expect(list.text).toContain('Try again');
  });
});
