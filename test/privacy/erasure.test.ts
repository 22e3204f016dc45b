// A person is erased: nothing names them any more in any table or in memory, and totals and trail stay true.
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Stale } from '../../src/platform/errors.ts';
import { newId } from '../../src/platform/ids.ts';
import { ERASE } from '../../src/privacy/erasure.service.ts';
import { verifyTrail } from '../../src/trail/verify.ts';
import { tables } from '../../src/tables.ts';
import { PASSWORD, startTestApp, unique } from '../support/app.ts';
import type { Person, TestApp } from '../support/app.ts';
import { audit, recountStats, scan, TRAIL_KEY } from '../support/audit.ts';
import { isWrite, startCollege } from '../support/college.ts';
import type { College } from '../support/college.ts';
import { startTestEngine } from '../support/engine.ts';
import type { TestEngine } from '../support/engine.ts';
import { addCourse } from '../api/client.ts';

let app: TestApp;
let admin: Person;

beforeAll(async () => {
  app = await startTestApp();
  admin = await app.admin();
});
afterAll(() => app.stop());

/** All tables as one text. */
async function everything(engine: TestEngine): Promise<string> {
  const all = await Promise.all(tables.map(({ name }) => scan(engine.dynamo, name)));
  return JSON.stringify(all);
}

const sound = async (engine: TestEngine): Promise<void> => {
  expect(await audit(engine.dynamo)).toEqual([]);
  const { faults } = await verifyTrail({ dynamo: engine.dynamo, keys: [TRAIL_KEY], rows: 'by course' });
  expect(faults).toEqual([]);
};

const erase = (student_id: string, version: number, person = admin) =>
  person.browser.api('POST', `/api/students/${student_id}/erasure`, undefined, { 'if-match': `"${String(version)}"` });

/** Somebody who left traces everywhere, and the words that give them away. */
async function somebody() {
  const { services } = app;
  const me = unique().replace('-', 'x');
  const words = [
    ...[`Quillon${me}`, `Oldname${me}`, `QUI-${me}`, `OLD-${me}`, `quillon${me}@`, `55501${me}`, `1999-07-13`],
    ...[
      `Guardian${me}`,
      `parent${me}@`,
      `login${me}`,
      `former${me}`,
      `dyslexic${me}`,
      `late bus${me}`,
      `hospital${me}`,
    ],
  ];
  const [course, gone] = [await addCourse(app), await addCourse(app)];
  const mate = await app.addStudent({ enrolled_courses: [course.course_id] });
  const made = await admin.browser.api(
    'POST',
    '/api/students',
    {
      ...{
        student_code: `OLD-${me}`,
        full_name: `Oldname${me} Marsh`,
        program: 'BSc',
        email: `quillon${me}@example.org`,
      },
      ...{ phone: `55501${me}`, date_of_birth: '1999-07-13', guardian_name: `Guardian${me}` },
      ...{ guardian_email: `parent${me}@example.org`, enrolled_courses: [course.course_id, gone.course_id] },
    },
    { 'idempotency-key': newId() },
  );
  expect(made.status).toBe(201);
  const { student_id } = made.json as { student_id: string };
  const former = await app.student({ student_id, username: `former${me}`, full_name: `Oldname${me}` });
  await services.users.remove(admin.ctx, former.user.user_id, 1);
  const mark = { student_id, course_id: course.course_id, date: '2026-03-02' };
  await services.attendance.add(admin.ctx, { ...mark, status: 'Late', remarks: `late bus${me}` });
  await services.students.change(admin.ctx, student_id, 1, {
    full_name: `Quillon${me} Marsh`,
    student_code: `QUI-${me}`,
  });
  const login = await app.student({ student_id, username: `login${me}`, full_name: `Quillon${me} Marsh` });
  const result = { student_id, course_id: course.course_id, exam_type: 'final', marks: 55, remarks: `dyslexic${me}` };
  const kept = await services.results.add(admin.ctx, result);
  const quiz = await services.results.add(admin.ctx, { ...result, exam_type: 'quiz' });
  await services.results.remove(admin.ctx, quiz.result_id, quiz.version);
  const entries = [student_id, mate.student_id].map((id) => ({ student_id: id, status: 'Absent' }));
  await services.attendance.saveSheet(admin.ctx, course.course_id, '2026-03-03', 1, {
    entries: entries.map((entry) => ({
      ...entry,
      remarks: entry.student_id === student_id ? `hospital${me}` : 'stays',
    })),
  });
  await services.attendance.saveSheet(admin.ctx, gone.course_id, '2026-03-03', 1, {
    entries: [{ student_id, status: 'Absent', remarks: `hospital${me}` }],
  });
  const { version } = services.courses.get(admin.ctx, gone.course_id);
  await services.courses.remove(admin.ctx, gone.course_id, version);
  await login.browser.get(`/students/${student_id}`);
  await login.browser.post('/account', {
    ...{ current_password: PASSWORD, new_password: 'another password!', confirm_password: 'another password!' },
  });
  return { student_id, words, mate, login, course, kept };
}

const versionOf = (student_id: string): number => app.services.students.get(admin.ctx, student_id).version;

test('nothing names the person any more, in no table and no answer; totals and trail stay true', async () => {
  const { services, engine } = app;
  const { student_id, words, mate, login, kept } = await somebody();
  const text = await everything(engine);
  for (const word of words) expect([word, text.includes(word)]).toEqual([word, true]);
  const stats = (await admin.browser.get('/api/stats')).json as Record<string, unknown>;

  expect((await erase(student_id, 1)).status).toBe(412);
  const told = app.events.length;
  const answer = await erase(student_id, versionOf(student_id));
  expect([answer.status, answer.text]).toEqual([204, '']);
  expect(app.events.slice(told).map(({ name }) => name)).toEqual(['student_updated', 'user_deleted']);

  const after = await everything(engine);
  for (const word of words) expect([word, after.includes(word)]).toEqual([word, false]);
  expect(after).toContain('stays'); // what was remarked about somebody else
  await sound(engine);

  const record = (await admin.browser.get(`/api/students/${student_id}`)).json as Record<string, unknown>;
  expect(record).toMatchObject({ full_name: 'Erased student', email: null, phone: null, guardian_name: null });
  expect(record['student_code']).toMatch(/^ERASED-[0-9A-F]{8}$/);
  expect((await admin.browser.get('/api/stats')).json).toEqual({ ...stats, as_of: expect.any(String) });
  const { grades, total } = (await recountStats(engine.dynamo)).results;
  expect((await admin.browser.get('/api/stats')).json).toMatchObject({ results: { grades, total } });
  for (const word of words) {
    expect((await admin.browser.get(`/api/students?q=${encodeURIComponent(word)}`)).json).toMatchObject({ total: 0 });
  }
  expect(await services.results.get(admin.ctx, kept.result_id)).toMatchObject({
    ...{ marks: 55, grade: 'C', remarks: null, student_name: 'Erased student', student_code: record['student_code'] },
  });
  expect((await services.attendance.list(admin.ctx, { student_id: mate.student_id })).items).toHaveLength(1);
  const pages = [
    '/',
    '/api/activity?limit=500',
    `/students/${student_id}/history`,
    `/api/students/${student_id}/access`,
  ];
  for (const path of [...pages, `/results/${kept.result_id}/history`, '/users']) {
    const page = await admin.browser.get(path);
    expect([path, page.status, words.filter((word) => page.text.includes(word))]).toEqual([path, 200, []]);
  }
  expect(JSON.stringify(await app.services.activity.since(0, 10_000))).not.toMatch(new RegExp(words.join('|')));
  expect((await login.browser.get(`/students/${student_id}`)).location).toMatch(/^\/login/);
  expect((await erase(student_id, versionOf(student_id))).status).toBe(204); // once more does no harm
  await sound(engine);
});

test('of a student who was removed the trail is erased by id', async () => {
  const { student_id, words } = await somebody();
  await app.services.students.remove(admin.ctx, student_id, versionOf(student_id));
  const before = await everything(app.engine);
  expect(words.filter((word) => before.includes(word))).not.toEqual([]);
  const refused = await erase(student_id, 1);
  expect(refused.status).toBe(412);
  const { version } = (refused.json as { current: { version: number } }).current;
  expect((await erase(student_id, version)).status).toBe(204);
  const after = await everything(app.engine);
  for (const word of words) expect([word, after.includes(word)]).toEqual([word, false]);
  await sound(app.engine);
});

test('only administrators, with a version, of a student there is or was', async () => {
  const { student_id } = await app.addStudent();
  const [faculty, student] = [await app.faculty(), await app.student()];
  for (const person of [faculty, student]) expect((await erase(student_id, 1, person)).status).toBe(403);
  expect((await admin.browser.api('POST', `/api/students/${student_id}/erasure`)).status).toBe(428);
  expect((await erase(newId(), 1)).status).toBe(404);
});

test.each([false, true])(
  'a crash at any write leaves a job that finishes it (removed before: %s)',
  async (removed) => {
    const engine = await startTestEngine();
    try {
      for (let n = 1, done = false; !done; n += 1) {
        const name = `Vanisher${String(n)}x`;
        const college = await startCollege(engine);
        const { services, system } = college;
        const { course_id } = await college.course();
        const { student_id } = await college.student({ full_name: name, enrolled_courses: [course_id] });
        const login = { username: name, full_name: name, role: 'student', student_id, password: PASSWORD };
        await services.users.add(system, login);
        const mark = { student_id, course_id, status: 'Absent', remarks: `${name} was ill` };
        await services.attendance.add(system, { ...mark, date: '2026-03-02' });
        const version = removed ? await removeStudent(college, student_id) : 1;
        const events = college.events.length;
        college.dieAt(n);
        const erased = services.erasure.erase(system, student_id, version);
        done = await erased.then(
          () => true,
          () => false,
        );
        const begun = removed ? n > 1 : college.events.length > events;
        college.close();
        const next = await startCollege(engine);
        if (begun || done) expect([n, (await everything(engine)).includes(name)]).toEqual([n, false]);
        else expect(n).toBeLessThan(3); // nothing was stored: nothing is erased
        expect(await next.openJobs()).toBe(0);
        next.close();
        expect(n).toBeLessThan(30);
        if (done) expect(n).toBeGreaterThan(4);
      }
      await sound(engine);
    } finally {
      await engine.stop();
    }
  },
  90_000,
);

/** Removes a student; returns the version that an erasure must name from then on. */
async function removeStudent({ services, system }: College, student_id: string): Promise<number> {
  await services.students.remove(system, student_id, services.students.get(system, student_id).version);
  const refused: unknown = await services.erasure.erase(system, student_id, 999).catch((error: unknown) => error);
  return ((refused as Stale).current as { version: number }).version;
}

test('a save that was under way is waited for, so that it brings nobody back', async () => {
  const engine = await startTestEngine();
  try {
    const college = await startCollege(engine);
    const { services, system } = college;
    const { course_id } = await college.course();
    const { student_id } = await college.student({ full_name: 'Inflight Marsh', enrolled_courses: [course_id] });
    const mark = { student_id, course_id, status: 'Absent', date: '2026-03-02' };
    const { attendance_id, version } = await services.attendance.add(system, mark);
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    let writes = 0;
    college.line.before = async (command) => {
      if (isWrite(command) && ++writes === 1) await held;
    };
    const changing = services.attendance.change(system, attendance_id, version, { status: 'Late' });
    await expect.poll(() => writes).toBe(1);
    const erasing = services.erasure.erase(system, student_id, 1);
    await expect.poll(() => services.students.get(system, student_id).full_name).toBe('Erased student');
    release();
    expect(await changing).toMatchObject({ student_name: 'Inflight Marsh', status: 'Late' });
    await erasing;
    expect(await everything(engine)).not.toContain('Inflight');
    college.close();
    await sound(engine);
  } finally {
    await engine.stop();
  }
});

test('its kept answer is given again only when all of it is done', async () => {
  const { services } = app;
  const { student_id } = await app.addStudent({ full_name: 'Keeper Marsh' });
  const key = newId();
  const headers = { 'if-match': '"1"', 'idempotency-key': key };
  const path = `/api/students/${student_id}/erasure`;
  expect((await admin.browser.api('POST', path, undefined, headers)).status).toBe(204);
  expect(await services.keys.find(admin.ctx.actor.user_id, key)).toMatchObject({
    job: { kind: ERASE, id: student_id },
  });
  expect((await admin.browser.api('POST', path, undefined, headers)).headers.get('idempotent-replay')).toBe('true');
});

test('a call that says more than it can mean erases nobody', async () => {
  const { student_id } = await app.addStudent();
  const path = `/api/students/${student_id}/erasure`;
  const refused = await admin.browser.api('POST', path, { keep: 'grades' }, { 'if-match': '"1"' });
  expect([refused.status, refused.json.errors[0].field]).toEqual([422, 'keep']);
  const empty = { 'if-match': '"1"', 'content-type': 'application/json' };
  expect((await admin.browser.api('POST', path, undefined, empty)).status).toBe(204);
});

test('who opens the record afterwards is noted again', async () => {
  const { student_id } = await app.addStudent();
  const readers = async (): Promise<number> =>
    ((await admin.browser.get(`/api/students/${student_id}/access`)).json as { items: unknown[] }).items.length;
  await admin.browser.get(`/api/students/${student_id}`);
  expect(await readers()).toBe(1);
  expect((await erase(student_id, 1)).status).toBe(204);
  expect(await readers()).toBe(0);
  await admin.browser.get(`/api/students/${student_id}`);
  expect(await readers()).toBe(1);
});

test('the page says what goes and what stays, and wants the code typed', async () => {
  const { student_id, student_code } = await app.addStudent();
  const path = `/students/${student_id}/erasure`;
  const { text } = await admin.browser.get(path);
  expect(text).toContain('What goes, for good');
  expect(text).toContain(`Type ${student_code} to confirm`);
  expect((await admin.browser.get(`/students/${student_id}`)).text).toContain(`href="${path}"`);
  expect((await admin.browser.post(path, { version: '1', code: 'something' })).status).toBe(422);
  expect((await admin.browser.post(path, { version: '7', code: student_code })).status).toBe(412);
  const done = await admin.browser.post(path, { version: '1', code: student_code });
  expect([done.status, done.location]).toEqual([303, `/students/${student_id}`]);
  expect((await admin.browser.get(`/students/${student_id}`)).text).toContain('Erased student');
  const faculty = await app.faculty();
  expect((await faculty.browser.get(path)).status).toBe(403);
});
