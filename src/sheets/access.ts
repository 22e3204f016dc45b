// Whose course is it? Asked before a mark or result of a course is written.
import type { Context } from '../platform/actor.ts';
import { Forbidden, NotFound } from '../platform/errors.ts';
import { demandRole } from '../platform/policy.ts';
import type { Course } from '../courses/course.ts';
import type { CourseDirectory } from '../courses/course-directory.ts';

export function createCourseAccess(courses: CourseDirectory, mayMark: (ctx: Context, course: Course) => boolean) {
  const courseOf = (course_id: string): Course => {
    const course = courses.get(course_id)?.record;
    if (!course) throw new NotFound('There is no such course, or it has been removed.');
    return course;
  };
  /** Throws Forbidden unless the actor may write marks and results of the course. */
  const demandTeacher = (ctx: Context, course: Course): void => {
    demandRole(ctx, 'admin', 'faculty');
    if (!mayMark(ctx, course))
      throw new Forbidden(`${course.course_code} is taught by somebody else. Ask them, or the office.`);
  };
  /** The course that a body names, so that the teacher can be asked before anything else of it is read. */
  const named = (input: unknown): Course | undefined => {
    const id = typeof input === 'object' && input !== null ? (input as { course_id?: unknown }).course_id : undefined;
    return typeof id === 'string' ? courses.get(id)?.record : undefined;
  };
  return { courseOf, demandTeacher, named };
}

export type CourseAccess = ReturnType<typeof createCourseAccess>;
