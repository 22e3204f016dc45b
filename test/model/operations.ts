// What can happen in a random history? Each operation is plain data that fast-check draws, shrinks and shows.
import fc from 'fast-check';
import type { Course, Entry, Row, Student, User } from './model.ts';
import { agree, called, dayOf, NOBODY, partsOf, pick, rowId } from './world.ts';
import type { World } from './world.ts';

type Run = (world: World) => Promise<void>;
/** What was drawn, and what it does. */
export interface Operation {
  drawn: object;
  run: Run;
}

const n = fc.nat(999);
const some = fc.array(n, { maxLength: 5 });
const few = fc.array(n, { maxLength: 2 });
const stale = fc.nat(7).map((one) => one === 0);
const keyed = fc.nat(9).map((one) => one === 0);

const NAMES = [
  'Ada',
  ' ada ',
  'Élise',
  'elise',
  'Straße',
  'Müller 10',
  'Müller 9',
  '山田太郎',
  'ﬁona',
  '😀 Joy',
  'a\u0301b',
];
const name = fc.constantFrom(...NAMES);
const code = (letter: string) =>
  fc.tuple(fc.constantFrom(letter, letter.toLowerCase(), 'É', 'ß'), fc.nat(11)).map(([a, b]) => `${a}-${String(b)}`);
const remarks = fc.constantFrom(null, 'was ill', 'was\nill');
const email = fc.constantFrom(null, 'ada@college.edu', 'elise@college.edu');
const studentStatus = fc.constantFrom('active', 'active', 'graduated', 'withdrawn');

/** Mostly left out. */
const rarely = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary });

const partly = <T extends object>(shape: { [K in keyof T]: fc.Arbitrary<T[K]> }) =>
  fc.record<T>(shape, { requiredKeys: [] }) as fc.Arbitrary<Partial<T>>;

const operation = <T extends object>(
  weight: number,
  shape: { [K in keyof T]: fc.Arbitrary<T[K]> },
  run: (world: World, drawn: T) => Promise<unknown>,
) => ({
  weight,
  arbitrary: fc.record<T>(shape as never).map((drawn): Operation => ({
    drawn,
    run: async (world) => {
      await run(world, drawn);
    },
  })),
});

/** The version somebody has seen: of what is there, or one that never was. */
const seen = (stored: { version: number } | undefined, isStale: boolean): number =>
  (stored?.version ?? 1) + (isStale ? 1_000 : 0);

const trimmed = <T extends object>(fields: T): T =>
  Object.fromEntries(Object.entries(fields).map(([k, v]) => [k, typeof v === 'string' ? v.trim() : v])) as T;

const studentFields = { student_code: code('S'), full_name: name, program: fc.constantFrom('BSc', 'BA'), email };
const studentMore = { semester: fc.constantFrom(null, 1, 12), status: studentStatus };

const students = [
  operation(12, { ...studentFields, ...studentMore, courses: some, keyed }, async (world, drawn) => {
    const { courses, keyed, ...fields } = drawn;
    const enrolled_courses = [...new Set(courses.map((one) => pick(world, world.model.courses, one)))];
    const input = { ...fields, enrolled_courses };
    const student = { ...trimmed(input), version: 1 } as Student;
    const outcome = world.model.addStudent(student);
    const call = (ctx: World['college']['system']) => world.college.services.students.add(ctx, input);
    const made = (await agree(world, { what: ['add student', input], outcome, call, keyed })) as Student | undefined;
    if (!made) return;
    called(world, 'student', made.student_id);
    world.model.students.set(made.student_id, { ...student, student_id: made.student_id });
  }),
  operation(
    10,
    { who: n, stale, patch: partly({ ...studentFields, ...studentMore }), courses: rarely(some), keyed },
    (world, { who, stale, patch, courses, keyed }) => {
      const id = pick(world, world.model.students, who);
      const stored = world.model.students.get(id);
      const version = seen(stored, stale);
      // Courses keep their order: those that stay, then the new ones.
      const wanted = courses && [...new Set(courses.map((one) => pick(world, world.model.courses, one)))];
      const kept = stored?.enrolled_courses.filter((one) => wanted?.includes(one)) ?? [];
      const sent = { ...patch, ...(wanted ? { enrolled_courses: [...new Set([...kept, ...wanted])] } : {}) };
      const outcome = world.model.changeStudent(id, version, trimmed(sent));
      const call = (ctx: World['college']['system']) => world.college.services.students.change(ctx, id, version, sent);
      return agree(world, { what: ['change', id, stale ? '(stale)' : '', sent], outcome, call, keyed });
    },
  ),
  operation(3, { who: n, stale, keyed }, async (world, { who, stale, keyed }) => {
    const id = pick(world, world.model.students, who);
    const version = seen(world.model.students.get(id), stale);
    const outcome = world.model.removeStudent(id, version);
    const call = (ctx: World['college']['system']) => world.college.services.students.remove(ctx, id, version);
    await agree(world, { what: ['remove', id, stale ? '(stale)' : ''], outcome, call, keyed });
    if (typeof outcome !== 'number') world.gone.push(id);
  }),
];

const courseFields = {
  course_code: code('C'),
  course_name: name,
  credits: fc.constantFrom(0, 2.5, 30),
  capacity: fc.constantFrom(null, null, 1, 3, 6),
};
const teacher = fc.option(n, { freq: 3 });
const teacherOf = (world: World, drawn: number | null): string | null =>
  drawn === null ? null : pick(world, world.model.users, drawn);

const courses = [
  operation(5, { ...courseFields, teacher, keyed }, async (world, { teacher, keyed, ...fields }) => {
    const input = { ...fields, faculty_id: teacherOf(world, teacher) };
    const course = { ...trimmed(input), faculty: null, version: 1 } as Course;
    const outcome = world.model.addCourse(course);
    const shown = () => ({ ...course, faculty: world.model.shownFaculty(course) });
    const call = (ctx: World['college']['system']) => world.college.services.courses.add(ctx, input);
    const made = (await agree(world, { what: ['add course', input], outcome, call, keyed, shown })) as
      Course | undefined;
    if (!made) return;
    called(world, 'course', made.course_id);
    world.model.courses.set(made.course_id, { ...course, course_id: made.course_id });
  }),
  operation(
    6,
    { who: n, stale, patch: partly(courseFields), teacher: rarely(teacher), keyed },
    (world, { who, stale, patch, teacher, keyed }) => {
      const id = pick(world, world.model.courses, who);
      const version = seen(world.model.courses.get(id), stale);
      const sent = { ...patch, ...(teacher === undefined ? {} : { faculty_id: teacherOf(world, teacher) }) };
      const outcome = world.model.changeCourse(id, version, trimmed(sent));
      const shown = (course: Course) => ({ ...course, faculty: world.model.shownFaculty(course) });
      const call = (ctx: World['college']['system']) => world.college.services.courses.change(ctx, id, version, sent);
      return agree(world, { what: ['change', id, stale ? '(stale)' : '', sent], outcome, call, keyed, shown });
    },
  ),
  operation(1, { who: n, stale, keyed }, async (world, { who, stale, keyed }) => {
    const id = pick(world, world.model.courses, who);
    const version = seen(world.model.courses.get(id), stale);
    const outcome = world.model.removeCourse(id, version);
    const call = (ctx: World['college']['system']) => world.college.services.courses.remove(ctx, id, version);
    await agree(world, { what: ['remove', id, stale ? '(stale)' : ''], outcome, call, keyed });
    if (typeof outcome !== 'number') world.gone.push(id);
  }),
  operation(8, { who: n, joins: few, leaves: few, keyed }, (world, { who, joins, leaves, keyed }) => {
    const id = pick(world, world.model.courses, who);
    const change = {
      add: joins.map((one) => pick(world, world.model.students, one)),
      remove: leaves.map((one) => pick(world, world.model.students, one)),
    };
    const outcome = world.model.changeRoster(id, change.add, change.remove);
    const call = (ctx: World['college']['system']) => world.college.services.courses.changeRoster(ctx, id, change);
    return agree(world, { what: ['roster of', id, change], outcome, call, keyed });
  }),
];

const userFields = {
  username: code('U'),
  full_name: name,
  role: fc.constantFrom('admin', 'faculty', 'faculty', 'student'),
  active: fc.nat(3).map((one) => one > 0),
};
const studentOf = (world: World, drawn: number | null): string | null =>
  drawn === null ? null : pick(world, world.model.students, drawn);

const users = [
  operation(5, { ...userFields, student: fc.option(n), keyed }, async (world, { student, keyed, ...fields }) => {
    // Mostly as it must be: a student's login belongs to a student, no other does.
    const fits = student === null || student % 5 > 0;
    const student_id = fits === (fields.role === 'student') ? studentOf(world, student ?? 0) : null;
    const user = { ...trimmed(fields), student_id, version: 1 } as User;
    const outcome = world.model.addUser(user);
    const call = (ctx: World['college']['system']) => world.college.services.users.add(ctx, { ...fields, student_id });
    const made = (await agree(world, { what: ['add user', user], outcome, call, keyed })) as User | undefined;
    if (!made) return;
    called(world, 'user', made.user_id);
    world.model.users.set(made.user_id, { ...user, user_id: made.user_id });
  }),
  operation(
    6,
    { who: n, stale, patch: partly(userFields), student: rarely(fc.option(n)), keyed },
    (world, { who, stale, patch, student, keyed }) => {
      const id = pick(world, world.model.users, who);
      const version = seen(world.model.users.get(id), stale);
      const sent = { ...patch, ...(student === undefined ? {} : { student_id: studentOf(world, student) }) };
      const outcome = world.model.changeUser(id, version, trimmed(sent));
      const call = (ctx: World['college']['system']) => world.college.services.users.change(ctx, id, version, sent);
      return agree(world, { what: ['change', id, stale ? '(stale)' : '', sent], outcome, call, keyed });
    },
  ),
  operation(2, { who: n, stale, keyed }, async (world, { who, stale, keyed }) => {
    const id = pick(world, world.model.users, who);
    const version = seen(world.model.users.get(id), stale);
    const outcome = world.model.removeUser(id, version);
    const call = (ctx: World['college']['system']) => world.college.services.users.remove(ctx, id, version);
    await agree(world, { what: ['remove', id, stale ? '(stale)' : ''], outcome, call, keyed });
    if (typeof outcome !== 'number') world.gone.push(id);
  }),
];

const TODAY_TOO_LATE = 2;
/** A sheet: of a day from four days ago to the day after tomorrow, or of an exam. */
const place = fc.record({
  course: n,
  at: fc.oneof(
    {
      weight: 5,
      arbitrary: fc.tuple(fc.constant('attendance'), fc.integer({ min: -4, max: 2 }), fc.integer({ min: 1, max: 2 })),
    },
    { weight: 4, arbitrary: fc.tuple(fc.constant('results'), fc.nat(1), fc.integer({ min: 1, max: 2 })) },
  ),
});
type Place = typeof place extends fc.Arbitrary<infer T> ? T : never;
const isLate = ({ at: [kind, which] }: Place): boolean => kind === 'attendance' && which >= TODAY_TOO_LATE;

function keyOf(world: World, { course, at: [kind, which, number] }: Place): string {
  const name = kind === 'attendance' ? dayOf(world, which) : ['quiz', 'final'][which];
  return [pick(world, world.model.courses, course), kind, name, number].join('/');
}

/** Mostly somebody who takes the course. */
function member(world: World, course_id: string, drawn: number): string {
  const members = world.model.members(course_id);
  const somebody = pick(world, world.model.students, drawn);
  return drawn % 8 === 7 ? somebody : (members[drawn % Math.max(1, members.length)]?.student_id ?? somebody);
}

const status = fc.constantFrom('Present', 'Absent', 'Late');
const points = fc.constantFrom(0, 0, 0.000001, 0.5, 39.999999, 40, 44.5, 62.3, 71.2, 80.1, 89, 1_000_000);
const max = fc.constantFrom(0.5, 89, 89, 89, 89, 100, 100, 1_000_000);

/** Every row there is, as its sheet and student; none there is when nothing is drawn. */
function someRow(world: World, drawn: number): [key: string, student_id: string] {
  const rows = [...world.model.sheets].flatMap(([key, { rows }]) => [...rows.keys()].map((id) => [key, id] as const));
  const [key, student_id] = rows[drawn % Math.max(1, rows.length)] ?? [`${NOBODY}/attendance/2026-01-05/1`, NOBODY];
  return drawn % 40 === 39 ? [key, NOBODY] : [key, student_id];
}

const servicesOf = (world: World, key: string) =>
  partsOf(key).marks ? world.college.services.attendance : world.college.services.results;

const rows = [
  operation(
    14,
    { place, who: n, status, points, max, remarks, title: fc.constantFrom(null, 'Re-sit'), keyed },
    (world, drawn) => {
      const key = keyOf(world, drawn.place);
      const { course_id, marks, name, n: number } = partsOf(key);
      const student_id = member(world, course_id, drawn.who);
      const { remarks, title } = drawn;
      const value = marks
        ? { status: drawn.status, remarks }
        : { marks: drawn.points, max_marks: drawn.max, title, remarks };
      const at = marks ? { date: name, period: number } : { exam_type: name, number };
      const outcome = isLate(drawn.place) ? 422 : world.model.addRow(key, student_id, value);
      const shown = (row: Row) => ({ ...world.model.shownValue(row.value), version: row.version, student_id });
      const call = (ctx: World['college']['system']) =>
        servicesOf(world, key).add(ctx, { student_id, course_id, ...at, ...value });
      return agree(world, { what: ['add', key, student_id, value], outcome, call, keyed: drawn.keyed, shown });
    },
  ),
  operation(
    10,
    {
      row: n,
      stale,
      mark: partly({ status, remarks }),
      result: partly({ marks: points, max_marks: max, title: fc.constantFrom(null, 'Re-sit'), remarks }),
      keyed,
    },
    (world, { row, stale, mark, result, keyed }) => {
      const [key, student_id] = someRow(world, row);
      const patch = partsOf(key).marks ? mark : result;
      const version = seen(world.model.sheet(key).rows.get(student_id), stale);
      const outcome = world.model.changeRow(key, student_id, version, patch);
      const shown = (one: Row) => ({ ...world.model.shownValue(one.value), version: one.version });
      const call = (ctx: World['college']['system']) =>
        servicesOf(world, key).change(ctx, rowId(key, student_id), version, patch);
      const what: [string, ...unknown[]] = ['change', key, student_id, stale ? '(stale)' : '', patch];
      return agree(world, { what, outcome, call, keyed, shown });
    },
  ),
  operation(4, { row: n, stale, keyed }, (world, { row, stale, keyed }) => {
    const [key, student_id] = someRow(world, row);
    const version = seen(world.model.sheet(key).rows.get(student_id), stale);
    const outcome = world.model.removeRow(key, student_id, version);
    const call = (ctx: World['college']['system']) =>
      servicesOf(world, key).remove(ctx, rowId(key, student_id), version);
    return agree(world, { what: ['remove', key, student_id, stale ? '(stale)' : ''], outcome, call, keyed });
  }),
  operation(
    20,
    {
      place,
      /** Of those who take the course, those whose bit is set; now and then an outsider. */
      whom: fc.nat(0xffff),
      outsider: rarely(rarely(n)),
      seen: fc.constantFrom('nothing', 'nothing', 'versions', 'versions', 'a stale one'),
      value: fc.array(
        fc.tuple(
          fc.option(status, { freq: 6 }),
          fc.option(points, { freq: 6 }),
          fc.option(remarks, { nil: undefined }),
        ),
        {
          minLength: 1,
          maxLength: 4,
        },
      ),
      max: fc.option(max, { nil: undefined }),
      keyed,
    },
    (world, drawn) => {
      const key = keyOf(world, drawn.place);
      const { course_id, marks, name, n: number } = partsOf(key);
      const { rows } = world.model.sheet(key);
      const class_ = world.model.members(course_id).filter((_, i) => (drawn.whom >> (i % 16)) % 2 === 1);
      const ids = class_.map((student) => student.student_id);
      if (drawn.outsider !== undefined) ids.push(pick(world, world.model.students, drawn.outsider));
      const versionOf = (id: string, i: number): { version?: number } => {
        if (drawn.seen === 'nothing') return {};
        return { version: (rows.get(id)?.version ?? 0) + (drawn.seen !== 'versions' && i === 0 ? 1 : 0) };
      };
      const entries = ids.map((student_id, i): Entry => {
        const [status, points, remarks] = drawn.value[i % drawn.value.length] ?? [null, null, undefined];
        const said = remarks === undefined ? {} : { remarks };
        const value = marks ? status && { status, ...said } : points === null ? null : { marks: points, ...said };
        return { student_id, ...versionOf(student_id, i), value };
      });
      const outcome = isLate(drawn.place) ? 404 : world.model.saveSheet(key, entries, drawn.max);
      const none = marks ? { status: null } : { marks: null };
      const sent = entries.map(({ value, ...entry }) => ({ ...entry, ...(value ?? none) }));
      const call = (ctx: World['college']['system']): Promise<unknown> =>
        marks
          ? world.college.services.attendance.saveSheet(ctx, course_id, name, number, { entries: sent })
          : world.college.services.results.saveSheet(ctx, course_id, name, number, {
              ...(drawn.max === undefined ? {} : { max_marks: drawn.max }),
              entries: sent,
            });
      return agree(world, { what: ['save', key, drawn.max ?? '', sent], outcome, call, keyed: drawn.keyed });
    },
  ),
];

const restart = operation(0.4, {}, async (world) => {
  world.journal.push('the process ends and another one starts');
  await world.restart();
});

/** One operation of a history. */
export const anyOperation: fc.Arbitrary<Operation> = fc.oneof(
  ...[...students, ...courses, ...users, ...rows, restart].map(({ weight, arbitrary }) => ({
    weight: Math.round(weight * 10),
    arbitrary,
  })),
);
