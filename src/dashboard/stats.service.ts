// How does the college stand? The numbers of the dashboard and of GET /api/stats.
import type { Context } from '../platform/actor.ts';
import { addDays, timestamp } from '../platform/clock.ts';
import type { Clock, Today } from '../platform/clock.ts';
import { demandRole } from '../platform/policy.ts';
import { attendanceRate } from '../attendance/attendance.service.ts';
import type { CourseDirectory } from '../courses/course-directory.ts';
import { GRADES } from '../results/grading.ts';
import type { Grade } from '../results/grading.ts';
import { averageOf } from '../results/results.service.ts';
import { SUM } from '../results/results.repository.ts';
import type { Totals } from '../sheets/totals.ts';
import type { StudentDirectory } from '../students/student-directory.ts';

export interface Stats {
  students: { total: number; active: number; by_program: Readonly<Record<string, number>> };
  courses: { total: number };
  attendance: {
    total: number;
    today: { present: number; absent: number; late: number; rate: number | null };
    /** Exactly 30, oldest first, today last. */
    days: { date: string; present: number; absent: number; late: number }[];
  };
  results: {
    total: number;
    average_percentage: number | null;
    pass_rate: number | null;
    grades: Record<Grade, number>;
  };
  as_of: string;
}

export interface StatsService {
  /** Staff only. Out of memory, exact. */
  stats: (ctx: Context) => Stats;
}

export interface StatsNeeds {
  clock: Clock;
  today: Today;
  totals: Totals;
  students: StudentDirectory;
  courses: CourseDirectory;
}

const DAYS = 30;

export function createStatsService({ clock, today, totals, students, courses }: StatsNeeds): StatsService {
  let dates: string[] = [];

  /** The last thirty days, oldest first; made once a day. */
  function datesUntil(last: string): string[] {
    if (dates.at(-1) !== last) dates = Array.from({ length: DAYS }, (_, i) => addDays(last, i - DAYS + 1));
    return dates;
  }

  const marksOf = (date: string) => {
    const counts = totals.ofDate(date);
    return { present: counts['Present'] ?? 0, absent: counts['Absent'] ?? 0, late: counts['Late'] ?? 0 };
  };

  function attendance(): Stats['attendance'] {
    const last = today();
    const now = marksOf(last);
    return {
      total: Object.values(totals.attendance()).reduce((a, b) => a + b, 0),
      today: { ...now, rate: attendanceRate(now.present, now.late, now.present + now.absent + now.late) },
      days: datesUntil(last).map((date) => ({ date, ...marksOf(date) })),
    };
  }

  function results(): Stats['results'] {
    const counts = totals.results();
    const grades = Object.fromEntries(GRADES.map(({ grade }) => [grade, counts[grade] ?? 0])) as Record<Grade, number>;
    const total = Object.values(grades).reduce((a, b) => a + b, 0);
    return {
      total,
      average_percentage: averageOf(counts[SUM] ?? 0, total),
      pass_rate: attendanceRate(total - grades.F, 0, total),
      grades,
    };
  }

  return {
    stats: (ctx) => {
      demandRole(ctx, 'admin', 'faculty');
      return {
        students: { total: students.size(), active: students.active(), by_program: students.byProgram() },
        courses: { total: courses.size() },
        attendance: attendance(),
        results: results(),
        as_of: timestamp(clock),
      };
    },
  };
}
