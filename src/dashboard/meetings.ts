// Which courses that have students may meet on a day of the week, and when? The list of a day is made when somebody asks
// and stays until a course changes, gets its first student or loses its last.
import type { Course } from '../courses/course.ts';
import type { CourseDirectory } from '../courses/course-directory.ts';
import { meetsOn, readSchedule } from '../courses/schedule.ts';
import type { Timetable } from '../courses/schedule.ts';
import type { StudentDirectory } from '../students/student-directory.ts';

/** Later than every hour. */
const NO_HOUR = '~';

export interface MeetingsNeeds {
  courses: CourseDirectory;
  students: StudentDirectory;
}

export function createMeetings({ courses, students }: MeetingsNeeds) {
  // Read once for each version of a course: a changed course is another object.
  const timetables = new WeakMap<Course, Timetable>();
  const byWeekday = new Map<number, readonly Course[]>();
  let madeAt = '';

  function timetableOf(course: Course): Timetable {
    let timetable = timetables.get(course);
    if (!timetable) timetables.set(course, (timetable = readSchedule(course.schedule)));
    return timetable;
  }

  /** Those that begin first come first, those without an hour last; else the order stays. */
  function earliestFirst(some: Course[]): Course[] {
    const at = some.map((course) => ({ course, starts: timetableOf(course).starts ?? NO_HOUR }));
    at.sort((a, b) => (a.starts < b.starts ? -1 : a.starts > b.starts ? 1 : 0));
    return at.map(({ course }) => course);
  }

  const mayMeet = (course: Course, weekday: number): boolean => meetsOn(timetableOf(course), weekday);
  const hasStudents = ({ course_id }: Course): boolean => students.memberIds(course_id).size > 0;

  return {
    startOf: (course: Course): string | null => timetableOf(course).starts,
    earliestFirst,
    mayMeet,
    hasStudents,
    /** The earliest first, then in order of their codes. */
    on: (weekday: number): readonly Course[] => {
      const now = `${String(courses.changes())} ${String(students.filled())}`;
      if (madeAt !== now) byWeekday.clear();
      madeAt = now;
      let list = byWeekday.get(weekday);
      if (!list) {
        const all = courses.inOrder().map(({ record }) => record);
        list = earliestFirst(all.filter((course) => mayMeet(course, weekday) && hasStudents(course)));
        byWeekday.set(weekday, list);
      }
      return list;
    },
  };
}
