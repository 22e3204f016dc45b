// What is left to do today, and for whom? Registers not taken, exams without results; all of it out of memory.
import type { Context } from '../platform/actor.ts';
import type { Today } from '../platform/clock.ts';
import { demandRole } from '../platform/policy.ts';
import type { AttendanceService, SheetLine } from '../attendance/attendance.service.ts';
import type { Course } from '../courses/course.ts';
import { attendancePath } from '../courses/course-record.ts';
import type { CourseDirectory } from '../courses/course-directory.ts';
import type { ResultsService } from '../results/results.service.ts';
import type { Sheets } from '../sheets/sheets.ts';
import type { StudentDirectory } from '../students/student-directory.ts';
import { dueExams } from './due-exams.ts';
import type { ExamDue } from './due-exams.ts';
import { createMeetings } from './meetings.ts';
import { createTally } from './tally.ts';

/** A course that has students. */
export interface CourseLine {
  course_id: string;
  course_code: string;
  course_name: string;
  faculty: string | null;
  /** As it was typed, and the time in it. */
  schedule: string | null;
  starts: string | null;
  enrolled: number;
  /** Today's register. */
  sheet: string;
}

export interface RegisterTaken extends CourseLine {
  period: number;
  counts: SheetLine['counts'];
  marked: number;
  /** How many students are to be marked, at least as many as are. */
  of: number;
}

/** The first lines of a list, and how many there are in all. */
export interface Some<T> {
  items: T[];
  total: number;
}

export interface TeacherDay {
  /** `own`: who asks teaches them; `open`: they teach none, these have no teacher, so that they may mark them. */
  whose: 'own' | 'open';
  to_take: Some<CourseLine>;
  exams: Some<ExamDue>;
  taken: Some<RegisterTaken>;
  /** Own courses that do not meet today by their schedule. */
  resting: Some<CourseLine>;
  /** Own courses where nobody is enrolled. */
  empty: Some<CourseLine>;
}

export interface CollegeDay {
  /** Courses that may meet today and have no mark yet, the earliest first. */
  missing: Some<CourseLine>;
  /** How many may meet today. */
  meeting: number;
}

export interface DueService {
  /** What whoever asks has to do as a teacher, `most` lines of each kind; null for an admin who teaches nothing. Staff only. */
  ofTeacher: (ctx: Context, most: number) => TeacherDay | null;
  /** Where a register is still missing in the whole college; admins only. */
  ofCollege: (ctx: Context, most: number) => CollegeDay;
}

export interface DueNeeds {
  today: Today;
  courses: CourseDirectory;
  students: StudentDirectory;
  sheets: Sheets;
  attendance: Pick<AttendanceService, 'sheetsOfCourse'>;
  results: Pick<ResultsService, 'examsOfCourse'>;
}

/** Nobody teaches more; if somebody does, the first of them are looked at for exams. */
const EXAM_COURSES = 40;

const some = <T, U>(all: T[], most: number, show: (one: T) => U): Some<U> => ({
  items: all.slice(0, most).map(show),
  total: all.length,
});

export function createDueService(needs: DueNeeds): DueService {
  const { today, courses, students, attendance, results } = needs;
  const tally = createTally(needs);
  const meetings = createMeetings(needs);
  const { earliestFirst, hasStudents } = meetings;
  const weekdayOf = (day: string): number => new Date(`${day}T00:00:00Z`).getUTCDay();
  /** In order of their codes. */
  const taughtBy = (faculty_id: string): Course[] => courses.inOrder(faculty_id).map(({ record }) => record);

  const activeIn = (course_id: string): number => {
    let active = 0;
    for (const id of students.memberIds(course_id)) if (students.get(id)?.record.status === 'active') active += 1;
    return active;
  };

  const lineOf = (course: Course): CourseLine => ({
    course_id: course.course_id,
    course_code: course.course_code,
    course_name: course.course_name,
    faculty: courses.present(course).faculty,
    schedule: course.schedule,
    starts: meetings.startOf(course),
    enrolled: students.memberIds(course.course_id).size,
    sheet: attendancePath(course.course_id, today()),
  });

  function registersOf(ctx: Context, course: Course): RegisterTaken[] {
    const day = today();
    const lines = attendance.sheetsOfCourse(ctx, course.course_id).filter(({ date }) => date === day);
    return lines.map(({ period, counts }) => {
      const marked = counts.Present + counts.Absent + counts.Late;
      const sheet = attendancePath(course.course_id, day, period);
      return { ...lineOf(course), sheet, period, counts, marked, of: Math.max(marked, activeIn(course.course_id)) };
    });
  }

  /** `own`: those of them that have students. */
  function examsOf(ctx: Context, own: Course[]): ExamDue[] {
    const held = ({ course_id }: Course) => results.examsOfCourse(ctx, course_id);
    const among = own.slice(0, EXAM_COURSES);
    return dueExams(
      among.map((course) => ({ course, held: held(course) })),
      tally.commonExams,
    );
  }

  return {
    ofTeacher: (ctx, most) => {
      demandRole(ctx, 'admin', 'faculty');
      const day = today();
      const weekday = weekdayOf(day);
      const taken = tally.takenOn(day);
      const own = taughtBy(ctx.actor.user_id);
      if (own.length === 0 && ctx.actor.role === 'admin') return null;
      const among = own.length > 0 ? own : taughtBy('');
      const filled = new Set(among.filter(hasStudents));
      const open = [...filled].filter(({ course_id }) => !taken.has(course_id));
      const meeting = new Set(open.filter((course) => meetings.mayMeet(course, weekday)));
      const resting = own.length === 0 ? [] : open.filter((course) => !meeting.has(course));
      const empty = own.filter((course) => !filled.has(course) && !taken.has(course.course_id));
      const done = earliestFirst(among.filter(({ course_id }) => taken.has(course_id)));
      const registers = done.slice(0, most).flatMap((course) => registersOf(ctx, course));
      return {
        whose: own.length > 0 ? 'own' : 'open',
        to_take: some(earliestFirst([...meeting]), most, lineOf),
        exams: some(examsOf(ctx, own.length === 0 ? [] : [...filled]), most, (exam) => exam),
        taken: { items: registers, total: registers.length + Math.max(0, done.length - most) },
        resting: some(resting, most, lineOf),
        empty: some(empty, most, lineOf),
      };
    },
    ofCollege: (ctx, most) => {
      demandRole(ctx, 'admin');
      const day = today();
      const taken = tally.takenOn(day);
      const meeting = meetings.on(weekdayOf(day));
      const missing = meeting.filter(({ course_id }) => !taken.has(course_id));
      return { meeting: meeting.length, missing: some(missing, most, lineOf) };
    },
  };
}
