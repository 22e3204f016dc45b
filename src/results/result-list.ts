// Which results does a list show? By student or by course, read on by a cursor; a student gets only the own.
import { z } from 'zod';
import { isStaff } from '../platform/actor.ts';
import type { Context } from '../platform/actor.ts';
import type { Dynamo } from '../platform/dynamo/client.ts';
import { cursorPartition, walk } from '../platform/dynamo/cursor.ts';
import type { Partition } from '../platform/dynamo/cursor.ts';
import { narrow } from '../platform/dynamo/narrow.ts';
import { filter, given, numberText } from '../platform/list-query.ts';
import type { CursorPage } from '../platform/page.ts';
import { id, parse } from '../platform/schema.ts';
import type { CourseDirectory } from '../courses/course-directory.ts';
import type { Present } from '../sheets/present.ts';
import type { Sheets } from '../sheets/sheets.ts';
import { EXAM_TYPES } from './result.ts';
import type { Result } from './result.ts';
import { resultKey, resultKind, resultsBy } from './results.repository.ts';

export interface ResultQuery {
  student_id?: string;
  course_id?: string;
  exam_type?: string;
  limit?: string | number;
  cursor?: string;
}

// The key attributes of either index and of the table.
const STUDENT_KEYS = ['result_id', 'student_id', 'course_id'] as const;
const COURSE_KEYS = ['result_id', 'course_id', 'exam_type'] as const;

const query = z.strictObject({
  student_id: filter(id('Student')),
  course_id: filter(id('Course')),
  exam_type: filter(z.enum(EXAM_TYPES, { error: () => `Exam type is one of: ${EXAM_TYPES.join(', ')}.` })),
  limit: numberText('Limit', 1, 1000).default(100),
  cursor: filter(z.string().max(2000)),
});

export function createResultList(needs: {
  dynamo: Dynamo;
  sheets: Sheets;
  courses: CourseDirectory;
  present: Present;
}) {
  const { dynamo, sheets, courses, present } = needs;

  /** Without a student or course: course by course, in order of their codes, where there are results. */
  function* allCourses(exam_type: string | undefined, cursor: string | undefined): Generator<Partition> {
    const standing = cursorPartition(cursor, COURSE_KEYS); // asked even when it has none left
    const hasSuch = (course_id: string): boolean =>
      sheets.of(course_id).some((sheet) => {
        const exam = resultKey(sheet);
        const fits = exam && (exam_type === undefined || exam.exam_type === exam_type);
        return fits && resultKind.size(sheet.counts) > 0;
      });
    const inOrder = courses.idsInOrder();
    const from = standing === undefined ? 0 : Math.max(0, inOrder.indexOf(standing));
    for (let i = from; i < inOrder.length; i++) {
      const course_id = inOrder[i] ?? '';
      if (course_id === standing || hasSuch(course_id))
        yield { id: course_id, question: resultsBy.course(course_id, exam_type) };
    }
  }

  return async (ctx: Context, asked: ResultQuery): Promise<CursorPage<Result>> => {
    const { course_id, exam_type, limit, cursor, ...rest } = parse(query, given(asked));
    const own = isStaff(ctx.actor) ? undefined : (ctx.actor.student_id ?? '');
    const student_id = own ?? rest.student_id;
    if (own !== undefined && rest.student_id !== undefined && rest.student_id !== own) {
      return { items: [], next_cursor: null };
    }
    const partitions =
      student_id !== undefined
        ? [{ id: student_id, question: narrow(resultsBy.student(student_id, course_id), { exam_type }) }]
        : course_id !== undefined
          ? [{ id: course_id, question: resultsBy.course(course_id, exam_type) }]
          : allCourses(exam_type, cursor);
    return await walk({
      dynamo,
      table: 'results',
      keys: student_id === undefined ? COURSE_KEYS : STUDENT_KEYS,
      limit,
      cursor,
      partitions,
      accept: (item) => present(resultKind.fromItem(item)),
    });
  };
}
