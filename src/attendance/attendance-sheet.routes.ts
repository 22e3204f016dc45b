// The attendance sheet of a course on one day: shown, and saved row by row as it was typed.
import { Router } from 'express';
import type { Request } from 'express';
import type { Context } from '../platform/actor.ts';
import { addDays } from '../platform/clock.ts';
import type { Today } from '../platform/clock.ts';
import { Invalid, Stale } from '../platform/errors.ts';
import type { FieldError } from '../platform/errors.ts';
import { longDay, shortDay } from '../platform/http/days.ts';
import { allow } from '../platform/http/policy.ts';
import { faultsByRow, isChanged, noFaults, readRows, savedText, showRows } from '../platform/http/sheet-form.ts';
import type { Faults, TypedRow } from '../platform/http/sheet-form.ts';
import { paramOf, textOf } from '../platform/http/texts.ts';
import type { Fields } from '../platform/http/texts.ts';
import { isOwnCourse } from '../courses/course.ts';
import { lastDay } from '../platform/schema.ts';
import type { Services } from '../services.ts';
import { MARK_STATUSES } from './mark.ts';
import type { AttendanceRow } from './mark.ts';

const FIELDS = ['status', 'remarks'] as const;
type Field = (typeof FIELDS)[number];
type Typed = TypedRow<Field>;

/** How many other registers of the course are offered below the sheet. */
const RECENT = 8;

interface SheetAddress {
  course_id: string;
  date: string;
  period: string;
}

export const attendanceSheetPath = (course_id: string, date: string, period: number): string =>
  `/courses/${course_id}/attendance/${date}${period === 1 ? '' : `?period=${String(period)}`}`;

const addressOf = (req: Request): SheetAddress => ({
  course_id: paramOf(req, 'course_id'),
  date: paramOf(req, 'date'),
  period: textOf(req.query, 'period') || '1',
});

const textsOf = (row: AttendanceRow): Record<Field, string> => ({
  status: row.status ?? '',
  remarks: row.remarks ?? '',
});

/** What the service is sent for a changed row; an emptied one is removed with its remark. */
const entryOf = ({ student_id, typed, changed, version }: Typed) => ({
  student_id,
  status: typed.status === '' ? null : typed.status,
  ...(typed.status !== '' && changed.includes('remarks') ? { remarks: typed.remarks } : {}),
  version,
});

export function attendanceSheetRoutes(services: Services, today: Today): Router {
  const router = Router();
  const { attendance, courses } = services;

  async function sheetPage(ctx: Context, at: SheetAddress, typed: Typed[] = [], faults: Faults = noFaults()) {
    const sheet = await attendance.sheet(ctx, at.course_id, at.date, at.period);
    const course = courses.get(ctx, sheet.course_id);
    const rows = showRows(FIELDS, sheet.entries, textsOf, typed, faults);
    const before = addDays(sheet.date, -1);
    const after = addDays(sheet.date, 1);
    const shown = new Set(rows.map(({ row }) => row.student_id));
    return {
      title: `Attendance ${course.course_code}, ${shortDay(sheet.date)}`,
      course,
      sheet,
      rows,
      statuses: MARK_STATUSES,
      writable: courses.mayMark(ctx, course),
      keep: sheet.date === today() && isOwnCourse(ctx.actor, course),
      counts: {
        ...Object.fromEntries(
          MARK_STATUSES.map((status) => [status, rows.filter((row) => row.shown.status === status).length]),
        ),
        none: rows.filter((row) => row.shown.status === '').length,
      },
      day: longDay(sheet.date),
      shortDay,
      last_day: lastDay(today()),
      action: attendanceSheetPath(sheet.course_id, sheet.date, sheet.period),
      before: before >= '2000-01-01' ? attendanceSheetPath(sheet.course_id, before, sheet.period) : null,
      after: after <= lastDay(today()) ? attendanceSheetPath(sheet.course_id, after, sheet.period) : null,
      recent: attendance
        .sheetsOfCourse(ctx, sheet.course_id)
        .filter((line) => line.date !== sheet.date || line.period !== sheet.period)
        .slice(0, RECENT)
        .map((line) => ({ ...line, href: attendanceSheetPath(line.course_id, line.date, line.period) })),
      errors: faults.rest,
      faulty: rows.filter((row) => Object.keys(row.errors).length > 0).length,
      conflicts: rows.filter((row) => row.conflict).length,
      gone: typed.filter((row) => isChanged(row) && !shown.has(row.student_id)).length,
      stale: false,
    };
  }

  router.get('/courses/:course_id/attendance/:date', allow('admin', 'faculty'), async (req, res) => {
    res.page('attendance/sheet', await sheetPage(req.ctx, addressOf(req)));
  });

  router.post('/courses/:course_id/attendance/:date', allow('admin', 'faculty'), async (req, res) => {
    const at = addressOf(req);
    const typed = readRows(req.body as Fields, FIELDS);
    const changed = typed.filter(isChanged);
    try {
      // Whoever may not write here is told so by the service, whatever was typed.
      if (courses.mayMark(req.ctx, courses.get(req.ctx, at.course_id))) refuseLostRemarks(changed);
      const saved = await attendance.saveSheet(req.ctx, at.course_id, at.date, at.period, {
        entries: changed.map(entryOf),
      });
      res.flash('success', savedText(saved));
      res.redirect(303, attendanceSheetPath(at.course_id, at.date, Number(at.period)));
    } catch (error) {
      if (!(error instanceof Invalid) && !(error instanceof Stale)) throw error;
      const faults = error instanceof Invalid ? faultsByRow(error.errors, changed) : noFaults();
      const page = await sheetPage(req.ctx, at, typed, faults);
      res.status(error.status).page('attendance/sheet', { ...page, stale: error instanceof Stale });
    }
  });

  return router;
}

/** A remark without a status would vanish silently: there is no mark that could carry it. */
function refuseLostRemarks(changed: readonly Typed[]): void {
  const errors = changed.flatMap(({ typed, changed: fields }, n): FieldError[] =>
    fields.includes('remarks') && typed.remarks !== '' && typed.status === ''
      ? [{ field: `entries[${String(n)}].status`, message: 'Choose Present, Late or Absent to keep the remark.' }]
      : [],
  );
  if (errors.length > 0) throw new Invalid(errors);
}
