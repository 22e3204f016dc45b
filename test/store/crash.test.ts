// Does what was begun get finished, once and whole, wherever the process dies?
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { audit, recountStats, scan } from '../support/audit.ts';
import { startCollege } from '../support/college.ts';
import type { College } from '../support/college.ts';
import { startTestEngine } from '../support/engine.ts';
import type { TestEngine } from '../support/engine.ts';

let engine: TestEngine;
let college: College;

beforeAll(async () => {
  engine = await startTestEngine();
  college = await startCollege(engine);
});
afterAll(async () => {
  college.close();
  await engine.stop();
});

/** The next process on the same tables. */
async function restart(): Promise<void> {
  college.close();
  college = await startCollege(engine);
}

/** Runs the task in a process that dies just before its n-th write; true when it lived to the end. */
async function dyingAt(n: number, task: () => Promise<unknown>): Promise<boolean> {
  college.dieAt(n);
  await task().catch(() => undefined);
  const lived = !college.dead();
  await restart();
  return lived;
}

async function demandTrue(): Promise<void> {
  expect(await audit(college.dynamo)).toEqual([]);
  const stats = college.services.stats.stats(college.system);
  const counted = await recountStats(college.dynamo);
  expect(stats.attendance.total).toBe(counted.attendance);
  expect(stats.results).toEqual(counted.results);
  expect(stats.students).toEqual(counted.students);
  expect(stats.courses.total).toBe(counted.courses);
}

/** Events of the trail about one thing, oldest first; the audit has shown that each stands there once. */
async function told(about: (event: { name: string }) => boolean): Promise<string[]> {
  const { items } = await college.services.activity.list(college.system, { limit: 500 });
  return items
    .map(({ event, entity_id }) => ({ name: event, entity_id }))
    .filter(about)
    .map(({ name }) => name)
    .reverse();
}

/** Dies at every write of a task in turn, until it is through; how many rounds that took. */
async function everywhere(round: (n: number) => Promise<boolean>): Promise<number> {
  for (let n = 1; n <= 40; n++) if (await round(n)) return n;
  throw new Error('does not come to an end');
}

describe('a process that dies', { timeout: 120_000 }, () => {
  test('in the middle of a sheet of 101 rows leaves all of it or nothing, told once', async () => {
    const { course_id, ids } = await college.classOf(101);
    let period = 0;
    const rounds = await everywhere(async (n) => {
      period += 1;
      const date = college.today();
      const entries = ids.map((student_id, i) => ({
        student_id,
        status: i % 3 === 0 ? 'Late' : 'Present',
        version: 0,
      }));
      const lived = await dyingAt(n, () =>
        college.services.attendance.saveSheet(college.system, course_id, date, period, { entries }),
      );
      const sheet = await college.services.attendance.sheet(college.system, course_id, date, period);
      const marked = sheet.entries.filter((e) => e.status !== null).length;
      if (lived) expect(marked).toBe(101);
      expect(marked).toBe(n === 1 ? 0 : 101);
      expect(sheet.version).toBe(marked === 0 ? 0 : 1);
      return lived;
    });
    expect(rounds).toBeGreaterThanOrEqual(5);
    // One round stored nothing; each of the others is told by one entry of its sheet's chain.
    const names = await told((e) => e.name.startsWith('attendance_'));
    expect(names).toEqual(Array.from({ length: rounds - 1 }, () => 'attendance_marked'));
    await demandTrue();
  });

  test('in the middle of a delete of a student leaves nothing of it behind', async () => {
    const { services, system } = college;
    const { course_id, ids } = await college.classOf(9);
    const other = await college.classOf(0);
    await services.courses.changeRoster(system, other.course_id, { add: ids });
    const entries = ids.map((student_id) => ({ student_id, status: 'Present' }));
    for (let period = 1; period <= 12; period++) {
      for (const day of ['2026-01-12', '2026-01-13']) {
        await services.attendance.saveSheet(system, course_id, day, period, { entries });
      }
      if (period > 6) await services.attendance.saveSheet(system, other.course_id, '2026-01-12', period, { entries });
    }
    const results = { max_marks: 89, entries: ids.map((student_id) => ({ student_id, marks: 80.1 })) };
    await services.results.saveSheet(system, course_id, 'quiz', 1, results);
    // Of a course left earlier only the records are there.
    await services.courses.changeRoster(system, other.course_id, { remove: ids });
    await Promise.all(
      ids.map((student_id, i) =>
        services.users.add(system, {
          username: `crash-${String(i)}-${student_id.slice(0, 8)}`,
          full_name: 'One',
          role: 'student',
          student_id,
          password: 'correct horse battery',
        }),
      ),
    );
    let i = 0;
    await everywhere(async (n) => {
      const student_id = ids[i] ?? '';
      i += 1;
      const { version } = college.services.students.get(college.system, student_id);
      const lived = await dyingAt(n, () => college.services.students.remove(college.system, student_id, version));
      if (n === 1) {
        expect(college.services.students.get(college.system, student_id).version).toBe(version);
        return lived;
      }
      expect(() => college.services.students.get(college.system, student_id)).toThrow('no such student');
      const { items } = await college.services.attendance.list(college.system, { student_id });
      expect(items).toEqual([]);
      expect(college.services.users.list(college.system, { student_id }).total).toBe(0);
      const { items: feed } = await college.services.activity.list(college.system, { limit: 20 });
      const mine = feed.filter((a) => a.entity_id === student_id && a.event === 'student_deleted');
      expect(mine).toHaveLength(1);
      expect(mine[0]?.summary).toContain('with 30 marks and 1 results');
      return lived;
    });
    await demandTrue();
  });

  test('in the middle of a delete of a course leaves nothing of it behind', async () => {
    const { services, system } = college;
    const everybody = await Promise.all(Array.from({ length: 46 }, () => college.student()));
    const ids = everybody.map((s) => s.student_id);
    const teacher = await services.users.add(system, {
      username: `teacher-${ids[0] ?? ''}`,
      full_name: 'Teacher',
      role: 'faculty',
      password: 'correct horse battery',
    });
    await everywhere(async (n) => {
      const course = await college.course({ faculty_id: teacher.user_id });
      const { course_id } = course;
      await college.services.courses.changeRoster(college.system, course_id, { add: ids });
      const entries = ids.map((student_id) => ({ student_id, status: 'Absent' }));
      await college.services.attendance.saveSheet(college.system, course_id, '2026-02-03', 1, { entries });
      await college.services.attendance.saveSheet(college.system, course_id, '2026-02-04', 1, { entries });
      const some = ids.slice(0, 3).map((student_id) => ({ student_id, marks: 12 }));
      await college.services.results.saveSheet(college.system, course_id, 'final', 1, { entries: some });
      const lived = await dyingAt(n, () => college.services.courses.remove(college.system, course_id, 1));
      if (n === 1) {
        expect(college.services.courses.get(college.system, course_id).version).toBe(1);
        await college.services.courses.remove(college.system, course_id, 1);
        return lived;
      }
      expect(() => college.services.courses.get(college.system, course_id)).toThrow('no such course');
      expect((await college.services.attendance.list(college.system, { course_id })).items).toEqual([]);
      const { items: feed } = await college.services.activity.list(college.system, { limit: 20 });
      const mine = feed.filter((a) => a.entity_id === course_id && a.event === 'course_deleted');
      expect(mine).toHaveLength(1);
      expect(mine[0]?.summary).toContain('with 92 marks and 3 results');
      return lived;
    });
    const [one] = ids;
    expect(college.services.students.get(college.system, one ?? '').enrolled_courses).toEqual([]);
    await demandTrue();
  });

  test('in the middle of a rename lets all stored copies follow', async () => {
    const { course_id, ids } = await college.classOf(1);
    const [student_id = ''] = ids;
    for (const day of ['2026-01-12', '2026-01-13', '2026-01-14']) {
      const entries = [{ student_id, status: 'Present' }];
      await college.services.attendance.saveSheet(college.system, course_id, day, 1, { entries });
    }
    await college.services.results.saveSheet(college.system, course_id, 'quiz', 1, {
      entries: [{ student_id, marks: 3 }],
    });
    for (let n = 2; n <= 7; n++) {
      const full_name = `Renamed ${String(n)}`;
      const { version } = college.services.students.get(college.system, student_id);
      college.dieAt(n);
      await college.services.students.change(college.system, student_id, version, { full_name });
      await expect.poll(async () => college.dead() || (await college.openJobs()) === 0).toBe(true);
      await restart();
      for (const table of ['attendance', 'results'] as const) {
        const copies = (await scan(engine.dynamo, table)).filter((item) => item['student_id'] === student_id);
        expect(new Set(copies.map((item) => item['student_name']))).toEqual(new Set([full_name]));
      }
    }
    await demandTrue();
  });
});
