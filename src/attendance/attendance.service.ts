// What can be done with attendance: single marks and the class sheet?
import { isStaff } from '../platform/actor.ts';
import type { Context } from '../platform/actor.ts';
import type { Today } from '../platform/clock.ts';
import type { Dynamo } from '../platform/dynamo/client.ts';
import { isSame } from '../platform/dynamo/trail.ts';
import { NotFound } from '../platform/errors.ts';
import { given } from '../platform/list-query.ts';
import type { CursorPage } from '../platform/page.ts';
import { demandRole } from '../platform/policy.ts';
import { lastDay, parse } from '../platform/schema.ts';
import type { ClassSheetNeeds } from '../sheets/class-sheet.ts';
import type { Sheets } from '../sheets/sheets.ts';
import { createSingle } from '../sheets/single.ts';
import type { SingleNeeds } from '../sheets/single.ts';
import type { Totals } from '../sheets/totals.ts';
import { createAttendanceSheet } from './attendance-sheet.ts';
import { MARK_STATUSES, markId, markInput, markPatch } from './mark.ts';
import type { AttendanceSheet, Mark, MarkStatus, SheetSaved } from './mark.ts';
import { createMarkList } from './mark-list.ts';
import type { MarkQuery } from './mark-list.ts';
import { attendanceKey, attendanceRef, markKind } from './marks.repository.ts';
import type { MarksRepository } from './marks.repository.ts';

export type { MarkQuery } from './mark-list.ts';

/** How often each status was given, and the rate in percent (null without data). */
export interface AttendanceSummary {
  present: number;
  absent: number;
  late: number;
  rate: number | null;
}

/** One line of a course's list of sheets. */
export interface SheetLine {
  course_id: string;
  date: string;
  period: number;
  version: number;
  counts: Record<MarkStatus, number>;
}

export interface AttendanceService {
  /** Newest date first; a student gets only the own. Throws Invalid. */
  list: (ctx: Context, query: MarkQuery) => Promise<CursorPage<Mark>>;
  get: (ctx: Context, attendance_id: string) => Promise<Mark>;
  /** Throws Forbidden (not this teacher's course), Invalid (unknown, not enrolled), Conflict with existing_id. */
  add: (ctx: Context, input: unknown) => Promise<Mark>;
  change: (ctx: Context, attendance_id: string, version: number, patch: unknown) => Promise<Mark>;
  remove: (ctx: Context, attendance_id: string, version: number) => Promise<void>;
  /** `date` as it stands in the address; throws NotFound when it is none, Invalid for a wrong period. Staff only. */
  sheet: (ctx: Context, course_id: string, date: string, period: string | number) => Promise<AttendanceSheet>;
  /** Throws Stale with `errors` and `current` rows, Invalid, Forbidden, NotFound; then nothing was written. */
  saveSheet: (
    ctx: Context,
    course_id: string,
    date: string,
    period: string | number,
    input: unknown,
  ) => Promise<SheetSaved>;
  /** By course for one student. */
  summaryOfStudent: (ctx: Context, student_id: string) => Promise<Map<string, AttendanceSummary>>;
  /** The course's sheets that have marks, newest first, out of memory. */
  sheetsOfCourse: (ctx: Context, course_id: string) => SheetLine[];
}

export interface AttendanceNeeds extends SingleNeeds, ClassSheetNeeds {
  dynamo: Dynamo;
  today: Today;
  sheets: Sheets;
  totals: Totals;
  repository: MarksRepository;
}

/** Share of Present and Late in percent, half up to 2 decimals; null without marks. */
export function attendanceRate(present: number, late: number, all: number): number | null {
  return all === 0 ? null : Math.floor(((present + late) * 20_000 + all) / (2 * all)) / 100;
}

export function createAttendanceService(needs: AttendanceNeeds): AttendanceService {
  const { today, sheets, present, repository } = needs;
  const sheet = createAttendanceSheet(needs);

  const single = createSingle<Mark>(
    {
      kind: markKind,
      find: repository.find,
      refOf: attendanceRef,
      none: 'There is no such mark, or it has been removed.',
      twice: 'This student already has a mark for this date and period. Change that one instead.',
    },
    needs,
  );

  async function add(ctx: Context, input: unknown): Promise<Mark> {
    const named = single.demandTeacherOf(ctx, input);
    const fields = parse(markInput, input);
    const late =
      fields.date > lastDay(today())
        ? [{ field: 'date', message: 'Date is tomorrow at the latest: choose an earlier day.' }]
        : [];
    single.demandEnrolled(fields.student_id, named, late);
    return await single.add(ctx, fields.student_id, attendanceRef(fields), ({ at, version, names }) => ({
      attendance_id: markId(fields.student_id, fields),
      ...fields,
      ...names,
      marked_by: ctx.actor.user_id,
      version,
      created_at: at,
      updated_at: at,
    }));
  }

  async function change(ctx: Context, attendance_id: string, version: number, patch: unknown): Promise<Mark> {
    const old = await single.writable(ctx, attendance_id, version);
    const next = { ...old, ...given(parse(markPatch, patch)) };
    if (isSame(old, next)) return await single.keep(ctx, old);
    return await single.replace(ctx, old, (stamp) => ({
      ...next,
      ...stamp.names,
      marked_by: ctx.actor.user_id,
      version: stamp.version,
      updated_at: stamp.at,
    }));
  }

  async function summaryOfStudent(ctx: Context, student_id: string): Promise<Map<string, AttendanceSummary>> {
    if (!isStaff(ctx.actor) && ctx.actor.student_id !== student_id) throw new NotFound();
    const summary = new Map<string, AttendanceSummary>();
    for (const mark of await repository.ofStudent(student_id)) {
      if (!present(mark)) continue;
      const now = summary.get(mark.course_id) ?? { present: 0, absent: 0, late: 0, rate: null };
      const field = mark.status.toLowerCase() as 'present' | 'absent' | 'late';
      const next = { ...now, [field]: now[field] + 1 };
      const all = next.present + next.absent + next.late;
      summary.set(mark.course_id, { ...next, rate: attendanceRate(next.present, next.late, all) });
    }
    return summary;
  }

  function sheetsOfCourse(ctx: Context, course_id: string): SheetLine[] {
    demandRole(ctx, 'admin', 'faculty');
    return sheets
      .of(course_id)
      .flatMap((item) => {
        const key = attendanceKey(item);
        if (!key || markKind.size(item.counts) === 0) return [];
        const counts = Object.fromEntries(MARK_STATUSES.map((status) => [status, item.counts[status] ?? 0]));
        return [{ ...key, version: item.version, counts: counts as Record<MarkStatus, number> }];
      })
      .sort((a, b) => (a.date === b.date ? a.period - b.period : a.date < b.date ? 1 : -1));
  }

  return {
    list: createMarkList(needs),
    get: single.get,
    add,
    change,
    remove: single.remove,
    sheet: sheet.read,
    saveSheet: sheet.save,
    summaryOfStudent,
    sheetsOfCourse,
  };
}
