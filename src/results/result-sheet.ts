// How are the results of a whole class entered? The sheet of one course and exam: read as one moment, saved as one change.
import { z } from 'zod';
import type { Context } from '../platform/actor.ts';
import { compareValues } from '../platform/directory.ts';
import { NotFound } from '../platform/errors.ts';
import type { FieldError } from '../platform/errors.ts';
import { numberText } from '../platform/list-query.ts';
import { demandRole } from '../platform/policy.ts';
import { parse } from '../platform/schema.ts';
import type { SheetSaved } from '../attendance/mark.ts';
import type { Course } from '../courses/course.ts';
import type { Rosters } from '../courses/rosters.ts';
import type { CourseAccess } from '../sheets/access.ts';
import { demandFresh, planSheet } from '../sheets/plan-sheet.ts';
import type { RowCache } from '../sheets/row-cache.ts';
import type { Sheet } from '../sheets/sheet.ts';
import type { SheetWriter } from '../sheets/writer.ts';
import type { StudentDirectory } from '../students/student-directory.ts';
import { gradeOf } from './grading.ts';
import { examType, MARKS_ABOVE_MAX, resultId, resultSheetInput } from './result.ts';
import type { ExamType, Result, ResultRow, ResultSheet, ResultSheetKey } from './result.ts';
import { resultKind, resultRef } from './results.repository.ts';
import type { ResultsRepository } from './results.repository.ts';

export interface ResultSheetNeeds {
  writer: SheetWriter;
  cache: RowCache;
  repository: ResultsRepository;
  students: StudentDirectory;
  rosters: Rosters;
  access: CourseAccess;
}

const numberQuery = z.object({ number: numberText('Number', 1, 20) });
const DEFAULT_MAX = 100;

type Rows = ReadonlyMap<string, Result>;
type Entry = z.output<typeof resultSheetInput>['entries'][number];

/** What the sheet's results have: the newest one's maximum. */
function maxOf(rows: Rows): number {
  const newest = [...rows.values()].reduce<Result | undefined>(
    (a, b) => (a && a.version >= b.version ? a : b),
    undefined,
  );
  return newest?.max_marks ?? DEFAULT_MAX;
}

export function createResultSheet(needs: ResultSheetNeeds) {
  const { writer, cache, repository, students, rosters, access } = needs;

  function demandExamType(exam_type: string): ExamType {
    const known = examType.safeParse(exam_type);
    if (!known.success) throw new NotFound('There is no such exam type.');
    return known.data;
  }

  function keyOf(course_id: string, exam_type: string, number: string | number): ResultSheetKey {
    return { course_id, exam_type: demandExamType(exam_type), number: parse(numberQuery, { number }).number };
  }

  function rowOf(student_id: string, result: Result | undefined, course_id: string): ResultRow {
    const student = students.get(student_id)?.record;
    return {
      student_id,
      student_code: student?.student_code ?? '',
      student_name: student?.full_name ?? '',
      result_id: result?.result_id ?? null,
      version: result?.version ?? 0,
      marks: result?.marks ?? null,
      max_marks: result?.max_marks ?? null,
      percentage: result?.percentage ?? null,
      grade: result?.grade ?? null,
      remarks: result?.remarks ?? null,
      enrolled: student?.enrolled_courses.includes(course_id) ?? false,
    };
  }

  /** Every active enrolled student, and everyone with a result here; in order of their codes. */
  function view(key: ResultSheetKey, sheet: Sheet, rows: Rows): ResultSheet {
    const shown = new Set([...rows.keys()].filter((student_id) => students.get(student_id)));
    for (const { record } of students.members(key.course_id)) {
      if (record.status === 'active') shown.add(record.student_id);
    }
    const entries = [...shown]
      .map((student_id) => rowOf(student_id, rows.get(student_id), key.course_id))
      .sort((a, b) => compareValues(a.student_code, b.student_code));
    return { ...key, version: sheet.version, max_marks: maxOf(rows), entries };
  }

  interface Save {
    key: ResultSheetKey;
    course: Course;
    ctx: Context;
    max_marks: number;
    stamp: { at: string; version: number };
  }

  /** The result that an entry asks for: the old one when nothing changes, none to remove it. */
  const wanted =
    ({ key, course, ctx, max_marks, stamp }: Save) =>
    (entry: Entry, old: Result | undefined, field: string): Result | undefined | FieldError => {
      if (entry.marks === null) return undefined;
      if (entry.marks > max_marks) return { field: `${field}.marks`, message: MARKS_ABOVE_MAX };
      const remarks = entry.remarks === undefined ? (old?.remarks ?? null) : entry.remarks;
      if (old && old.marks === entry.marks && old.max_marks === max_marks && old.remarks === remarks) return old;
      const student = students.get(entry.student_id)?.record;
      const { percentage, grade } = gradeOf(entry.marks, max_marks);
      return {
        result_id: resultId(entry.student_id, key),
        student_id: entry.student_id,
        ...key,
        title: old?.title ?? null,
        marks: entry.marks,
        max_marks,
        percentage,
        grade,
        remarks,
        student_code: student?.student_code ?? '',
        student_name: student?.full_name ?? '',
        course_code: course.course_code,
        course_name: course.course_name,
        entered_by: ctx.actor.user_id,
        version: stamp.version,
        created_at: old?.created_at ?? stamp.at,
        updated_at: stamp.at,
      };
    };

  return {
    read: async (ctx: Context, course_id: string, exam_type: string, number: string | number): Promise<ResultSheet> => {
      demandRole(ctx, 'admin', 'faculty');
      access.courseOf(course_id);
      const key = keyOf(course_id, exam_type, number);
      const { sheet, rows } = await writer.read(repository.finder, resultRef(key));
      return view(key, sheet, rows);
    },

    save: async (
      ctx: Context,
      course_id: string,
      exam_type: string,
      number: string | number,
      input: unknown,
    ): Promise<SheetSaved> => {
      demandRole(ctx, 'admin', 'faculty');
      const taught = access.courseOf(course_id);
      demandExamType(exam_type);
      access.demandTeacher(ctx, taught);
      const key = keyOf(course_id, exam_type, number);
      const ref = resultRef(key);
      return await writer.save(resultKind, ctx, ref, true, async (_sheet, stamp) => {
        const course = access.courseOf(course_id);
        const { sheet, rows } = await cache.snapshot(repository.finder, ref);
        demandFresh(input, rows, (student_id) => rowOf(student_id, rows.get(student_id), course_id));
        const { max_marks = maxOf(rows), entries } = parse(resultSheetInput, input);
        const plan = planSheet(entries, {
          rows,
          codeOf: (student_id) => students.get(student_id)?.record.student_code,
          takes: (student_id) => students.memberIds(course_id).has(student_id),
          idOf: (student_id) => resultId(student_id, key),
          wanted: wanted({ key, course, ctx, max_marks, stamp }),
        });
        const { rows: changes, ...counts } = plan;
        const answer = { ...counts, version: changes.length > 0 ? stamp.version : sheet.version };
        return { rows: changes, answer, checks: plan.created > 0 ? [rosters.check(course_id)] : [] };
      });
    },
  };
}
