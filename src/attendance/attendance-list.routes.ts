// Which marks are there? The list with its filters, and the way from there to a class sheet.
import { Router } from 'express';
import { isStaff } from '../platform/actor.ts';
import type { Context } from '../platform/actor.ts';
import type { Today } from '../platform/clock.ts';
import { Invalid } from '../platform/errors.ts';
import { compareTexts } from '../platform/fold.ts';
import { longDay, shortDay } from '../platform/http/days.ts';
import { formErrors } from '../platform/http/forms.ts';
import { everyItem, pick } from '../platform/http/picker.ts';
import { allow } from '../platform/http/policy.ts';
import { textsOf } from '../platform/http/texts.ts';
import type { CursorPage } from '../platform/page.ts';
import { isId } from '../platform/ids.ts';
import { lastDay } from '../platform/schema.ts';
import { chooseCourse } from '../courses/course-choice.ts';
import type { CourseChoice } from '../courses/course-choice.ts';
import type { Services } from '../services.ts';
import type { Student } from '../students/student.ts';
import { attendanceSheetPath } from './attendance-sheet.routes.ts';
import { MARK_STATUSES } from './mark.ts';
import type { Mark } from './mark.ts';

const FILTERS = ['student_id', 'course_id', 'date', 'from', 'to', 'status'] as const;
const ASKED = [...FILTERS, 'student', 'cursor'] as const;
type Asked = Partial<Record<(typeof ASKED)[number], string>>;
type Filters = Partial<Record<(typeof FILTERS)[number], string>>;
/** What was typed to open a register, and why it could not be opened. */
type Opening = { course?: CourseChoice; date?: string; period?: string; error?: string };

/** Rows on one page of the list. */
const LIMIT = 50;
/** So many students are offered when a typed name fits several. */
const CHOICES = 12;

/** The index knows dates only; within one day people look for the course, then the student. */
const inReadingOrder = (a: Mark, b: Mark): number =>
  compareTexts(b.date, a.date) ||
  compareTexts(a.course_code, b.course_code) ||
  a.period - b.period ||
  compareTexts(a.student_code, b.student_code);

export function attendanceListRoutes(services: Services, today: Today): Router {
  const router = Router();
  const { attendance, courses, students } = services;

  const href = (filters: Filters, cursor?: string): string => {
    const query = new URLSearchParams(cursor === undefined ? filters : { ...filters, cursor }).toString();
    return query === '' ? '/attendance' : `/attendance?${query}`;
  };

  /** Own courses with today's register, so that the first tap of a lesson leads to it. */
  function registersToday(ctx: Context) {
    if (ctx.actor.role !== 'faculty') return [];
    const own = everyItem((page) => courses.list(ctx, { faculty_id: ctx.actor.user_id, page, page_size: 500 }));
    return own.map((course) => ({
      course,
      href: attendanceSheetPath(course.course_id, today(), 1),
      taken: attendance.sheetsOfCourse(ctx, course.course_id).some((line) => line.date === today()),
    }));
  }

  async function listPage(ctx: Context, query: Asked, open: Opening = {}) {
    const staff = isStaff(ctx.actor);
    const filters: Filters = {};
    for (const name of FILTERS) if (query[name]) filters[name] = query[name];
    const choice = chooseCourse(courses, ctx, query.course_id);
    if (choice.course_id !== '') filters.course_id = choice.course_id;
    const errors: Record<string, string> = { ...formErrors(choice.fault) };
    let choices: Student[] = [];
    let student: Student | undefined;

    const typed = staff ? (query.student ?? '') : '';
    if (typed !== '') {
      const picked = pick(
        typed,
        (q) => students.list(ctx, { q, page_size: 100 }).items,
        (code) => students.byCode(ctx, code),
      );
      ({ found: student, choices } = picked);
      if (student) filters.student_id = student.student_id;
      if (picked.message !== undefined) errors['student'] = picked.message;
    } else if (!staff) {
      // Without a filter the service answers with today only; a student wants to see all there is.
      if (ctx.actor.student_id) filters.student_id = ctx.actor.student_id;
    } else if (filters.student_id !== undefined && isId(filters.student_id)) {
      student = students.get(ctx, filters.student_id);
    }

    let page: CursorPage<Mark> = { items: [], next_cursor: null };
    if (Object.keys(errors).length === 0) {
      try {
        page = await attendance.list(ctx, {
          ...filters,
          limit: LIMIT,
          ...(query.cursor ? { cursor: query.cursor } : {}),
        });
      } catch (error) {
        if (!(error instanceof Invalid)) throw error;
        for (const fault of error.errors) errors[fault.field] ??= fault.message;
      }
    }
    const shown = staff ? filters : { ...filters, student_id: undefined };
    return {
      title: 'Attendance',
      staff,
      values: { ...query, student: typed !== '' ? typed : (student?.student_code ?? '') },
      errors,
      marks: page.items.toSorted(inReadingOrder),
      student: student ?? null,
      choices: choices.slice(0, CHOICES).map((one) => ({
        label: `${one.full_name} (${one.student_code})`,
        href: href({ ...filters, student_id: one.student_id }),
      })),
      more_choices: Math.max(0, choices.length - CHOICES),
      only_today: staff && Object.keys(filters).length === 0 && typed === '',
      filtered: Object.values(shown).some((value) => value !== undefined) || typed !== '',
      course: choice,
      // What the way to a register shows: what was typed there, else what the list is of.
      open: {
        course: open.course ?? choice,
        date: open.date || today(),
        period: open.period || '1',
        error: open.error,
      },
      statuses: MARK_STATUSES,
      registers: registersToday(ctx),
      day: longDay(today()),
      last_day: lastDay(today()),
      shortDay,
      sheetPath: attendanceSheetPath,
      older: page.next_cursor === null ? null : href(filters, page.next_cursor),
      newest: query.cursor ? href(filters) : null,
    };
  }

  router.get('/attendance', async (req, res) => {
    const page = await listPage(req.ctx, textsOf(req.query, ASKED));
    res.status(Object.keys(page.errors).length > 0 ? 422 : 200).page('attendance/list', page);
  });

  // A form can't put its values into a path: it comes here and is sent on to the sheet.
  router.get('/attendance/register', allow('admin', 'faculty'), async (req, res) => {
    const { course_id: asked = '', date = '', period = '' } = textsOf(req.query, ['course_id', 'date', 'period']);
    const course = chooseCourse(courses, req.ctx, asked);
    const error = course.course_id === '' ? 'Choose a course.' : formErrors(course.fault)['course_id'];
    if (error !== undefined) {
      const page = await listPage(req.ctx, {}, { course, date, period, error });
      res.status(422).page('attendance/list', page);
    } else {
      const path = `/courses/${course.course_id}/attendance/${encodeURIComponent(date || today())}`;
      res.redirect(303, period === '' || period === '1' ? path : `${path}?period=${encodeURIComponent(period)}`);
    }
  });

  return router;
}
