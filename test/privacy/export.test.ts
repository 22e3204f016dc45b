// Everything about one student as a file: complete, of nobody else, and harmless in a spreadsheet.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { csvLine } from '../../src/platform/csv.ts';
import { startTestApp } from '../support/app.ts';
import type { Person, TestApp } from '../support/app.ts';
import { unzip } from '../support/unzip.ts';
import { addCourse } from '../api/client.ts';

let app: TestApp;
let admin: Person;

beforeAll(async () => {
  app = await startTestApp();
  admin = await app.admin();
});
afterAll(() => app.stop());

async function take(person: Person, path: string) {
  const answer = await fetch(app.url + path, { headers: { cookie: person.browser.cookieHeader() } });
  const files = answer.ok ? await unzip(Buffer.from(await answer.arrayBuffer())) : new Map<string, string>();
  const json = (name: string) => JSON.parse(files.get(`${name}.json`) ?? '') as Record<string, unknown>[];
  return { status: answer.status, headers: answer.headers, files, json };
}

/** A student with a login, a course, a mark that was changed, a result that was changed and one that was removed. */
async function fullRecord() {
  const { course_id, course_code } = await addCourse(app);
  const { student_id, student_code } = await app.addStudent({
    full_name: '=HYPERLINK("http://evil")',
    email: 'jo@example.org',
    guardian_name: 'Müller, "Mo"',
    enrolled_courses: [course_id],
  });
  const mate = await app.addStudent({ enrolled_courses: [course_id], full_name: 'Somebody Else' });
  const student = await app.student({ student_id });
  await app.services.students.change(admin.ctx, student_id, 1, { program: 'MSc' });
  const sheet = (status: string, remarks: string | null) =>
    app.services.attendance.saveSheet(admin.ctx, course_id, '2026-03-02', 1, {
      entries: [
        { student_id, status, remarks },
        { student_id: mate.student_id, status, remarks: 'about the other one' },
      ],
    });
  await sheet('Absent', 'ill');
  await sheet('Late', '+1 minute');
  const fields = { student_id, course_id, max_marks: 100 };
  const result = await app.services.results.add(admin.ctx, { ...fields, exam_type: 'final', marks: 39 });
  await app.services.results.change(admin.ctx, result.result_id, result.version, { marks: 61 });
  const quiz = await app.services.results.add(admin.ctx, { ...fields, exam_type: 'quiz', marks: 5 });
  await app.services.results.remove(admin.ctx, quiz.result_id, quiz.version);
  return { student_id, student_code, course_code, student };
}

test('an administrator and the student get all of it, in JSON and CSV with a readme, and it is noted', async () => {
  const { student_id, student_code, course_code, student } = await fullRecord();
  await admin.browser.get(`/api/students/${student_id}`);
  const { status, headers, files, json } = await take(admin, `/api/students/${student_id}/export`);
  expect(status).toBe(200);
  expect(headers.get('content-type')).toBe('application/zip');
  expect(headers.get('content-disposition')).toMatch(/^attachment; filename="student-[0-9a-f]{8}-[\d-]{10}\.zip"$/);
  const names = ['record', 'account', 'enrolments', 'attendance', 'results', 'history', 'access'];
  expect([...files.keys()].sort()).toEqual(
    ['README.txt', ...names.flatMap((name) => [`${name}.csv`, `${name}.json`])].sort(),
  );
  for (const name of names) expect(files.get('README.txt')).toContain(`${name}.csv and ${name}.json`);
  expect(files.get('README.txt')).toContain(student_code);

  const answer = await admin.browser.get(`/api/students/${student_id}`);
  expect(json('record')).toEqual([answer.json]);
  expect(json('account')).toEqual([student.user]);
  expect(json('enrolments')).toMatchObject([{ course_code }]);
  expect(json('attendance')).toMatchObject([{ status: 'Late', remarks: '+1 minute', date: '2026-03-02' }]);
  expect(json('results')).toMatchObject([{ exam_type: 'final', marks: 61, grade: 'B' }]);
  expect(json('access').map(({ what }) => what)).toEqual(['exported', 'opened']);
  const history = json('history');
  const about = (what: string) => history.filter((row) => row['about'] === what);
  expect(about('record')).toHaveLength(2);
  expect(about('record')[0]).toMatchObject({ old: { program: 'BSc' }, new: { program: 'MSc' } });
  expect(about('attendance 2026-03-02 1')[0]).toMatchObject({
    by: admin.user.full_name,
    course_code,
    old: { status: 'Absent', remarks: 'ill' },
    new: { status: 'Late', remarks: '+1 minute' },
  });
  expect(about('results final 1').map(({ new: fresh }) => (fresh as { marks: number }).marks)).toEqual([61, 39]);
  expect(about('results quiz 1')[0]).toMatchObject({ old: { marks: 5 }, new: null });
  const everything = [...files.values()].join('\n');
  expect(everything).not.toMatch(/Somebody Else|about the other one|\$2b\$|password_hash/);

  for (const name of names) expect(files.get(`${name}.csv`)).toMatch(/^\uFEFF[a-z_,]+\r\n/);
  expect(files.get('record.csv')).toContain(`,"'=HYPERLINK(""http://evil"")",`);
  expect(files.get('record.csv')).toContain(`,"Müller, ""Mo""",`);
  expect(files.get('attendance.csv')).toContain(`,'+1 minute,`);
  expect(files.get('history.csv')).toContain('Absent,Late\r\n');
  expect(files.get('history.csv')).toContain('values are not kept');

  const own = await take(student, `/students/${student_id}/export`);
  expect(own.json('access').map(({ role, what }) => `${String(role)} ${String(what)}`)).toEqual([
    'student exported',
    'admin exported',
    'admin opened',
  ]);
  for (const { browser } of [student, admin]) {
    expect((await browser.get(`/students/${student_id}`)).text).toContain(`href="/students/${student_id}/export"`);
  }
});

test('nobody else may have it, and a refused one is not noted', async () => {
  const [one, other, faculty] = await Promise.all([app.addStudent(), app.student(), app.faculty()]);
  for (const path of [`/api/students/${one.student_id}/export`, `/students/${one.student_id}/export`]) {
    expect((await other.browser.get(path)).status).toBe(404);
    expect((await faculty.browser.get(path)).status).toBe(403);
  }
  expect((await take(admin, '/api/students/00000000-0000-4000-8000-000000000000/export')).status).toBe(404);
  expect((await admin.browser.get(`/api/students/${one.student_id}/export?all=1`)).status).toBe(422);
  expect((await admin.browser.get(`/api/students/${one.student_id}/access`)).json).toMatchObject({ items: [] });
});

test('whoever stops listening stops the reading', async () => {
  const { student_id } = await fullRecord();
  const stop = new AbortController();
  const { body } = await fetch(`${app.url}/api/students/${student_id}/export`, {
    headers: { cookie: admin.browser.cookieHeader() },
    signal: stop.signal,
  });
  await body!.getReader().read();
  stop.abort();
  expect((await take(admin, `/api/students/${student_id}/export`)).status).toBe(200);
});

test('a text that a spreadsheet would calculate is shown instead', () => {
  for (const text of ['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', ' =1', '|cmd', '＝1']) {
    expect(csvLine([text]).replace(/^"/, '')).toMatch(/^'/);
  }
  expect(csvLine(['a,b', 'say "x"', 'two\nlines', -5, null, true, '2026-03-02', 'Zoë'])).toBe(
    '"a,b","say ""x""","two\nlines",-5,,true,2026-03-02,Zoë\r\n',
  );
});

test('few are made at once: who comes behind a long line is told so, and everybody else gets theirs', async () => {
  const { student_id } = await app.addStudent();
  const { exports } = app.services;
  const asked = Array.from({ length: 14 }, () => exports.all(admin.ctx, student_id));
  const outcomes = asked.map((one) =>
    one.then(
      ({ stream }) => {
        stream.resume(); // read to its end, so that the next one has its turn
        return 'made';
      },
      (error: unknown) => (error as Error).constructor.name,
    ),
  );
  const said = await Promise.all(outcomes);
  expect(said.filter((one) => one === 'made')).toHaveLength(12);
  expect(said.filter((one) => one === 'Busy')).toHaveLength(2);
});
