// How is a whole class marked? The sheet of one course, date and period.
import { z } from 'zod';
import type { Context } from '../platform/actor.ts';
import type { Today } from '../platform/clock.ts';
import { NotFound } from '../platform/errors.ts';
import { numberText } from '../platform/list-query.ts';
import { demandRole } from '../platform/policy.ts';
import { day, lastDay, parse } from '../platform/schema.ts';
import { createClassSheet } from '../sheets/class-sheet.ts';
import type { ClassSheetNeeds, SaveStamp } from '../sheets/class-sheet.ts';
import { attendanceSheetInput, markId } from './mark.ts';
import type { AttendanceRow, AttendanceSheet, AttendanceSheetKey, Mark, SheetSaved } from './mark.ts';
import { attendanceRef } from './marks.repository.ts';
import type { MarksRepository } from './marks.repository.ts';

export interface AttendanceSheetNeeds extends ClassSheetNeeds {
  today: Today;
  repository: MarksRepository;
}

type Entry = z.output<typeof attendanceSheetInput>['entries'][number];

const periodQuery = z.object({ period: numberText('Period', 1, 12) });

export function createAttendanceSheet(needs: AttendanceSheetNeeds) {
  const { today, repository, access, writerName } = needs;

  const sheets = createClassSheet<Mark, AttendanceRow>(
    repository.finder,
    ({ enrolled, ...student }, mark) => ({
      ...student,
      attendance_id: mark?.attendance_id ?? null,
      version: mark?.version ?? 0,
      status: mark?.status ?? null,
      remarks: mark?.remarks ?? null,
      updated_at: mark?.updated_at ?? null,
      updated_by: mark ? writerName(mark.marked_by) : null,
      enrolled,
    }),
    needs,
  );

  function demandDay(date: string): void {
    if (day('Date').safeParse(date).success && date <= lastDay(today())) return;
    throw new NotFound(
      'There is no sheet for this date: it is not a day between 2000-01-01 and tomorrow. Choose another day.',
    );
  }

  function keyOf(course_id: string, date: string, period: string | number): AttendanceSheetKey {
    demandDay(date);
    return { course_id, date, period: parse(periodQuery, { period }).period };
  }

  function markFor(
    key: AttendanceSheetKey,
    ctx: Context,
    { student_id, status, remarks }: Entry,
    old: Mark | undefined,
    stamp: SaveStamp,
  ) {
    if (status === null) return undefined;
    const said = remarks === undefined ? (old?.remarks ?? null) : remarks;
    if (old && old.status === status && old.remarks === said) return old;
    const mark: Mark = {
      attendance_id: markId(student_id, key),
      student_id,
      ...key,
      status,
      remarks: said,
      ...stamp.names,
      marked_by: ctx.actor.user_id,
      version: stamp.version,
      created_at: old?.created_at ?? stamp.at,
      updated_at: stamp.at,
    };
    return mark;
  }

  return {
    read: async (ctx: Context, course_id: string, date: string, period: string | number): Promise<AttendanceSheet> => {
      demandRole(ctx, 'admin', 'faculty');
      access.courseOf(course_id);
      const key = keyOf(course_id, date, period);
      const { sheet, entries } = await sheets.read(ctx, attendanceRef(key));
      return { ...key, version: sheet.version, entries };
    },

    save: async (
      ctx: Context,
      course_id: string,
      date: string,
      period: string | number,
      input: unknown,
    ): Promise<SheetSaved> => {
      demandRole(ctx, 'admin', 'faculty');
      const course = access.courseOf(course_id);
      demandDay(date);
      access.demandTeacher(ctx, course);
      const key = keyOf(course_id, date, period);
      return await sheets.save<Entry>(ctx, attendanceRef(key), input, () => ({
        entries: parse(attendanceSheetInput, input).entries,
        wanted: (entry, old, _field, stamp) => markFor(key, ctx, entry, old, stamp),
      }));
    },
  };
}
