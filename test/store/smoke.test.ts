// Does the store keep its promises, from the services down to a real engine?
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestApp, unique } from '../support/app.ts';
import type { TestApp } from '../support/app.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(async () => {
  await app.stop();
});

const course = (fields: object = {}) =>
  app.services.courses.add(app.system, { course_code: `C-${unique()}`, course_name: 'Course', credits: 3, ...fields });

async function classOf(n: number) {
  const c = await course();
  const students = [];
  for (let i = 0; i < n; i++) students.push(await app.addStudent({ enrolled_courses: [c.course_id] }));
  return { c, students };
}

test('a mark, its change and its removal keep the totals', async () => {
  const { attendance, stats } = app.services;
  const { c, students } = await classOf(1);
  const [s] = students;
  const before = stats.stats(app.system).attendance.total;
  const mark = await attendance.add(app.system, {
    student_id: s!.student_id, course_id: c.course_id, date: app.today(), status: 'Present',
  });
  expect(mark.version).toBe(1);
  expect(stats.stats(app.system).attendance.total).toBe(before + 1);
  await expect(
    attendance.add(app.system, { student_id: s!.student_id, course_id: c.course_id, date: app.today(), status: 'Late' }),
  ).rejects.toMatchObject({ status: 409, extra: { existing_id: mark.attendance_id } });
  const late = await attendance.change(app.system, mark.attendance_id, 1, { status: 'Late' });
  expect(late.version).toBe(2);
  await expect(attendance.change(app.system, mark.attendance_id, 1, { status: 'Absent' })).rejects.toMatchObject({ status: 412 });
  await attendance.remove(app.system, mark.attendance_id, 2);
  expect(stats.stats(app.system).attendance.total).toBe(before);
  const again = await attendance.add(app.system, {
    student_id: s!.student_id, course_id: c.course_id, date: app.today(), status: 'Present',
  });
  expect(again.version).toBe(4);
});

test('a sheet of 120 rows is saved as one event', async () => {
  const { c, students } = await classOf(120);
  const entries = students.map((s, i) => ({ student_id: s.student_id, status: i % 3 ? 'Present' : 'Absent', version: 0 }));
  const seen = app.events.length;
  const saved = await app.services.attendance.saveSheet(app.system, c.course_id, app.today(), 1, { entries });
  expect(saved).toEqual({ created: 120, updated: 0, unchanged: 0, removed: 0, version: 1 });
  expect(app.events.slice(seen).map((e) => e.name)).toEqual(['attendance_marked']);
  const sheet = await app.services.attendance.sheet(app.system, c.course_id, app.today(), 1);
  expect(sheet.entries.filter((e) => e.status === 'Absent')).toHaveLength(40);
  await expect(app.services.attendance.saveSheet(app.system, c.course_id, app.today(), 1, { entries })).rejects.toMatchObject({ status: 412 });
});

test('removing a student takes everything along with one event', async () => {
  const { c, students } = await classOf(3);
  const [s] = students;
  for (let p = 1; p <= 5; p++) {
    await app.services.attendance.saveSheet(app.system, c.course_id, app.today(), p, {
      entries: students.map((one) => ({ student_id: one.student_id, status: 'Present' })),
    });
  }
  await app.services.results.saveSheet(app.system, c.course_id, 'quiz', 1, {
    max_marks: 89, entries: students.map((one) => ({ student_id: one.student_id, marks: 80.1 })),
  });
  const before = app.services.stats.stats(app.system);
  const seen = app.events.length;
  await app.services.students.remove(app.system, s!.student_id, 1);
  const after = app.services.stats.stats(app.system);
  expect(app.events.slice(seen)).toMatchObject([{ name: 'student_deleted', removed: { attendance: 5, results: 1 } }]);
  expect(after.attendance.total).toBe(before.attendance.total - 5);
  expect(after.results.grades['A+']).toBe(before.results.grades['A+'] - 1);
  const list = await app.services.attendance.list(app.system, { course_id: c.course_id });
  expect(list.items).toHaveLength(10);
  expect(app.services.courses.roster(app.system, c.course_id).students).toHaveLength(2);
});

test('removing a course takes everything along with one event', async () => {
  const { c, students } = await classOf(3);
  for (let p = 1; p <= 3; p++) {
    await app.services.attendance.saveSheet(app.system, c.course_id, app.today(), p, {
      entries: students.map((one) => ({ student_id: one.student_id, status: 'Late' })),
    });
  }
  await app.services.results.saveSheet(app.system, c.course_id, 'final', 1, {
    entries: students.map((one) => ({ student_id: one.student_id, marks: 12 })),
  });
  const seen = app.events.length;
  await app.services.courses.remove(app.system, c.course_id, 1);
  expect(app.events.slice(seen)).toMatchObject([{ name: 'course_deleted', removed: { attendance: 9, results: 3 } }]);
  expect(app.services.students.get(app.system, students[0]!.student_id).enrolled_courses).toEqual([]);
  expect((await app.services.attendance.list(app.system, { student_id: students[0]!.student_id })).items).toEqual([]);
});

test('a roster change of 120 students is one event', async () => {
  const c = await course({ capacity: 120 });
  const students = [];
  for (let i = 0; i < 121; i++) students.push(await app.addStudent());
  const seen = app.events.length;
  const add = students.slice(0, 120).map((s) => s.student_id);
  const answer = await app.services.courses.changeRoster(app.system, c.course_id, { add });
  expect(answer).toEqual({ added: 120, removed: 0, unchanged: 0 });
  expect(app.events.slice(seen)).toMatchObject([{ name: 'course_updated', count: 120 }]);
  await expect(
    app.services.courses.changeRoster(app.system, c.course_id, { add: [students[120]!.student_id] }),
  ).rejects.toMatchObject({ status: 409 });
});

test('a rename shows at once and its copies follow', async () => {
  const { c, students } = await classOf(1);
  const [s] = students;
  const mark = await app.services.attendance.add(app.system, {
    student_id: s!.student_id, course_id: c.course_id, date: app.today(), status: 'Present',
  });
  await app.services.students.change(app.system, s!.student_id, 1, { full_name: 'New Name' });
  expect((await app.services.attendance.get(app.system, mark.attendance_id)).student_name).toBe('New Name');
});

test('the activity lists what happened', async () => {
  const { items } = await app.services.activity.list(app.system, { limit: 5 });
  expect(items).toHaveLength(5);
});
