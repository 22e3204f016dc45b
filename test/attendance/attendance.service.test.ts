// Do single marks keep their rules: one per key, only for who takes the course, true totals, lists that read on?
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { addDays } from '../../src/platform/clock.ts';
import { naturalId } from '../../src/platform/ids.ts';
import { audit, recountStats, scan } from '../support/audit.ts';
import { startTestApp, unique } from '../support/app.ts';
import type { TestApp } from '../support/app.ts';

let app: TestApp;
let course_id: string;
let ids: string[];
const attendance = () => app.services.attendance;
const total = () => app.services.stats.stats(app.system).attendance.total;
const course = async (more: object = {}) =>
  (
    await app.services.courses.add(app.system, {
      course_code: `C-${unique()}`,
      course_name: 'Course',
      credits: 3,
      ...more,
    })
  ).course_id;
async function classOf(n: number, more: object = {}) {
  const id = await course(more);
  const students = await Promise.all(Array.from({ length: n }, () => app.addStudent({ enrolled_courses: [id] })));
  return { course_id: id, ids: students.map((s) => s.student_id) };
}
const mark = (student_id: string, more: object = {}) => ({
  student_id,
  course_id,
  date: app.today(),
  status: 'Present',
  ...more,
});

beforeAll(async () => {
  app = await startTestApp();
});
beforeEach(async () => {
  ({ course_id, ids } = await classOf(3));
});
afterAll(async () => {
  expect(await audit(app.engine.dynamo)).toEqual([]);
  expect(total()).toBe((await recountStats(app.engine.dynamo)).attendance);
  await app.stop();
});

describe('a mark', () => {
  test('has the id of its key, names of today, and counts', async () => {
    const [student_id = ''] = ids;
    const before = total();
    const made = await attendance().add(app.system, mark(student_id, { period: 3, remarks: ' late bus ' }));
    expect(made).toMatchObject({ version: 1, period: 3, remarks: 'late bus', marked_by: 'system' });
    expect(made.attendance_id).toBe(naturalId(`studentcore/attendance/${student_id}/${course_id}/${app.today()}/3`));
    expect(total()).toBe(before + 1);
    const late = await attendance().change(app.system, made.attendance_id, 1, { status: 'Late' });
    expect(late).toMatchObject({ version: 2, remarks: 'late bus', created_at: made.created_at });
    await attendance().remove(app.system, made.attendance_id, 2);
    expect(total()).toBe(before);
    await expect(attendance().get(app.system, made.attendance_id)).rejects.toMatchObject({ status: 404 });
    // Made again it never repeats a version.
    expect((await attendance().add(app.system, mark(student_id, { period: 3 }))).version).toBe(4);
  });

  test('is there once, however many send it', async () => {
    const [student_id = ''] = ids;
    const all = await Promise.allSettled(
      Array.from({ length: 20 }, () => attendance().add(app.system, mark(student_id))),
    );
    expect(all.filter((r) => r.status === 'fulfilled')).toHaveLength(1);
    const id = naturalId(`studentcore/attendance/${student_id}/${course_id}/${app.today()}/1`);
    for (const r of all)
      if (r.status === 'rejected') expect(r.reason).toMatchObject({ status: 409, extra: { existing_id: id } });
  });

  test('of 50 students at once on one sheet all land, and the totals are exact', async () => {
    const big = await classOf(50);
    const before = app.services.stats.stats(app.system).attendance.today;
    const statuses = ['Present', 'Absent', 'Late'];
    const made = await Promise.all(
      big.ids.map((student_id, i) =>
        attendance().add(app.system, {
          student_id,
          course_id: big.course_id,
          date: app.today(),
          status: statuses[i % 3],
        }),
      ),
    );
    expect(made.map((m) => m.version).sort((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, i) => i + 1));
    const now = app.services.stats.stats(app.system).attendance.today;
    expect([now.present - before.present, now.absent - before.absent, now.late - before.late]).toEqual([17, 17, 16]);
    const sheet = await attendance().sheet(app.system, big.course_id, app.today(), 1);
    expect(sheet.version).toBe(50);
    expect(sheet.entries.every((e) => e.status !== null)).toBe(true);
  });

  test('changes once under 20 parallel changes', async () => {
    const made = await attendance().add(app.system, mark(ids[0]!));
    const all = await Promise.allSettled(
      Array.from({ length: 20 }, (_, i) =>
        attendance().change(app.system, made.attendance_id, 1, { status: i % 2 ? 'Late' : 'Absent' }),
      ),
    );
    expect(all.filter((r) => r.status === 'fulfilled')).toHaveLength(1);
    for (const r of all)
      if (r.status === 'rejected') expect(r.reason).toMatchObject({ status: 412, current: { version: 2 } });
  });

  test('is refused for wrong days, periods, people, courses and fields', async () => {
    const [student_id = ''] = ids;
    const outsider = await app.addStudent();
    const nobody = '6ba7b811-9dad-41d1-80b4-00c04fd430c8';
    for (const [bad, field] of [
      [{ date: '1999-12-31' }, 'date'],
      [{ date: '2026-02-30' }, 'date'],
      [{ date: addDays(app.today(), 2) }, 'date'],
      [{ period: 0 }, 'period'],
      [{ period: 13 }, 'period'],
      [{ period: '1' }, 'period'],
      [{ status: 'present' }, 'status'],
      [{ student_id: nobody }, 'student_id'],
      [{ student_id: outsider.student_id }, 'student_id'],
      [{ course_id: nobody }, 'course_id'],
      [{ version: 1 }, 'version'],
      [{ marked_by: 'me' }, 'marked_by'],
      [{ remarks: 'x'.repeat(501) }, 'remarks'],
    ] as const) {
      await expect(attendance().add(app.system, mark(student_id, bad))).rejects.toMatchObject({
        status: 422,
        errors: [{ field }],
      });
    }
    expect((await attendance().add(app.system, mark(student_id, { date: addDays(app.today(), 1) }))).version).toBe(1);
    const made = await attendance().add(app.system, mark(student_id));
    for (const patch of [{ date: app.today() }, { student_id }, { period: 1 }]) {
      await expect(attendance().change(app.system, made.attendance_id, 1, patch)).rejects.toMatchObject({
        status: 422,
      });
    }
    for (const id of ['x', '__proto__', nobody])
      await expect(attendance().get(app.system, id)).rejects.toMatchObject({ status: 404 });
  });

  test('by nothing does not change: same version, no event', async () => {
    const made = await attendance().add(app.system, mark(ids[0]!));
    const seen = app.events.length;
    expect(await attendance().change(app.system, made.attendance_id, 1, { status: 'Present', remarks: ' ' })).toEqual(
      made,
    );
    expect(app.events).toHaveLength(seen);
  });

  test('of one who left stays and may be changed and removed', async () => {
    const [student_id = ''] = ids;
    const made = await attendance().add(app.system, mark(student_id));
    await app.services.courses.changeRoster(app.system, course_id, { remove: [student_id] });
    expect((await attendance().change(app.system, made.attendance_id, 1, { status: 'Late' })).version).toBe(2);
    const sheet = await attendance().sheet(app.system, course_id, app.today(), 1);
    expect(sheet.entries.find((e) => e.student_id === student_id)).toMatchObject({ enrolled: false, status: 'Late' });
    const saved = await attendance().saveSheet(app.system, course_id, app.today(), 1, {
      entries: [{ student_id, status: 'Absent', version: 2 }],
    });
    expect(saved).toMatchObject({ updated: 1, version: 3 });
    await attendance().remove(app.system, made.attendance_id, 3);
    await expect(attendance().add(app.system, mark(student_id))).rejects.toMatchObject({ status: 422 });
  });

  test('shows a new name at once; the stored copies follow, without version or event', async () => {
    const [student_id = ''] = ids;
    const made = await attendance().add(app.system, mark(student_id));
    const seen = app.events.length;
    await app.services.students.change(app.system, student_id, 1, {
      full_name: 'New Name',
      student_code: `R-${unique()}`,
    });
    await app.services.courses.change(app.system, course_id, 1, { course_name: 'New Course' });
    const now = await attendance().get(app.system, made.attendance_id);
    expect(now).toMatchObject({
      student_name: 'New Name',
      course_name: 'New Course',
      version: 1,
      updated_at: made.updated_at,
    });
    const copy = async () =>
      (await scan(app.engine.dynamo, 'attendance')).find((m) => m['attendance_id'] === made.attendance_id);
    await expect.poll(copy).toMatchObject({ student_name: 'New Name', course_name: 'New Course', version: 1 });
    expect(app.events.slice(seen).map((e) => e.name)).toEqual(['student_updated', 'course_updated']);
    expect((await attendance().change(app.system, made.attendance_id, 1, { status: 'Late' })).student_name).toBe(
      'New Name',
    );
  });

  test('added while its student is being removed is either refused or taken along', async () => {
    for (let round = 0; round < 6; round++) {
      const { course_id: at, ids: two } = await classOf(2);
      const [student_id = '', other = ''] = two;
      const before = total();
      const sheet = { entries: two.map((id) => ({ student_id: id, status: 'Late' })) };
      const outcome = await Promise.allSettled([
        ...[1, 2, 3].map((period) =>
          attendance().add(app.system, { student_id, course_id: at, date: app.today(), status: 'Late', period }),
        ),
        app.services.students.remove(app.system, student_id, 1),
        ...[4, 5, 6].map((period) =>
          attendance().add(app.system, { student_id, course_id: at, date: app.today(), status: 'Late', period }),
        ),
        attendance().saveSheet(app.system, at, app.today(), 7, sheet),
        attendance().saveSheet(app.system, at, app.today(), 1, sheet),
      ]);
      expect(outcome[3]?.status).toBe('fulfilled');
      for (const r of outcome) if (r.status === 'rejected') expect((r.reason as { status: number }).status).toBe(422);
      expect((await attendance().list(app.system, { student_id })).items).toEqual([]);
      const { items } = await attendance().list(app.system, { course_id: at });
      expect(items.every((m) => m.student_id === other)).toBe(true);
      expect(total()).toBe(before + items.length);
    }
  });
});

describe('who may', () => {
  test('teachers mark their own courses and those of nobody; students see only theirs', async () => {
    const mine = await app.faculty();
    const other = await app.faculty();
    const learner = await app.student();
    const own = learner.user.student_id!;
    const taught = await course({ faculty_id: mine.user.user_id });
    await app.services.courses.changeRoster(app.system, taught, { add: [own, ids[0]!] });
    const made = await attendance().add(mine.ctx, mark(own, { course_id: taught }));
    const foreign = await attendance().add(mine.ctx, mark(ids[0]!, { course_id: taught }));
    expect(made.marked_by).toBe(mine.user.user_id);
    await expect(attendance().add(other.ctx, mark(own, { course_id: taught, period: 2 }))).rejects.toMatchObject({
      status: 403,
    });
    await expect(attendance().change(other.ctx, made.attendance_id, 1, { status: 'Late' })).rejects.toMatchObject({
      status: 403,
    });
    await expect(attendance().remove(other.ctx, made.attendance_id, 1)).rejects.toMatchObject({ status: 403 });
    await expect(attendance().saveSheet(other.ctx, taught, app.today(), 1, { entries: [] })).rejects.toMatchObject({
      status: 403,
    });
    expect((await attendance().sheet(other.ctx, taught, app.today(), 1)).entries).toHaveLength(2);
    expect((await attendance().add(other.ctx, mark(ids[1]!))).version).toBe(1);

    const { ctx } = learner;
    expect(await attendance().get(ctx, made.attendance_id)).toEqual(made);
    await expect(attendance().get(ctx, foreign.attendance_id)).rejects.toMatchObject({ status: 404 });
    for (const query of [
      {},
      { course_id: taught },
      { date: app.today() },
      { student_id: own },
      { from: '2000-01-01' },
      { status: 'Present' },
    ]) {
      expect((await attendance().list(ctx, query)).items).toEqual([made]);
    }
    expect(await attendance().list(ctx, { student_id: ids[0]! })).toEqual({ items: [], next_cursor: null });
    expect([...(await attendance().summaryOfStudent(ctx, own)).values()]).toEqual([
      { present: 1, absent: 0, late: 0, rate: 100 },
    ]);
    await expect(attendance().summaryOfStudent(ctx, ids[0]!)).rejects.toMatchObject({ status: 404 });
    await expect(attendance().sheet(ctx, taught, app.today(), 1)).rejects.toMatchObject({ status: 403 });
    await expect(attendance().saveSheet(ctx, taught, app.today(), 1, { entries: [] })).rejects.toMatchObject({
      status: 403,
    });
    await expect(attendance().add(ctx, mark(own, { course_id: taught }))).rejects.toMatchObject({ status: 403 });
    await expect(attendance().remove(ctx, made.attendance_id, 1)).rejects.toMatchObject({ status: 403 });
    expect(() => attendance().sheetsOfCourse(ctx, taught)).toThrow('role');
  });
});

describe('lists', () => {
  test('read on page by page: full, newest first, nothing twice, nothing left out', async () => {
    const { course_id: at, ids: some } = await classOf(7);
    const days = [-9, -5, -4, -1, 0].map((n) => addDays(app.today(), n));
    for (const date of days) {
      for (const period of [1, 2]) {
        const entries = some.map((student_id, i) => ({ student_id, status: i % 2 ? 'Absent' : 'Present' }));
        await attendance().saveSheet(app.system, at, date, period, { entries });
      }
    }
    const pages = async (query: object, limit: number) => {
      const found: string[][] = [];
      let cursor: string | undefined;
      do {
        const page = await attendance().list(app.system, { ...query, limit, ...(cursor ? { cursor } : {}) });
        found.push(page.items.map((m) => `${m.date}/${m.attendance_id}`));
        cursor = page.next_cursor ?? undefined;
      } while (cursor);
      return found;
    };
    for (const [query, n] of [
      [{ course_id: at }, 70],
      [{ course_id: at, status: 'Absent' }, 30],
      [{ student_id: some[0] }, 10],
      [{ student_id: some[0], course_id: at, status: 'Present' }, 10],
      [{ student_id: some[0], status: 'Absent' }, 0],
      [{ course_id: at, from: days[1], to: days[3] }, 42],
      [{ course_id: at, date: days[2] }, 14],
      [{ course_id: at, from: days[3], to: days[1] }, 0],
    ] as const) {
      for (const limit of [1, 6, 7, 1000]) {
        if (limit === 1 && n > 30) continue;
        const found = await pages(query, limit);
        const all = found.flat();
        expect(all).toHaveLength(n);
        expect(new Set(all).size).toBe(n);
        for (const page of found.slice(0, -1)) expect(page).toHaveLength(limit);
        const dates = all.map((m) => m.slice(0, 10));
        expect(dates).toEqual([...dates].sort().reverse());
      }
    }
    // Over all courses, day by day.
    const everything = await pages({ from: '2000-01-01', status: 'Absent' }, 9);
    const stored = (await scan(app.engine.dynamo, 'attendance')).filter(
      (m) => m['status'] === 'Absent' && String(m['date']) <= addDays(app.today(), 1),
    );
    expect(new Set(everything.flat()).size).toBe(everything.flat().length);
    expect(everything.flat()).toHaveLength(stored.length);
    for (const page of everything.slice(0, -1)) expect(page).toHaveLength(9);
    // Without any filter: today.
    const today = await pages({}, 1000);
    expect(today.flat().every((m) => m.startsWith(app.today()))).toBe(true);
  });

  test('go on where they stood although the mark there and its day are gone', async () => {
    const { course_id: at, ids: some } = await classOf(2);
    const made = [];
    for (const date of ['2001-05-01', '2001-05-02']) {
      for (const student_id of some)
        made.push(await attendance().add(app.system, mark(student_id, { course_id: at, date })));
    }
    const range = { from: '2001-05-01', to: '2001-05-31' };
    const first = await attendance().list(app.system, { ...range, limit: 2 });
    expect(first.items.map((m) => m.date)).toEqual(['2001-05-02', '2001-05-02']);
    for (const m of first.items) await attendance().remove(app.system, m.attendance_id, m.version);
    const second = await attendance().list(app.system, { ...range, limit: 2, cursor: first.next_cursor! });
    expect(second.items.map((m) => m.date)).toEqual(['2001-05-01', '2001-05-01']);
    expect(second.next_cursor).toBe(null);
  });

  test('refuse made-up cursors and filters with 422', async () => {
    const { course_id: at, ids: some } = await classOf(3);
    await attendance().saveSheet(app.system, at, app.today(), 1, {
      entries: some.map((student_id) => ({ student_id, status: 'Late' })),
    });
    const { next_cursor } = await attendance().list(app.system, { course_id: at, limit: 1 });
    const encode = (value: unknown) =>
      Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
    const key = JSON.parse(Buffer.from(next_cursor!, 'base64url').toString()) as [string, Record<string, string>];
    const bad = [
      'x',
      '!!!',
      encode('{'),
      encode(null),
      encode([]),
      encode({}),
      encode([at]),
      encode([at, null]),
      encode([at, {}]),
      encode([at, { ...key[1], date: 7 }]),
      encode([at, { ...key[1], attendance_id: 3 }]),
      encode([at, { ...key[1], more: 'x' }]),
      encode(`["${at}",{"__proto__":"x","student_id":"a","course_id":"b","date":"c"}]`),
      encode(['__proto__', key[1]]),
      encode(['other', key[1]]),
      'x'.repeat(2001),
    ];
    for (const cursor of bad)
      await expect(
        attendance().list(app.system, { course_id: at, cursor }),
        Buffer.from(cursor, 'base64url').toString(),
      ).rejects.toMatchObject({ status: 422 });
    // A cursor of another question.
    await expect(attendance().list(app.system, { student_id: some[0]!, cursor: next_cursor! })).rejects.toMatchObject({
      status: 422,
    });
    for (const query of [
      { limit: 0 },
      { limit: 1001 },
      { limit: '1.5' },
      { status: 'x' },
      { date: '2026-02-30' },
      { from: 'x' },
      { student_id: '__proto__' },
      { sort: 'date' },
    ]) {
      await expect(attendance().list(app.system, query as never)).rejects.toMatchObject({ status: 422 });
    }
  });
});
