// How is an exam called, and where is its sheet?
import type { ExamType } from './result.ts';

const NAMES: Record<ExamType, string> = {
  quiz: 'Quiz',
  assignment: 'Assignment',
  midterm: 'Midterm',
  final: 'Final',
  practical: 'Practical',
};

/** Exams there are usually several of: their first one carries its number too. */
const SERIES: readonly ExamType[] = ['quiz', 'assignment'];

export const examTypeName = (exam_type: ExamType): string => NAMES[exam_type];

/** 'Quiz 1', 'Midterm', 'Final 2' (a re-sit). */
export const examName = (exam_type: ExamType, number: number): string =>
  number === 1 && !SERIES.includes(exam_type) ? NAMES[exam_type] : `${NAMES[exam_type]} ${String(number)}`;

const examPath = (course_id: string, exam_type: string, number: number, part: string): string =>
  `/courses/${course_id}/results/${exam_type}${part}${number === 1 ? '' : `?number=${String(number)}`}`;

export const examSheetPath = (course_id: string, exam_type: string, number: number): string =>
  examPath(course_id, exam_type, number, '');
export const examPostingPath = (course_id: string, exam_type: string, number: number): string =>
  examPath(course_id, exam_type, number, '/posted');
export const examHistoryPath = (course_id: string, exam_type: string, number: number): string =>
  examPath(course_id, exam_type, number, '/history');
