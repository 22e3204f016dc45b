// What stands on a course's page beside its details: who takes it, its registers, its exams?
import type { Context } from '../platform/actor.ts';
import { isStaff } from '../platform/actor.ts';
import { longDay, shortDay } from '../platform/http/days.ts';
import type { Services } from '../services.ts';
import type { Course } from './course.ts';

/** So many registers stand on the page; all of them are in the list of attendance. */
const LATEST = 10;

type Needs = Pick<Services, 'attendance' | 'courses' | 'results'>;

/** Where a class sheet is. */
export const attendancePath = (course_id: string, date: string, period = 1): string =>
  `/courses/${course_id}/attendance/${date}${period === 1 ? '' : `?period=${period}`}`;

const examPath = (course_id: string, exam_type: string, number: number): string =>
  `/courses/${course_id}/results/${exam_type}${number === 1 ? '' : `?number=${number}`}`;

/** What staff see; null for a student, who sees the details only. */
export function courseRecord(services: Needs, ctx: Context, course: Course, today: string) {
  if (!isStaff(ctx.actor)) return null;
  const { course_id } = course;
  const { students } = services.courses.roster(ctx, course_id);
  const registers = services.attendance.sheetsOfCourse(ctx, course_id);
  return {
    enrolled: students.length,
    active: students.filter((student) => student.status === 'active').length,
    may_mark: services.courses.mayMark(ctx, course),
    today_path: attendancePath(course_id, today),
    today_taken: registers.some((line) => line.date === today && line.period === 1),
    register_count: registers.length,
    registers: registers.slice(0, LATEST).map((line) => ({
      path: attendancePath(course_id, line.date, line.period),
      day: shortDay(line.date),
      long: longDay(line.date),
      period: line.period,
      counts: line.counts,
    })),
    exams: services.results.examsOfCourse(ctx, course_id).map((line) => ({
      ...line,
      path: examPath(course_id, line.exam_type, line.number),
    })),
  };
}

/** What a delete takes along. */
export function takenAlong(services: Needs, ctx: Context, course_id: string) {
  const marks = services.attendance
    .sheetsOfCourse(ctx, course_id)
    .reduce((sum, { counts }) => sum + counts.Present + counts.Absent + counts.Late, 0);
  const results = services.results.examsOfCourse(ctx, course_id).reduce((sum, { count }) => sum + count, 0);
  return { marks, results, enrolled: services.courses.roster(ctx, course_id).students.length };
}
