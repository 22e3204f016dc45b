// Which exams are without results where others have them already?
//
// An exam is due in a course when it has no result of it yet, and
// - another course of the same teacher in the same term has results of it, or
// - it is a midterm or final, which a college sits together, and half of the term's courses have results of it.
// The term is what follows the last hyphen of a course code: 26A in CS101-26A.
import type { Course } from '../courses/course.ts';
import { examName, examSheetPath } from '../results/exam.ts';
import { EXAM_TYPES } from '../results/result.ts';
import type { ExamType } from '../results/result.ts';

export interface Exam {
  exam_type: ExamType;
  number: number;
}

/** An exam, and the teacher's courses that are without it. */
export interface ExamDue {
  /** 'Midterm', 'Quiz 2'. */
  exam: string;
  /** A course of the same teacher that has results of it; null: half of the term's courses have. */
  beside: string | null;
  courses: { course_id: string; course_code: string; course_name: string; sheet: string }[];
}

export function termOf(course_code: string): string {
  const end = course_code.slice(course_code.lastIndexOf('-') + 1);
  return end !== course_code && /\d/.test(end) ? end.toUpperCase() : '';
}

/** Exams that a college sits together. */
export const COMMON: readonly ExamType[] = ['midterm', 'final'];

const keyOf = ({ exam_type, number }: Exam): string => `${exam_type}#${String(number)}`;
const inOrder = (a: Exam, b: Exam): number =>
  EXAM_TYPES.indexOf(a.exam_type) - EXAM_TYPES.indexOf(b.exam_type) || a.number - b.number;

/** The courses of one teacher with the exams they have results of; `common`: what half of a term's courses have. */
export function dueExams(
  courses: { course: Course; held: readonly Exam[] }[],
  common: (term: string) => readonly Exam[],
): ExamDue[] {
  const terms = new Set(courses.map(({ course }) => termOf(course.course_code)));
  const commonOf = new Map([...terms].map((term) => [term, common(term)]));
  const due = new Map<string, ExamDue & { of: Exam }>();
  for (const { course, held } of courses) {
    const { course_id, course_code, course_name } = course;
    const term = termOf(course_code);
    const beside = courses.filter((other) => termOf(other.course.course_code) === term);
    const wanted = new Map<string, { of: Exam; beside: string | null }>();
    for (const { course: other, held: theirs } of beside)
      for (const of of theirs) wanted.set(keyOf(of), { of, beside: other.course_code });
    for (const of of commonOf.get(term) ?? []) wanted.set(keyOf(of), { of, beside: null });
    for (const exam of held) wanted.delete(keyOf(exam));
    for (const [key, { of, beside: which }] of wanted) {
      const { exam_type, number } = of;
      const line = due.get(key) ?? { of, exam: examName(exam_type, number), beside: which, courses: [] };
      due.set(key, line);
      line.courses.push({ course_id, course_code, course_name, sheet: examSheetPath(course_id, exam_type, number) });
    }
  }
  return [...due.values()]
    .sort((a, b) => inOrder(a.of, b.of))
    .map(({ exam, beside, courses: without }) => ({ exam, beside, courses: without }));
}
