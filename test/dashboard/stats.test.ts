// Are the numbers of the dashboard what a recount of the tables says, on the college's own days?
import { afterAll, beforeAll, expect, test } from 'vitest';
import { addDays } from '../../src/platform/clock.ts';
import { recountStats } from '../support/audit.ts';
import { startCollege } from '../support/college.ts';
import type { College } from '../support/college.ts';
import { startTestEngine } from '../support/engine.ts';
import type { TestEngine } from '../support/engine.ts';

let engine: TestEngine;
let college: College;
const stats = () => college.services.stats.stats(college.system);

beforeAll(async () => {
  engine = await startTestEngine();
  college = await startCollege(engine, { env: { TIME_ZONE: 'Pacific/Kiritimati' } }); // 14 hours ahead of UTC
});
afterAll(async () => {
  college.close();
  await engine.stop();
});

test('of an empty college are zeros and nulls, with all days and grades', () => {
  const now = stats();
  expect(now.students).toEqual({ total: 0, active: 0, by_program: {} });
  expect(now.courses).toEqual({ total: 0 });
  expect(now.attendance.total).toBe(0);
  expect(now.attendance.today).toEqual({ present: 0, absent: 0, late: 0, rate: null });
  expect(now.results).toEqual({
    total: 0,
    average_percentage: null,
    pass_rate: null,
    grades: { 'A+': 0, A: 0, 'B+': 0, B: 0, C: 0, D: 0, F: 0 },
  });
  const days = now.attendance.days.map((d) => d.date);
  expect(days).toEqual(Array.from({ length: 30 }, (_, i) => addDays(college.today(), i - 29)));
  expect(days.at(-1)).toBe(new Date(Date.now() + 14 * 3_600_000).toISOString().slice(0, 10));
});

test('follow every change and equal a recount, also after a restart and a day later', async () => {
  const { services, system } = college;
  const { course_id, ids } = await college.classOf(7);
  await college.student({ program: '__proto__', status: 'graduated' });
  await college.student({ program: 'Élan', status: 'withdrawn' });
  for (const [days, n] of [
    [0, 7],
    [1, 5],
    [-29, 3],
    [-30, 2],
  ] as const) {
    const entries = ids
      .slice(0, n)
      .map((student_id, i) => ({ student_id, status: ['Present', 'Absent', 'Late'][i % 3] }));
    await services.attendance.saveSheet(system, course_id, addDays(college.today(), days), 1, { entries });
  }
  const marks = [80.1, 89, 31.15, 0.01, 35.6, 35.5, 71.2];
  const entries = ids.map((student_id, i) => ({ student_id, marks: marks[i] ?? 0 }));
  await services.results.saveSheet(system, course_id, 'final', 1, { max_marks: 89, entries });

  const demandTrue = async (): Promise<void> => {
    const now = stats();
    const counted = await recountStats(college.dynamo);
    expect(JSON.stringify(now.students.by_program)).toContain('"__proto__":1');
    expect(now.students.total).toBe(counted.students.total);
    expect(now.students.active).toBe(counted.students.active);
    expect(now.attendance.total).toBe(counted.attendance);
    expect(now.results).toEqual(counted.results);
    expect(now.attendance.days).toHaveLength(30);
    for (const { date, ...counts } of now.attendance.days) expect(counts).toEqual(counted.on(date));
    const { rate, ...today } = now.attendance.today;
    expect(today).toEqual(counted.on(college.today()));
    expect(rate).toBe(counted.rate(today.present + today.late, today.present + today.absent + today.late));
  };
  await demandTrue();
  expect(stats().attendance.today).toEqual({ present: 3, absent: 2, late: 2, rate: 71.43 });
  expect(stats().attendance.days[0]).toMatchObject({ present: 1, absent: 1, late: 1 });
  expect(stats().results.grades).toEqual({ 'A+': 2, A: 1, 'B+': 0, B: 0, C: 0, D: 1, F: 3 });
  expect(stats().results.pass_rate).toBe(57.14);

  college.close();
  college = await startCollege(engine, { env: { TIME_ZONE: 'Pacific/Kiritimati' } });
  await demandTrue();
  // A day later what was tomorrow is today, and the oldest day has left.
  college.passTime(24 * 3_600_000);
  await demandTrue();
  expect(stats().attendance.today).toEqual({ present: 2, absent: 2, late: 1, rate: 60 });
});

test('leave out what is going from the moment that it answers 404, step by step until it is gone', async () => {
  const { course_id, ids } = await college.classOf(2);
  for (let period = 1; period <= 10; period++) {
    const entries = ids.map((student_id) => ({ student_id, status: 'Late' }));
    await college.services.attendance.saveSheet(college.system, course_id, college.today(), period, { entries });
  }
  for (let number = 1; number <= 20; number++) {
    const entries = ids.map((student_id) => ({ student_id, marks: 91 }));
    await college.services.results.saveSheet(college.system, course_id, 'quiz', number, { entries });
  }
  const [leaving = ''] = ids;
  const full = stats();
  const left = { attendance: full.attendance.total - 10, best: full.results.grades['A+'] - 20 };
  const seen = new Set<string>();
  const gone = (): boolean => {
    try {
      college.services.students.get(college.system, leaving);
      return false;
    } catch {
      return true;
    }
  };
  college.line.before = () => {
    if (gone()) seen.add(JSON.stringify({ attendance: stats().attendance.total, best: stats().results.grades['A+'] }));
  };
  await college.services.students.remove(
    college.system,
    leaving,
    college.services.students.get(college.system, leaving).version,
  );
  college.line.before = () => undefined;
  expect([...seen]).toEqual([JSON.stringify(left)]);
  expect({ attendance: stats().attendance.total, best: stats().results.grades['A+'] }).toEqual(left);
});

test('are for staff only', () => {
  const learner = { ...college.system.actor, role: 'student' as const, student_id: 'x' };
  expect(() => college.services.stats.stats({ actor: learner })).toThrow('role');
});
