// Are the lists that are kept by changes always what a look at everything would find?
import { describe, expect, test } from 'vitest';
import { createCourseDirectory } from '../../src/courses/course-directory.ts';
import type { Course } from '../../src/courses/course.ts';
import { meetsOn, readSchedule } from '../../src/courses/schedule.ts';
import { createCommonExams } from '../../src/dashboard/common-exams.ts';
import { termOf } from '../../src/dashboard/due-exams.ts';
import { createMeetings } from '../../src/dashboard/meetings.ts';
import { compareTexts } from '../../src/platform/fold.ts';
import { createRandom } from '../../src/seed/random.ts';
import { createStudentDirectory } from '../../src/students/student-directory.ts';
import type { Student } from '../../src/students/student.ts';

const IDS = Array.from({ length: 12 }, (_, i) => `c${String(i)}`);
const PEOPLE = Array.from({ length: 8 }, (_, i) => `s${String(i)}`);
const TERMS = ['26A', '26B', '25A'];
const SCHEDULES = ['Mon 09:00', 'Mon, Wed 08:00', 'Wed 10:00', 'Tue 14:00', 'by arrangement', null];
const EXAMS = ['midterm', 'final'] as const;

function startWorld(seed: number) {
  const chance = createRandom(seed, 'kept lists');
  const names = new Map([
    ['t1', 'Ann'],
    ['t2', 'Bo'],
  ]);
  let nameChanges = 0;
  let version = 0;
  const students = createStudentDirectory();
  const courses = createCourseDirectory({
    nameOf: (user_id) => names.get(user_id),
    enrolled: (course_id) => students.memberIds(course_id).size,
    moves: { faculty: () => nameChanges, enrolled: students.enrolments },
  });
  const meetings = createMeetings({ courses, students });
  const exams = createCommonExams(courses);
  const held = new Map<string, Set<string>>(EXAMS.map((exam) => [exam, new Set()]));
  const left = new Set<string>();

  const steps = [
    () => {
      const course_id = chance.pick(IDS);
      if (left.has(course_id)) return;
      const course = {
        course_id,
        course_code: `C${String(chance.whole(1, 99))}-${chance.pick(TERMS)}`,
        course_name: 'Logic',
        schedule: chance.pick(SCHEDULES),
        faculty: null,
        faculty_id: chance.pick(['t1', 't2', null]),
        version: (version += 1),
      } as Course;
      courses.put({ record: course, head: null });
    },
    () => {
      const enrolled_courses = chance.sample(IDS, chance.whole(0, 3), () => 1);
      const record = {
        student_id: chance.pick(PEOPLE),
        student_code: 'S',
        full_name: 'A',
        program: 'B',
        enrolled_courses,
      };
      students.put({
        record: { ...record, status: 'active', version: (version += 1) } as unknown as Student,
        head: null,
      });
    },
    () => {
      const course_id = chance.pick(IDS);
      const exam_type = chance.pick(EXAMS);
      const has = chance.chance(0.7);
      if (has) held.get(exam_type)?.add(course_id);
      else held.get(exam_type)?.delete(course_id);
      exams.note(exam_type, { exam_type, number: 1 }, course_id, has);
    },
    () => {
      names.set(chance.pick(['t1', 't2']), `Name ${String(chance.whole(1, 9))}`);
      nameChanges += 1;
    },
    () => {
      if (!chance.chance(0.03)) return;
      const course_id = chance.pick(IDS);
      left.add(course_id);
      courses.remove(course_id);
    },
  ];
  return { chance, courses, students, meetings, exams, held, names, step: () => chance.pick(steps)() };
}

const all = (world: ReturnType<typeof startWorld>): Course[] =>
  Array.from(world.courses.values(), (kept) => kept.record);
const ids = (some: readonly Course[]): string[] => some.map(({ course_id }) => course_id);

describe.each([1, 2, 3, 4])('after every one of many changes, run %i', (seed) => {
  test('courses of a weekday, common exams and orders of courses are what a recount says', () => {
    const world = startWorld(seed);
    for (let i = 0; i < 1_500; i += 1) {
      world.step();
      if (world.chance.chance(0.5)) continue; // several changes between two looks as well
      const weekday = world.chance.whole(0, 6);
      const meeting = all(world)
        .filter((course) => meetsOn(readSchedule(course.schedule), weekday))
        .filter(({ course_id }) => world.students.memberIds(course_id).size > 0)
        .map((course) => ({ course, starts: readSchedule(course.schedule).starts ?? '~' }))
        .sort(
          (a, b) =>
            (a.starts < b.starts ? -1 : a.starts > b.starts ? 1 : 0) ||
            compareTexts(a.course.course_code, b.course.course_code) ||
            (a.course.course_id < b.course.course_id ? -1 : 1),
        );
      expect(ids(world.meetings.on(weekday))).toEqual(meeting.map(({ course }) => course.course_id));

      const term = world.chance.pick(TERMS);
      const ofTerm = all(world).filter(({ course_code }) => termOf(course_code) === term);
      const common = EXAMS.filter((exam) => {
        const n = ofTerm.filter(({ course_id }) => world.held.get(exam)?.has(course_id)).length;
        return n > 0 && 2 * n >= ofTerm.length;
      });
      expect(
        world.exams
          .ofTerm(term)
          .map(({ exam_type }) => exam_type)
          .sort(),
      ).toEqual([...common].sort());

      const sort = world.chance.pick(['enrolled', 'faculty']);
      const listed = world.courses.list({ q: '', sort, descending: false, page: 1, page_size: 50 }).items;
      const value = ({ course_id, faculty_id }: Course): string =>
        sort === 'enrolled'
          ? String(world.students.memberIds(course_id).size)
          : ((faculty_id === null ? null : world.names.get(faculty_id)) ?? '');
      const inOrder = all(world).sort(
        (a, b) => compareTexts(value(a), value(b)) || (a.course_id < b.course_id ? -1 : 1),
      );
      expect(listed.map(({ record }) => record.course_id)).toEqual(ids(inOrder));
    }
  });
});
