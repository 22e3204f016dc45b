// The result sheet without scripts: marks as typed, one maximum for all, what is refused, who may.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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

/** A course of the teacher with three students, and the sheet of its midterm. */
async function buildClass(): Promise<Class> {
  const course = await app.services.courses.add(app.system, {
    course_code: `C-${unique()}`,
    course_name: 'Logic',
    credits: 3,
    faculty_id: teacher.user.user_id,
  });
  const enrolled_courses = [course.course_id];
  const students: Class['students'] = [
    await app.addStudent({ enrolled_courses }),
    await app.addStudent({ enrolled_courses }),
    await app.addStudent({ enrolled_courses }),
  ];
  return { course, students, path: `/courses/${course.course_id}/results/midterm` };
}

const open = async (path: string, person = teacher) => {
  const page = await person.browser.get(path);
  expect(page.status).toBe(200);
  return { html: page.text, form: formIn(page.text, 'sheet') };
};
const sheetOf = async ({ course }: Class) =>
  (await app.services.results.sheet(app.system, course.course_id, 'midterm', 1)).entries;
const enter = (group: Class, marks: (number | null)[], max_marks = 100) =>
  app.services.results.saveSheet(app.system, group.course.course_id, 'midterm', 1, {
    max_marks,
    entries: marks.map((one, n) => ({ student_id: group.students[n]!.student_id, marks: one })),
  });

describe('a sheet', () => {
  it('takes decimals with a comma or a dot, and grades them', async () => {
    const group = await buildClass();
    const [ann, ben] = group.students;
    const { form } = await open(group.path);
    expect(form['max_marks']).toBe('100');
    const saved = await teacher.browser.post(group.path, {
      ...form,
      max_marks: '89',
      [`marks.${ann.student_id}`]: '80,1',
      [`marks.${ben.student_id}`]: '44.5',
    });
    expect(saved).toMatchObject({ status: 303, location: group.path });
    const after = await open(group.path);
    expect(after.html).toContain('Saved: 2 new.');
    expect(rowIn(after.html, ann.student_id)).toContain('90 %');
    expect(after.form[`marks.${ben.student_id}`]).toBe('44.5');
    expect((await sheetOf(group)).map((row) => row.grade)).toEqual(['A+', 'C', null]);
  });

  it('saves the rows that changed and no others; emptied marks take the result back', async () => {
    const group = await buildClass();
    const [ann, ben] = group.students;
    await enter(group, [50, 60, 70]);
    const before = app.events.length;
    const { form } = await open(group.path);
    await teacher.browser.post(group.path, {
      ...form,
      [`marks.${ann.student_id}`]: '',
      [`remarks.${ben.student_id}`]: 'well done',
    });
    expect((await open(group.path)).html).toContain('Saved: 1 changed, 1 removed.');
    expect(app.events.slice(before)).toMatchObject([{ name: 'result_updated', changes: [{ grade: null }, {}] }]);
    expect((await sheetOf(group)).map((row) => [row.marks, row.remarks])).toEqual([
      [null, null],
      [60, 'well done'],
      [70, null],
    ]);
  });

  it('says in the row that marks are above the maximum, and keeps everything that was typed', async () => {
    const group = await buildClass();
    const [ann, ben, cyd] = group.students;
    const { form } = await open(group.path);
    const typed = { [`marks.${ann.student_id}`]: '20', [`marks.${cyd.student_id}`]: '20,5', max_marks: '20' };
    const refused = await teacher.browser.post(group.path, { ...form, ...typed });
    expect(refused.status).toBe(422);
    expect(rowIn(refused.text, cyd.student_id)).toContain("Marks can't be more than the maximum marks.");
    expect(rowIn(refused.text, ann.student_id)).not.toContain('is-invalid');
    expect(formIn(refused.text, 'sheet')).toMatchObject(typed);

    const words = await teacher.browser.post(group.path, { ...form, [`marks.${ben.student_id}`]: 'ten' });
    expect(rowIn(words.text, ben.student_id)).toContain('Marks is a number');
    const remark = await teacher.browser.post(group.path, { ...form, [`remarks.${ben.student_id}`]: 'ill' });
    expect(rowIn(remark.text, ben.student_id)).toContain('Enter marks to keep the remark.');
    const none = await teacher.browser.post(group.path, { ...form, ...typed, max_marks: '0' });
    expect(none.status).toBe(422);
    expect(none.text).toContain('Maximum marks is more than 0.');
    expect((await sheetOf(group)).every((row) => row.marks === null)).toBe(true);
  });

  it('gives every result a new maximum at once', async () => {
    const group = await buildClass();
    await enter(group, [40, 20, null], 50);
    const { form } = await open(group.path);
    expect(form['max_marks']).toBe('50');
    await teacher.browser.post(group.path, { ...form, max_marks: '80' });
    expect((await sheetOf(group)).map((row) => [row.max_marks, row.percentage])).toEqual([
      [80, 50],
      [80, 25],
      [null, null],
    ]);
  });

  it('keeps no maximum without marks, and says so', async () => {
    const group = await buildClass();
    const { form } = await open(group.path);
    await teacher.browser.post(group.path, { ...form, max_marks: '80' });
    expect((await open(group.path)).html).toContain('The maximum is kept with the first marks');
  });

  it('shows mine and theirs after a lost race, and saves nothing until sent again', async () => {
    const group = await buildClass();
    const [ann, ben, cyd] = group.students;
    await enter(group, [50, null, null]);
    const mine = (await open(group.path)).form;
    await enter(group, [55, null, 70]);
    const refused = await teacher.browser.post(group.path, {
      ...mine,
      [`marks.${ann.student_id}`]: '60',
      [`marks.${ben.student_id}`]: '65',
    });
    expect(refused.status).toBe(412);
    const row = rowIn(refused.text, ann.student_id);
    expect(row).toContain('StudentCore saved <strong>55</strong>');
    expect(row).toContain('Yours: <strong>60</strong>');
    expect((await sheetOf(group)).map((one) => one.marks)).toEqual([55, null, 70]);
    const next = formIn(refused.text, 'sheet');
    expect(next[`marks.${cyd.student_id}`], 'untouched: as stored now').toBe('70');
    expect((await teacher.browser.post(group.path, next)).status).toBe(303);
    expect((await sheetOf(group)).map((one) => one.marks)).toEqual([60, 65, 70]);
  });

  it('does not put new marks under a maximum that somebody has changed meanwhile', async () => {
    const group = await buildClass();
    const [ann, ben] = group.students;
    const mine = (await open(group.path)).form;
    await enter(group, [30, null, null], 40);
    const refused = await teacher.browser.post(group.path, { ...mine, [`marks.${ben.student_id}`]: '35' });
    expect(refused.status).toBe(412);
    expect(refused.text).toContain('Somebody set it to <strong>40</strong> meanwhile.');
    const next = formIn(refused.text, 'sheet');
    expect(next).toMatchObject({
      max_marks: '40',
      [`marks.${ben.student_id}`]: '35',
      [`marks.${ann.student_id}`]: '30',
    });
    await teacher.browser.post(group.path, next);
    expect((await sheetOf(group)).map((one) => one.max_marks)).toEqual([40, 40, null]);
  });

  it('does not either when that happens while the form is on its way', async () => {
    const group = await buildClass();
    const [, ben] = group.students;
    const { form } = await open(group.path);
    const { results } = app.services;
    const read = results.sheet;
    // Between the look of the form at the sheet and its save.
    results.sheet = async (...asked) => {
      results.sheet = read;
      const seen = await read(...asked);
      await enter(group, [30, null, null], 40);
      return seen;
    };
    const refused = await teacher.browser.post(group.path, { ...form, [`marks.${ben.student_id}`]: '35' });
    expect(refused.status).toBe(412);
    expect(refused.text).toContain('Somebody set it to <strong>40</strong> meanwhile.');
    expect((await sheetOf(group)).map((one) => one.max_marks)).toEqual([40, null, null]);
  });
});

describe('who and what', () => {
  it('lets a teacher of another course look, but not write; students neither', async () => {
    const group = await buildClass();
    const other = await app.faculty();
    const page = await other.browser.get(group.path);
    expect(page.status).toBe(200);
    expect(page.text).not.toContain('<form id="sheet"');
    expect((await other.browser.post(group.path, {}, { from: '/account' })).status).toBe(403);
    const student = await app.student({ student_id: group.students[0].student_id });
    expect((await student.browser.get(group.path)).status).toBe(403);
  });

  it('answers 404 for an exam type or course that is none, and leads from a form to the sheet it names', async () => {
    const { course } = await buildClass();
    const get = (path: string) => teacher.browser.get(path);
    expect((await get(`/courses/${course.course_id}/results/constructor`)).status).toBe(404);
    expect((await get(`/courses/nothing/results/quiz`)).status).toBe(404);
    const lead = await get(`/results/exam?course_id=${course.course_id}&exam_type=quiz&number=3`);
    expect(lead.location).toBe(`/courses/${course.course_id}/results/quiz?number=3`);
    expect((await get(lead.location ?? '')).text).toContain('Quiz 3');
  });

  it('offers the other exams of the course', async () => {
    const group = await buildClass();
    await enter(group, [50, 60, null]);
    const { html } = await open(`/courses/${group.course.course_id}/results/final`);
    expect(html).toContain(`href="${group.path}"`);
  });
});
