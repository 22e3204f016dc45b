// What happens to work that is interrupted while life goes on: a large save that hangs, a roster that fills up?
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Unavailable } from '../../src/platform/errors.ts';
import { audit, recountStats } from '../support/audit.ts';
import { isWrite, startCollege } from '../support/college.ts';
import type { College } from '../support/college.ts';
import { startTestEngine } from '../support/engine.ts';
import type { TestEngine } from '../support/engine.ts';

let engine: TestEngine;
let college: College;

beforeEach(async () => {
  engine = await startTestEngine();
  college = await startCollege(engine);
});
afterEach(async () => {
  college.line.before = () => undefined;
  college.line.after = () => undefined;
  await expect.poll(college.openJobs).toBe(0);
  expect(await audit(engine.dynamo)).toEqual([]);
  expect(college.services.stats.stats(college.system).attendance.total).toBe(
    (await recountStats(engine.dynamo)).attendance,
  );
  college.close();
  await engine.stop();
});

/** The n-th write from now on, and for so long every one after it, does not reach the engine. */
function cut(n: number, ms: number): void {
  let sent = 0;
  let until = 0;
  college.line.before = (command) => {
    if (isWrite(command)) sent += 1;
    if (sent === n && until === 0) until = Date.now() + ms;
    if (Date.now() < until) throw new Unavailable();
  };
}

test('a student who left the course and went during a large save leaves no mark behind', async () => {
  const { course_id, ids } = await college.classOf(100);
  const last = ids.at(-1) ?? '';
  const { attendance, courses, students } = college.services;
  cut(2, 50);
  const entries = ids.map((student_id) => ({ student_id, status: 'Present' }));
  await expect(attendance.saveSheet(college.system, course_id, '2026-01-05', 1, { entries })).rejects.toThrow(
    Unavailable,
  );
  await new Promise((resolve) => setTimeout(resolve, 60));
  // The save is tried again in a second; until then the sheet is closed, but everything else goes on.
  await courses.changeRoster(college.system, course_id, { remove: [last] });
  await students.remove(college.system, last, 2);
  const sheet = await attendance.sheet(college.system, course_id, '2026-01-05', 1);
  expect(sheet.entries.map((e) => e.student_id)).not.toContain(last);
});

test('a sheet that hangs is finished by the next who needs it', async () => {
  const { course_id, ids } = await college.classOf(100);
  const { attendance } = college.services;
  cut(2, 50);
  const entries = ids.map((student_id) => ({ student_id, status: 'Present' }));
  await expect(attendance.saveSheet(college.system, course_id, '2026-01-05', 1, { entries })).rejects.toThrow(
    Unavailable,
  );
  await new Promise((resolve) => setTimeout(resolve, 60));
  const [student_id = ''] = ids;
  expect(
    await attendance.saveSheet(college.system, course_id, '2026-01-05', 1, {
      entries: [{ student_id, status: 'Late', version: 1 }],
    }),
  ).toMatchObject({
    updated: 1,
    version: 2,
  });
});

test('a roster change that is refused half way has told of those it moved', async () => {
  const { course_id } = await college.course({ capacity: 60 });
  const many = await Promise.all(Array.from({ length: 61 }, () => college.student()));
  const ids = many.map((s) => s.student_id);
  const { courses, students } = college.services;
  const before = college.events.length;
  let sent = 0;
  college.line.after = async (command) => {
    if (!isWrite(command)) return;
    sent += 1;
    // After the first step somebody else takes one of the places that were free.
    if (sent === 1) await students.change(college.system, ids[60] ?? '', 1, { enrolled_courses: [course_id] });
  };
  await expect(courses.changeRoster(college.system, course_id, { add: ids.slice(0, 60) })).rejects.toMatchObject({
    status: 409,
  });
  const events = college.events.slice(before);
  expect(events.map((e) => e.name)).toEqual(['student_updated', 'course_updated']);
  expect(events[1]).toMatchObject({ count: 45, ids: expect.any(Array) as string[] });
  expect(courses.roster(college.system, course_id).students).toHaveLength(46);
});

test('a student removed between two steps of a roster change does not stop it', async () => {
  const { course_id } = await college.course();
  const many = await Promise.all(Array.from({ length: 60 }, () => college.student()));
  const ids = many.map((s) => s.student_id);
  let sent = 0;
  college.line.before = async (command) => {
    if (!isWrite(command)) return;
    sent += 1;
    if (sent === 2) await college.services.students.remove(college.system, ids[59] ?? '', 1);
  };
  const before = college.events.length;
  await expect(college.services.courses.changeRoster(college.system, course_id, { add: ids })).rejects.toMatchObject({
    status: 422,
  });
  expect(college.events.slice(before).map((e) => e.name)).toEqual(['student_deleted', 'course_updated']);
  // The repeat, without the one who is gone, does the rest.
  expect(await college.services.courses.changeRoster(college.system, course_id, { add: ids.slice(0, 59) })).toEqual({
    added: 14,
    removed: 0,
    unchanged: 45,
  });
});

test('a refused enrolment does not make the roster believe it is fuller than it is', async () => {
  const { course_id } = await college.course({ capacity: 20 });
  const many = await Promise.all(Array.from({ length: 60 }, () => college.student()));
  const { courses, students } = college.services;
  const outcome = await Promise.allSettled(
    many.map((s) => students.change(college.system, s.student_id, 1, { enrolled_courses: [course_id] })),
  );
  expect(outcome.filter((r) => r.status === 'fulfilled')).toHaveLength(20);
  const inside = courses.roster(college.system, course_id).students;
  const outside = many.filter((s) => !inside.some((i) => i.student_id === s.student_id));
  await courses.change(college.system, course_id, 1, { capacity: 25 });
  const add = outside.slice(0, 5).map((s) => s.student_id);
  expect(await courses.changeRoster(college.system, course_id, { add })).toMatchObject({ added: 5 });
  for (const s of inside.slice(0, 10)) await students.change(college.system, s.student_id, 2, { enrolled_courses: [] });
  const more = outside.slice(5, 15).map((s) => s.student_id);
  expect(await courses.changeRoster(college.system, course_id, { add: more })).toMatchObject({ added: 10 });
});
