// Does a long random history end where a model of it ends? Lists, sheets, statistics and a recount must all agree.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { addDays } from '../../src/platform/clock.ts';
import { gradeOf } from '../../src/results/grading.ts';
import { audit, recountStats } from '../support/audit.ts';
import { startCollege } from '../support/college.ts';
import type { College } from '../support/college.ts';
import { startTestEngine } from '../support/engine.ts';
import type { TestEngine } from '../support/engine.ts';

const OPERATIONS = 300;
const SEEDS = [11, 2_026];

let engine: TestEngine;
let college: College;
beforeAll(async () => {
  engine = await startTestEngine();
});
afterAll(async () => {
  await engine.stop();
});

interface Learner {
  id: string;
  code: string;
  program: string;
  active: boolean;
  version: number;
  courses: Set<string>;
}

/** What must be: the same rules, written down a second time without a database. */
function createModel() {
  const students = new Map<string, Learner>();
  const courses = new Map<string, { id: string; version: number; capacity: number | null }>();
  /** `<course>|<date>|<period>` → student → status; `<course>|<exam>` → student → marks. */
  const marks = new Map<string, Map<string, string>>();
  const results = new Map<string, Map<string, number>>();
  const sheet = <V>(all: Map<string, Map<string, V>>, key: string): Map<string, V> => {
    let found = all.get(key);
    if (!found) all.set(key, (found = new Map()));
    return found;
  };
  const size = (course: string): number => [...students.values()].filter((s) => s.courses.has(course)).length;
  return { students, courses, marks, results, sheet, size };
}

const STATUSES = ['Present', 'Absent', 'Late'] as const;
const MAX = 89;

test.each(SEEDS)('a history of random operations (%i)', { timeout: 120_000 }, async (seed) => {
  college = await startCollege(engine);
  const model = createModel();
  let state = seed;
  const random = (n: number): number => (state = (state * 48_271) % 2_147_483_647) % n;
  const pick = <T>(all: Iterable<T>): T | undefined => {
    const list = [...all];
    return list[random(Math.max(1, list.length))];
  };
  // What an earlier seed left in the tables is not this one's.
  for (const course of college.services.courses.list(college.system, { page_size: 500 }).items) {
    await college.services.courses.remove(college.system, course.course_id, course.version);
  }
  for (const s of college.services.students.list(college.system, { page_size: 500 }).items) {
    await college.services.students.remove(college.system, s.student_id, s.version);
  }
  const today = college.today();
  const refused = async (promise: Promise<unknown>, status: number): Promise<void> => {
    await expect(promise).rejects.toMatchObject({ status });
  };
  const inside = (course: string): Learner[] => [...model.students.values()].filter((s) => s.courses.has(course));

  const operations: [weight: number, run: () => Promise<void>][] = [
    [
      12,
      async () => {
        const program = ['BSc', 'BA', 'MSc'][random(3)] ?? '';
        const mine = [...model.courses.values()].filter(
          (c) => random(2) === 0 && (c.capacity ?? 99) > model.size(c.id),
        );
        const code = `H${String(seed)}-${String(model.students.size)}-${String(state)}`;
        const made = await college.student({ student_code: code, program, enrolled_courses: mine.map((c) => c.id) });
        model.students.set(made.student_id, {
          id: made.student_id,
          code,
          program,
          active: true,
          version: 1,
          courses: new Set(mine.map((c) => c.id)),
        });
      },
    ],
    [
      3,
      async () => {
        const capacity = random(2) === 0 ? 4 + random(6) : null;
        const made = await college.course({ capacity });
        model.courses.set(made.course_id, { id: made.course_id, version: 1, capacity });
      },
    ],
    [
      10,
      async () => {
        const s = pick(model.students.values());
        if (!s) return;
        const active = random(4) !== 0;
        const version = s.version - (random(6) === 0 ? 1 : 0);
        const change = college.services.students.change(college.system, s.id, version, {
          status: active ? 'active' : 'withdrawn',
          full_name: `N${String(random(5))}`,
        });
        if (version !== s.version) return refused(change, 412);
        const after = await change;
        s.active = active;
        s.version = after.version;
      },
    ],
    [
      8,
      async () => {
        const c = pick(model.courses.values());
        if (!c) return;
        const add = [...model.students.values()].filter((s) => !s.courses.has(c.id) && random(4) === 0);
        const remove = inside(c.id).filter(() => random(5) === 0);
        const by = add.length - remove.length;
        const change = college.services.courses.changeRoster(college.system, c.id, {
          add: add.map((s) => s.id),
          remove: remove.map((s) => s.id),
        });
        if (c.capacity !== null && by > 0 && model.size(c.id) + by > c.capacity) return refused(change, 409);
        expect(await change).toEqual({ added: add.length, removed: remove.length, unchanged: 0 });
        for (const s of [...add, ...remove]) s.version += 1;
        for (const s of add) s.courses.add(c.id);
        for (const s of remove) s.courses.delete(c.id);
      },
    ],
    [
      25,
      async () => {
        const c = pick(model.courses.values());
        if (!c) return;
        const date = addDays(today, -random(34));
        const rows = model.sheet(model.marks, `${c.id}|${date}|1`);
        const wanted = inside(c.id)
          .filter(() => random(3) !== 0)
          .map((s) => ({ student_id: s.id, status: random(7) === 0 ? null : (STATUSES[random(3)] ?? null) }));
        const outsider =
          random(12) === 0
            ? [...model.students.values()].find((s) => !s.courses.has(c.id) && !rows.has(s.id))
            : undefined;
        const entries = outsider ? [...wanted, { student_id: outsider.id, status: 'Late' as const }] : wanted;
        const save = college.services.attendance.saveSheet(college.system, c.id, date, 1, { entries });
        if (outsider) return refused(save, 422);
        const counts = { created: 0, updated: 0, removed: 0, unchanged: 0 };
        for (const { student_id, status } of wanted) {
          const before = rows.get(student_id);
          if ((before ?? null) === status) counts.unchanged += 1;
          else if (status === null) counts.removed += 1;
          else if (before === undefined) counts.created += 1;
          else counts.updated += 1;
          if (status === null) rows.delete(student_id);
          else rows.set(student_id, status);
        }
        expect(await save).toMatchObject(counts);
      },
    ],
    [
      15,
      async () => {
        const c = pick(model.courses.values());
        const s = pick(model.students.values());
        if (!c || !s) return;
        const date = addDays(today, -random(34));
        const rows = model.sheet(model.marks, `${c.id}|${date}|1`);
        const status = STATUSES[random(3)] ?? 'Late';
        const add = college.services.attendance.add(college.system, {
          student_id: s.id,
          course_id: c.id,
          date,
          status,
        });
        if (!s.courses.has(c.id)) return refused(add, 422);
        if (rows.has(s.id)) return refused(add, 409);
        await add;
        rows.set(s.id, status);
      },
    ],
    [
      12,
      async () => {
        const { items } = await college.services.attendance.list(college.system, { from: '2000-01-01', limit: 40 });
        const m = pick(items);
        if (!m) return;
        const rows = model.sheet(model.marks, `${m.course_id}|${m.date}|1`);
        expect(rows.get(m.student_id)).toBe(m.status);
        if (random(3) === 0) {
          await college.services.attendance.remove(college.system, m.attendance_id, m.version);
          rows.delete(m.student_id);
        } else {
          const status = STATUSES[random(3)] ?? 'Late';
          await college.services.attendance.change(college.system, m.attendance_id, m.version, { status });
          rows.set(m.student_id, status);
        }
      },
    ],
    [
      15,
      async () => {
        const c = pick(model.courses.values());
        if (!c) return;
        const exam = ['quiz', 'final'][random(2)] ?? '';
        const rows = model.sheet(model.results, `${c.id}|${exam}`);
        const entries = inside(c.id)
          .filter(() => random(2) === 0)
          .map((s) => ({
            student_id: s.id,
            marks: random(8) === 0 ? null : random(891) / 10 > MAX ? MAX : random(890) / 10,
          }));
        await college.services.results.saveSheet(college.system, c.id, exam, 1, { max_marks: MAX, entries });
        for (const { student_id, marks } of entries) {
          if (marks === null) rows.delete(student_id);
          else rows.set(student_id, marks);
        }
      },
    ],
    [
      3,
      async () => {
        const s = pick(model.students.values());
        if (!s || model.students.size < 5) return;
        await college.services.students.remove(college.system, s.id, s.version);
        model.students.delete(s.id);
        for (const rows of [...model.marks.values(), ...model.results.values()]) rows.delete(s.id);
      },
    ],
    [
      1,
      async () => {
        const c = pick(model.courses.values());
        if (!c || model.courses.size < 3) return;
        await college.services.courses.remove(college.system, c.id, c.version);
        model.courses.delete(c.id);
        for (const s of model.students.values()) if (s.courses.delete(c.id)) s.version += 1;
        for (const all of [model.marks, model.results])
          for (const key of all.keys()) if (key.startsWith(c.id)) all.delete(key);
      },
    ],
    [
      1,
      async () => {
        college.close();
        college = await startCollege(engine);
      },
    ],
  ];
  const total = operations.reduce((n, [weight]) => n + weight, 0);

  async function demandSame(): Promise<void> {
    const { services, system } = college;
    const shown = services.students.list(system, { page_size: 500, sort: 'student_code' }).items;
    expect(new Map(shown.map((s) => [s.student_id, [s.version, s.status, [...s.enrolled_courses].sort()]]))).toEqual(
      new Map(
        [...model.students.values()].map((s) => [
          s.id,
          [s.version, s.active ? 'active' : 'withdrawn', [...s.courses].sort()],
        ]),
      ),
    );
    for (const c of services.courses.list(system, { page_size: 500 }).items)
      expect(c.enrolled).toBe(model.size(c.course_id));
    for (const [key, rows] of model.marks) {
      const [course = '', date = ''] = key.split('|');
      const { entries } = await services.attendance.sheet(system, course, date, 1);
      const marked = entries.filter((e) => e.status !== null).map((e) => [e.student_id, e.status] as const);
      expect(new Map(marked)).toEqual(rows);
    }
    for (const [key, rows] of model.results) {
      const [course = '', exam = ''] = key.split('|');
      const { entries } = await services.results.sheet(system, course, exam, 1);
      const entered = entries.filter((e) => e.marks !== null).map((e) => [e.student_id, e.marks] as const);
      expect(new Map(entered)).toEqual(rows);
    }
    for (const s of model.students.values()) {
      const mine = [...model.marks.values()].filter((rows) => rows.has(s.id)).length;
      expect((await services.attendance.list(system, { student_id: s.id, limit: 1000 })).items).toHaveLength(mine);
    }
    const stats = services.stats.stats(system);
    const statuses = [...model.marks.values()].flatMap((rows) => [...rows.values()]);
    const grades = [...model.results.values()].flatMap((rows) => [...rows.values()].map((m) => gradeOf(m, MAX).grade));
    expect(stats.attendance.total).toBe(statuses.length);
    expect(stats.results.total).toBe(grades.length);
    for (const [grade, n] of Object.entries(stats.results.grades))
      expect(n).toBe(grades.filter((g) => g === grade).length);
    const counted = await recountStats(college.dynamo);
    expect(stats.attendance.total).toBe(counted.attendance);
    expect(stats.results).toEqual(counted.results);
    expect(stats.students).toEqual(counted.students);
    for (const { date, ...counts } of stats.attendance.days) expect(counts).toEqual(counted.on(date));
  }

  for (let i = 0; i < OPERATIONS; i++) {
    let at = random(total);
    const [, run] = operations.find(([weight]) => (at -= weight) < 0) ?? operations[0]!;
    await run();
    if (i % 150 === 149) await demandSame();
  }
  await expect.poll(college.openJobs).toBe(0);
  await demandSame();
  expect(await audit(engine.dynamo)).toEqual([]);
  college.close();
  college = await startCollege(engine);
  await demandSame();
  college.close();
});
