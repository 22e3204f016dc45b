// What can be done with attendance: single marks and the class sheet?
import { isStaff } from '../platform/actor.ts';
import type { Context } from '../platform/actor.ts';
import type { Today } from '../platform/clock.ts';
import type { Dynamo } from '../platform/dynamo/client.ts';
import type { Commit } from '../platform/dynamo/commit.ts';
import { difference } from '../platform/dynamo/trail.ts';
import { Conflict, Invalid, NotFound, Stale } from '../platform/errors.ts';
import { isId } from '../platform/ids.ts';
import { given } from '../platform/list-query.ts';
import type { CursorPage } from '../platform/page.ts';
import { demandRole } from '../platform/policy.ts';
import { lastDay, parse } from '../platform/schema.ts';
import type { CourseDirectory } from '../courses/course-directory.ts';
import type { Rosters } from '../courses/rosters.ts';
import type { CourseAccess } from '../sheets/access.ts';
import type { Present } from '../sheets/present.ts';
import type { RowCache } from '../sheets/row-cache.ts';
import type { Sheets } from '../sheets/sheets.ts';
import type { Totals } from '../sheets/totals.ts';
import type { SheetWriter } from '../sheets/writer.ts';
import type { StudentDirectory } from '../students/student-directory.ts';
import type { StudentsRepository } from '../students/students.repository.ts';
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

export interface AttendanceNeeds {
  dynamo: Dynamo;
  today: Today;
  commit: Commit;
  writer: SheetWriter;
  sheets: Sheets;
  totals: Totals;
  cache: RowCache;
  present: Present;
  repository: MarksRepository;
  students: StudentDirectory;
  studentsRepository: StudentsRepository;
  courses: CourseDirectory;
  rosters: Rosters;
  access: CourseAccess;
}

/** Share of Present and Late in percent, half up to 2 decimals; null without marks. */
export function attendanceRate(present: number, late: number, all: number): number | null {
  return all === 0 ? null : Math.floor(((present + late) * 20_000 + all) / (2 * all)) / 100;
}

export function createAttendanceService(needs: AttendanceNeeds): AttendanceService {
  const { today, commit, writer, sheets, present, repository, students, studentsRepository, access } = needs;
  const sheet = createAttendanceSheet(needs);

  const noMark = (): NotFound => new NotFound('There is no such mark, or it has been removed.');

  async function visible(ctx: Context, attendance_id: string): Promise<Mark> {
    const stored = isId(attendance_id) ? await repository.find(attendance_id) : undefined;
    const mark = stored && present(stored);
    if (!mark || !(isStaff(ctx.actor) || mark.student_id === ctx.actor.student_id)) throw noMark();
    return mark;
  }

  /** The mark that a change or removal is about, at the version that was seen. */
  async function writable(ctx: Context, attendance_id: string, version: number): Promise<Mark> {
    demandRole(ctx, 'admin', 'faculty');
    const mark = await visible(ctx, attendance_id);
    access.demandTeacher(ctx, access.courseOf(mark.course_id));
    if (mark.version !== version) throw new Stale(mark);
    return mark;
  }

  // Somebody wrote this very mark between our look and our write.
  const moved = (stored: Record<string, unknown> | undefined): Error => {
    const mark = stored && present(markKind.fromItem(stored));
    return mark ? new Stale(mark) : noMark();
  };

  async function add(ctx: Context, input: unknown): Promise<Mark> {
    demandRole(ctx, 'admin', 'faculty');
    const course = access.named(input);
    if (course) access.demandTeacher(ctx, course);
    const fields = parse(markInput, input);
    const student = students.get(fields.student_id)?.record;
    const errors = [
      ...(course ? [] : [{ field: 'course_id', message: 'There is no such course.' }]),
      ...(student ? [] : [{ field: 'student_id', message: 'There is no such student.' }]),
      ...(fields.date > lastDay(today()) ? [{ field: 'date', message: 'Date is tomorrow at the latest.' }] : []),
    ];
    if (errors.length > 0 || !course || !student) throw new Invalid(errors);
    if (!student.enrolled_courses.includes(course.course_id)) {
      throw new Invalid([
        { field: 'student_id', message: `${student.student_code} does not take ${course.course_code}.` },
      ]);
    }
    const attendance_id = markId(student.student_id, fields);
    return await writer.save(markKind, ctx, attendanceRef(fields), false, (_sheet, stamp) => {
      const mark: Mark = {
        attendance_id,
        ...fields,
        student_code: student.student_code,
        student_name: student.full_name,
        course_code: course.course_code,
        course_name: course.course_name,
        marked_by: ctx.actor.user_id,
        version: stamp.version,
        created_at: stamp.at,
        updated_at: stamp.at,
      };
      return Promise.resolve({
        rows: [{ id: attendance_id, old: undefined, new: mark }],
        answer: mark,
        checks: [studentsRepository.checkEnrolled(student.student_id, course.course_id)],
        refused: () =>
          new Conflict('This student already has a mark for this date and period.', { existing_id: attendance_id }),
      });
    });
  }

  async function change(ctx: Context, attendance_id: string, version: number, patch: unknown): Promise<Mark> {
    const old = await writable(ctx, attendance_id, version);
    const fields = given(parse(markPatch, patch)) as Partial<Mark>;
    if (Object.keys(difference(old, { ...old, ...fields }).new ?? {}).length === 0) {
      return await commit({ ctx, writes: [], result: old });
    }
    return await writer.save(markKind, ctx, attendanceRef(old), false, (_sheet, stamp) => {
      const by = { marked_by: ctx.actor.user_id, version: stamp.version, updated_at: stamp.at };
      const mark: Mark = { ...old, ...fields, ...by };
      const rows = [{ id: attendance_id, old, new: mark }];
      return Promise.resolve({ rows, answer: mark, checks: [], refused: moved });
    });
  }

  async function remove(ctx: Context, attendance_id: string, version: number): Promise<void> {
    const old = await writable(ctx, attendance_id, version);
    await writer.save(markKind, ctx, attendanceRef(old), false, () => {
      const rows = [{ id: attendance_id, old, new: undefined }];
      return Promise.resolve({ rows, answer: undefined, checks: [], refused: moved });
    });
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
    get: visible,
    add,
    change,
    remove,
    sheet: sheet.read,
    saveSheet: sheet.save,
    summaryOfStudent,
    sheetsOfCourse,
  };
}
