// What does a new college still need before it can work? Four steps, each done when the facts say so.
import type { Context } from '../platform/actor.ts';
import { demandRole } from '../platform/policy.ts';
import type { CourseDirectory } from '../courses/course-directory.ts';
import type { Totals } from '../sheets/totals.ts';
import type { StudentDirectory } from '../students/student-directory.ts';
import type { UserDirectory } from '../users/user-directory.ts';

export interface FirstSteps {
  courses: boolean;
  students: boolean;
  /** Somebody of role faculty has a login. */
  teachers: boolean;
  /** Somebody is enrolled somewhere. */
  enrolment: boolean;
  /** Somebody has been marked. */
  register: boolean;
  /** A course to enrol students in; null while there is none. */
  first_course: string | null;
}

export interface FirstRunService {
  /** Null once a register was taken (who took it may be an admin: then no teacher needs a login); admins only. */
  steps: (ctx: Context) => FirstSteps | null;
}

export interface FirstRunNeeds {
  totals: Totals;
  users: UserDirectory;
  courses: CourseDirectory;
  students: StudentDirectory;
}

export function createFirstRunService({ totals, users, courses, students }: FirstRunNeeds): FirstRunService {
  const hasTeacher = (): boolean =>
    users.list({ q: '', where: { role: 'faculty' }, sort: 'username', descending: false, page: 1, page_size: 1 })
      .total > 0;

  /** In a college at work the first course will do. */
  function someoneEnrolled(): boolean {
    for (const { record } of courses.values()) if (students.memberIds(record.course_id).size > 0) return true;
    return false;
  }

  return {
    steps: (ctx) => {
      demandRole(ctx, 'admin');
      const register = Object.values(totals.attendance()).some((n) => n > 0);
      const enrolment = someoneEnrolled();
      if (register && enrolment) return null;
      const [first] = courses.values();
      return {
        courses: first !== undefined,
        students: students.size() > 0,
        teachers: hasTeacher(),
        enrolment,
        register,
        first_course: first?.record.course_id ?? null,
      };
    },
  };
}
