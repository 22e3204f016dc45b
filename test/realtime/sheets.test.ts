// What do people see who have a sheet open, and what can a client not do?
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { buildCollege, buildMark, buildMarkSheet, buildUser, ids, pause, until } from './college.ts';
import type { Client, College } from './college.ts';

let college: College;
let server: Awaited<ReturnType<College['start']>>;
beforeEach(async () => {
  college = buildCollege();
  server = await college.start();
});
afterEach(async () => {
  await college.end();
  expect(college.failures).toEqual([]);
});

const key = { course_id: ids.course, date: '2026-03-02', period: 1 };
const people = (client: Client) =>
  (client.named('presence').at(-1)?.message['people'] ?? []) as { user_id: string; row: string | null }[];
const problem = (answer: Record<string, unknown>) => answer['problem'] as { status: number; detail: string };

describe('an open sheet', () => {
  it('is acknowledged with the sheet', async () => {
    const client = await college.join(ids.faculty);
    const answer = await client.ask('sheet_open', key);
    expect(answer).toMatchObject({ ok: true, sheet: { ...key, entries: [{ student_id: ids.ann }, {}] } });
    const exam = await client.ask('sheet_open', { course_id: ids.course, exam_type: 'quiz', number: '2' });
    expect(exam).toMatchObject({ ok: true, sheet: { exam_type: 'quiz', number: 2 } });
    expect(await client.ask('sheet_close', key)).toEqual({ ok: true });
  });

  it('says who has it open, each person once, and where they are', async () => {
    const faculty = await college.join(ids.faculty);
    const admin = await college.join(ids.admin);
    const second = await college.join(ids.admin);
    await faculty.ask('sheet_open', key);
    await until(() => people(faculty).length === 1);
    await admin.ask('sheet_open', { ...key, row: ids.ben });
    await second.ask('sheet_open', { ...key, row: ids.ann });
    await until(() => people(faculty).length === 2 && people(faculty)[1]?.row === ids.ann);
    expect(faculty.named('presence').at(-1)?.message).toEqual({
      ...key,
      people: [
        { user_id: ids.faculty, full_name: 'Fay Faculty', row: null },
        { user_id: ids.admin, full_name: 'Ada Admin', row: ids.ann },
      ],
    });
    const reads = college.reads.attendance;
    admin.socket.emit('sheet_open', { ...key, row: ids.ben }); // moves on, wants no answer
    await until(() => people(faculty)[1]?.row === ids.ben);
    expect(college.reads.attendance).toBe(reads);
    second.socket.disconnect();
    await until(() => server.realtime.counts().sockets === 2);
    expect(people(faculty)).toHaveLength(2); // one window is left
    await admin.ask('sheet_close', key);
    await until(() => people(faculty).length === 1);
    await faculty.cut();
    await until(() => server.realtime.counts().sheets === 0);
  });

  it('shows saved rows to those who have it open, with one reading for all', async () => {
    const faculty = await college.join(ids.faculty);
    const admin = await college.join(ids.admin);
    const elsewhere = await college.join(ids.admin);
    await faculty.ask('sheet_open', key);
    await admin.ask('sheet_open', key);
    await elsewhere.ask('sheet_open', { ...key, date: '2026-03-03' });
    const reads = college.reads.attendance;
    server.publish(buildMark(ids.ben));
    await until(() => faculty.named('sheet_rows').length === 1 && admin.named('sheet_rows').length === 1);
    const [shown] = faculty.named('sheet_rows');
    expect(shown?.message).toMatchObject({ ...key, version: 1, rows: [{ student_id: ids.ben, status: 'Present' }] });
    expect(shown?.message['rows']).toHaveLength(1);
    expect(shown?.number).toBeUndefined(); // no offset
    expect(college.reads.attendance).toBe(reads + 1);
    expect(elsewhere.named('sheet_rows')).toEqual([]);
  });

  it('reads nothing when nobody has it open, and once for a burst', async () => {
    server.publish(buildMarkSheet());
    expect(college.reads.attendance).toBe(0);
    const faculty = await college.join(ids.faculty);
    await faculty.ask('sheet_open', key);
    for (let i = 0; i < 50; i += 1) server.publish(buildMark(i % 2 ? ids.ann : ids.ben));
    await until(() => faculty.named('sheet_rows').some((r) => (r.message['rows'] as unknown[]).length === 2));
    expect(college.reads.attendance).toBeLessThanOrEqual(3);
  });

  it('does not move the offset of recovery', async () => {
    const faculty = await college.join(ids.faculty);
    await faculty.ask('sheet_open', key);
    server.publish(buildMark());
    await until(() => faculty.named('sheet_rows').length === 1);
    await faculty.cut();
    server.publish(buildMark());
    await until(() => faculty.events().length === 2);
    expect(faculty.named('server_message')).toEqual([]);
  });

  it('is closed with the socket of somebody who was switched off', async () => {
    const faculty = await college.join(ids.faculty);
    const admin = await college.join(ids.admin);
    await faculty.ask('sheet_open', key);
    await admin.ask('sheet_open', key);
    college.logins.delete(ids.faculty);
    server.publish(buildUser());
    await until(() => people(admin).length === 1);
  });
});

describe('what a client may send', () => {
  it('students open no sheets', async () => {
    const ann = await college.join(ids.annUser);
    expect(problem(await ann.ask('sheet_open', key)).status).toBe(403);
    expect(problem(await ann.ask('sheet_close', key)).status).toBe(403);
    expect(college.reads.attendance).toBe(0);
  });

  it('a sheet that does not exist is refused and not kept', async () => {
    const faculty = await college.join(ids.faculty);
    const answer = await faculty.ask('sheet_open', { ...key, course_id: ids.otherCourse });
    expect(answer['ok']).toBe(false);
    expect(problem(answer)).toMatchObject({ status: 404, detail: 'There is no such course.' });
    expect(server.realtime.counts().sheets).toBe(0);
  });

  it.each([
    [undefined],
    [null],
    [7],
    ['x'],
    [[]],
    [{}],
    [{ ...key, date: '2026-02-30' }],
    [{ ...key, period: 13 }],
    [{ ...key, period: '1e1' }],
    [{ ...key, extra: 1 }],
    [{ ...key, course_id: '__proto__' }],
    [{ ...key, row: { $ne: 1 } }],
    [{ course_id: ids.course, exam_type: 'constructor', number: 1 }],
    [JSON.parse('{"__proto__":{"x":1},"exam_type":"quiz"}')],
    [{ course_id: ids.course, date: '2026-03-02', exam_type: 'quiz' }],
  ])('answers %j with 422', async (input) => {
    const faculty = await college.join(ids.faculty);
    for (const name of ['sheet_open', 'sheet_close']) {
      const answer = await faculty.ask(name, input);
      expect(answer['ok']).toBe(false);
      expect(problem(answer).status).toBe(422);
      faculty.socket.emit(name, input); // and without an acknowledgement nothing breaks
    }
    faculty.socket.emit('sheet_open');
    faculty.socket.emit('no_such_event', input);
    expect((await faculty.ask('sheet_open', key))['ok']).toBe(true);
  });

  it('keeps at most 20 sheets open', async () => {
    const faculty = await college.join(ids.faculty);
    const open = (day: number) =>
      faculty.ask('sheet_open', { ...key, date: `2026-01-${String(day).padStart(2, '0')}` });
    for (let day = 1; day <= 20; day += 1) expect((await open(day))['ok']).toBe(true);
    expect(problem(await open(21)).status).toBe(409);
    expect((await open(3))['ok']).toBe(true);
    expect(server.realtime.counts().sheets).toBe(20);
    faculty.socket.disconnect();
    await until(() => server.realtime.counts().sheets === 0);
  });

  it('slows down a flood and cuts it off when it does not end', async () => {
    const faculty = await college.join(ids.faculty);
    const answers = await Promise.all(Array.from({ length: 80 }, () => faculty.ask('sheet_open', key)));
    const refused = answers.filter((a) => a['ok'] === false);
    expect(refused.length).toBeGreaterThan(20);
    expect(problem(refused[0]!).status).toBe(429);
    for (let i = 0; i < 1_000; i += 1) faculty.socket.emit('anything', i);
    await until(() => !faculty.socket.connected);
  });

  it('closes on messages above 64 KiB and on packets that are none', async () => {
    const raw = (client: Client, data: string) =>
      (client.socket.io.engine as unknown as { write: (data: string) => void }).write(data);
    for (const send of [
      (c: Client) => c.socket.emit('sheet_open', 'x'.repeat(70_000)),
      (c: Client) => raw(c, '2["disconnect"'),
      (c: Client) => raw(c, '2["disconnect",1]'),
      (c: Client) => raw(c, '9nonsense'),
      (c: Client) => raw(c, '599-["a",{"_placeholder":true,"num":0}]'),
    ]) {
      const faculty = await college.join(ids.faculty);
      let left = false;
      faculty.socket.once('disconnect', () => (left = true));
      send(faculty);
      await until(() => left);
      faculty.socket.disconnect();
    }
    await college.join(ids.faculty);
  });

  it('a second socket over the same connection is refused before it costs a reading', async () => {
    const faculty = await college.join(ids.faculty);
    const reads = college.reads.sessions;
    const raw = faculty.socket.io.engine as unknown as { write: (data: string) => void };
    for (let i = 0; i < 50; i += 1) raw.write('0{}');
    await pause(100);
    expect(college.reads.sessions - reads).toBeLessThanOrEqual(1);
    expect(server.realtime.counts().sockets).toBeLessThanOrEqual(1);
  });
});
