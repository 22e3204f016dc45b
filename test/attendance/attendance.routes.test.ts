// The pages of single marks: list and filters, add, change, remove, and who may.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addDays } from '../../src/platform/clock.ts';
import type { Course } from '../../src/courses/course.ts';
import type { Student } from '../../src/students/student.ts';
import type { Mark } from '../../src/attendance/mark.ts';
import { startTestApp, unique } from '../support/app.ts';
import type { Person, TestApp } from '../support/app.ts';
import { formIn } from '../support/sheet-page.ts';

let app: TestApp;
let teacher: Person;
let course: Course;
let ann: Student;
beforeAll(async () => {
  app = await startTestApp();
  teacher = await app.faculty();
  course = await app.services.courses.add(app.system, {
    course_code: `C-${unique()}`,
    course_name: 'Logic',
    credits: 3,
    faculty_id: teacher.user.user_id,
  });
  ann = await app.addStudent({ full_name: 'Ann Lee', enrolled_courses: [course.course_id] });
});
afterAll(() => app.stop());

let days = 0;
/** A mark of Ann on a day of its own. */
const buildMark = (fields: Partial<Mark> = {}): Promise<Mark> =>
  app.services.attendance.add(app.system, {
    student_id: ann.student_id,
    course_id: course.course_id,
    date: addDays(app.today(), -(days += 1)),
    status: 'Present',
    ...fields,
  });
const get = async (path: string, person = teacher) => person.browser.get(path);

describe('one mark', () => {
  it('is added in two steps: the course, then who and what', async () => {
    const first = await get('/attendance/new');
    expect(first.text).toContain(course.course_code);
    const second = await get(`/attendance/new?course_id=${course.course_id}`);
    expect(second.text).toContain('Ann Lee');
    expect(second.text, 'the faster way').toContain(`/courses/${course.course_id}/attendance/${app.today()}`);
    const form = { ...formIn(second.text, '/attendance'), student_id: ann.student_id, status: 'Late', remarks: 'bus' };
    const added = await teacher.browser.post('/attendance', form, { from: '/account' });
    expect(added).toMatchObject({ status: 303, location: expect.stringMatching(/^\/attendance\/[0-9a-f-]{36}$/) });
    const page = await get(added.location ?? '');
    expect(page.text).toContain('Ann Lee is marked Late.');
    expect(page.text).toContain('bus');
  });

  it('is refused a second time with the way to the first', async () => {
    const mark = await buildMark();
    const form = { student_id: ann.student_id, course_id: course.course_id, date: mark.date, status: 'Absent' };
    const refused = await teacher.browser.post('/attendance', form, { from: '/account' });
    expect(refused.status).toBe(422);
    expect(refused.text).toContain(`href="/attendance/${mark.attendance_id}"`);
    expect(refused.text, 'the typed day is kept').toContain(`value="${mark.date}"`);
  });

  it('keeps what was typed when something is wrong', async () => {
    const form = { course_id: course.course_id, student_id: '', date: '2026-02-30', status: 'Here', remarks: 'kept' };
    const refused = await teacher.browser.post('/attendance', form, { from: '/account' });
    expect(refused.status).toBe(422);
    for (const said of ['Student is', 'Date is a day', 'Status is one of', 'kept'])
      expect(refused.text).toContain(said);
    const nowhere = await teacher.browser.post('/attendance', { course_id: 'x' }, { from: '/account' });
    expect(nowhere.status, 'no such course: back to the first step').toBe(422);
  });

  it('is changed in status and remarks only', async () => {
    const mark = await buildMark();
    const path = `/attendance/${mark.attendance_id}`;
    const edit = await get(`${path}/edit`);
    expect(edit.text).not.toContain('name="date"');
    const saved = await teacher.browser.post(path, { ...formIn(edit.text, path), status: 'Absent', remarks: 'ill' });
    expect(saved).toMatchObject({ status: 303, location: path });
    expect(await app.services.attendance.get(app.system, mark.attendance_id)).toMatchObject({
      status: 'Absent',
      remarks: 'ill',
    });
    const moved = await teacher.browser.post(path, { status: 'Late', date: app.today(), version: '2' });
    expect([412, 422]).toContain(moved.status);
  });

  it('shows both values after a lost race and saves nothing', async () => {
    const mark = await buildMark();
    const path = `/attendance/${mark.attendance_id}`;
    const form = formIn((await get(`${path}/edit`)).text, path);
    await app.services.attendance.change(app.system, mark.attendance_id, mark.version, { status: 'Absent' });
    const lost = await teacher.browser.post(path, { ...form, status: 'Late' }, { from: `${path}/edit` });
    expect(lost.status).toBe(412);
    expect(lost.text).toMatch(/data-label="Yours">Late/);
    expect(lost.text).toMatch(/data-label="Stored now">Absent/);
    expect((await app.services.attendance.get(app.system, mark.attendance_id)).status).toBe('Absent');
    const again = { ...formIn(lost.text, path), status: 'Late' };
    expect((await teacher.browser.post(path, again, { from: `${path}/edit` })).status).toBe(303);
  });

  it('is removed after a question, and only as it was seen', async () => {
    const mark = await buildMark();
    const path = `/attendance/${mark.attendance_id}/delete`;
    const form = formIn((await get(path)).text, path);
    await app.services.attendance.change(app.system, mark.attendance_id, mark.version, { status: 'Absent' });
    const lost = await teacher.browser.post(path, form);
    expect(lost.status).toBe(412);
    const removed = await teacher.browser.post(path, formIn(lost.text, path));
    expect(removed.status).toBe(303);
    expect((await get(`/attendance/${mark.attendance_id}`)).status).toBe(404);
  });
});

describe('the list', () => {
  it('shows today without a filter, and what fits with one', async () => {
    const mark = await buildMark({ status: 'Late' });
    const link = `/attendance/${mark.attendance_id}`;
    expect((await get('/attendance')).text).not.toContain(link);
    const filters = [
      `student=${ann.student_code.toLowerCase()}`,
      `student=ann+lee`,
      `student_id=${ann.student_id}`,
      `course_id=${course.course_id}&from=${mark.date}&to=${mark.date}&status=Late`,
      `date=${mark.date}`,
    ];
    for (const filter of filters) expect((await get(`/attendance?${filter}`)).text, filter).toContain(link);
    expect((await get(`/attendance?date=${mark.date}&status=Absent`)).text).not.toContain(link);
  });

  it('offers the students that a typed name fits, and says what is wrong with a filter', async () => {
    const twins = [await app.addStudent({ full_name: 'Zed Twin' }), await app.addStudent({ full_name: 'Zoe Twin' })];
    const several = await get('/attendance?student=twin');
    expect(several.status).toBe(422);
    for (const { student_id } of twins) expect(several.text).toContain(`/attendance?student_id=${student_id}`);
    const wrong = await get('/attendance?from=2026-02-30');
    expect(wrong.status).toBe(422);
    expect(wrong.text).toContain('From is a day');
    expect((await get('/attendance?student=nobody-at-all')).text).toContain('Nobody fits');
  });

  it('reads on with a cursor and comes back to the newest', async () => {
    const busy = await app.addStudent({ full_name: 'Busy Bee', enrolled_courses: [course.course_id] });
    for (let n = 0; n < 51; n += 1) {
      await buildMark({ student_id: busy.student_id, date: addDays('2026-01-01', n) });
    }
    const first = await get(`/attendance?student_id=${busy.student_id}`);
    const older = /rel="next" href="([^"]+)"/.exec(first.text)?.[1]?.replaceAll('&amp;', '&') ?? '';
    expect(older).toContain('cursor=');
    const second = await get(older);
    expect(second.text.match(/<tr data-entity="attendance"/g)).toHaveLength(1);
    expect(second.text).toContain('Newest');
  });

  it('leads a teacher to the registers of today', async () => {
    const { text } = await get('/attendance');
    expect(text).toContain(`href="/courses/${course.course_id}/attendance/${app.today()}"`);
  });
});

describe('who', () => {
  it('a student sees the own marks only, and changes none', async () => {
    const mark = await buildMark();
    const path = `/attendance/${mark.attendance_id}`;
    const own = await app.student({ student_id: ann.student_id });
    expect((await get('/attendance', own)).text).toContain(path);
    expect((await get(path, own)).status).toBe(200);
    expect((await get(path, own)).text).not.toContain('/edit');
    const other = await app.student();
    expect((await get(`/attendance?student_id=${ann.student_id}`, other)).text).not.toContain(path);
    expect((await get(path, other)).status).toBe(404);
    for (const refused of ['/attendance/new', `${path}/edit`, `${path}/delete`, '/attendance/register']) {
      expect((await get(refused, own)).status, refused).toBe(403);
    }
    expect((await own.browser.post(path, { status: 'Late' }, { from: '/account' })).status).toBe(403);
  });

  it('a teacher of another course looks, but does not change', async () => {
    const mark = await buildMark();
    const path = `/attendance/${mark.attendance_id}`;
    const other = await app.faculty();
    expect((await get(path, other)).text).not.toContain('/edit');
    expect((await get(`${path}/edit`, other)).status).toBe(403);
    expect((await get(`/attendance/new?course_id=${course.course_id}`, other)).status).toBe(403);
    const refused = await other.browser.post(path, { status: 'Late', version: '1' }, { from: '/account' });
    expect(refused.status).toBe(403);
  });

  it('nothing is done without the token of the page', async () => {
    const mark = await buildMark();
    const path = `/attendance/${mark.attendance_id}`;
    const refused = await teacher.browser.post(path, { status: 'Late', version: String(mark.version), _csrf: 'no' });
    expect(refused.status).toBe(403);
    expect((await get('/attendance/nothing')).status).toBe(404);
  });
});
