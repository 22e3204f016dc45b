// The attendance sheet without scripts: what is saved, what is refused, who may.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addDays } from '../../src/platform/clock.ts';
import type { Course } from '../../src/courses/course.ts';
import type { Student } from '../../src/students/student.ts';
import { startTestApp, unique } from '../support/app.ts';
import type { Person, TestApp } from '../support/app.ts';
import { formIn, rowIn } from '../support/sheet-page.ts';

let app: TestApp;
let teacher: Person;
beforeAll(async () => {
  app = await startTestApp();
  teacher = await app.faculty();
});
afterAll(() => app.stop());

interface Class {
  course: Course;
  students: [Student, Student, Student];
  path: string;
}

/** A course of the teacher with three students, and its sheet of today. */
async function buildClass(): Promise<Class> {
  const course = await app.services.courses.add(app.system, {
    course_code: `C-${unique()}`,
    course_name: 'Logic & Sets',
    credits: 3,
    faculty_id: teacher.user.user_id,
  });
  const enrolled_courses = [course.course_id];
  const students: Class['students'] = [
    await app.addStudent({ full_name: 'Ann <Lee>', enrolled_courses }),
    await app.addStudent({ full_name: 'Ben Moor', enrolled_courses }),
    await app.addStudent({ full_name: 'Cyd Noor', enrolled_courses }),
  ];
  return { course, students, path: `/courses/${course.course_id}/attendance/${app.today()}` };
}

const open = async (path: string, person = teacher) => {
  const page = await person.browser.get(path);
  expect(page.status).toBe(200);
  return { html: page.text, form: formIn(page.text, 'sheet') };
};
const marksOf = async ({ course }: Class) =>
  (await app.services.attendance.sheet(app.system, course.course_id, app.today(), 1)).entries.map((row) => row.status);

describe('a sheet', () => {
  it('shows everybody by code, unmarked, and takes marks with a plain form', async () => {
    const group = await buildClass();
    const [ann, ben] = group.students;
    const { html, form } = await open(group.path);
    expect(html.indexOf(ann.student_code)).toBeLessThan(html.indexOf(ben.student_code));
    expect(rowIn(html, ann.student_id)).toContain('Ann <Lee>');
    expect(form[`status.${ann.student_id}`]).toBe('');

    const saved = await teacher.browser.post(group.path, {
      ...form,
      [`status.${ann.student_id}`]: 'Present',
      [`status.${ben.student_id}`]: 'Late',
      [`remarks.${ben.student_id}`]: 'bus',
    });
    expect(saved).toMatchObject({ status: 303, location: group.path });
    const after = await open(group.path);
    expect(after.html).toContain('Saved: 2 new.');
    expect(after.form[`status.${ben.student_id}`]).toBe('Late');
    expect(after.form[`remarks.${ben.student_id}`]).toBe('bus');
    expect(await marksOf(group)).toEqual(['Present', 'Late', null]);
  });

  it('saves the rows that changed and no others, and says when none did', async () => {
    const group = await buildClass();
    const [ann, ben, cyd] = group.students;
    const all = Object.fromEntries(group.students.map((one) => [`status.${one.student_id}`, 'Present']));
    await teacher.browser.post(group.path, { ...(await open(group.path)).form, ...all });
    const before = app.events.length;

    const { form } = await open(group.path);
    await teacher.browser.post(group.path, {
      ...form,
      [`status.${ben.student_id}`]: 'Absent',
      [`status.${cyd.student_id}`]: '',
    });
    expect((await open(group.path)).html).toContain('Saved: 1 changed, 1 removed.');
    const [event] = app.events.slice(before);
    expect(event).toMatchObject({ name: 'attendance_updated', changes: [{ status: 'Absent' }, { status: null }] });
    expect(await marksOf(group)).toEqual(['Present', 'Absent', null]);

    const again = await open(group.path);
    await teacher.browser.post(group.path, again.form);
    expect((await open(group.path)).html).toContain('nothing was saved');
    expect(app.events.length).toBe(before + 1);
    expect(again.form[`version.${ann.student_id}`]).not.toBe(again.form[`version.${ben.student_id}`]);
  });

  it('shows mine and theirs after a lost race, keeps the rest as typed, and saves nothing until sent again', async () => {
    const group = await buildClass();
    const [ann, ben, cyd] = group.students;
    const mine = (await open(group.path)).form;
    await app.services.attendance.saveSheet(app.system, group.course.course_id, app.today(), 1, {
      entries: [
        { student_id: ann.student_id, status: 'Absent', remarks: 'ill' },
        { student_id: cyd.student_id, status: 'Late' },
      ],
    });

    const refused = await teacher.browser.post(group.path, {
      ...mine,
      [`status.${ann.student_id}`]: 'Present',
      [`status.${ben.student_id}`]: 'Present',
    });
    expect(refused.status).toBe(412);
    expect(refused.text).toContain('Nothing was saved yet.');
    const row = rowIn(refused.text, ann.student_id);
    expect(row).toContain('StudentCore saved <strong>Absent</strong> (“ill”)');
    expect(row).toContain('Yours: <strong>Present</strong>');
    expect(await marksOf(group)).toEqual(['Absent', null, 'Late']);

    const next = formIn(refused.text, 'sheet');
    expect(next[`status.${ann.student_id}`]).toBe('Present');
    expect(next[`status.${ben.student_id}`]).toBe('Present');
    expect(next[`status.${cyd.student_id}`], 'untouched: as stored now').toBe('Late');
    expect((await teacher.browser.post(group.path, next)).status).toBe(303);
    expect(await marksOf(group)).toEqual(['Present', 'Present', 'Late']);
  });

  it('overwrites nothing for a form that does not say which version it has seen', async () => {
    const group = await buildClass();
    const [ann] = group.students;
    await app.services.attendance.saveSheet(app.system, group.course.course_id, app.today(), 1, {
      entries: [{ student_id: ann.student_id, status: 'Late' }],
    });
    const mine = { ...(await open(group.path)).form, [`status.${ann.student_id}`]: 'Absent' };
    const { [`version.${ann.student_id}`]: seen, ...without } = mine;
    expect(seen).toBe('1');
    expect((await teacher.browser.post(group.path, without)).status).toBe(412);
    const garbled = { ...mine, [`version.${ann.student_id}`]: 'abc' };
    expect((await teacher.browser.post(group.path, garbled)).status).toBe(412);
    expect((await marksOf(group))[0]).toBe('Late');
  });

  it('says in the row what is wrong with it and keeps everything that was typed', async () => {
    const group = await buildClass();
    const [ann, ben, cyd] = group.students;
    const { form } = await open(group.path);
    const refused = await teacher.browser.post(group.path, {
      ...form,
      [`status.${ann.student_id}`]: 'Late',
      [`status.${cyd.student_id}`]: 'Present',
      [`remarks.${cyd.student_id}`]: 'x'.repeat(501),
    });
    expect(refused.status).toBe(422);
    expect(rowIn(refused.text, cyd.student_id)).toContain('Remarks has at most 500 characters.');
    expect(rowIn(refused.text, ann.student_id)).not.toContain('is-invalid');
    expect(formIn(refused.text, 'sheet')).toMatchObject({
      [`status.${ann.student_id}`]: 'Late',
      [`remarks.${cyd.student_id}`]: 'x'.repeat(501),
    });

    const lost = await teacher.browser.post(group.path, { ...form, [`remarks.${ben.student_id}`]: 'where?' });
    expect(lost.status).toBe(422);
    expect(rowIn(lost.text, ben.student_id)).toContain('Choose Present, Late or Absent to keep the remark.');
    expect(await marksOf(group)).toEqual([null, null, null]);
  });

  it('flags who left the course, and drops a row of somebody who is gone', async () => {
    const group = await buildClass();
    const [ann, ben] = group.students;
    const { form } = await open(group.path);
    await teacher.browser.post(group.path, { ...form, [`status.${ann.student_id}`]: 'Late' });
    const { course_id } = group.course;
    await app.services.courses.changeRoster(app.system, course_id, { remove: [ann.student_id, ben.student_id] });

    const after = await open(group.path);
    expect(rowIn(after.html, ann.student_id)).toContain('left the course');
    expect(rowIn(after.html, ben.student_id)).toBe('');
    const refused = await teacher.browser.post(group.path, { ...form, [`status.${ben.student_id}`]: 'Present' });
    expect(refused.status).toBe(422);
    expect(refused.text).toContain('no longer on this sheet');
  });
});

describe('who and when', () => {
  it('lets a teacher of another course look, but not write', async () => {
    const group = await buildClass();
    const other = await app.faculty();
    const page = await other.browser.get(group.path);
    expect(page.status).toBe(200);
    expect(page.text).not.toContain('<form id="sheet"');
    const refused = await other.browser.post(group.path, {}, { from: '/account' });
    expect(refused.status).toBe(403);
  });

  it('is closed to students, whatever the course', async () => {
    const group = await buildClass();
    const student = await app.student({ student_id: group.students[0].student_id });
    expect((await student.browser.get(group.path)).status).toBe(403);
    expect((await student.browser.post(group.path, {}, { from: '/account' })).status).toBe(403);
  });

  it('takes tomorrow, and answers 404 for a later day, no day and no course', async () => {
    const { course } = await buildClass();
    const status = async (path: string) => (await teacher.browser.get(`/courses/${path}`)).status;
    const tomorrow = addDays(app.today(), 1);
    expect(await status(`${course.course_id}/attendance/${tomorrow}`)).toBe(200);
    expect(await status(`${course.course_id}/attendance/${addDays(tomorrow, 1)}`)).toBe(404);
    expect(await status(`${course.course_id}/attendance/2026-02-30`)).toBe(404);
    expect(await status(`${course.course_id}/attendance/__proto__`)).toBe(404);
    expect(await status(`nothing/attendance/${app.today()}`)).toBe(404);
  });

  it('keeps periods apart, and leads from a form to the sheet it names', async () => {
    const group = await buildClass();
    const [ann] = group.students;
    const second = `${group.path}?period=2`;
    const { form } = await open(second);
    const saved = await teacher.browser.post(second, { ...form, [`status.${ann.student_id}`]: 'Late' });
    expect(saved.location).toBe(second);
    expect(await marksOf(group)).toEqual([null, null, null]);
    const { course_id } = group.course;
    const lead = `/attendance/register?course_id=${course_id}&date=${app.today()}&period=2`;
    expect((await teacher.browser.get(lead)).location).toBe(second);
    expect((await open(group.path)).html, 'the other register is offered').toContain(second);
  });
});
