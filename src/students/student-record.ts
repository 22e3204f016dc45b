// What stands on a student's page beside the profile: courses, attendance by course, latest results, logins?
import type { AttendanceSummary } from '../attendance/attendance.service.ts';
import { findCourse } from '../courses/course-choice.ts';
import type { Context } from '../platform/actor.ts';
import type { CursorPage } from '../platform/page.ts';
import type { Result } from '../results/result.ts';
import type { Services } from '../services.ts';
import type { User } from '../users/user.ts';
import type { Student } from './student.ts';

const LATEST = 8;

/** One course of the attendance table; `code` is null when nothing tells any more which course it was. */
export interface CourseAttendance extends AttendanceSummary {
  course_id: string;
  code: string | null;
  name: string | null;
  /** Still enrolled. */
  enrolled: boolean;
}

type Needs = Pick<Services, 'attendance' | 'courses' | 'results' | 'users'>;

/** Present and late of all, in percent with 2 decimals, half up; null without data. */
const rateOf = ({ present, absent, late }: Record<'present' | 'absent' | 'late', number>): number | null => {
  const all = present + absent + late;
  return all === 0 ? null : Math.floor(((present + late) * 20_000 + all) / (2 * all)) / 100;
};

function totalOf(lines: readonly AttendanceSummary[]): AttendanceSummary {
  const total = { present: 0, absent: 0, late: 0 };
  for (const line of lines) {
    total.present += line.present;
    total.absent += line.absent;
    total.late += line.late;
  }
  return { ...total, rate: rateOf(total) };
}

/** Everything that is read on by a cursor, to the end. */
async function everything<T>(read: (cursor: string | undefined) => Promise<CursorPage<T>>): Promise<T[]> {
  const items: T[] = [];
  let cursor: string | undefined;
  do {
    const page = await read(cursor);
    items.push(...page.items);
    cursor = page.next_cursor ?? undefined;
  } while (cursor !== undefined);
  return items;
}

const resultsOf = ({ results }: Needs, ctx: Context, student_id: string): Promise<Result[]> =>
  everything((cursor) => results.list(ctx, { student_id, limit: 1000, ...(cursor === undefined ? {} : { cursor }) }));

/** Logins are the admins' business. */
const loginsOf = ({ users }: Needs, ctx: Context, student_id: string): User[] =>
  ctx.actor.role === 'admin' ? users.list(ctx, { student_id, page_size: 100 }).items : [];

async function attendanceOf(services: Needs, ctx: Context, student: Student): Promise<CourseAttendance[]> {
  const summary = await services.attendance.summaryOfStudent(ctx, student.student_id);
  const lines = [...summary].map(async ([course_id, counts]): Promise<CourseAttendance> => {
    const course = findCourse(services.courses, ctx, course_id);
    // A student can't look up a course they left; their own marks still carry its name.
    const names =
      course ?? (await services.attendance.list(ctx, { student_id: student.student_id, course_id, limit: 1 })).items[0];
    return {
      ...counts,
      course_id,
      code: names?.course_code ?? null,
      name: names?.course_name ?? null,
      enrolled: student.enrolled_courses.includes(course_id),
    };
  });
  return (await Promise.all(lines)).sort((a, b) => ((a.code ?? '~') < (b.code ?? '~') ? -1 : 1));
}

/** All of it, as far as the actor may see it. */
export async function studentRecord(services: Needs, ctx: Context, student: Student) {
  const [attendance, results] = await Promise.all([
    attendanceOf(services, ctx, student),
    resultsOf(services, ctx, student.student_id),
  ]);
  return {
    courses: student.enrolled_courses
      .flatMap((course_id) => findCourse(services.courses, ctx, course_id) ?? [])
      .sort((a, b) => (a.course_code < b.course_code ? -1 : 1)),
    attendance,
    attendance_total: totalOf(attendance),
    results: results.sort((a, b) => (a.updated_at < b.updated_at ? 1 : -1)).slice(0, LATEST),
    result_count: results.length,
    logins: loginsOf(services, ctx, student.student_id),
  };
}

/** What a delete takes along. */
export async function takenAlong(services: Needs, ctx: Context, student_id: string) {
  const [summary, results] = await Promise.all([
    services.attendance.summaryOfStudent(ctx, student_id),
    resultsOf(services, ctx, student_id),
  ]);
  const { present, absent, late } = totalOf([...summary.values()]);
  return { marks: present + absent + late, results: results.length, logins: loginsOf(services, ctx, student_id) };
}
