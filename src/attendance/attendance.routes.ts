// The pages of single marks: add, look at, change, remove. Mounts the list and the sheet beside them.
import { Router } from 'express';
import { isStaff } from '../platform/actor.ts';
import type { Context } from '../platform/actor.ts';
import type { Today } from '../platform/clock.ts';
import { Conflict, Forbidden } from '../platform/errors.ts';
import { longDay } from '../platform/http/days.ts';
import { editAgain, editForm, formErrors, noProblem, readForm, submit, versionOf } from '../platform/http/forms.ts';
import type { EditForm, FormField, Problem, Typed } from '../platform/http/forms.ts';
import { allow } from '../platform/http/policy.ts';
import { paramOf, textOf, textsOf, withoutBlank } from '../platform/http/texts.ts';
import type { Fields } from '../platform/http/texts.ts';
import { lastDay } from '../platform/schema.ts';
import { chooseToMark } from '../courses/course-choice.ts';
import type { Services } from '../services.ts';
import { attendanceListRoutes } from './attendance-list.routes.ts';
import { attendanceSheetPath, attendanceSheetRoutes } from './attendance-sheet.routes.ts';
import { MARK_STATUSES } from './mark.ts';
import type { Mark } from './mark.ts';

const STARTS = ['student_id', 'course_id', 'date', 'period'] as const;

const CHANGEABLE: FormField[] = [
  { name: 'status', label: 'Status' },
  { name: 'remarks', label: 'Remarks' },
];

export function attendanceRoutes(services: Services, today: Today): Router {
  const router = Router();
  const { attendance, courses } = services;
  const staff = allow('admin', 'faculty');

  router.use(attendanceListRoutes(services, today));
  router.use(attendanceSheetRoutes(services, today));

  const mayWrite = (ctx: Context, mark: Mark): boolean =>
    ctx.actor.role !== 'student' && courses.mayMark(ctx, courses.get(ctx, mark.course_id));

  async function writable(ctx: Context, id: string): Promise<Mark> {
    const mark = await attendance.get(ctx, id);
    if (!mayWrite(ctx, mark))
      throw new Forbidden(`Only who teaches ${mark.course_code} can change its attendance. Ask them, or the office.`);
    return mark;
  }

  /** First step: which course. Second: who, when and what, among those enrolled. */
  function newPage(ctx: Context, values: Typed, { errors }: Problem = noProblem, existing_id?: unknown) {
    const asked = textOf(values, 'course_id');
    const { choice, course, students } = chooseToMark(courses, ctx, asked, 'take its attendance');
    return {
      title: 'New mark',
      course: course ?? null,
      choice,
      students,
      statuses: MARK_STATUSES,
      values: { date: today(), period: '1', ...values },
      last_day: lastDay(today()),
      sheet: course ? attendanceSheetPath(course.course_id, today(), 1) : null,
      errors: { ...formErrors(choice.fault), ...errors },
      existing: typeof existing_id === 'string' ? `/attendance/${existing_id}` : null,
    };
  }

  router.get('/attendance/new', staff, (req, res) => {
    const page = newPage(req.ctx, textsOf(req.query, STARTS));
    res.status(Object.keys(page.errors).length > 0 ? 422 : 200).page('attendance/new', page);
  });

  router.post('/attendance', staff, async (req, res) => {
    const typed = readForm(req.body as Fields, { numbers: ['period'] });
    let existing_id: unknown;
    await submit(res, {
      save: () =>
        attendance.add(req.ctx, withoutBlank(typed, 'period')).catch((error: unknown) => {
          if (error instanceof Conflict) existing_id = error.extra['existing_id'];
          throw error;
        }),
      saved: (mark) => {
        res.flash('success', `${mark.student_name} is marked ${mark.status}.`);
        res.redirect(303, `/attendance/${mark.attendance_id}`);
      },
      again: (problem) => res.page('attendance/new', newPage(req.ctx, typed, problem, existing_id)),
    });
  });

  router.get('/attendance/:attendance_id', async (req, res) => {
    const mark = await attendance.get(req.ctx, paramOf(req, 'attendance_id'));
    res.page('attendance/show', {
      title: `${mark.status}: ${mark.student_name}, ${mark.course_code}`,
      mark,
      day: longDay(mark.date),
      writable: mayWrite(req.ctx, mark),
      sheet: isStaff(req.ctx.actor) ? attendanceSheetPath(mark.course_id, mark.date, mark.period) : null,
    });
  });

  const editPage = (mark: Mark, form: EditForm) => ({
    title: `Change the mark of ${mark.student_name}`,
    mark,
    day: longDay(mark.date),
    statuses: MARK_STATUSES,
    // Not spread: `version` of the page is the app's.
    form,
    errors: form.errors,
  });

  router.get('/attendance/:attendance_id/edit', staff, async (req, res) => {
    const mark = await writable(req.ctx, paramOf(req, 'attendance_id'));
    res.page('attendance/edit', editPage(mark, editForm(CHANGEABLE, mark)));
  });

  router.post('/attendance/:attendance_id', staff, async (req, res) => {
    const { attendance_id } = await writable(req.ctx, paramOf(req, 'attendance_id'));
    const body = req.body as Fields;
    const typed = readForm(body);
    await submit(res, {
      save: () => attendance.change(req.ctx, attendance_id, versionOf(body), typed),
      saved: () => {
        res.flash('success', 'Saved.');
        res.redirect(303, `/attendance/${attendance_id}`);
      },
      again: async (problem) => {
        const stored = await attendance.get(req.ctx, attendance_id);
        res.page('attendance/edit', editPage(stored, editAgain(CHANGEABLE, stored, { body, typed, problem })));
      },
    });
  });

  const deletePage = (mark: Mark, stale = false) => ({
    title: `Remove the mark of ${mark.student_name}`,
    mark,
    day: longDay(mark.date),
    stale,
  });

  router.get('/attendance/:attendance_id/delete', staff, async (req, res) => {
    res.page('attendance/delete', deletePage(await writable(req.ctx, paramOf(req, 'attendance_id'))));
  });

  router.post('/attendance/:attendance_id/delete', staff, async (req, res) => {
    const mark = await writable(req.ctx, paramOf(req, 'attendance_id'));
    await submit(res, {
      save: () => attendance.remove(req.ctx, mark.attendance_id, versionOf(req.body as Fields)),
      saved: () => {
        res.flash('success', `The mark of ${mark.student_name} on ${longDay(mark.date)} is removed.`);
        res.redirect(303, `/attendance?course_id=${mark.course_id}&date=${mark.date}`);
      },
      again: async () => {
        res.page('attendance/delete', deletePage(await attendance.get(req.ctx, mark.attendance_id), true));
      },
    });
  });

  return router;
}
