// What does the demo college consist of? A plan without a database: the same for the same number and day.
import { addDays } from '../platform/clock.ts';
import { drawHabits, planAttendance } from './attendance.ts';
import type { PlannedAttendanceSheet } from './attendance.ts';
import { chooseProgrammes } from './catalogue.ts';
import { enrol, planCourses } from './enrolment.ts';
import type { PlannedCourse } from './enrolment.ts';
import { planExams } from './exams.ts';
import type { PlannedResultSheet } from './exams.ts';
import { createIds, planFaculty, planStudentLogins, planStudents } from './people.ts';
import type { PlannedStudent, PlannedUser } from './people.ts';
import { WEEKS } from './timetable.ts';

/** docs/contract.md §5: how much of everything. */
export interface Sizes {
  students: number;
  programs: number;
  courses: number;
  attendance: number;
  results: number;
  random: number;
  /** YYYY-MM-DD; marks lie in the twelve weeks before it. */
  today: string;
}

export interface College {
  admin: PlannedUser;
  faculty: PlannedUser[];
  courses: PlannedCourse[];
  students: (PlannedStudent & { enrolled_courses: string[] })[];
  studentLogins: PlannedUser[];
  /** In order of time. */
  attendance: PlannedAttendanceSheet[];
  results: PlannedResultSheet[];
  /** Milliseconds: the morning on which the term was prepared, before its first class. */
  begin: number;
}

/** Throws DoesNotFit when more marks or results are asked for than the students can have. */
export function planCollege(sizes: Sizes): College {
  const { random, today } = sizes;
  const idOf = createIds(random, today);
  const programmes = chooseProgrammes(sizes.programs);
  const faculty = planFaculty(random, idOf);
  const students = planStudents({ students: sizes.students, programmes, random, today, idOf });
  const courses = planCourses({ courses: sizes.courses, random, today, faculty, idOf });
  const taken = enrol({ students, courses, programmes, random });
  const habits = drawHabits(random, courses);
  return {
    admin: {
      user_id: idOf('user', 'admin'),
      username: 'admin',
      full_name: 'College Office',
      role: 'admin',
      email: 'office@example.org',
      student_id: null,
    },
    faculty,
    courses,
    students: students.map((student) => ({
      ...student,
      enrolled_courses: (taken.get(student.student_id) ?? []).map(({ course_id }) => course_id),
    })),
    studentLogins: planStudentLogins(students, idOf),
    attendance: planAttendance({ attendance: sizes.attendance, courses, habits, random, today }),
    results: planExams({ results: sizes.results, courses, habits, random, today }),
    begin: Date.parse(`${addDays(today, -7 * (WEEKS + 1))}T08:00:00Z`),
  };
}
