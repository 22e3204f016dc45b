// The roster page: students added by tick or by pasted code, removed by tick, refused in words.
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Course } from '../../src/courses/course.ts';
import { startTestApp, unique } from '../support/app.ts';
import type { Person, TestApp } from '../support/app.ts';
import type { Form } from '../support/browser.ts';
import { filledForm } from '../support/page-form.ts';

let app: TestApp;
let admin: Person;
beforeAll(async () => {
  app = await startTestApp();
  admin = await app.admin();
});
afterAll(() => app.stop());

const buildCourse = (capacity: number | null = null): Promise<Course> =>
  app.services.courses.add(app.system, { course_code: `C-${unique()}`, course_name: 'Logic', credits: 3, capacity });
const roster = (course: Course): string => `/courses/${course.course_id}/roster`;
const names = (course: Course): string[] =>
  app.services.courses.roster(app.system, course.course_id).students.map((student) => student.full_name);
const post = (course: Course, form: Form) => admin.browser.post(roster(course), form, { from: '/account' });

describe('the roster page', () => {
  it('finds students to tick, adds them, and does not offer them again', async () => {
    const course = await buildCourse();
    const program = `P ${unique()}`;
    const ann = await app.addStudent({ full_name: 'Ann', program });
    await app.addStudent({ full_name: 'Ben', program, status: 'withdrawn' });
    await app.addStudent({ full_name: 'Cem', program });
    const search = `${roster(course)}?program=${encodeURIComponent(program)}`;
    const page = await admin.browser.get(search);
    expect(page.text).toContain(`id="add-${ann.student_id}"`);
    expect(page.text, 'only active students').not.toContain('>Ben ');
    const saved = await post(course, { ...filledForm(page.text, roster(course)), add: ann.student_id });
    expect(saved).toMatchObject({ status: 303, location: roster(course) });
    expect((await admin.browser.get(roster(course))).text).toContain('Added 1.');
    expect(names(course)).toEqual(['Ann']);
    expect((await admin.browser.get(search)).text).not.toContain(`id="add-${ann.student_id}"`);
  });

  it('takes pasted codes, one a line, and removes by tick in the same step', async () => {
    const course = await buildCourse();
    const [ann, ben, cem] = await Promise.all(['Ann', 'Ben', 'Cem'].map((full_name) => app.addStudent({ full_name })));
    await post(course, { codes: `${ann!.student_code}\r\n\r\n  ${ben!.student_code.toLowerCase()}\tBen, B.\r\n` });
    expect(names(course).sort()).toEqual(['Ann', 'Ben']);
    const both = await post(course, { codes: `${ann!.student_code}\n${cem!.student_code}`, remove: ben!.student_id });
    expect(both.status).toBe(303);
    expect((await admin.browser.get(roster(course))).text).toContain('Added 1, removed 1, 1 stayed as they were.');
    expect(names(course).sort()).toEqual(['Ann', 'Cem']);
  });

  it('names codes that nobody has, adds nobody, and keeps what was typed', async () => {
    const course = await buildCourse();
    const ann = await app.addStudent();
    const refused = await post(course, { codes: `${ann.student_code}\nNOBODY-1\n<b>2` });
    expect(refused.status).toBe(422);
    expect(refused.text).toContain(
      'No student has the code NOBODY-1, &lt;b&gt;2. Nobody was added: correct the codes, then save again.',
    );
    expect(refused.text).toContain(`${ann.student_code}\nNOBODY-1`);
    expect(names(course)).toEqual([]);
  });

  it('looks each line up at once, and refuses more than fit before it looks at any', async () => {
    const course = await buildCourse();
    await app.addStudent();
    const list = vi.spyOn(app.services.students, 'list');
    try {
      const lines = (n: number): string => Array.from({ length: n }, () => 'S').join('\n');
      expect((await post(course, { codes: lines(500) })).text).toContain('No student has the code S, S,');
      const refused = await post(course, { codes: lines(501) });
      expect(refused.status).toBe(422);
      expect(refused.text).toContain(
        'These are 501 lines, and at most 500 students can be added at once. Paste them in several parts.',
      );
      expect(refused.text).toContain(lines(501));
      expect(list).not.toHaveBeenCalled();
    } finally {
      list.mockRestore();
    }
  });

  it('says in words that the course is full, with the ticks kept', async () => {
    const course = await buildCourse(1);
    const [ann, ben] = await Promise.all([
      app.addStudent({ full_name: 'Ann Q' }),
      app.addStudent({ full_name: 'Ben Q' }),
    ]);
    const refused = await post(course, { q: ' Q', add: [ann.student_id, ben.student_id] });
    expect(refused.status).toBe(422);
    expect(refused.text).toMatch(/class="notice is-danger error-summary"/);
    expect(refused.text).toContain(course.course_code);
    expect(refused.text).toMatch(/<strong>1<\/strong> places, <strong>1<\/strong> left/);
    expect(refused.text).toMatch(new RegExp(`value="${ann.student_id}" checked`));
    expect(names(course)).toEqual([]);
  });

  it('asks for somebody when nothing was chosen, or for one of both', async () => {
    const course = await buildCourse();
    const ann = await app.addStudent();
    expect((await post(course, {})).text).toContain('Tick students, or paste their codes');
    expect((await post(course, { add: ann.student_id, remove: ann.student_id })).status).toBe(422);
    expect((await post(course, { add: 'no-id' })).status).toBe(422);
  });

  it('is read by faculty, changed by admins, and closed to students', async () => {
    const course = await buildCourse();
    const ann = await app.addStudent({ full_name: 'Seen By All', enrolled_courses: [course.course_id] });
    const faculty = await app.faculty();
    const page = await faculty.browser.get(roster(course));
    expect(page.text).toContain('Seen By All');
    expect(page.text).not.toContain(`action="${roster(course)}"`);
    const refused = await faculty.browser.post(roster(course), { remove: ann.student_id }, { from: '/account' });
    expect(refused.status).toBe(403);
    expect(names(course)).toEqual(['Seen By All']);
    const unknown = { course_id: '00000000-0000-4000-8000-000000000000' } as Course;
    expect((await admin.browser.get(roster(unknown))).status).toBe(404);
    expect((await post(unknown, { add: ann.student_id })).status).toBe(404);
  });
});
