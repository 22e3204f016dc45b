// How is a whole class marked? The sheet of one course, date and period: read as one moment, saved as one change.
import { z } from 'zod';
import type { Context } from '../platform/actor.ts';
import type { Today } from '../platform/clock.ts';
import { compareValues } from '../platform/directory.ts';
import { NotFound } from '../platform/errors.ts';
import { numberText } from '../platform/list-query.ts';
import { demandRole } from '../platform/policy.ts';
import { day, lastDay, parse } from '../platform/schema.ts';
import type { Course } from '../courses/course.ts';
import type { Rosters } from '../courses/rosters.ts';
import type { CourseAccess } from '../sheets/access.ts';
import { demandFresh, planSheet } from '../sheets/plan-sheet.ts';
import type { RowCache } from '../sheets/row-cache.ts';
import type { Sheet } from '../sheets/sheet.ts';
import type { SheetWriter } from '../sheets/writer.ts';
import type { StudentDirectory } from '../students/student-directory.ts';
import { attendanceSheetInput, markId } from './mark.ts';
import type { AttendanceRow, AttendanceSheet, AttendanceSheetKey, Mark, SheetSaved } from './mark.ts';
import { attendanceRef, markKind } from './marks.repository.ts';
import type { MarksRepository } from './marks.repository.ts';

export interface AttendanceSheetNeeds {
  today: Today;
  writer: SheetWriter;
  cache: RowCache;
  repository: MarksRepository;
  students: StudentDirectory;
  rosters: Rosters;
  access: CourseAccess;
}

const periodQuery = z.object({ period: numberText('Period', 1, 12) });

type Rows = ReadonlyMap<string, Mark>;

export function createAttendanceSheet(needs: AttendanceSheetNeeds) {
  const { today, writer, cache, repository, students, rosters, access } = needs;

  function demandDay(date: string): void {
    if (day('Date').safeParse(date).success && date <= lastDay(today())) return;
    throw new NotFound('There is no sheet for this date: it is not a day between 2000-01-01 and tomorrow.');
  }

  function keyOf(course_id: string, date: string, period: string | number): AttendanceSheetKey {
    demandDay(date);
    return { course_id, date, period: parse(periodQuery, { period }).period };
  }

  function rowOf(student_id: string, mark: Mark | undefined, course_id: string): AttendanceRow {
    const student = students.get(student_id)?.record;
    return {
      student_id,
      student_code: student?.student_code ?? '',
      student_name: student?.full_name ?? '',
      attendance_id: mark?.attendance_id ?? null,
      version: mark?.version ?? 0,
      status: mark?.status ?? null,
      remarks: mark?.remarks ?? null,
      enrolled: student?.enrolled_courses.includes(course_id) ?? false,
    };
  }

  /** Every active enrolled student, and everyone with a mark here; in order of their codes. */
  function view(key: AttendanceSheetKey, sheet: Sheet, rows: Rows): AttendanceSheet {
    const shown = new Set([...rows.keys()].filter((student_id) => students.get(student_id)));
    for (const { record } of students.members(key.course_id)) {
      if (record.status === 'active') shown.add(record.student_id);
    }
    const entries = [...shown]
      .map((student_id) => rowOf(student_id, rows.get(student_id), key.course_id))
      .sort((a, b) => compareValues(a.student_code, b.student_code));
    return { ...key, version: sheet.version, entries };
  }

  type Entry = z.output<typeof attendanceSheetInput>['entries'][number];

  /** The mark that an entry asks for: the old one when nothing changes, none to remove it. */
  function wanted(key: AttendanceSheetKey, course: Course, ctx: Context, stamp: { at: string; version: number }) {
    return (entry: Entry, old: Mark | undefined): Mark | undefined => {
      if (entry.status === null) return undefined;
      const remarks = entry.remarks === undefined ? (old?.remarks ?? null) : entry.remarks;
      if (old && old.status === entry.status && old.remarks === remarks) return old;
      const student = students.get(entry.student_id)?.record;
      return {
        attendance_id: markId(entry.student_id, key),
        student_id: entry.student_id,
        ...key,
        status: entry.status,
        remarks,
        student_code: student?.student_code ?? '',
        student_name: student?.full_name ?? '',
        course_code: course.course_code,
        course_name: course.course_name,
        marked_by: ctx.actor.user_id,
        version: stamp.version,
        created_at: old?.created_at ?? stamp.at,
        updated_at: stamp.at,
      };
    };
  }

  return {
    read: async (ctx: Context, course_id: string, date: string, period: string | number): Promise<AttendanceSheet> => {
      demandRole(ctx, 'admin', 'faculty');
      access.courseOf(course_id);
      const key = keyOf(course_id, date, period);
      const { sheet, rows } = await writer.read(repository.finder, attendanceRef(key));
      return view(key, sheet, rows);
    },

    save: async (
      ctx: Context,
      course_id: string,
      date: string,
      period: string | number,
      input: unknown,
    ): Promise<SheetSaved> => {
      demandRole(ctx, 'admin', 'faculty');
      const taught = access.courseOf(course_id);
      demandDay(date);
      access.demandTeacher(ctx, taught);
      const key = keyOf(course_id, date, period);
      const ref = attendanceRef(key);
      return await writer.save(markKind, ctx, ref, true, async (_sheet, stamp) => {
        const course = access.courseOf(course_id);
        const { sheet, rows } = await cache.snapshot(repository.finder, ref);
        demandFresh(input, rows, (student_id) => rowOf(student_id, rows.get(student_id), course_id));
        const { entries } = parse(attendanceSheetInput, input);
        const plan = planSheet(entries, {
          rows,
          codeOf: (student_id) => students.get(student_id)?.record.student_code,
          takes: (student_id) => students.memberIds(course_id).has(student_id),
          idOf: (student_id) => markId(student_id, key),
          wanted: wanted(key, course, ctx, stamp),
        });
        const { rows: changes, ...counts } = plan;
        const answer = { ...counts, version: changes.length > 0 ? stamp.version : sheet.version };
        return { rows: changes, answer, checks: plan.created > 0 ? [rosters.check(course_id)] : [] };
      });
    },
  };
}
