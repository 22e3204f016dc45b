// What does a large college look like? The demo college many times over: classes stay as large, everything else grows.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { createChance } from '../chance.mjs';
import { SIZES } from '../facts.mjs';

const DAY_MS = 86_400_000;
const DAYS = 84;
const MAX_ROWS = 90;
const MAX_MARKS = 89;
/** How many of thirty places each of thirty courses takes, as in the demo college: lecture halls and seminars. */
const POPULARITY = [
  86, 81, 74, 66, 65, 59, 56, 48, 48, 46, 45, 41, 39, 37, 35, 34, 33, 33, 32, 31, 31, 30, 29, 28, 25, 24, 23, 20, 17,
  14,
];
const COURSES = 5;
/** So many classes of a course have been held at most; the last ones of the college have not all been. */
const CLASSES = 2;
const STATUSES = ['Present', 'Present', 'Present', 'Present', 'Present', 'Present', 'Present', 'Absent', 'Late'];

const load = (app, file) => import(pathToFileURL(join(app, 'dist', file)).href);

/** Puts every active student on five courses; returns the members of each course in order of their codes. */
function enrol(students, courses, chance) {
  const members = courses.map(() => []);
  const places = POPULARITY.flatMap((n, i) => Array.from({ length: n }, () => i));
  const groups = Math.ceil(courses.length / POPULARITY.length);
  for (const student of students) {
    student.enrolled_courses = [];
    if (student.status !== 'active') continue;
    const chosen = new Set();
    while (chosen.size < COURSES) chosen.add(chance.whole(groups) * POPULARITY.length + chance.pick(places));
    for (const i of chosen) {
      members[i].push(student.student_id);
      student.enrolled_courses.push(courses[i].course_id);
    }
  }
  return members;
}

/** Takes whole sheets until so many rows are there; the last one is cut. */
function* upTo(rows, sheets) {
  let left = rows;
  for (const { people, make } of sheets) {
    if (left === 0) return;
    const there = people.slice(0, Math.min(left, MAX_ROWS));
    left -= there.length;
    if (there.length > 0) yield make(there);
  }
  if (left > 0) throw new Error(`The college has no room for ${String(left)} of ${String(rows)} rows.`);
}

const day = (today, before) => new Date(Date.parse(today) - before * DAY_MS).toISOString().slice(0, 10);

/** Students, courses and rows of `scale` demo colleges, and what the generator has to know. */
export async function planScale(app, scale, today) {
  const [people, catalogue, enrolment] = await Promise.all([
    load(app, 'seed/people.js'),
    load(app, 'seed/catalogue.js'),
    load(app, 'seed/enrolment.js'),
  ]);
  const { random, programs } = SIZES;
  const idOf = people.createIds(random, today);
  const programmes = catalogue.chooseProgrammes(programs);
  const students = people.planStudents({ students: SIZES.students * scale, programmes, random, today, idOf });
  const faculty = people.planFaculty(random, idOf);
  const courses = enrolment.planCourses({ courses: SIZES.courses * scale, random, today, faculty, idOf });
  const chance = createChance(random + scale);
  const members = enrol(students, courses, chance);
  const classes = courses.map((course, i) => ({ course, people: members[i], i }));
  const held = Array.from({ length: CLASSES }, (_, round) => classes.map((one) => ({ ...one, round }))).flat();
  const marks = held.map(({ course, people: there, i, round }) => ({
    people: there,
    make: (ids) => ({
      course_id: course.course_id,
      date: day(today, 1 + ((i * 7 + round) % DAYS)),
      period: 1,
      ids,
      statuses: ids.map(() => chance.pick(STATUSES)),
    }),
  }));
  const exams = classes.map(({ course, people: there }) => ({
    people: there,
    make: (ids) => ({
      course_id: course.course_id,
      exam_type: 'midterm',
      number: 1,
      max_marks: MAX_MARKS,
      ids,
      marks: ids.map(() => Math.round(MAX_MARKS * (0.35 + 0.65 * chance.next()))),
    }),
  }));
  return {
    faculty,
    courses,
    facts: {
      today,
      students,
      courses: courses.map(({ course_id, course_code }, i) => ({ course_id, course_code, members: members[i] })),
      marks: [...upTo(SIZES.attendance * scale, marks)],
      results: [...upTo(SIZES.results * scale, exams)],
    },
  };
}
