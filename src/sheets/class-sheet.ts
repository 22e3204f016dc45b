// How is the sheet of a whole class read and saved, whether it holds marks or results?
// Read as one moment, saved as one change: checked as a whole first, then all of it.
import type { Context } from '../platform/actor.ts';
import { compareValues } from '../platform/orders.ts';
import type { FieldError } from '../platform/errors.ts';
import { demandRole } from '../platform/policy.ts';
import type { SheetSaved } from '../attendance/mark.ts';
import type { Rosters } from '../courses/rosters.ts';
import type { Student } from '../students/student.ts';
import type { StudentDirectory } from '../students/student-directory.ts';
import type { CourseAccess } from './access.ts';
import { demandFresh, planSheet } from './plan-sheet.ts';
import type { SheetEntry } from './plan-sheet.ts';
import type { CopiedNames, Names } from './present.ts';
import type { RowCache, RowFinder } from './row-cache.ts';
import type { SheetRecord } from './rows.ts';
import type { Sheet, SheetRef } from './sheet.ts';
import type { RowStamp, SheetWriter } from './writer.ts';

export interface ClassSheetNeeds {
  writer: SheetWriter;
  cache: RowCache;
  names: Names;
  students: StudentDirectory;
  rosters: Rosters;
  access: CourseAccess;
  /** The name of who wrote a row, also of one who left. */
  writerName: (user_id: string | null) => string;
}

/** What both kinds of row show of their student. */
export interface RowStudent {
  student_id: string;
  student_code: string;
  student_name: string;
  enrolled: boolean;
}

/** What a save is stamped with. */
export interface SaveStamp extends RowStamp {
  names: CopiedNames;
}

/** A checked body: its entries, and the record that each one asks for. */
export interface SheetInput<R, E extends SheetEntry> {
  entries: E[];
  /** Why; demanded of a posted sheet. */
  reason?: string | null | undefined;
  /** The old record when nothing changes, none to remove it, a FieldError when it can't be. */
  wanted: (entry: E, old: R | undefined, field: string, stamp: SaveStamp) => R | undefined | FieldError;
}

export type Rows<R> = ReadonlyMap<string, R>;

export function createClassSheet<R extends SheetRecord, Row>(
  finder: RowFinder<R>,
  rowOf: (student: RowStudent, record: R | undefined) => Row,
  { writer, cache, names, students, rosters, access }: ClassSheetNeeds,
) {
  function row(student_id: string, record: R | undefined, course_id: string): Row {
    const student: Student | undefined = students.get(student_id)?.record;
    return rowOf(
      {
        student_id,
        student_code: student?.student_code ?? '',
        student_name: student?.full_name ?? '',
        enrolled: student?.enrolled_courses.includes(course_id) ?? false,
      },
      record,
    );
  }

  /** Every active enrolled student, and everyone with a record here; in order of their codes. */
  function entriesOf(course_id: string, rows: Rows<R>): Row[] {
    const shown = new Map<string, Student>();
    for (const student_id of rows.keys()) {
      const student = students.get(student_id)?.record;
      if (student) shown.set(student_id, student);
    }
    for (const { record } of students.members(course_id)) {
      if (record.status === 'active') shown.set(record.student_id, record);
    }
    return [...shown.values()]
      .sort((a, b) => compareValues(a.student_code, b.student_code))
      .map(({ student_id }) => row(student_id, rows.get(student_id), course_id));
  }

  return {
    read: async (ctx: Context, ref: SheetRef): Promise<{ sheet: Sheet; rows: Rows<R>; entries: Row[] }> => {
      demandRole(ctx, 'admin', 'faculty');
      access.courseOf(ref.course_id);
      const { sheet, rows } = await writer.read(finder, ref);
      return { sheet, rows, entries: entriesOf(ref.course_id, rows) };
    },

    /** `read` checks the body against the rows that are stored; `view` shows one of them. Throws Stale before anything else of it is looked at. */
    save: <E extends SheetEntry>(
      ctx: Context,
      ref: SheetRef,
      input: unknown,
      read: (rows: Rows<R>, view: (student_id: string) => Row) => SheetInput<R, E>,
    ): Promise<SheetSaved> => {
      const { course_id } = ref;
      return writer.save(finder.kind, ctx, ref, true, async (_sheet, stamp) => {
        access.courseOf(course_id);
        const { sheet, rows } = await cache.snapshot(finder, ref);
        const view = (student_id: string): Row => row(student_id, rows.get(student_id), course_id);
        demandFresh(input, rows, view);
        const { entries, wanted, reason } = read(rows, view);
        const plan = planSheet(entries, {
          rows,
          codeOf: (student_id) => students.get(student_id)?.record.student_code,
          takes: (student_id) => students.memberIds(course_id).has(student_id),
          idOf: (student_id) => finder.idFor(student_id, ref),
          wanted: (entry, old, field) => {
            const copied = names(entry.student_id, course_id);
            if (!copied) return { field, message: 'The student or the course was removed. Load the page again.' };
            return wanted(entry, old, field, { ...stamp, names: copied });
          },
        });
        const { rows: changes, ...counts } = plan;
        const answer = { ...counts, version: changes.length > 0 ? stamp.version : sheet.version };
        return { rows: changes, answer, reason, checks: plan.created > 0 ? [rosters.check(course_id)] : [] };
      });
    },
  };
}
