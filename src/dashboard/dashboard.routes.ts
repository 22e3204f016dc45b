// What matters now? The first page after signing in: numbers, today's courses and latest events for the staff;
// a student's first page is the own record.
import { Router } from 'express';
import type { Context } from '../platform/actor.ts';
import type { Today } from '../platform/clock.ts';
import { longDay, shortDay } from '../platform/http/days.ts';
import { everyItem } from '../platform/http/picker.ts';
import type { Services } from '../services.ts';
import type { MarkStatus } from '../attendance/mark.ts';

/** Lines of the activity list. */
const LATEST = 20;

/** A course of the signed-in teacher, with today's register: null when none was taken yet. */
export interface CourseToday {
  course_id: string;
  course_code: string;
  course_name: string;
  schedule: string | null;
  enrolled: number;
  sheet: string;
  taken: Record<MarkStatus, number> | null;
}

export function dashboardRoutes(services: Services, today: Today): Router {
  const router = Router();
  const { activity, attendance, courses, stats } = services;

  /** Courses without a register come first: that is what is left to do. */
  function coursesToday(ctx: Context): CourseToday[] {
    if (ctx.actor.role !== 'faculty') return [];
    const day = today();
    const own = everyItem((page) => courses.list(ctx, { faculty_id: ctx.actor.user_id, page, page_size: 500 }));
    const lines = own.map((course) => ({
      course_id: course.course_id,
      course_code: course.course_code,
      course_name: course.course_name,
      schedule: course.schedule,
      enrolled: course.enrolled,
      sheet: `/courses/${course.course_id}/attendance/${day}`,
      taken: totalOf(attendance.sheetsOfCourse(ctx, course.course_id).filter(({ date }) => date === day)),
    }));
    return [...lines.filter(({ taken }) => !taken), ...lines.filter(({ taken }) => taken)];
  }

  router.get('/', async (req, res) => {
    const { ctx } = req;
    const { actor } = ctx;
    if (actor.role === 'student') {
      res.redirect(actor.student_id === null ? '/account' : `/students/${actor.student_id}`);
      return;
    }
    const numbers = stats.stats(ctx);
    const { items } = await activity.list(ctx, { limit: LATEST, kind: 'changes' });
    res.page('dashboard/dashboard', {
      title: 'Dashboard',
      day: longDay(today()),
      shortDay,
      stats: numbers,
      programs: Object.entries(numbers.students.by_program).sort(([a, n], [b, m]) => m - n || a.localeCompare(b)),
      activity: items,
      courses_today: coursesToday(ctx),
    });
  });

  return router;
}

/** All registers of a day together; null when there is none, or every mark was taken back. */
function totalOf(lines: readonly { counts: Record<MarkStatus, number> }[]): Record<MarkStatus, number> | null {
  const total: Record<MarkStatus, number> = { Present: 0, Absent: 0, Late: 0 };
  for (const { counts } of lines)
    for (const status of ['Present', 'Absent', 'Late'] as const) total[status] += counts[status];
  return total.Present + total.Absent + total.Late > 0 ? total : null;
}
