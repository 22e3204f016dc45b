// What does the app know and tell when the engine stored a write but its answer got lost?
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Unavailable } from '../../src/platform/errors.ts';
import { audit, recountStats } from '../support/audit.ts';
import { isWrite, startCollege } from '../support/college.ts';
import type { College } from '../support/college.ts';
import { startTestEngine } from '../support/engine.ts';
import type { TestEngine } from '../support/engine.ts';

let engine: TestEngine;
let college: College;

beforeAll(async () => {
  engine = await startTestEngine();
});
afterAll(async () => {
  await engine.stop();
});
beforeEach(async () => {
  college = await startCollege(engine);
});
afterEach(() => {
  college.close();
});

/** Of the next writes, the answers of those counted from 1 on get lost; `deaf`: also no read is answered for a while. */
function lose(lost: (n: number) => boolean, deaf = 0): void {
  let n = 0;
  let until = 0;
  college.line.before = () => {
    if (Date.now() < until) throw new Unavailable();
  };
  college.line.after = (command) => {
    if (!isWrite(command)) return;
    n += 1;
    if (!lost(n)) return;
    until = Date.now() + deaf;
    throw new Unavailable();
  };
}

async function demandTrue(): Promise<void> {
  await expect.poll(college.openJobs).toBe(0);
  expect(await audit(college.dynamo)).toEqual([]);
  const stats = college.services.stats.stats(college.system);
  const counted = await recountStats(college.dynamo);
  expect(stats.attendance.total).toBe(counted.attendance);
  expect(stats.results).toEqual(counted.results);
  expect(stats.students).toEqual(counted.students);
  expect(stats.courses.total).toBe(counted.courses);
  expect(college.log).toEqual([]);
}

const names = (): string[] => college.events.map((event) => event.name);

describe('a lost answer', () => {
  test('of a record is asked after: the call succeeds, told once', async () => {
    lose((n) => n % 2 === 1);
    const student = await college.student();
    const changed = await college.services.students.change(college.system, student.student_id, 1, { semester: 3 });
    expect(changed.version).toBe(2);
    expect(college.services.students.get(college.system, student.student_id)).toEqual(changed);
    expect(names()).toEqual(['student_added', 'student_updated']);
    await demandTrue();
  });

  test('while nothing answers is a 503, but what was stored is known and told later, once', async () => {
    const { course_id, ids } = await college.classOf(2);
    const [student_id = ''] = ids;
    const before = names().length;
    const date = college.today();
    lose((n) => n === 1, 1_500);
    const entries = ids.map((id) => ({ student_id: id, status: 'Late' }));
    await expect(
      college.services.attendance.saveSheet(college.system, course_id, date, 1, { entries }),
    ).rejects.toThrow(Unavailable);
    expect(names().slice(before)).toEqual([]);
    await expect.poll(() => names().slice(before), { timeout: 8_000 }).toEqual(['attendance_marked']);
    const sheet = await college.services.attendance.sheet(college.system, course_id, date, 1);
    expect(sheet.entries.map((e) => e.status)).toEqual(['Late', 'Late']);
    // The repeat finds it done.
    const again = await college.services.attendance.saveSheet(college.system, course_id, date, 1, { entries });
    expect(again).toMatchObject({ created: 0, updated: 0, unchanged: 2, version: 1 });
    expect(names().slice(before)).toEqual(['attendance_marked']);
    expect(college.services.students.get(college.system, student_id).version).toBe(1);
    await demandTrue();
  });

  test('of a change whose student is deleted meanwhile does not bring the student back', async () => {
    const student = await college.student();
    lose((n) => n === 1, 300);
    const { students } = college.services;
    await expect(students.change(college.system, student.student_id, 1, { semester: 3 })).rejects.toThrow(Unavailable);
    await new Promise((resolve) => setTimeout(resolve, 350));
    // The stored version is learned from a refusal, then the student goes before the doubt is resolved.
    await students.change(college.system, student.student_id, 1, { semester: 4 }).catch(() => undefined);
    await students.remove(college.system, student.student_id, 2);
    await new Promise((resolve) => setTimeout(resolve, 1_200));
    expect(students.list(college.system, { q: student.student_code }).total).toBe(0);
    await demandTrue();
  });

  test.each([1, 2, 4])('at write %i of a large sheet still leaves the whole sheet, told once', async (n) => {
    const { course_id, ids } = await college.classOf(97);
    const before = names().length;
    const entries = ids.map((student_id) => ({ student_id, status: 'Present' }));
    lose((i) => i === n);
    const save = () => college.services.attendance.saveSheet(college.system, course_id, '2026-02-02', 1, { entries });
    await save().catch((error: unknown) => {
      expect(error).toBeInstanceOf(Unavailable);
    });
    await expect.poll(() => names().slice(before), { timeout: 8_000 }).toEqual(['attendance_marked']);
    expect(await save()).toMatchObject({ unchanged: 97, version: 1 });
    expect(names().slice(before)).toEqual(['attendance_marked']);
    await demandTrue();
  });

  test.each([1, 2, 3])('at write %i of a delete still deletes all of it, told once', async (n) => {
    const { course_id, ids } = await college.classOf(2);
    const entries = ids.map((student_id) => ({ student_id, status: 'Absent' }));
    await college.services.attendance.saveSheet(college.system, course_id, '2026-02-02', 1, { entries });
    const before = names().length;
    const [student_id = ''] = ids;
    lose((i) => i === n);
    await college.services.students.remove(college.system, student_id, 1).catch((error: unknown) => {
      expect(error).toBeInstanceOf(Unavailable);
    });
    await expect.poll(() => names().slice(before), { timeout: 8_000 }).toEqual(['student_deleted']);
    lose((i) => i === n);
    await college.services.courses.remove(college.system, course_id, 1).catch((error: unknown) => {
      expect(error).toBeInstanceOf(Unavailable);
    });
    await expect.poll(() => names().slice(before), { timeout: 8_000 }).toEqual(['student_deleted', 'course_deleted']);
    await demandTrue();
  });
});
