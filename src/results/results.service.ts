// What can be done with results: single ones and the exam sheet?
import { isStaff } from '../platform/actor.ts';
import type { Context } from '../platform/actor.ts';
import type { Dynamo } from '../platform/dynamo/client.ts';
import type { Commit } from '../platform/dynamo/commit.ts';
import { difference } from '../platform/dynamo/trail.ts';
import { Conflict, Invalid, NotFound, Stale } from '../platform/errors.ts';
import { isId } from '../platform/ids.ts';
import { given } from '../platform/list-query.ts';
import type { CursorPage } from '../platform/page.ts';
import { demandRole } from '../platform/policy.ts';
import { parse } from '../platform/schema.ts';
import type { SheetSaved } from '../attendance/mark.ts';
import type { CourseDirectory } from '../courses/course-directory.ts';
import type { Rosters } from '../courses/rosters.ts';
import type { CourseAccess } from '../sheets/access.ts';
import type { Present } from '../sheets/present.ts';
import type { RowCache } from '../sheets/row-cache.ts';
import type { Sheets } from '../sheets/sheets.ts';
import type { SheetWriter } from '../sheets/writer.ts';
import type { StudentDirectory } from '../students/student-directory.ts';
import type { StudentsRepository } from '../students/students.repository.ts';
import { gradeOf, GRADES } from './grading.ts';
import type { Grade } from './grading.ts';
import { MARKS_ABOVE_MAX, resultId, resultInput, resultPatch } from './result.ts';
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
}

export interface ResultsService {
  list: (ctx: Context, query: ResultQuery) => Promise<CursorPage<Result>>;
  get: (ctx: Context, result_id: string) => Promise<Result>;
  /** Throws Forbidden (not this teacher's course), Invalid, Conflict with existing_id. */
  add: (ctx: Context, input: unknown) => Promise<Result>;
  change: (ctx: Context, result_id: string, version: number, patch: unknown) => Promise<Result>;
  remove: (ctx: Context, result_id: string, version: number) => Promise<void>;
  /** Throws NotFound for an exam type that is none, Invalid for a wrong number. Staff only. */
  sheet: (ctx: Context, course_id: string, exam_type: string, number: string | number) => Promise<ResultSheet>;
  saveSheet: (
    ctx: Context,
    course_id: string,
    exam_type: string,
    number: string | number,
    input: unknown,
  ) => Promise<SheetSaved>;
  /** The course's exams that have results, out of memory. */
  examsOfCourse: (ctx: Context, course_id: string) => ExamLine[];
}

export interface ResultsNeeds {
  dynamo: Dynamo;
  commit: Commit;
  writer: SheetWriter;
  sheets: Sheets;
  cache: RowCache;
  present: Present;
  repository: ResultsRepository;
  students: StudentDirectory;
  studentsRepository: StudentsRepository;
  courses: CourseDirectory;
  rosters: Rosters;
  access: CourseAccess;
}

/** Average of percentages out of their sum in hundredths: percent, half up to 2 decimals; null without any. */
export const averageOf = (hundredths: number, count: number): number | null =>
  count === 0 ? null : Math.floor((2 * hundredths + count) / (2 * count)) / 100;

export function createResultsService(needs: ResultsNeeds): ResultsService {
  const { commit, writer, sheets, present, repository, students, studentsRepository, access } = needs;
  const sheet = createResultSheet(needs);

  const noResult = (): NotFound => new NotFound('There is no such result, or it has been removed.');

  async function visible(ctx: Context, result_id: string): Promise<Result> {
    const stored = isId(result_id) ? await repository.find(result_id) : undefined;
    const result = stored && present(stored);
    if (!result || !(isStaff(ctx.actor) || result.student_id === ctx.actor.student_id)) throw noResult();
    return result;
  }

  /** The result that a change or removal is about, at the version that was seen. */
  async function writable(ctx: Context, result_id: string, version: number): Promise<Result> {
    demandRole(ctx, 'admin', 'faculty');
    const result = await visible(ctx, result_id);
    access.demandTeacher(ctx, access.courseOf(result.course_id));
    if (result.version !== version) throw new Stale(result);
    return result;
  }

  // Somebody wrote this very result between our look and our write.
  const moved = (stored: Record<string, unknown> | undefined): Error => {
    const result = stored && present(resultKind.fromItem(stored));
    return result ? new Stale(result) : noResult();
  };

  const demandWithin = (marks: number, max_marks: number): void => {
    if (marks > max_marks) throw new Invalid([{ field: 'marks', message: MARKS_ABOVE_MAX }]);
  };

  async function add(ctx: Context, input: unknown): Promise<Result> {
    demandRole(ctx, 'admin', 'faculty');
    const course = access.named(input);
    if (course) access.demandTeacher(ctx, course);
    const fields = parse(resultInput, input);
    demandWithin(fields.marks, fields.max_marks);
    const student = students.get(fields.student_id)?.record;
    const errors = [
      ...(course ? [] : [{ field: 'course_id', message: 'There is no such course.' }]),
      ...(student ? [] : [{ field: 'student_id', message: 'There is no such student.' }]),
    ];
    if (errors.length > 0 || !course || !student) throw new Invalid(errors);
    if (!student.enrolled_courses.includes(course.course_id)) {
      throw new Invalid([
        { field: 'student_id', message: `${student.student_code} does not take ${course.course_code}.` },
      ]);
    }
    const result_id = resultId(student.student_id, fields);
    const { percentage, grade } = gradeOf(fields.marks, fields.max_marks);
    return await writer.save(resultKind, ctx, resultRef(fields), false, (_sheet, stamp) => {
      const result: Result = {
        result_id,
        ...fields,
        percentage,
        grade,
        student_code: student.student_code,
        student_name: student.full_name,
        course_code: course.course_code,
        course_name: course.course_name,
        entered_by: ctx.actor.user_id,
        version: stamp.version,
        created_at: stamp.at,
        updated_at: stamp.at,
      };
      return Promise.resolve({
        rows: [{ id: result_id, old: undefined, new: result }],
        answer: result,
        checks: [studentsRepository.checkEnrolled(student.student_id, course.course_id)],
        refused: () => new Conflict('This student already has a result for this exam.', { existing_id: result_id }),
      });
    });
  }

  async function change(ctx: Context, result_id: string, version: number, patch: unknown): Promise<Result> {
    const old = await writable(ctx, result_id, version);
    const fields = given(parse(resultPatch, patch)) as Partial<Result>;
    const next = { ...old, ...fields };
    demandWithin(next.marks, next.max_marks);
    if (Object.keys(difference(old, next).new ?? {}).length === 0) {
      return await commit({ ctx, writes: [], result: old });
    }
    const { percentage, grade } = gradeOf(next.marks, next.max_marks);
    return await writer.save(resultKind, ctx, resultRef(old), false, (_sheet, stamp) => {
      const by = { entered_by: ctx.actor.user_id, version: stamp.version, updated_at: stamp.at };
      const result: Result = { ...next, percentage, grade, ...by };
      const rows = [{ id: result_id, old, new: result }];
      return Promise.resolve({ rows, answer: result, checks: [], refused: moved });
    });
  }

  async function remove(ctx: Context, result_id: string, version: number): Promise<void> {
    const old = await writable(ctx, result_id, version);
    await writer.save(resultKind, ctx, resultRef(old), false, () => {
      const rows = [{ id: result_id, old, new: undefined }];
      return Promise.resolve({ rows, answer: undefined, checks: [], refused: moved });
    });
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
          },
        ];
      })
      .sort((a, b) => (a.exam_type === b.exam_type ? a.number - b.number : a.exam_type < b.exam_type ? -1 : 1));
  }

  return {
    list: createResultList(needs),
    get: visible,
    add,
    change,
    remove,
    sheet: sheet.read,
    saveSheet: sheet.save,
    examsOfCourse,
  };
}
