// Is everything that can be asked as the model has it? Every record, list, search, sheet and total, and a recount by Scan.
import { expect } from 'vitest';
import type { Mark } from '../../src/attendance/mark.ts';
import type { Result } from '../../src/results/result.ts';
import { audit, recountStats } from '../support/audit.ts';
import type { Row } from './model.ts';
import { partsOf, rowId } from './world.ts';
import type { World } from './world.ts';

const SEARCHES = ['', 'ELISE', 'ada', '-1', 'mul', '山', 'edu', '\u0301', 'nobody is called so'];
const { compare } = new Intl.Collator('en', { numeric: true });

const folded = (text: string): string =>
  text
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .toLowerCase();
const holds = (q: string, ...texts: (string | null)[]): boolean =>
  texts.some((text) => text !== null && folded(text).includes(folded(q.trim())));

type Value = string | number | boolean | null;
const rank = (a: Value, b: Value): number => {
  if (a === null || b === null) return a === b ? 0 : a === null ? -1 : 1;
  return typeof a === 'string' && typeof b === 'string' ? compare(a, b) : Number(a) - Number(b);
};

/** The ids of a list, page by page, and its total. */
function idsOf(id: string, list: (page: number) => { items: object[]; total: number }): string[] {
  const ids: string[] = [];
  for (let page = 1; ; page++) {
    const { items, total } = list(page);
    ids.push(...items.map((one) => String((one as Record<string, unknown>)[id])));
    if (ids.length >= total || items.length === 0) {
      expect(ids).toHaveLength(total);
      return ids;
    }
  }
}

/** The ids of these records in the order of a column, ties by id. */
function inOrder<T extends object>(all: T[], id: keyof T, column: keyof T, descending: boolean): string[] {
  const sorted = [...all].sort(
    (a, b) => rank(a[column] as Value, b[column] as Value) || (String(a[id]) < String(b[id]) ? -1 : 1),
  );
  return (descending ? sorted.reverse() : sorted).map((one) => String(one[id]));
}

function compareStudents({ college: { services, system }, model, gone }: World): void {
  const all = [...model.students.values()];
  for (const student of all) expect(services.students.get(system, student.student_id)).toMatchObject(student);
  for (const id of gone) {
    expect(() => services.students.get(system, id)).toThrow();
    expect(() => services.courses.get(system, id)).toThrow();
    expect(() => services.users.get(system, id)).toThrow();
  }
  for (const sort of ['student_code', 'full_name', 'semester', 'email'] as const) {
    for (const q of SEARCHES) {
      const found = all.filter((one) => holds(q, one.student_code, one.full_name, one.email));
      const order = q.length % 2 === 0 ? 'asc' : 'desc';
      const list = (page: number) => services.students.list(system, { q, sort, order, page, page_size: 7 });
      expect(idsOf('student_id', list), `search for ${q}`).toEqual(
        inOrder(found, 'student_id', sort, order === 'desc'),
      );
    }
  }
  for (const [program, status] of [
    ['BSc', 'active'],
    ['BA', 'withdrawn'],
    ['BA', undefined],
  ] as const) {
    const found = all.filter((one) => one.program === program && (!status || one.status === status));
    const list = (page: number) => services.students.list(system, { program, ...(status ? { status } : {}), page });
    expect(idsOf('student_id', list)).toEqual(inOrder(found, 'student_id', 'student_code', false));
  }
}

function compareCourses({ college: { services, system }, model }: World): void {
  const all = [...model.courses.values()].map((one) => ({
    ...one,
    faculty: model.shownFaculty(one),
    enrolled: model.members(one.course_id).length,
  }));
  for (const { enrolled, ...course } of all) {
    expect(services.courses.get(system, course.course_id)).toMatchObject(course);
    const { students } = services.courses.roster(system, course.course_id);
    expect(students.map((one) => one.student_id).sort()).toEqual(
      model
        .members(course.course_id)
        .map((one) => one.student_id)
        .sort(),
    );
    expect(students).toHaveLength(enrolled);
    const members = (page: number) => services.students.list(system, { course_id: course.course_id, page });
    expect(idsOf('student_id', members)).toHaveLength(enrolled);
  }
  for (const sort of ['course_code', 'faculty', 'capacity', 'enrolled'] as const) {
    const list = (page: number) => services.courses.list(system, { sort, page, page_size: 5 });
    expect(idsOf('course_id', list), sort).toEqual(inOrder(all, 'course_id', sort, false));
  }
  for (const q of SEARCHES) {
    const found = all.filter((one) => holds(q, one.course_code, one.course_name, one.faculty));
    const list = (page: number) => services.courses.list(system, { q, page });
    expect(idsOf('course_id', list), `search for ${q}`).toEqual(inOrder(found, 'course_id', 'course_code', false));
  }
}

function compareUsers({ college: { services, system }, model }: World): void {
  const all = [...model.users.values()];
  for (const user of all) expect(services.users.get(system, user.user_id)).toMatchObject({ ...user });
  for (const role of ['admin', 'faculty', 'student']) {
    const found = all.filter((one) => one.role === role);
    const list = (page: number) => services.users.list(system, { role, sort: 'username', page });
    expect(idsOf('user_id', list)).toEqual(inOrder(found, 'user_id', 'username', false));
  }
  const teachers = all.filter((one) => one.active && one.role !== 'student').map((one) => one.user_id);
  expect(
    services.users
      .teachers(system)
      .map((one) => one.user_id)
      .sort(),
  ).toEqual(teachers.sort());
}

interface Stored {
  key: string;
  student_id: string;
  row: Row;
}

const storedRows = ({ model }: World): Stored[] =>
  [...model.sheets].flatMap(([key, { rows }]) => [...rows].map(([student_id, row]) => ({ key, student_id, row })));

/** What any answer about this row must say. */
function shownRow({ model }: World, { key, student_id, row }: Stored): object {
  const { course_id, marks, name, n } = partsOf(key);
  const student = model.students.get(student_id);
  const course = model.courses.get(course_id);
  return {
    ...model.shownValue(row.value),
    ...(marks ? { date: name, period: n } : { exam_type: name, number: n }),
    ...{ version: row.version, student_id, course_id },
    ...{ student_code: student?.student_code, student_name: student?.full_name },
    ...{ course_code: course?.course_code, course_name: course?.course_name },
  };
}

/** A sheet has no room for titles. */
const withoutTitle = (value: object): object =>
  Object.fromEntries(Object.entries(value).filter(([field]) => field !== 'title'));

async function compareSheets(world: World): Promise<void> {
  const { college, model } = world;
  const { services, system } = college;
  for (const [key, { version, rows }] of model.sheets) {
    const { course_id, marks, name, n } = partsOf(key);
    const sheet = marks
      ? await services.attendance.sheet(system, course_id, name, n)
      : await services.results.sheet(system, course_id, name, n);
    expect([key, sheet.version]).toEqual([key, version]);
    const shown = new Set(rows.keys());
    for (const one of model.members(course_id)) if (one.status === 'active') shown.add(one.student_id);
    expect(new Set(sheet.entries.map((entry) => entry.student_id)), key).toEqual(shown);
    for (const entry of sheet.entries) {
      const row = rows.get(entry.student_id);
      const value = row ? model.shownValue(row.value) : marks ? { status: null } : { marks: null, grade: null };
      expect(entry, key).toMatchObject({
        ...withoutTitle(value),
        version: row?.version ?? 0,
        student_name: model.students.get(entry.student_id)?.full_name,
        enrolled: model.students.get(entry.student_id)?.enrolled_courses.includes(course_id) ?? false,
      });
    }
  }
}

/** All of a list that is read on by its cursor, a few at a time: every page full but for the last. */
async function walk<T>(
  list: (more: { limit: number; cursor?: string }) => Promise<{ items: T[]; next_cursor: string | null }>,
) {
  const all: T[] = [];
  let cursor: string | undefined;
  do {
    const page = await list({ limit: 7, ...(cursor === undefined ? {} : { cursor }) });
    all.push(...page.items);
    if (page.next_cursor !== null) expect(page.items).toHaveLength(7);
    cursor = page.next_cursor ?? undefined;
  } while (cursor !== undefined);
  return all;
}

async function compareRows(world: World): Promise<void> {
  const { services, system } = world.college;
  const all = storedRows(world);
  const of = (marks: boolean, fits: (one: Stored) => boolean = () => true) =>
    new Map(
      all
        .filter((one) => partsOf(one.key).marks === marks && fits(one))
        .map((one) => [rowId(one.key, one.student_id), shownRow(world, one)]),
    );
  const demand = (found: (Mark | Result)[], wanted: Map<string, object>, what: string): void => {
    const ids = found.map((one) => ('attendance_id' in one ? one.attendance_id : one.result_id));
    expect([...ids].sort(), what).toEqual([...wanted.keys()].sort());
    found.forEach((one, i) => expect(one, what).toMatchObject(wanted.get(ids[i] ?? '') ?? {}));
    const dates = found.flatMap((one) => ('date' in one ? [one.date] : []));
    expect(dates, what).toEqual([...dates].sort().reverse());
  };
  for (const { key, student_id, row } of all) {
    const id = rowId(key, student_id);
    const one = partsOf(key).marks ? await services.attendance.get(system, id) : await services.results.get(system, id);
    expect(one).toMatchObject(shownRow(world, { key, student_id, row }));
  }
  demand(
    await walk((more) => services.attendance.list(system, { from: '2000-01-01', ...more })),
    of(true),
    'all marks',
  );
  demand(await walk((more) => services.results.list(system, more)), of(false), 'all results');
  for (const student_id of world.model.students.keys()) {
    const mine = (one: Stored): boolean => one.student_id === student_id;
    demand(
      await walk((more) => services.attendance.list(system, { student_id, ...more })),
      of(true, mine),
      'marks of a student',
    );
    demand(
      await walk((more) => services.results.list(system, { student_id, ...more })),
      of(false, mine),
      'results of a student',
    );
  }
  for (const course_id of world.model.courses.keys()) {
    const its = (one: Stored): boolean => partsOf(one.key).course_id === course_id;
    demand(
      await walk((more) => services.attendance.list(system, { course_id, ...more })),
      of(true, its),
      'marks of a course',
    );
    demand(
      await walk((more) => services.results.list(system, { course_id, ...more })),
      of(false, its),
      'results of a course',
    );
    const lines = [
      ...services.attendance.sheetsOfCourse(system, course_id),
      ...services.results.examsOfCourse(system, course_id),
    ];
    const sheets = [...world.model.sheets].filter(([key, { rows }]) => key.startsWith(course_id) && rows.size > 0);
    expect(lines).toHaveLength(sheets.length);
  }
  const late = (one: Stored): boolean => 'status' in one.row.value && one.row.value.status === 'Late';
  demand(
    await walk((more) => services.attendance.list(system, { status: 'Late', from: '2000-01-01', ...more })),
    of(true, late),
    'late marks',
  );
}

async function compareTotals(world: World): Promise<void> {
  const { college, model } = world;
  const stats = college.services.stats.stats(college.system);
  const counted = await recountStats(college.dynamo);
  const values = storedRows(world).map(({ row }) => row.value);
  const grades = values.flatMap((value) => ('marks' in value ? [model.shownValue(value) as { grade: string }] : []));
  expect(stats.students).toEqual(counted.students);
  expect(stats.students.total).toBe(model.students.size);
  expect(stats.students.active).toBe([...model.students.values()].filter((one) => one.status === 'active').length);
  expect(stats.courses.total).toBe(model.courses.size);
  expect(stats.courses.total).toBe(counted.courses);
  expect(stats.results).toEqual(counted.results);
  for (const [grade, n] of Object.entries(stats.results.grades)) {
    expect([grade, n]).toEqual([grade, grades.filter((one) => one.grade === grade).length]);
  }
  expect(stats.attendance.total).toBe(values.length - grades.length);
  expect(stats.attendance.total).toBe(counted.attendance);
  for (const { date, ...counts } of stats.attendance.days) expect([date, counts]).toEqual([date, counted.on(date)]);
}

/** Waits for what is under way, then looks at everything. */
export async function demandSame(world: World): Promise<void> {
  await expect.poll(world.college.openJobs, { timeout: 20_000 }).toBe(0);
  compareStudents(world);
  compareCourses(world);
  compareUsers(world);
  await compareSheets(world);
  await compareRows(world);
  await compareTotals(world);
  expect(await audit(world.college.dynamo)).toEqual([]);
}
