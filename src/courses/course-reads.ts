// Which courses does somebody see, and of which do they write the marks? Out of memory.
import { z } from 'zod';
import type { Context } from '../platform/actor.ts';
import { NotFound } from '../platform/errors.ts';
import { compareTexts } from '../platform/fold.ts';
import { filter, given, listQuery } from '../platform/list-query.ts';
import type { Page } from '../platform/page.ts';
import { demandRole } from '../platform/policy.ts';
import { id, parse } from '../platform/schema.ts';
import type { Student } from '../students/student.ts';
import type { StudentDirectory } from '../students/student-directory.ts';
import { COURSE_SORTS } from './course.ts';
import type { Course } from './course.ts';
import type { CourseDirectory, KeptCourse } from './course-directory.ts';

/** What a list of courses is asked for; checked here (422). */
export interface CourseQuery {
  q?: string;
  faculty_id?: string;
  sort?: string;
  order?: string;
  page?: string | number;
  page_size?: string | number;
}

/** A course beside who takes it. */
export interface CourseRoster {
  course: Course;
  /** In order of their codes, whatever their status. */
  students: Student[];
}

export interface CourseReads {
  /** A student sees the courses they are enrolled in. */
  list: (ctx: Context, query: CourseQuery) => Page<Course & { enrolled: number }>;
  get: (ctx: Context, course_id: string) => Course;
  /** The course with this code; undefined when there is none that the actor may see. */
  byCode: (ctx: Context, code: string) => Course | undefined;
  /** Staff only. */
  roster: (ctx: Context, course_id: string) => CourseRoster;
  /** Whether the actor may write marks and results of this course. */
  mayMark: (ctx: Context, course: Course) => boolean;
  /** All courses of which the actor may, in order of their codes; null when there are more than `most`. */
  markable: (ctx: Context, most: number) => Course[] | null;
}

const query = z.strictObject({ ...listQuery(COURSE_SORTS), faculty_id: filter(id('Faculty')) });

/** Admins, and whoever teaches it; everybody of the faculty when nobody does. */
export const mayMark = (ctx: Context, course: Course): boolean =>
  ctx.actor.role === 'admin' ||
  (ctx.actor.role === 'faculty' && (course.faculty_id === null || course.faculty_id === ctx.actor.user_id));

export function createCourseReads(directory: CourseDirectory, students: StudentDirectory) {
  const takenBy = ({ actor: { student_id } }: Context): string[] =>
    (student_id === null ? undefined : students.get(student_id)?.record.enrolled_courses) ?? [];

  const maySee = (ctx: Context, { record }: KeptCourse): boolean =>
    ctx.actor.role !== 'student' || takenBy(ctx).includes(record.course_id);

  const visible = (ctx: Context, course_id: string): KeptCourse => {
    const kept = directory.get(course_id);
    if (!kept || !maySee(ctx, kept)) {
      throw new NotFound('There is no such course, or it has been removed.');
    }
    return kept;
  };

  const reads: CourseReads = {
    list: (ctx, asked) => {
      const { q, sort, order, page, page_size, faculty_id } = parse(query, given(asked));
      const among = ctx.actor.role === 'student' ? takenBy(ctx) : undefined;
      const descending = order === 'desc';
      const found = directory.list({ q, where: { faculty_id }, among, sort, descending, page, page_size });
      const items = found.items.map(({ record }) => ({
        ...directory.present(record),
        enrolled: students.memberIds(record.course_id).size,
      }));
      return { ...found, items };
    },
    get: (ctx, course_id) => directory.present(visible(ctx, course_id).record),
    byCode: (ctx, code) => {
      const kept = directory.byCode(code);
      return kept && maySee(ctx, kept) ? directory.present(kept.record) : undefined;
    },
    roster: (ctx, course_id) => {
      demandRole(ctx, 'admin', 'faculty');
      return {
        course: directory.present(visible(ctx, course_id).record),
        students: students.members(course_id).map((kept) => kept.record),
      };
    },
    mayMark,
    markable: (ctx, most) => {
      demandRole(ctx, 'admin', 'faculty');
      // '' is nobody: what nobody teaches, every teacher may mark.
      const teachers = ctx.actor.role === 'admin' ? [undefined] : [ctx.actor.user_id, ''];
      const pages = teachers.map((faculty_id) => directory.firstInOrder(faculty_id, most));
      if (pages.reduce((n, { total }) => n + total, 0) > most) return null;
      return pages
        .flatMap(({ items }) => items.map(({ record }) => directory.present(record)))
        .sort((a, b) => compareTexts(a.course_code, b.course_code));
    },
  };
  return { visible, reads };
}
