// What can be done with results: single ones and the exam sheet?
import type { Context } from '../platform/actor.ts';
import type { Dynamo } from '../platform/dynamo/client.ts';
import { isSame } from '../platform/dynamo/trail.ts';
import { Invalid } from '../platform/errors.ts';
import { given } from '../platform/list-query.ts';
import type { CursorPage } from '../platform/page.ts';
import { demandRole } from '../platform/policy.ts';
import { parse } from '../platform/schema.ts';
import type { SheetSaved } from '../attendance/mark.ts';
import type { CourseDirectory } from '../courses/course-directory.ts';
import type { Course } from '../courses/course.ts';
import type { ClassSheetNeeds } from '../sheets/class-sheet.ts';
import type { Sheets } from '../sheets/sheets.ts';
import { createSingle } from '../sheets/single.ts';
import type { SingleNeeds, Stamp } from '../sheets/single.ts';
import { gradeOf, GRADES } from './grading.ts';
import type { Grade } from './grading.ts';
import { createPosting, mayPost } from './posting.ts';
import type { ExamPosting, PostingNeeds } from './posting.ts';
import { MARKS_ABOVE_MAX, resultId, resultInput, resultPatch, resultRemoval } from './result.ts';
import type { ExamType, Result, ResultSheet } from './result.ts';
import { createResultList } from './result-list.ts';
import type { ResultQuery } from './result-list.ts';
import { createResultSheet } from './result-sheet.ts';
import { resultKey, resultKind, resultRef, SUM } from './results.repository.ts';
import type { ResultsRepository } from './results.repository.ts';

export type { ResultQuery } from './result-list.ts';

/** One line of a course's list of exams: how many results, their grades and average percentage. */
export interface ExamLine {
  course_id: string;
  exam_type: ExamType;
  number: number;
  version: number;
  count: number;
  grades: Record<Grade, number>;
  average_percentage: number | null;
  posted: boolean;
}

export interface ResultsService {
  list: (ctx: Context, query: ResultQuery) => Promise<CursorPage<Result>>;
  get: (ctx: Context, result_id: string) => Promise<Result>;
  /** Throws Forbidden (not this teacher's course), Invalid, Conflict with existing_id. */
  add: (ctx: Context, input: unknown) => Promise<Result>;
  change: (ctx: Context, result_id: string, version: number, patch: unknown) => Promise<Result>;
  /** `reason` as it was given; it is checked here. */
  remove: (ctx: Context, result_id: string, version: number, reason?: unknown) => Promise<void>;
  /** Throws NotFound for an exam type that is none, Invalid for a wrong number. Staff only. */
  sheet: (ctx: Context, course_id: string, exam_type: string, number: string | number) => Promise<ResultSheet>;
  saveSheet: (
    ctx: Context,
    course_id: string,
    exam_type: string,
    number: string | number,
    input: unknown,
  ) => Promise<SheetSaved>;
  /** Whether an exam's results are posted, out of memory. Staff only. */
  posting: (ctx: Context, course_id: string, exam_type: string, number: string | number) => ExamPosting;
  /** Makes an exam's results official, or takes that back. Throws Forbidden unless the actor may. */
  post: (
    ctx: Context,
    course_id: string,
    exam_type: string,
    number: string | number,
    input: unknown,
  ) => Promise<ExamPosting>;
  /** Whether the actor may post the results of this course. */
  mayPost: (ctx: Context, course: Course) => boolean;
  /** The course's exams that have results, out of memory. */
  examsOfCourse: (ctx: Context, course_id: string) => ExamLine[];
}

export interface ResultsNeeds extends SingleNeeds, ClassSheetNeeds, PostingNeeds {
  dynamo: Dynamo;
  sheets: Sheets;
  courses: CourseDirectory;
  repository: ResultsRepository;
}

/** Average of percentages out of their sum in hundredths: percent, half up to 2 decimals; null without any. */
export const averageOf = (hundredths: number, count: number): number | null =>
  count === 0 ? null : Math.floor((2 * hundredths + count) / (2 * count)) / 100;

export function createResultsService(needs: ResultsNeeds): ResultsService {
  const { sheets, repository } = needs;
  const sheet = createResultSheet(needs);
  const posting = createPosting(needs);

  const single = createSingle<Result>(
    {
      kind: resultKind,
      find: repository.find,
      refOf: resultRef,
      none: 'There is no such result, or it has been removed.',
      twice: 'This student already has a result for this exam. Change that one, or take the next number.',
    },
    needs,
  );

  const demandWithin = (marks: number, max_marks: number): void => {
    if (marks > max_marks) throw new Invalid([{ field: 'marks', message: MARKS_ABOVE_MAX }]);
  };

  async function add(ctx: Context, input: unknown): Promise<Result> {
    const named = single.demandTeacherOf(ctx, input);
    const { reason, ...fields } = parse(resultInput, input);
    demandWithin(fields.marks, fields.max_marks);
    single.demandEnrolled(fields.student_id, named);
    const { percentage, grade } = gradeOf(fields.marks, fields.max_marks);
    const record = ({ at, version, amended, names }: Stamp): Result => ({
      result_id: resultId(fields.student_id, fields),
      ...fields,
      percentage,
      grade,
      ...names,
      entered_by: ctx.actor.user_id,
      amended_at: amended ? at : null,
      version,
      created_at: at,
      updated_at: at,
    });
    return await single.add(ctx, fields.student_id, resultRef(fields), record, reason);
  }

  async function change(ctx: Context, result_id: string, version: number, patch: unknown): Promise<Result> {
    const old = await single.writable(ctx, result_id, version);
    const { reason, ...fields } = parse(resultPatch, patch);
    const next = { ...old, ...given(fields) };
    demandWithin(next.marks, next.max_marks);
    if (isSame(old, next)) return await single.keep(ctx, old);
    const { percentage, grade } = gradeOf(next.marks, next.max_marks);
    const record = (stamp: Stamp): Result => ({
      ...next,
      percentage,
      grade,
      ...stamp.names,
      entered_by: ctx.actor.user_id,
      amended_at: stamp.amended ? stamp.at : old.amended_at,
      version: stamp.version,
      updated_at: stamp.at,
    });
    return await single.replace(ctx, old, record, reason);
  }

  async function remove(ctx: Context, result_id: string, version: number, given?: unknown): Promise<void> {
    const old = await single.writable(ctx, result_id, version);
    const { reason } = parse(resultRemoval, { reason: given });
    await single.drop(ctx, old, reason);
  }

  function examsOfCourse(ctx: Context, course_id: string): ExamLine[] {
    demandRole(ctx, 'admin', 'faculty');
    return sheets
      .of(course_id)
      .flatMap((item) => {
        const key = resultKey(item);
        const count = resultKind.size(item.counts);
        if (!key || count === 0) return [];
        const grades = Object.fromEntries(GRADES.map(({ grade }) => [grade, item.counts[grade] ?? 0]));
        return [
          {
            ...key,
            version: item.version,
            count,
            grades: grades as Record<Grade, number>,
            average_percentage: averageOf(item.counts[SUM] ?? 0, count),
            posted: item.posted !== null,
          },
        ];
      })
      .sort((a, b) => (a.exam_type === b.exam_type ? a.number - b.number : a.exam_type < b.exam_type ? -1 : 1));
  }

  return {
    list: createResultList(needs),
    get: single.get,
    add,
    change,
    remove,
    sheet: sheet.read,
    saveSheet: sheet.save,
    posting: posting.read,
    post: posting.post,
    mayPost,
    examsOfCourse,
  };
}
