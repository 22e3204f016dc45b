// Is it true what the first page says is left to do: registers, exams, the first steps of a college?
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Context } from '../../src/platform/actor.ts';
import { unique } from '../support/app.ts';
import { startCollege } from '../support/college.ts';
import type { College } from '../support/college.ts';
import { startTestEngine } from '../support/engine.ts';
import type { TestEngine } from '../support/engine.ts';

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

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

/** A day of the week, so many days from today. */
const weekday = (ahead: number): string =>
  DAYS[(new Date(`${college.today()}T00:00:00Z`).getUTCDay() + ahead) % 7] ?? '';

async function teacher(): Promise<Context> {
  const { user_id, username, full_name } = await college.services.users.add(college.system, {
    username: `faculty-${unique()}`,
    full_name: 'A Teacher',
    password: 'correct horse battery',
    role: 'faculty',
  });
  return { actor: { user_id, username, full_name, role: 'faculty', student_id: null } };
}

const register = (course_id: string, ids: string[], period = 1, status: string | null = 'Present') =>
  college.services.attendance.saveSheet(college.system, course_id, college.today(), period, {
    entries: ids.map((student_id) => ({ student_id, status })),
  });
const exam = (course_id: string, ids: string[], type: string, number = 1, marks: number | null = 50) =>
  college.services.results.saveSheet(college.system, course_id, type, number, {
    max_marks: 100,
    entries: ids.map((student_id) => ({ student_id, marks })),
  });
function ofTeacher(ctx: Context, most = 10) {
  const day = college.services.due.ofTeacher(ctx, most);
  if (!day) throw new Error('this is somebody who teaches');
  return day;
}
const missing = (most = 500) => college.services.due.ofCollege(college.system, most).missing;
const codes = (lines: { course_id: string }[]): string[] => lines.map(({ course_id }) => course_id);

let ctx: Context;
let mine: { faculty_id: string };
beforeEach(async () => {
  ctx = await teacher();
  mine = { faculty_id: ctx.actor.user_id };
});

test('a teacher sees what to take, the earliest first, what rests today, and where nobody is enrolled', async () => {
  const late = await college.classOf(1, { ...mine, schedule: `${weekday(0)} 15:00` });
  const early = await college.classOf(2, { ...mine, schedule: `${weekday(0)}, ${weekday(2)} 9:00` });
  const any = await college.classOf(1, { ...mine, schedule: 'by arrangement' });
  const other = await college.classOf(1, { ...mine, schedule: `${weekday(1)} 09:00` });
  const empty = await college.course(mine);
  const day = ofTeacher(ctx);
  expect(day.whose).toBe('own');
  expect(codes(day.to_take.items)).toEqual([early.course_id, late.course_id, any.course_id]);
  expect(day.to_take.items[0]).toMatchObject({ enrolled: 2, starts: '09:00', faculty: 'A Teacher' });
  expect(day.to_take.items[0]?.sheet).toBe(`/courses/${early.course_id}/attendance/${college.today()}`);
  expect(codes(day.resting.items)).toEqual([other.course_id]);
  expect(codes(day.empty.items)).toEqual([empty.course_id]);
  expect(day.taken.total).toBe(0);
  expect(ofTeacher(ctx, 1).to_take).toMatchObject({ total: 3, items: [{ course_id: early.course_id }] });
});

test('a register that was begun counts as taken and says who is not marked yet, each period by itself', async () => {
  const { course_id, ids } = await college.classOf(3, mine);
  const [first = '', second = '', third = ''] = ids;
  await register(course_id, [first, second]);
  await register(course_id, ids, 2, 'Late');
  const { version } = college.services.students.get(college.system, third);
  const { to_take, taken } = ofTeacher(ctx);
  expect(to_take.total).toBe(0);
  expect(taken.items).toMatchObject([
    { period: 1, marked: 2, of: 3, counts: { Present: 2, Late: 0, Absent: 0 } },
    { period: 2, marked: 3, of: 3, sheet: `/courses/${course_id}/attendance/${college.today()}?period=2` },
  ]);
  // Who is not active need not be marked.
  await college.services.students.change(college.system, third, version, { status: 'withdrawn' });
  expect(ofTeacher(ctx).taken.items.map(({ of }) => of)).toEqual([2, 3]);
  // All marks taken back: it is to be taken again.
  await register(course_id, ids, 1, null);
  await register(course_id, ids, 2, null);
  expect(codes(ofTeacher(ctx).to_take.items)).toEqual([course_id]);
});

test('an exam is due where another course of the same teacher and term has results of it', async () => {
  const a = await college.classOf(1, { ...mine, course_code: `A${unique()}-30A` });
  const b = await college.classOf(1, { ...mine, course_code: `B${unique()}-30A` });
  await college.classOf(1, { ...mine, course_code: `C${unique()}-30B` }); // another term
  expect(ofTeacher(ctx).exams.total).toBe(0);
  await exam(a.course_id, a.ids, 'quiz', 2);
  const { exams } = ofTeacher(ctx);
  expect(exams.items).toMatchObject([{ exam: 'Quiz 2', courses: [{ course_id: b.course_id }] }]);
  expect(exams.items[0]?.beside).toMatch(/^A/);
  expect(exams.items[0]?.courses[0]?.sheet).toBe(`/courses/${b.course_id}/results/quiz?number=2`);
  await exam(b.course_id, b.ids, 'quiz', 2);
  expect(ofTeacher(ctx).exams.total).toBe(0);
  await exam(a.course_id, a.ids, 'quiz', 2, null);
  expect(ofTeacher(ctx).exams.items).toMatchObject([{ exam: 'Quiz 2', courses: [{ course_id: a.course_id }] }]);
});

test('a midterm is due once half of the courses of the term have results of it; a quiz is not', async () => {
  const term = `3${unique().replaceAll('-', '')}T`;
  const own = await college.classOf(1, { ...mine, course_code: `OWN-${term}` });
  const others = [];
  for (const code of ['P', 'Q', 'R']) others.push(await college.classOf(1, { course_code: `${code}-${term}` }));
  const [p, q] = others;
  if (!p || !q) throw new Error('two courses');
  await exam(p.course_id, p.ids, 'midterm');
  await exam(p.course_id, p.ids, 'quiz');
  await exam(q.course_id, q.ids, 'quiz');
  expect(ofTeacher(ctx).exams.total).toBe(0); // one of four
  await exam(q.course_id, q.ids, 'midterm');
  expect(ofTeacher(ctx).exams.items).toMatchObject([
    { exam: 'Midterm', beside: null, courses: [{ course_id: own.course_id }] },
  ]);
  await exam(q.course_id, q.ids, 'midterm', 1, null);
  expect(ofTeacher(ctx).exams.total).toBe(0);
});

test('who teaches nothing sees the courses that nobody teaches, and no more than asked for', async () => {
  const { course_id } = await college.classOf(1);
  const day = ofTeacher(ctx, 500);
  expect(day.whose).toBe('open');
  expect(codes(day.to_take.items)).toContain(course_id);
  expect(day).toMatchObject({ exams: { total: 0 }, resting: { total: 0 }, empty: { total: 0 } });
  expect(ofTeacher(ctx, 1).to_take.items).toHaveLength(1);
});

test('the office sees every course of today without a mark, until the first one is saved; also after a restart', async () => {
  const { course_id, ids } = await college.classOf(2, { ...mine, schedule: `${weekday(0)} 08:00` });
  const rests = await college.classOf(1, { schedule: weekday(1) });
  const empty = await college.course();
  expect(codes(missing().items)).toContain(course_id);
  expect(missing().items.find((line) => line.course_id === course_id)?.faculty).toBe('A Teacher');
  for (const other of [rests.course_id, empty.course_id]) expect(codes(missing().items)).not.toContain(other);
  await register(course_id, ids.slice(0, 1), 3);
  expect(codes(missing().items)).not.toContain(course_id);
  college.close();
  college = await startCollege(engine);
  expect(codes(missing().items)).not.toContain(course_id);
  expect(missing(1)).toMatchObject({ items: { length: 1 }, total: missing().total });
  // The next day begins without registers.
  college.passTime(24 * 3_600_000);
  const tomorrow = await college.classOf(1, { schedule: weekday(0) });
  expect(codes(missing().items)).toContain(tomorrow.course_id);
  await register(tomorrow.course_id, tomorrow.ids);
  expect(codes(missing().items)).not.toContain(tomorrow.course_id);
  const { version } = college.services.courses.get(college.system, tomorrow.course_id);
  await college.services.courses.remove(college.system, tomorrow.course_id, version);
  expect(codes(missing().items)).not.toContain(tomorrow.course_id);
});

test('an admin who teaches nothing has nothing to do as a teacher; one who teaches has', async () => {
  expect(college.services.due.ofTeacher(college.system, 10)).toBe(null);
  const admin: Context = { actor: { ...ctx.actor, role: 'admin' } };
  await college.classOf(1, mine);
  expect(ofTeacher(admin)).toMatchObject({ whose: 'own', to_take: { total: 1 } });
});

test('is for the staff only, and the whole college for admins', () => {
  const student: Context = { actor: { ...ctx.actor, role: 'student', student_id: 'x' } };
  expect(() => ofTeacher(student)).toThrow('role');
  expect(() => college.services.due.ofCollege(ctx, 1)).toThrow('role');
  expect(() => college.services.firstRun.steps(ctx)).toThrow('role');
});
