// Which courses are offered, who teaches them, and who takes them?
import { chooseCourses } from './catalogue.ts';
import type { Offering, Programme } from './catalogue.ts';
import type { IdOf, PlannedStudent, PlannedUser } from './people.ts';
import { createRandom } from './random.ts';
import type { Random } from './random.ts';
import { meetingsOf, scheduleText } from './timetable.ts';
import type { Meeting } from './timetable.ts';

export interface PlannedCourse {
  course_id: string;
  course_code: string;
  course_name: string;
  credits: number;
  schedule: string;
  faculty_id: string;
  capacity: number;
  description: string;
  offering: Offering;
  meetings: Meeting[];
  /** Who takes it, in order of their codes. */
  students: PlannedStudent[];
}

const FEWEST = 4;
const MOST = 7;

/** `26A` from January to July, `26B` after. */
const termOf = (today: string): string => `${today.slice(2, 4)}${today.slice(5, 7) >= '08' ? 'B' : 'A'}`;

const describe = ({ name, level, subject }: Offering): string =>
  `${name}: lectures and exercises for year ${String(level)}, in ${subject.building} Hall.` +
  ' Attendance is taken in every class; marks come from quizzes, assignments and exams.';

export function planCourses(o: {
  courses: number;
  random: number;
  today: string;
  faculty: PlannedUser[];
  idOf: IdOf;
}): PlannedCourse[] {
  const chance = createRandom(o.random, 'courses');
  return chooseCourses(o.courses).map((offering, i) => {
    const course_code = `${offering.code}-${termOf(o.today)}${offering.group === 0 ? '' : `-G${String(offering.group + 1)}`}`;
    const meetings = meetingsOf(i);
    const room = `${offering.subject.building} ${chance.pick(['A', 'B', 'C'])}${String(chance.whole(1, 3))}${String(i % 100).padStart(2, '0')}`;
    return {
      course_id: o.idOf('course', course_code),
      course_code,
      course_name: offering.name,
      credits: chance.pick([3, 3, 3, 4, 4, 2.5]),
      schedule: scheduleText(meetings, room),
      // The first teacher has the first courses of the list, the next one the next.
      faculty_id: o.faculty[Math.floor((i * o.faculty.length) / o.courses)]?.user_id ?? '',
      capacity: 0,
      description: describe(offering),
      offering,
      meetings,
      students: [],
    };
  });
}

/** How much a student wants a course: the own subject first, and what fits the own year. */
function appeal({ offering }: PlannedCourse, programme: Programme, year: number): number {
  const at = programme.subjects.indexOf(offering.subject.prefix);
  const liking = at === -1 ? (offering.subject.general ? 1.5 : 0.3) : 12 / (at + 1);
  return liking * Math.exp(-0.7 * Math.abs(offering.level - year));
}

function choose(chance: Random, courses: PlannedCourse[], programme: Programme, student: PlannedStudent) {
  const year = Math.ceil(student.semester / 2);
  const own = courses.filter(({ offering }) => offering.subject.prefix === programme.subjects[0]);
  // Nobody gets round the core course of the own subject.
  const core = chance.sample(own, 1, (course) => appeal(course, programme, year) ** 2);
  const others = courses.filter((course) => !core.includes(course));
  const rest = chance.sample(others, chance.whole(FEWEST, MOST) - core.length, (c) => appeal(c, programme, year));
  return [...core, ...rest];
}

/** Puts active students on four to seven courses each (all there are, when there are fewer), with room to spare. */
export function enrol(o: {
  students: PlannedStudent[];
  courses: PlannedCourse[];
  programmes: Programme[];
  random: number;
}): Map<string, PlannedCourse[]> {
  const chance = createRandom(o.random, 'enrolment');
  const byName = new Map(o.programmes.map((p) => [p.name, p]));
  const taken = new Map<string, PlannedCourse[]>();
  for (const student of o.students) {
    const programme = byName.get(student.program);
    if (!programme || student.status !== 'active') continue;
    const courses = choose(chance, o.courses, programme, student);
    for (const course of courses) course.students.push(student);
    taken.set(student.student_id, courses);
  }
  for (const course of o.courses) course.capacity = Math.max(20, Math.ceil((course.students.length + 2) / 10) * 10);
  return taken;
}
