// Who earned which marks? Sheets of quizzes, assignments and exams, with the ability of each student.
import { addDays } from '../platform/clock.ts';
import type { ExamType } from '../results/result.ts';
import type { Habits } from './attendance.ts';
import type { PlannedCourse } from './enrolment.ts';
import { createRandom } from './random.ts';
import type { Random } from './random.ts';
import { fill, group } from './sheets.ts';

export interface PlannedResultSheet {
  course: PlannedCourse;
  exam_type: ExamType;
  number: number;
  max_marks: number;
  /** Milliseconds: when the teacher had entered it. */
  at: number;
  entries: { student_id: string; marks: number; remarks: string | null }[];
}

interface Exam {
  exam_type: ExamType;
  number: number;
}

/** Of each kind: full marks, steps of marking, how much easier than others it is, how many weeks ago the first one was. */
const KINDS: Record<ExamType, { max: number; step: number; easier: number; weeks: number }> = {
  quiz: { max: 20, step: 0.5, easier: 4, weeks: 8 },
  assignment: { max: 50, step: 1, easier: 7, weeks: 6 },
  midterm: { max: 100, step: 1, easier: 0, weeks: 4 },
  practical: { max: 30, step: 0.5, easier: 6, weeks: 3 },
  final: { max: 100, step: 1, easier: -2, weeks: 1 },
};

const FIRST: Exam[] = (['midterm', 'quiz', 'assignment', 'practical'] as const).map((exam_type) => ({
  exam_type,
  number: 1,
}));
const NUMBERS = 20;
const TYPES: ExamType[] = ['quiz', 'assignment', 'final', 'practical', 'midterm'];

/** Every exam a course may hold: the usual four first (each course begins with another), then the others by number. */
function examsOf(n: number): Exam[] {
  const turned = FIRST.map((_, i) => FIRST[(i + Math.floor(n / 2)) % FIRST.length]).filter((e) => e !== undefined);
  const others = Array.from({ length: NUMBERS }, (_, i) => i + 1).flatMap((number) =>
    TYPES.map((exam_type): Exam => ({ exam_type, number })),
  );
  const usual = (exam: Exam): boolean => exam.number === 1 && exam.exam_type !== 'final';
  return [...turned, ...others.filter((exam) => !usual(exam))];
}

/** Round by round, in every round first every second course: few results are still spread over the whole college. */
function* inOrder(courses: PlannedCourse[]) {
  const turn = [...courses.keys()].sort((a, b) => (a % 2) - (b % 2) || a - b);
  for (let round = 0; round < TYPES.length * NUMBERS; round++) {
    for (const n of turn) {
      const [course, exam] = [courses[n], examsOf(n)[round]];
      if (course && exam) yield { slot: { course, exam }, people: course.students.length };
    }
  }
}

/** What a student reaches on average, in percent: who comes more often knows more. */
const drawAbility = (chance: Random, habit: number): number => chance.normal(67, 13) + (habit - 0.88) * 60;

const PRAISE = ['Excellent work', 'Best of the class', 'Very clear reasoning'];
const ADVICE = ['Please come to office hours', 'Re-sit offered', 'Chapters 3 and 4 need another look'];

function drawRemarks(chance: Random, percent: number): string | null {
  if (percent >= 95 && chance.chance(0.4)) return chance.pick(PRAISE);
  if (percent < 40 && chance.chance(0.5)) return chance.pick(ADVICE);
  return null;
}

/** The evening on which the teacher entered it: each kind has its weeks of the term, later numbers come later. */
function enteredAt(today: string, { exam_type, number }: Exam, n: number): number {
  const weeks = Math.max(1, KINDS[exam_type].weeks - 2 * (number - 1));
  return Date.parse(`${addDays(today, -7 * weeks - ((n * 3) % 7))}T17:00:00Z`) + n * 61_000;
}

/** Exactly `results` results on whole sheets, in order of time. Throws DoesNotFit. */
export function planExams(o: {
  results: number;
  courses: PlannedCourse[];
  habits: Habits;
  random: number;
  today: string;
}): PlannedResultSheet[] {
  const chance = createRandom(o.random, 'results');
  const abilities = new Map<string, number>();
  const abilityOf = (student_id: string): number => {
    const known = abilities.get(student_id) ?? drawAbility(chance, o.habits.get(student_id) ?? 0.9);
    abilities.set(student_id, known);
    return known;
  };
  return fill(inOrder(o.courses), o.results, 'results')
    .map(({ slot: { course, exam }, rows }, n) => {
      const { max, step, easier } = KINDS[exam.exam_type];
      const day = chance.normal(easier, 3);
      return {
        course,
        ...exam,
        max_marks: max,
        at: enteredAt(o.today, exam, n),
        entries: group(chance, course.students, rows).map(({ student_id }) => {
          const percent = Math.min(100, Math.max(4, abilityOf(student_id) + day + chance.normal(0, 8)));
          const marks = Math.round((percent / 100) * (max / step)) * step;
          return { student_id, marks, remarks: drawRemarks(chance, percent) };
        }),
      };
    })
    .sort((a, b) => a.at - b.at);
}
