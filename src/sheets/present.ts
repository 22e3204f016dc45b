// Under which names does a mark or result show? Under today's: the copies stored with it follow renames later.
import type { Course } from '../courses/course.ts';
import type { Student } from '../students/student.ts';
import type { SheetRecord } from './rows.ts';

export interface Names {
  student: (student_id: string) => Student | undefined;
  course: (course_id: string) => Course | undefined;
}

/** The record under today's names; undefined when its student or course is gone or going. */
export const createPresent =
  ({ student, course }: Names) =>
  <R extends SheetRecord>(record: R): R | undefined => {
    const s = student(record.student_id);
    const c = course(record.course_id);
    if (!s || !c) return undefined;
    return {
      ...record,
      student_code: s.student_code,
      student_name: s.full_name,
      course_code: c.course_code,
      course_name: c.course_name,
    };
  };

export type Present = ReturnType<typeof createPresent>;
