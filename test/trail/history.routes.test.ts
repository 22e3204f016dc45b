// What the pages tell about the past of a record, and to whom.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestApp, unique } from '../support/app.ts';
import type { Person, TestApp } from '../support/app.ts';

let app: TestApp;
let admin: Person;
let faculty: Person;
beforeAll(async () => {
  app = await startTestApp();
  [admin, faculty] = await Promise.all([app.admin({ full_name: 'Ada Admin' }), app.faculty()]);
});
afterAll(() => app.stop());

/** The lines of the page as text, newest first. */
async function linesOf(path: string, who: Person = admin): Promise<string[]> {
  const { status, text } = await who.browser.get(path);
  expect(status).toBe(200);
  const rows = /<tbody>([\s\S]*)<\/tbody>/.exec(text)?.[1]?.split('</tr>').slice(0, -1) ?? [];
  return rows.map((row) =>
    row
      .replace(/<[^>]*>/g, ' ')
      .replace(/\s+/g, ' ')
      .trim(),
  );
}

const course = (fields: object = {}) =>
  app.services.courses.add(app.system, { course_code: `C-${unique()}`, course_name: 'Logic', credits: 3, ...fields });

test("a student's history tells who, when, old and new, and of private fields only that they changed", async () => {
  const { services } = app;
  const { course_id, course_code } = await course();
  const { student_id } = await services.students.add(admin.ctx, {
    student_code: `S-${unique()}`,
    full_name: 'Old <b>Name</b>',
    program: 'BSc',
    email: 'secret@example.org',
  });
  await services.students.change(admin.ctx, student_id, 1, { full_name: 'New Name', guardian_name: 'Granny Secret' });
  await services.students.change(admin.ctx, student_id, 2, { enrolled_courses: [course_id], semester: 3 });
  await services.courses.changeRoster(admin.ctx, course_id, { add: [], remove: [student_id] });

  const lines = await linesOf(`/students/${student_id}/history`, faculty);
  expect(lines).toHaveLength(4);
  expect(lines[0]).toMatch(/^\d{1,2} \w{3} \d{4}, \d\d:\d\d UTC Ada Admin Changed Courses: .* became → nothing$/);
  expect(lines[1]).toContain('Semester: 3');
  expect(lines[1]).toContain(`Courses: ${course_code}`);
  expect(lines[2]).toContain('Full name: Old &lt;b&gt;Name&lt;/b&gt; became → New Name');
  expect(lines[2]).toContain('Guardian&#39;s name: changed, the values are not kept');
  expect(lines[3]).toContain('Added');
  expect(lines[3]).toContain('E-mail: changed, the values are not kept');
  expect(lines.join()).not.toMatch(/secret|Granny/i);
  expect((await faculty.browser.get(`/students/${student_id}`)).text).toContain(`/students/${student_id}/history`);
});

test("a mark's and a result's history is their own part of the sheet's", async () => {
  const { services, system } = app;
  const { course_id } = await course({ faculty_id: faculty.user.user_id });
  const both = await Promise.all([1, 2].map(() => app.addStudent({ enrolled_courses: [course_id] })));
  const [one, other] = both.map(({ student_id }) => student_id);
  const save = (student_id: string, status: string | null) =>
    services.attendance.saveSheet(faculty.ctx, course_id, '2026-03-02', 1, { entries: [{ student_id, status }] });
  await save(one!, 'Absent');
  await save(other!, 'Present');
  await save(one!, 'Late');
  await save(one!, null);
  await save(one!, 'Present');
  const { items } = await services.attendance.list(system, { student_id: one! });
  const lines = await linesOf(`/attendance/${items[0]!.attendance_id}/history`);
  expect(lines.map((line) => line.replace(/^.*UTC /, ''))).toEqual([
    `${faculty.user.full_name} Added Status: Present`,
    `${faculty.user.full_name} Removed Status: Late became → nothing`,
    `${faculty.user.full_name} Changed Status: Absent became → Late`,
    `${faculty.user.full_name} Added Status: Absent`,
  ]);

  const exam = (marks: number) =>
    services.results.saveSheet(faculty.ctx, course_id, 'final', 1, {
      max_marks: 100,
      entries: [{ student_id: one!, marks }],
    });
  await exam(39);
  await exam(95);
  const { items: results } = await services.results.list(system, { student_id: one! });
  const [newest] = await linesOf(`/results/${results[0]!.result_id}/history`);
  expect(newest).toContain('Marks: 39 became → 95');
  expect(newest).toContain('Grade: F became → A+');
});

test('a sheet so large that its details lie in several items tells of every row', async () => {
  const { services, system } = app;
  const { course_id } = await course();
  const ids = await Promise.all(Array.from({ length: 70 }, async () => (await app.addStudent()).student_id));
  await services.courses.changeRoster(system, course_id, { add: ids, remove: [] });
  const entries = ids.map((student_id, i) => ({
    student_id,
    status: 'Late',
    remarks: `${String(i)} ${'ä'.repeat(480)}`,
  }));
  await services.attendance.saveSheet(system, course_id, '2026-03-02', 1, { entries });
  await services.attendance.saveSheet(system, course_id, '2026-03-02', 1, {
    entries: entries.map((entry) => ({ ...entry, remarks: `x${entry.remarks}` })),
  });
  const { items } = await services.attendance.list(system, { student_id: ids.at(-1)! });
  const lines = await linesOf(`/attendance/${items[0]!.attendance_id}/history`);
  expect(lines).toHaveLength(2);
  expect(lines[0]).toContain('Remarks: 69 ä');
  expect(lines[0]).toContain('→ x69 ä');
});

test('a course tells its changes and who joined and left, a login its changes but no password', async () => {
  const { services } = app;
  const { course_id } = await course();
  await services.courses.change(admin.ctx, course_id, 1, { faculty_id: faculty.user.user_id, capacity: 5 });
  const { student_id, student_code } = await app.addStudent();
  await services.courses.changeRoster(admin.ctx, course_id, { add: [student_id], remove: [] });
  const [changed] = await linesOf(`/courses/${course_id}/history`, faculty);
  expect(changed).toContain(`Taught by: ${faculty.user.full_name}`);
  expect(changed).toContain('Capacity: 5');
  const [joined] = await linesOf(`/courses/${course_id}/roster/history`, faculty);
  expect(joined).toContain(`Joined: ${student_code}`);

  const { user } = await app.faculty({ email: 'hidden@example.org' });
  await services.users.change(admin.ctx, user.user_id, 1, { password: 'another long password' });
  await services.users.change(admin.ctx, user.user_id, 2, { active: false });
  const lines = await linesOf(`/users/${user.user_id}/history`);
  expect(lines[0]).toContain('May sign in: yes became → no');
  expect(lines[1]).toMatch(/Password: changed, the values are not kept$/);
  expect(lines[2]).toContain('E-mail: changed, the values are not kept');
  expect(lines.join()).not.toMatch(/hidden@|\$2b\$/);
});

test('older lines are a page away', async () => {
  const { student_id } = await app.addStudent();
  for (let version = 1; version <= 24; version += 1) {
    await app.services.students.change(admin.ctx, student_id, version, { program: `Programme ${String(version)}` });
  }
  const path = `/students/${student_id}/history`;
  const first = await linesOf(path);
  expect(first).toHaveLength(20);
  const { text } = await admin.browser.get(path);
  const older = /rel="next" href="([^"]+)"/.exec(text)?.[1];
  expect(older).toBe(`${path}?before=6`);
  const rest = await linesOf(older!);
  expect(rest).toHaveLength(5);
  expect(rest[0]).toContain('Programme 3 became → Programme 4');
  expect((await admin.browser.get(older!)).text).not.toContain('rel="next"');
  expect((await admin.browser.get(`${path}?before=soon`)).status).toBe(422);
  expect(await linesOf(`${path}?before=1`)).toEqual([]);
});

test('a student sees no history, not even the own; faculty none of logins; a wrong id is not there', async () => {
  const student = await app.student();
  const own = student.user.student_id!;
  const { text } = await student.browser.get(`/students/${own}`);
  expect(text).not.toContain('/history');
  expect((await student.browser.get(`/students/${own}/history`)).status).toBe(403);
  expect((await student.browser.get(`/results/${own}/history`)).status).toBe(403);
  expect((await faculty.browser.get(`/users/${student.user.user_id}/history`)).status).toBe(403);
  expect((await admin.browser.get(`/users/${student.user.user_id}/history`)).status).toBe(200);
  for (const what of ['students', 'courses', 'users', 'attendance', 'results']) {
    expect((await admin.browser.get(`/${what}/00000000-0000-4000-8000-000000000000/history`)).status).toBe(404);
    expect((await admin.browser.get(`/${what}/__proto__/history`)).status).toBe(404);
  }
  await expect(app.services.history.of(student.ctx, 'students', own, {})).rejects.toMatchObject({ status: 403 });
  await expect(app.services.history.ofRoster(student.ctx, own, {})).rejects.toMatchObject({ status: 403 });
});
