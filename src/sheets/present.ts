// Under which names does a mark or result show? Under today's: the copies stored with it follow renames later.
import type { Course } from '../courses/course.ts';
import type { Student } from '../students/student.ts';
import type { SheetRecord } from './rows.ts';

export interface Directories {
  student: (student_id: string) => Student | undefined;
  course: (course_id: string) => Course | undefined;
}

export type CopiedNames = Pick<SheetRecord, 'student_code' | 'student_name' | 'course_code' | 'course_name'>;

/** Today's names of a student and a course; undefined when one of them is gone or going. */
export const createNames =
  ({ student, course }: Directories) =>
  (student_id: string, course_id: string): CopiedNames | undefined => {
    const s = student(student_id);
    const c = course(course_id);
    return (
      s &&
      c && {
        student_code: s.student_code,
        student_name: s.full_name,
        course_code: c.course_code,
        course_name: c.course_name,
      }
    );
  };

export type Names = ReturnType<typeof createNames>;

/** The record under today's names; undefined when its student or course is gone or going. */
export const createPresent =
  (names: Names) =>
  <R extends SheetRecord>(record: R): R | undefined => {
    const today = names(record.student_id, record.course_id);
    return today && { ...record, ...today };
  };

export type Present = ReturnType<typeof createPresent>;
