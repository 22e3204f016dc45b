// How are the results of a whole class entered? The sheet of one course and exam.
import { z } from 'zod';
import type { Context } from '../platform/actor.ts';
import { Stale } from '../platform/errors.ts';
import type { FieldError } from '../platform/errors.ts';
import { demandRole } from '../platform/policy.ts';
import { parse } from '../platform/schema.ts';
import type { SheetSaved } from '../attendance/mark.ts';
import { createClassSheet } from '../sheets/class-sheet.ts';
import type { ClassSheetNeeds, Rows, SaveStamp } from '../sheets/class-sheet.ts';
import { demandExamType, examKey } from './exam-address.ts';
import { gradeOf } from './grading.ts';
import { postingOf } from './posting.ts';
import { MARKS_ABOVE_MAX, maxMarks, resultId, resultSheetInput } from './result.ts';
import type { Result, ResultRow, ResultSheet, ResultSheetKey } from './result.ts';
import { resultRef } from './results.repository.ts';
import type { ResultsRepository } from './results.repository.ts';

export interface ResultSheetNeeds extends ClassSheetNeeds {
  repository: ResultsRepository;
}

type Entry = z.output<typeof resultSheetInput>['entries'][number];

const DEFAULT_MAX = 100;

/** What the sheet's results have: the newest one's maximum. */
function maxOf(rows: Rows<Result>): number {
  const results = [...rows.values()];
  const newest = results.reduce<Result | undefined>((a, b) => (a && a.version >= b.version ? a : b), undefined);
  return newest?.max_marks ?? DEFAULT_MAX;
}

/** So much of a body says what its marks were typed out of, whatever else may be wrong with it. */
const typedOutOf = z.object({
  seen_max_marks: maxMarks,
  max_marks: z.unknown().optional(),
  entries: z.array(z.object({ student_id: z.string() })),
});

const MAX_MOVED: FieldError = {
  field: 'seen_max_marks',
  message: 'Somebody gave this exam another maximum. Look at the marks again, then decide.',
};

/**
 * Throws Stale when somebody gave the exam another maximum since the marks were typed, and not the one that is sent.
 * Asked of the body as it came, since this too goes before whatever else is wrong.
 */
function demandSeenMax(input: unknown, rows: Rows<Result>, view: (student_id: string) => ResultRow): void {
  const { data } = typedOutOf.safeParse(input);
  if (!data || rows.size === 0) return;
  const stored = maxOf(rows);
  if (data.seen_max_marks === stored || data.max_marks === stored) return;
  throw new Stale(
    data.entries.map(({ student_id }) => view(student_id)),
    { errors: [MAX_MOVED], max_marks: stored },
  );
}

export function createResultSheet(needs: ResultSheetNeeds) {
  const { repository, access, writerName } = needs;

  const sheets = createClassSheet<Result, ResultRow>(
    repository.finder,
    ({ enrolled, ...student }, result) => ({
      ...student,
      result_id: result?.result_id ?? null,
      version: result?.version ?? 0,
      marks: result?.marks ?? null,
      max_marks: result?.max_marks ?? null,
      percentage: result?.percentage ?? null,
      grade: result?.grade ?? null,
      remarks: result?.remarks ?? null,
      amended_at: result?.amended_at ?? null,
      updated_at: result?.updated_at ?? null,
      updated_by: result ? writerName(result.entered_by) : null,
      enrolled,
    }),
    needs,
  );

  interface Asked {
    key: ResultSheetKey;
    ctx: Context;
    max_marks: number;
  }

  function resultFor(
    { key, ctx, max_marks }: Asked,
    { student_id, marks, remarks }: Entry,
    old: Result | undefined,
    field: string,
    stamp: SaveStamp,
  ): Result | undefined | FieldError {
    if (marks === null) return undefined;
    if (marks > max_marks) return { field: `${field}.marks`, message: MARKS_ABOVE_MAX };
    const said = remarks === undefined ? (old?.remarks ?? null) : remarks;
    if (old && old.marks === marks && old.max_marks === max_marks && old.remarks === said) return old;
    const { percentage, grade } = gradeOf(marks, max_marks);
    return {
      result_id: resultId(student_id, key),
      student_id,
      ...key,
      title: old?.title ?? null,
      marks,
      max_marks,
      percentage,
      grade,
      remarks: said,
      ...stamp.names,
      entered_by: ctx.actor.user_id,
      amended_at: stamp.amended ? stamp.at : (old?.amended_at ?? null),
      version: stamp.version,
      created_at: old?.created_at ?? stamp.at,
      updated_at: stamp.at,
    };
  }

  return {
    read: async (ctx: Context, course_id: string, exam_type: string, number: string | number): Promise<ResultSheet> => {
      demandRole(ctx, 'admin', 'faculty');
      access.courseOf(course_id);
      const key = examKey(course_id, exam_type, number);
      const { sheet, rows, entries } = await sheets.read(ctx, resultRef(key));
      return { ...key, version: sheet.version, ...postingOf(sheet), max_marks: maxOf(rows), entries };
    },

    save: async (
      ctx: Context,
      course_id: string,
      exam_type: string,
      number: string | number,
      input: unknown,
    ): Promise<SheetSaved> => {
      demandRole(ctx, 'admin', 'faculty');
      const course = access.courseOf(course_id);
      demandExamType(exam_type);
      access.demandTeacher(ctx, course);
      const key = examKey(course_id, exam_type, number);
      return await sheets.save<Entry>(ctx, resultRef(key), input, (rows, view) => {
        demandSeenMax(input, rows, view);
        const { entries, max_marks = maxOf(rows), reason } = parse(resultSheetInput, input);
        return {
          entries,
          reason,
          wanted: (entry, old, field, stamp) => resultFor({ key, ctx, max_marks }, entry, old, field, stamp),
        };
      });
    },
  };
}
