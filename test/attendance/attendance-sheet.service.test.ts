// Is a class sheet saved as one change: checked as a whole, stale rows refused, large ones all or nothing?
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { addDays } from '../../src/platform/clock.ts';
import type { StoredEvent } from '../../src/events.ts';
import { audit, recountStats } from '../support/audit.ts';
import { startTestApp, unique } from '../support/app.ts';
import type { TestApp } from '../support/app.ts';

let app: TestApp;
let big: { course_id: string; ids: string[] };
const attendance = () => app.services.attendance;
async function classOf(n: number) {
  const { course_id } = await app.services.courses.add(app.system, {
    course_code: `C-${unique()}`,
    course_name: 'Course',
    credits: 3,
  });
  const students = await Promise.all(
    Array.from({ length: n }, (_, i) =>
      app.addStudent({ student_code: `${unique()}-${String(i)}`, enrolled_courses: [course_id] }),
    ),
  );
  return { course_id, ids: students.map((s) => s.student_id) };
}
let day = 0;
/** A date that no other test marks on. */
const freshDate = (): string => addDays('2010-01-01', (day += 1));
const all = (ids: string[], status: string | null, more: object = {}) =>
  ids.map((student_id) => ({ student_id, status, ...more }));
const save = (course_id: string, date: string, entries: unknown, period: string | number = 1) =>
  attendance().saveSheet(app.system, course_id, date, period, { entries });
const sheetOf = (course_id: string, date: string) => attendance().sheet(app.system, course_id, date, 1);
const errorOf = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (e: unknown) =>
      e as {
        status: number;
        errors?: { field: string }[];
        extra: { errors: { field: string }[] };
        current: { student_id: string; version: number }[];
      },
  );
async function eventsOf(task: () => Promise<unknown>): Promise<StoredEvent[]> {
  const seen = app.events.length;
  await task();
  return app.events.slice(seen);
}

beforeAll(async () => {
  app = await startTestApp();
  big = await classOf(200);
});
afterAll(async () => {
  expect(await audit(app.engine.dynamo)).toEqual([]);
  expect(app.services.stats.stats(app.system).attendance.total).toBe(
    (await recountStats(app.engine.dynamo)).attendance,
  );
  await app.stop();
});

describe('a sheet', () => {
  test('shows every active student in order of codes, and everyone with a mark', async () => {
    const { course_id, ids } = await classOf(12);
    const date = freshDate();
    const [gone = '', left = ''] = ids;
    await save(course_id, date, all([left], 'Late'));
    await app.services.students.change(app.system, gone, 1, { status: 'withdrawn' });
    await app.services.courses.changeRoster(app.system, course_id, { remove: [left] });
    const sheet = await sheetOf(course_id, date);
    expect(sheet).toMatchObject({ course_id, date, period: 1, version: 1 });
    expect(sheet.entries.map((e) => Number(e.student_code.split('-').at(-1)))).toEqual([
      1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11,
    ]);
    expect(sheet.entries[0]).toMatchObject({ student_id: left, enrolled: false, status: 'Late', version: 1 });
    expect(sheet.entries[1]).toMatchObject({
      attendance_id: null,
      version: 0,
      status: null,
      remarks: null,
      enrolled: true,
    });
    // Who is withdrawn but enrolled can still be marked.
    expect(await save(course_id, date, all([gone], 'Absent'))).toMatchObject({ created: 1 });
  });

  test('saves only what changed, and says how much', async () => {
    const { course_id, ids } = await classOf(5);
    const date = freshDate();
    const [a = '', b = '', c = '', d = '', e = ''] = ids;
    expect(await save(course_id, date, all([a, b, c, d], 'Present'))).toEqual({
      created: 4,
      updated: 0,
      unchanged: 0,
      removed: 0,
      version: 1,
    });
    const events = await eventsOf(async () => {
      const entries = [
        { student_id: a, status: 'Present' },
        { student_id: b, status: 'Late', remarks: 'bus' },
        { student_id: c, status: null },
        { student_id: d, status: 'Present', remarks: '' },
        { student_id: e, status: null },
      ];
      expect(await save(course_id, date, entries)).toEqual({
        created: 0,
        updated: 1,
        unchanged: 3,
        removed: 1,
        version: 2,
      });
      expect(await save(course_id, date, entries)).toEqual({
        created: 0,
        updated: 0,
        unchanged: 5,
        removed: 0,
        version: 2,
      });
      expect(await save(course_id, date, [])).toEqual({ created: 0, updated: 0, unchanged: 0, removed: 0, version: 2 });
    });
    expect(events).toMatchObject([
      {
        name: 'attendance_updated',
        sheet: true,
        changes: [{ name: 'attendance_updated' }, { name: 'attendance_deleted', status: null }],
      },
    ]);
    const { entries } = await sheetOf(course_id, date);
    expect(entries.map((r) => [r.status, r.remarks, r.version])).toEqual([
      ['Present', null, 1],
      ['Late', 'bus', 2],
      [null, null, 0],
      ['Present', null, 1],
      [null, null, 0],
    ]);
    // Rows that were removed never repeat a version.
    await save(course_id, date, all([c], 'Absent', { version: 0 }));
    expect((await sheetOf(course_id, date)).entries[2]).toMatchObject({ version: 3 });
  });

  test('refuses a stale row: nothing is written, and the stored rows come back', async () => {
    const { course_id, ids } = await classOf(3);
    const date = freshDate();
    const [a = '', b = '', c = ''] = ids;
    await save(course_id, date, all([a, b], 'Present'));
    await save(course_id, date, all([b], 'Late'));
    const events = await eventsOf(async () => {
      const entries = [
        { student_id: a, status: 'Absent', version: 1 },
        { student_id: b, status: 'Absent', version: 1 },
        { student_id: c, status: 'Absent', version: 0 },
      ];
      const error = await errorOf(save(course_id, date, entries));
      expect(error).toMatchObject({ status: 412, extra: { errors: [{ field: 'entries[1].version' }] } });
      expect(error?.current).toMatchObject([{ student_id: b, version: 2, status: 'Late' }]);
      expect(await errorOf(save(course_id, date, [{ student_id: a, status: 'Late', version: 0 }]))).toMatchObject({
        status: 412,
      });
      // Stale goes before whatever else is wrong.
      expect(await errorOf(save(course_id, date, [{ student_id: a, status: 'wrong', version: 9 }]))).toMatchObject({
        status: 412,
      });
    });
    expect(events).toEqual([]);
    expect((await sheetOf(course_id, date)).entries.map((r) => r.status)).toEqual(['Present', 'Late', null]);
    // Rows without version overwrite.
    expect(await save(course_id, date, all([b], 'Absent'))).toMatchObject({ updated: 1 });
  });

  test('saved twice at once with versions is saved once; different rows both get in', async () => {
    const { course_id, ids } = await classOf(40);
    for (let round = 0; round < 4; round++) {
      const date = freshDate();
      const same = await Promise.allSettled([
        save(course_id, date, all(ids, 'Present', { version: 0 })),
        save(course_id, date, all(ids, 'Absent', { version: 0 })),
      ]);
      expect(same.map((r) => r.status).sort()).toEqual(['fulfilled', 'rejected']);
      for (const r of same) if (r.status === 'rejected') expect(r.reason).toMatchObject({ status: 412 });
      const { entries } = await sheetOf(course_id, date);
      expect(new Set(entries.map((e) => e.status)).size).toBe(1);
      const halves = await Promise.all([
        save(course_id, date, all(ids.slice(0, 20), 'Late', { version: 1 })),
        save(course_id, date, all(ids.slice(20), 'Late', { version: 1 })),
      ]);
      expect(halves.map((h) => h.updated)).toEqual([20, 20]);
    }
  });

  test('names every wrong row, and writes none of them', async () => {
    const { course_id, ids } = await classOf(2);
    const outsider = await app.addStudent();
    const date = freshDate();
    const [a = '', b = ''] = ids;
    const entries = [
      { student_id: a, status: 'Present' },
      { student_id: outsider.student_id, status: 'Present' },
      { student_id: '6ba7b811-9dad-41d1-80b4-00c04fd430c8', status: 'Present' },
      { student_id: a, status: 'Present' },
      { student_id: b, status: 'Present' },
    ];
    const error = await errorOf(save(course_id, date, entries));
    expect(error?.status).toBe(422);
    expect(error?.errors?.map((e) => e.field)).toEqual([1, 2, 3].map((i) => `entries[${String(i)}].student_id`));
    for (const [bad, field] of [
      [{ student_id: a, status: 'x' }, 'entries[0].status'],
      [{ student_id: a }, 'entries[0].status'],
      [{ student_id: a, status: 'Late', remarks: 'x'.repeat(501) }, 'entries[0].remarks'],
      [{ student_id: a, status: 'Late', version: -1 }, 'entries[0].version'],
      [{ student_id: a, status: 'Late', version: '1' }, 'entries[0].version'],
      [{ student_id: a, status: 'Late', attendance_id: 'x' }, 'entries[0].attendance_id'],
      [{ status: 'Late' }, 'entries[0].student_id'],
      ['x', 'entries[0]'],
    ] as const) {
      const refused = await errorOf(save(course_id, date, [bad]));
      expect([400, 412, 422]).toContain(refused?.status);
      if (refused?.status === 422) expect(refused.errors?.map((e) => e.field)).toEqual([field]);
    }
    for (const not of [undefined, null, {}, 'x'])
      expect(await errorOf(save(course_id, date, not))).toMatchObject({ status: 422 });
    expect((await sheetOf(course_id, date)).version).toBe(0);
  });

  test('is there for real days, periods and courses only', async () => {
    const { course_id } = big;
    for (const date of ['x', '2026-02-30', '1999-12-31', addDays(app.today(), 2), '__proto__']) {
      expect(await errorOf(sheetOf(course_id, date))).toMatchObject({ status: 404 });
      expect(await errorOf(save(course_id, date, []))).toMatchObject({ status: 404 });
    }
    expect((await sheetOf(course_id, addDays(app.today(), 1))).version).toBe(0);
    for (const period of [0, 13, 'x', '1.5', ''])
      expect(await errorOf(save(course_id, app.today(), [], period))).toMatchObject({ status: 422 });
    for (const id of ['x', 'constructor', '6ba7b811-9dad-41d1-80b4-00c04fd430c8'])
      expect(await errorOf(sheetOf(id, app.today()))).toMatchObject({ status: 404 });
  });
});

describe('a sheet of more rows than one transaction holds', () => {
  test('is told as one event, and everything counts', async () => {
    const { course_id, ids } = big;
    const date = freshDate();
    const before = app.services.stats.stats(app.system).attendance.total;
    const events = await eventsOf(async () => {
      expect(await save(course_id, date, all(ids, 'Present', { version: 0 }))).toEqual({
        created: 200,
        updated: 0,
        unchanged: 0,
        removed: 0,
        version: 1,
      });
    });
    expect(events.map((e) => [e.name, 'changes' in e ? e.changes.length : 0])).toEqual([['attendance_marked', 200]]);
    expect(app.services.stats.stats(app.system).attendance.total).toBe(before + 200);
    const mixed = [
      ...all(ids.slice(0, 99), null),
      ...all(ids.slice(99, 198), 'Late', { remarks: 'x' }),
      ...all(ids.slice(198), 'Present'),
    ];
    expect(await save(course_id, date, mixed)).toEqual({
      created: 0,
      updated: 99,
      unchanged: 2,
      removed: 99,
      version: 2,
    });
    expect(app.services.stats.stats(app.system).attendance.total).toBe(before + 101);
  });

  test('is refused as a whole when its last row is wrong or stale', async () => {
    const { course_id, ids } = big;
    const date = freshDate();
    const events = await eventsOf(async () => {
      const wrong = [...all(ids, 'Present'), { student_id: ids[0], status: 'Late' }];
      expect((await errorOf(save(course_id, date, wrong)))?.errors).toMatchObject([
        { field: 'entries[200].student_id' },
      ]);
      const stale = [...all(ids.slice(0, 199), 'Present'), { student_id: ids[199], status: 'Late', version: 1 }];
      expect(await errorOf(save(course_id, date, stale))).toMatchObject({ status: 412 });
      const many = Array.from({ length: 501 }, () => ({ student_id: ids[0], status: 'Late' }));
      expect(await errorOf(save(course_id, date, many))).toMatchObject({ status: 422 });
    });
    expect(events).toEqual([]);
    expect((await sheetOf(course_id, date)).version).toBe(0);
  });

  test('holds 200 rows with the longest remarks there are', async () => {
    const { course_id, ids } = big;
    const date = freshDate();
    for (const letter of ['€', '"']) {
      const saved = await save(course_id, date, all(ids, 'Late', { remarks: letter.repeat(500) }));
      expect(saved.created + saved.updated).toBe(200);
    }
    expect((await sheetOf(course_id, date)).entries.every((e) => e.remarks === '"'.repeat(500))).toBe(true);
  });

  test.each([92, 93, 94, 95, 96])('or just fits it with %i rows, long remarks and one new row', async (n) => {
    const { course_id, ids } = big;
    const date = freshDate();
    const key = {
      key: `key-${String(n)}`,
      request: 'r',
      answer: (body: unknown) => ({ status: 200, headers: {}, body }),
    };
    await save(course_id, date, all(ids.slice(0, n - 1), 'Late', { remarks: '€'.repeat(500) }));
    const entries = all(ids.slice(0, n), 'Late', { remarks: '£'.repeat(500) });
    const saved = await attendance().saveSheet({ ...app.system, key }, course_id, date, 1, { entries });
    expect(saved).toMatchObject({ created: 1, updated: n - 1, version: 2 });
    expect(await app.services.keys.find('system', key.key)).toMatchObject({ answer: { body: saved } });
  });

  test('and single marks and other saves at the same time all get in, one after the other', async () => {
    const { course_id, ids } = big;
    const date = freshDate();
    const outcome = await Promise.allSettled([
      save(course_id, date, all(ids.slice(0, 150), 'Present')),
      ...ids
        .slice(150)
        .map((student_id) => attendance().add(app.system, { student_id, course_id, date, status: 'Late' })),
      save(course_id, date, all(ids.slice(0, 120), 'Absent')),
      sheetOf(course_id, date),
      app.services.students.change(app.system, ids[0]!, 1, { semester: 5 }),
    ]);
    expect(outcome.filter((r) => r.status === 'rejected')).toEqual([]);
    const { entries, version } = await sheetOf(course_id, date);
    const count = (status: string) => entries.filter((e) => e.status === status).length;
    expect([count('Late'), count('Absent'), count('Present')]).toEqual([50, 120, 30]);
    expect(version).toBe(52);
  });

  test('loses the rows of students who are removed meanwhile', async () => {
    const { course_id, ids } = await classOf(110);
    const date = freshDate();
    const outcome = await Promise.allSettled([
      save(course_id, date, all(ids, 'Present')),
      ...ids.slice(0, 5).map((student_id) => app.services.students.remove(app.system, student_id, 1)),
    ]);
    expect(outcome.slice(1).map((r) => r.status)).toEqual(Array.from({ length: 5 }, () => 'fulfilled'));
    const [saved] = outcome;
    if (saved.status === 'rejected') expect(saved.reason).toMatchObject({ status: 422 });
    const { entries } = await sheetOf(course_id, date);
    expect(entries).toHaveLength(105);
  });
});

test('the list of a course shows its sheets with marks, newest first', async () => {
  const { course_id, ids } = await classOf(2);
  await save(course_id, '2011-01-01', all(ids, 'Late'));
  await save(course_id, '2011-01-02', all(ids, 'Present'), 2);
  await save(course_id, '2011-01-02', all(ids.slice(1), 'Absent'), 1);
  await save(course_id, '2011-01-03', all(ids, 'Late'));
  await save(course_id, '2011-01-03', all(ids, null));
  expect(attendance().sheetsOfCourse(app.system, course_id)).toEqual([
    { course_id, date: '2011-01-02', period: 1, version: 1, counts: { Present: 0, Absent: 1, Late: 0 } },
    { course_id, date: '2011-01-02', period: 2, version: 1, counts: { Present: 2, Absent: 0, Late: 0 } },
    { course_id, date: '2011-01-01', period: 1, version: 1, counts: { Present: 0, Absent: 0, Late: 2 } },
  ]);
});
