// Who came to which class? Sheets over the twelve weeks, with the habits of each student.
import type { MarkStatus } from '../attendance/mark.ts';
import { addDays } from '../platform/clock.ts';
import type { PlannedCourse } from './enrolment.ts';
import { createRandom } from './random.ts';
import type { Random } from './random.ts';
import { fill, group } from './sheets.ts';
import { classDays, extraSessions, sessionsOf } from './timetable.ts';
import type { Session } from './timetable.ts';

export interface PlannedAttendanceSheet {
  course: PlannedCourse;
  date: string;
  period: number;
  /** Milliseconds: when the teacher had finished it. */
  at: number;
  entries: { student_id: string; status: MarkStatus; remarks: string | null }[];
}

interface Held {
  course: PlannedCourse;
  session: Session;
}

const RECENT_DAYS = 30;
const WHY_LATE = ['Bus was late', 'Overslept', 'Came from another class', 'Traffic'];
const WHY_ABSENT = ['Ill', "Doctor's appointment", 'Family matter', 'Excused', 'Sports event'];

/** Shares of classes that students come to: most above 80 %, a few who struggle. */
export type Habits = Map<string, number>;

export function drawHabits(random: number, courses: PlannedCourse[]): Habits {
  const chance = createRandom(random, 'habits');
  const habits: Habits = new Map();
  for (const { students } of courses) {
    for (const { student_id } of students) {
      if (habits.has(student_id)) continue;
      const usual = chance.chance(0.08) ? chance.normal(0.68, 0.08) : chance.normal(0.91, 0.05);
      habits.set(student_id, Math.min(0.995, Math.max(0.45, usual)));
    }
  }
  return habits;
}

/**
 * All classes in the order in which their sheets are filled: first one for each of the last thirty days, so that the
 * chart has no holes; then the others by chance, each course in turn; at last hours beside the timetable.
 */
function* inOrder(random: number, courses: PlannedCourse[], today: string): Generator<Held> {
  const chance = createRandom(random, 'classes');
  const days = classDays(today);
  const held = courses.flatMap((course) =>
    sessionsOf(course.meetings, days).map((session): Held => ({ course, session })),
  );
  const used = new Map<PlannedCourse, number>();
  const taken = new Set<Held>();
  const take = (one: Held): Held => {
    taken.add(one);
    used.set(one.course, (used.get(one.course) ?? 0) + 1);
    return one;
  };
  const usedBy = (one: Held): number => used.get(one.course) ?? 0;

  for (const day of days.filter((date) => date >= addDays(today, -RECENT_DAYS)).reverse()) {
    const there = held.filter(({ session, course }) => session.date === day && course.students.length > 0);
    const fewest = Math.min(...there.map(usedBy));
    const [one] = chance.shuffled(there.filter((h) => usedBy(h) === fewest));
    if (one) yield take(one);
  }
  const turns = new Map<PlannedCourse, number>();
  for (const course of courses) turns.set(course, usedBy({ course, session: { date: '', period: 0, hour: 0 } }));
  const rest = chance.shuffled(held.filter((one) => !taken.has(one))).map((one) => {
    const turn = (turns.get(one.course) ?? 0) + 1;
    turns.set(one.course, turn);
    return { one, turn };
  });
  for (const { one } of rest.sort((a, b) => a.turn - b.turn)) yield one;
  for (const course of courses) {
    for (const session of extraSessions(days, sessionsOf(course.meetings, days))) yield { course, session };
  }
}

function drawStatus(chance: Random, habit: number): { status: MarkStatus; remarks: string | null } {
  if (!chance.chance(habit)) {
    return { status: 'Absent', remarks: chance.chance(0.3) ? chance.pick(WHY_ABSENT) : null };
  }
  if (chance.chance(0.03 + (1 - habit) * 0.4)) {
    return { status: 'Late', remarks: chance.chance(0.4) ? chance.pick(WHY_LATE) : null };
  }
  return { status: 'Present', remarks: null };
}

/** Exactly `attendance` marks on whole sheets, in order of time. Throws DoesNotFit. */
export function planAttendance(o: {
  attendance: number;
  courses: PlannedCourse[];
  habits: Habits;
  random: number;
  today: string;
}): PlannedAttendanceSheet[] {
  const classes = inOrder(o.random, o.courses, o.today);
  const slots = (function* () {
    for (const slot of classes) yield { slot, people: slot.course.students.length };
  })();
  const chance = createRandom(o.random, 'marks');
  return fill(slots, o.attendance, 'attendance')
    .map(({ slot: { course, session }, rows }, i) => ({
      course,
      date: session.date,
      period: session.period,
      // Just before the class ends; no two sheets in the same moment.
      at: Date.parse(`${session.date}T00:00:00Z`) + session.hour * 3_600_000 + 48 * 60_000 + i * 7,
      entries: group(chance, course.students, rows).map(({ student_id }) => ({
        student_id,
        ...drawStatus(chance, o.habits.get(student_id) ?? 0.9),
      })),
    }))
    .sort((a, b) => a.at - b.at);
}
