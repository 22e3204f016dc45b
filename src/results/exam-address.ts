// Which exam does an address mean? Its course and type are a path, so 404; its number is a parameter, so 422.
import { z } from 'zod';
import { NotFound } from '../platform/errors.ts';
import { numberText } from '../platform/list-query.ts';
import { parse } from '../platform/schema.ts';
import { examType } from './result.ts';
import type { ExamType, ResultSheetKey } from './result.ts';

const numberQuery = z.object({ number: numberText('Number', 1, 20) });

/** Throws NotFound for an exam type that is none. */
export function demandExamType(exam_type: string): ExamType {
  const known = examType.safeParse(exam_type);
  if (!known.success)
    throw new NotFound('There is no such exam type. Choose quiz, assignment, midterm, final or practical.');
  return known.data;
}

/** Throws NotFound for an exam type that is none, Invalid for a wrong number. */
export const examKey = (course_id: string, exam_type: string, number: string | number): ResultSheetKey => ({
  course_id,
  exam_type: demandExamType(exam_type),
  number: parse(numberQuery, { number }).number,
});
