// Which refusal wins when several would fit? The order of docs/contract.md §3, and the edges of HTTP around it.
import { request as httpRequest } from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../../src/platform/ids.ts';
import type { Course } from '../../src/courses/course.ts';
import type { Student } from '../../src/students/student.ts';
import { startTestApp, unique } from '../support/app.ts';
import type { TestApp } from '../support/app.ts';
import { clientOf, expectProblem, stranger } from './client.ts';
import type { Client, Sent } from './client.ts';

let app: TestApp;
let admin: Client;
let faculty: Client;
let student: Client;
let record: Student;
/** By somebody else than `faculty`. */
let taught: Course;

const FOREIGN = { Origin: 'https://evil.example' };
const TEXT = { 'Content-Type': 'text/plain' };
const big = JSON.stringify({ full_name: 'x'.repeat(1024 * 1024) });

beforeAll(async () => {
  app = await startTestApp();
  admin = await clientOf((await app.admin()).browser);
  faculty = await clientOf((await app.faculty()).browser);
  student = await clientOf((await app.student()).browser);
  record = await app.addStudent();
  const { user_id: faculty_id } = (await app.faculty()).user;
  const names = { course_code: `C-${unique()}`, course_name: 'Taught' };
  taught = await app.services.courses.add(app.system, { ...names, credits: 1, faculty_id });
  await app.services.students.change(app.system, record.student_id, 1, { semester: 2 });
});
afterAll(() => app.stop());

const one = () => `/api/students/${record.student_id}`;

describe('the order of refusals', () => {
  const call = (who: () => Client | ReturnType<typeof stranger>, method: string, path: () => string, sent: Sent) =>
    who()(method, path(), sent);
  const nobody = () => stranger(app.url);
  const unknown = () => `/api/students/${newId()}`;
  const unknownUser = () => `/api/users/${newId()}`;
  const unknownRoster = () => `/api/courses/${newId()}/roster`;
  const unknownSheet = () => `/api/courses/${newId()}/attendance/2026-03-02`;
  const sheet = () => `/api/courses/${taught.course_id}/attendance/2026-03-02`;
  const posting = () => `/api/courses/${taught.course_id}/results/quiz/posted`;

  it.each<[string, number, () => Client | ReturnType<typeof stranger>, string, () => string, Sent]>([
    ['a foreign Origin before the sign-in', 403, nobody, 'POST', () => '/api/students', { headers: FOREIGN, body: {} }],
    ['Origin null is foreign', 403, () => admin, 'DELETE', one, { headers: { Origin: 'null' }, version: 2 }],
    ['the sign-in before the token', 401, nobody, 'POST', () => '/api/students', { raw: '{' }],
    ['the sign-in before 413', 401, nobody, 'POST', () => '/api/students', { raw: big }],
    ['the sign-in before a path that is none', 401, nobody, 'GET', () => '/api/nothing', {}],
    ['the sign-in before a path that can not be read', 401, nobody, 'GET', () => '/api/students/%zz', {}],
    ['the role before a path that can not be read', 403, () => faculty, 'PATCH', () => '/api/students/%zz', {}],
    ['413 before a path that can not be read', 413, () => admin, 'PATCH', () => '/api/students/%ff', { raw: big }],
    ['the token before the role', 403, () => student, 'POST', () => '/api/students', { withoutToken: true, body: {} }],
    ['the token before 405', 403, () => admin, 'PUT', () => '/api/students', { withoutToken: true }],
    ['the role before 405', 403, () => faculty, 'PUT', () => '/api/users', { raw: big }],
    ['the role before 404', 403, () => faculty, 'PATCH', unknown, { raw: '{' }],
    ['405 before 413', 405, () => admin, 'PUT', () => '/api/students', { raw: big }],
    ['405 before 415', 405, () => admin, 'POST', one, { raw: 'x', headers: TEXT }],
    ['413 before 415', 413, () => admin, 'POST', () => '/api/students', { raw: big, headers: TEXT }],
    ['413 before 404', 413, () => admin, 'PATCH', () => '/api/students/nonsense', { raw: big }],
    ['415 before 400', 415, () => admin, 'PATCH', one, { raw: '{', headers: TEXT }],
    ['415 before 404', 415, () => admin, 'PATCH', unknown, { raw: '{}', headers: TEXT }],
    ['400 before 404', 400, () => admin, 'PATCH', () => '/api/students/nonsense', { raw: '{' }],
    ['400 before 428', 400, () => admin, 'PATCH', one, { raw: '{' }],
    ['413 at a path that is none', 413, () => admin, 'POST', () => '/api/nothing', { raw: big }],
    ['415 at a path that is none', 415, () => admin, 'POST', () => '/api/nothing', { raw: '{}', headers: TEXT }],
    ['400 at a path that is none', 400, () => admin, 'POST', () => '/api/nothing', { raw: '{' }],
    ['404 at a path that is none', 404, () => admin, 'POST', () => '/api/nothing', { body: {} }],
    ['404 before 428', 404, () => admin, 'PATCH', unknown, { body: {} }],
    ['404 before 412', 404, () => admin, 'DELETE', unknown, { headers: { 'If-Match': 'nonsense' } }],
    ['404 before 422', 404, () => admin, 'PATCH', unknown, { version: 1, body: { nonsense: 1 } }],
    ['404 before a bad key', 404, () => admin, 'PATCH', unknown, { version: 1, body: {}, key: 'no-uuid' }],
    ['404 before a bad query', 404, () => admin, 'GET', () => `${unknown()}?nonsense=1`, {}],
    ['404 of a sheet before a bad query', 404, () => admin, 'PUT', () => `${unknownSheet()}?period=13`, { body: {} }],
    ['404 of a sheet before a bad key', 404, () => admin, 'PUT', unknownSheet, { body: {}, key: 'no-uuid' }],
    ['404 of a roster before a bad query', 404, () => admin, 'PUT', () => `${unknownRoster()}?x=1`, { body: {} }],
    ['404 of sessions before a bad query', 404, () => admin, 'DELETE', () => `${unknownUser()}/sessions?x=1`, {}],
    [
      'another teacher’s sheet before a bad query',
      403,
      () => faculty,
      'PUT',
      () => `${sheet()}?period=13`,
      { body: {} },
    ],
    ['another teacher’s sheet before a bad key', 403, () => faculty, 'PUT', sheet, { body: {}, key: 'no-uuid' }],
    ['another teacher’s exam before a bad query', 403, () => faculty, 'POST', () => `${posting()}?x=1`, { body: {} }],
    ['a bad query of a sheet before its body', 422, () => admin, 'PUT', () => `${sheet()}?x=1`, { body: { a: 1 } }],
    ['428 before 422', 428, () => admin, 'PATCH', one, { body: { nonsense: 1 } }],
    ['428 before a bad key', 428, () => admin, 'PATCH', one, { body: {}, key: 'no-uuid' }],
    ['428 for *', 428, () => admin, 'DELETE', one, { headers: { 'If-Match': '*' } }],
    ['412 before 422', 412, () => admin, 'PATCH', one, { version: 1, body: { nonsense: 1 } }],
    ['412 before a bad key', 412, () => admin, 'PATCH', one, { version: 1, body: {}, key: 'no-uuid' }],
    ['412 for what can not be read', 412, () => admin, 'PATCH', one, { headers: { 'If-Match': 'abc' }, body: {} }],
    ['422 for a bad key', 422, () => admin, 'PATCH', one, { version: 2, body: {}, key: 'no-uuid' }],
    ['422 for a bad query', 422, () => admin, 'DELETE', () => `${one()}?force=1`, { version: 2 }],
    ['422 for a field that is not there', 422, () => admin, 'PATCH', one, { version: 2, body: { nonsense: 1 } }],
  ])('%s', async (_, status, who, method, path, sent) => {
    const answer = await call(who, method, path, sent);
    expectProblem(answer, status);
    expect(answer.headers['cache-control']).toBe('no-store');
  });

  it('422 before 409', async () => {
    const { student_code } = record;
    const body = { student_code, full_name: 'A', program: 'B', nonsense: 1 };
    expectProblem(await admin('POST', '/api/students', { body }), 422);
    const clash = await admin('POST', '/api/students', { body: { student_code, full_name: 'A', program: 'B' } });
    expectProblem(clash, 409);
  });

  it('412 of a sheet before a bad key, which writes nothing where nothing is stale', async () => {
    const { course_id } = await app.services.courses.add(app.system, {
      ...{ course_code: `C-${unique()}`, course_name: 'Sheets', credits: 1 },
    });
    const { student_id } = await app.addStudent({ enrolled_courses: [course_id] });
    for (const [path, row, more] of [
      ['attendance/2026-03-02', { status: 'Late' }, {}],
      ['results/quiz', { marks: 5 }, { max_marks: 10 }],
    ] as const) {
      const address = `/api/courses/${course_id}/${path}`;
      const put = (version: number, sent: Sent) =>
        admin('PUT', address, { ...sent, body: { ...more, entries: [{ student_id, ...row, version }] } });
      expectProblem(await put(0, { key: 'no-uuid' }), 422);
      expectProblem(await put(9, { key: 'no-uuid' }), 412);
      const nothing = await admin('PUT', address, { body: { entries: [] }, key: 'no-uuid' });
      expect(nothing.body.errors).toMatchObject([{ field: 'Idempotency-Key' }]);
      expect((await admin('GET', address)).body.version).toBe(0);
    }
    const unseen = { max_marks: 20, entries: [{ student_id, marks: 'ten' }] };
    await admin('PUT', `/api/courses/${course_id}/results/quiz`, { body: { entries: [{ student_id, marks: 5 }] } });
    const moved = { ...unseen, seen_max_marks: 50 };
    expectProblem(await admin('PUT', `/api/courses/${course_id}/results/quiz`, { body: moved }), 412);
    const posted = `/api/courses/${course_id}/results/quiz/posted`;
    expectProblem(await admin('POST', posted, { body: { posted: true }, key: 'no-uuid' }), 422);
    const roster = { remove: [student_id] };
    expectProblem(await admin('PUT', `/api/courses/${course_id}/roster`, { body: roster, key: 'no-uuid' }), 422);
    expect((await admin('GET', `/api/courses/${course_id}/results/quiz`)).body).toMatchObject({
      posted: false,
      entries: [{ marks: 5, enrolled: true }],
    });
  });

  it('has left the record alone', () => {
    expect(app.services.students.get(app.system, record.student_id).version).toBe(2);
  });
});

describe('methods', () => {
  it('405 says which there are', async () => {
    const answer = await admin('PUT', '/api/students', { body: {} });
    expectProblem(answer, 405);
    expect(answer.headers['allow']).toBe('GET, HEAD, POST, OPTIONS');
    expect((await admin('DELETE', '/api/stats')).headers['allow']).toBe('GET, HEAD, OPTIONS');
  });

  it('HEAD answers as GET, without a body', async () => {
    const answer = await admin('HEAD', one());
    expect(answer.status).toBe(200);
    expect(answer.headers['etag']).toBe('"2"');
    expect(answer.body).toEqual({});
    expect((await admin('HEAD', '/api/nothing')).status).toBe(404);
    expect((await student('HEAD', '/api/stats')).status).toBe(403);
  });

  it('OPTIONS lists the methods', async () => {
    const answer = await admin('OPTIONS', one());
    expect(answer.status).toBe(204);
    expect(answer.headers['allow']).toBe('GET, HEAD, PATCH, DELETE, OPTIONS');
  });
});

describe('paths', () => {
  it.each([
    '/api',
    '/api/',
    '/api/students/',
    '/api//students',
    '/api/Students',
    '/api/students/%zz',
    '/api/students/%00',
    '/api/students/__proto__',
    '/api/students/constructor',
    '/api/students/..%2f..%2fetc',
    `/api/students/${'a'.repeat(5_000)}`,
    '/api/results/{result_id}',
    '/api/attendance/undefined',
    '/api/users/null',
    '/api/courses/1/roster',
  ])('%s is none', async (path) => {
    const answer = await admin(
      path.endsWith('roster') ? 'PUT' : 'GET',
      path,
      path.endsWith('roster') ? { body: {} } : {},
    );
    expectProblem(answer, 404);
  });

  it('knows ids only as they are made: lower case', async () => {
    expect((await admin('GET', one())).status).toBe(200);
    expectProblem(await admin('GET', `/api/students/${record.student_id.toUpperCase()}`), 404);
  });

  it.each(['2026-02-30', '2026-2-3', 'today', '1999-12-31', '9999-01-01', '2026-03-02T00:00:00Z', '2026-03-02%0a'])(
    'has no sheet for the date %s',
    async (date) => {
      const { course_id } = await app.services.courses.add(app.system, {
        course_code: `C-${unique()}`,
        course_name: 'X',
        credits: 1,
      });
      expectProblem(await admin('GET', `/api/courses/${course_id}/attendance/${date}`), 404);
      expectProblem(await admin('PUT', `/api/courses/${course_id}/attendance/${date}`, { body: { entries: [] } }), 404);
      expectProblem(await admin('GET', `/api/courses/${course_id}/results/${date}`), 404);
      expectProblem(await admin('GET', `/api/courses/${course_id}/results/Final`), 404);
    },
  );
});

describe('bodies', () => {
  const path = '/api/students';
  const body = () => JSON.stringify({ student_code: `B-${unique()}`, full_name: 'A', program: 'B' });

  it('may be compressed', async () => {
    const answer = await admin('POST', path, { raw: gzipSync(body()), headers: { 'Content-Encoding': 'gzip' } });
    expect(answer.status).toBe(201);
  });

  it('are measured unpacked', async () => {
    const bomb = gzipSync(`{"full_name":"${'x'.repeat(2 * 1024 * 1024)}"}`);
    expectProblem(await admin('POST', path, { raw: bomb, headers: { 'Content-Encoding': 'gzip' } }), 413);
  });

  it.each([
    ['an unknown encoding', 415, { 'Content-Encoding': 'snappy' }],
    ['a charset that is not UTF-8', 415, { 'Content-Type': 'application/json; charset=iso-8859-1' }],
    ['a form', 415, { 'Content-Type': 'application/x-www-form-urlencoded' }],
    ['what is not what it says it is', 400, { 'Content-Encoding': 'gzip' }],
  ])('%s is %i', async (_, status, headers) => {
    expectProblem(await admin('POST', path, { raw: body(), headers }), status);
  });

  it('that are not UTF-8 are 400', async () => {
    expectProblem(await admin('POST', path, { raw: Buffer.from([0x7b, 0x22, 0xc3, 0x28, 0x22, 0x7d]) }), 400);
  });

  it.each(['null', '[]', '"text"', '1', 'true', '[{}]'])('%s is no object: 422', async (raw) => {
    for (const [method, address, version] of [
      ['POST', path, undefined],
      ['PATCH', one(), 2],
      ['POST', '/api/attendance', undefined],
      ['POST', '/api/results', undefined],
      ['POST', '/api/users', undefined],
      ['POST', '/api/session', undefined],
    ] as const) {
      const answer = await admin(method, address, { raw, ...(version === undefined ? {} : { version }) });
      expectProblem(answer, 422);
      expect(answer.body.detail).toBe('Send a JSON object.');
    }
  });

  it('that are missing are 422 too, and a DELETE needs none', async () => {
    expectProblem(await admin('POST', path), 422);
    expectProblem(await admin('POST', path, { raw: '' }), 400);
    const gone = await app.addStudent();
    const sent = { version: 1, headers: { 'Content-Type': 'application/json' } };
    expect((await admin('DELETE', `/api/students/${gone.student_id}`, sent)).status).toBe(204);
  });

  it('over 1 MiB are 413, also when nobody said how long they are', async () => {
    const status = await new Promise<number>((resolve, reject) => {
      const outgoing = httpRequest(
        `${app.url}/api/students`,
        {
          method: 'POST',
          headers: { Cookie: admin.cookie, 'X-CSRF-Token': admin.token, 'Content-Type': 'application/json' },
        },
        (answer) => {
          answer.resume();
          resolve(answer.statusCode ?? 0);
        },
      );
      outgoing.on('error', reject);
      for (let i = 0; i < 20; i += 1) outgoing.write('x'.repeat(100_000));
      outgoing.end();
    });
    expect(status).toBe(413);
  });

  it('may be exactly 1 MiB', async () => {
    const start = `{"student_code":"B-${unique()}","full_name":"A","program":"B"`;
    const raw = `${start}${' '.repeat(1024 * 1024 - start.length - 1)}}`;
    expect((await admin('POST', path, { raw })).status).toBe(201);
    expectProblem(await admin('POST', path, { raw: `${raw} ` }), 413);
  });
});

describe('queries', () => {
  it.each([
    '/students?nonsense=1',
    '/students?page=0',
    '/students?page=1.5',
    '/students?page=-1',
    '/students?page=abc',
    '/students?page_size=501',
    '/students?page_size=0',
    '/students?page_size=1e2',
    '/students?page=1&page=2',
    '/students?q=a&q=b',
    '/students?q[]=a',
    '/students?sort=constructor',
    '/students?sort=__proto__',
    '/students?__proto__=1',
    '/students?order=up',
    '/students?status=gone',
    '/students?course_id=nonsense',
    `/students?q=${'x'.repeat(201)}`,
    '/courses?sort=password_hash',
    '/courses?faculty_id=x',
    '/users?sort=password_hash',
    '/users?role=king',
    '/users?active=maybe',
    '/attendance?limit=1001',
    '/attendance?limit=0',
    '/attendance?date=2026-02-30',
    '/attendance?from=yesterday',
    '/attendance?status=present',
    '/attendance?cursor=nonsense',
    '/attendance?cursor=bnVsbA',
    '/attendance?cursor=W10',
    `/attendance?cursor=${Buffer.from('["x",{"a":1}]').toString('base64url')}`,
    '/results?exam_type=oral',
    '/results?limit=x',
    '/results?cursor=nonsense',
    '/activity?limit=501',
    '/activity?before=nonsense',
    '/stats?x=1',
    '/openapi.json?x=1',
    '/session?x=1',
  ])('%s is 422', async (query) => {
    const answer = await admin('GET', `/api${query}`);
    expectProblem(answer, 422);
    expect(answer.body.errors).toEqual([{ field: expect.any(String), message: expect.any(String) }]);
  });

  it.each([
    '/students?q=&program=&status=&course_id=&sort=&order=&page=1&page_size=25',
    '/students?page=1000000&page_size=500',
    '/students?q=%00%ff%f0%9f%98%80',
    '/students?q=%25_*.%5C%22',
    '/attendance?student_id=&course_id=&date=&from=&to=&status=&cursor=',
    '/attendance?from=2026-05-01&to=2026-01-01',
    '/results?student_id=&exam_type=',
  ])('%s is fine', async (query) => {
    expect((await admin('GET', `/api${query}`)).status).toBe(200);
  });

  it('of a sheet name a period or a number', async () => {
    const { course_id } = await app.services.courses.add(app.system, {
      course_code: `C-${unique()}`,
      course_name: 'X',
      credits: 1,
    });
    const sheet = `/api/courses/${course_id}/attendance/2026-03-02`;
    expect((await admin('GET', `${sheet}?period=12`)).body).toMatchObject({ period: 12, version: 0, entries: [] });
    for (const bad of ['0', '13', 'x', '1.5', '1&period=2'])
      expectProblem(await admin('GET', `${sheet}?period=${bad}`), 422);
    expectProblem(await admin('PUT', `${sheet}?period=13`, { body: { entries: [] } }), 422);
    const exam = `/api/courses/${course_id}/results/quiz`;
    expect((await admin('GET', `${exam}?number=20`)).body).toMatchObject({ number: 20, version: 0 });
    for (const bad of ['0', '21', 'x']) expectProblem(await admin('GET', `${exam}?number=${bad}`), 422);
  });
});
