// What is a result? Marks and grade of one student in one exam of one course.
import { z } from 'zod';
import { id, oneOf, optional, text, wholeNumber } from '../platform/schema.ts';
import { naturalId } from '../platform/ids.ts';
import type { Grade } from './grading.ts';
import { MAX_SHEET_ROWS } from '../attendance/mark.ts';

export const EXAM_TYPES = ['quiz', 'assignment', 'midterm', 'final', 'practical'] as const;
export type ExamType = (typeof EXAM_TYPES)[number];

export interface Result {
  result_id: string;
  student_id: string;
  course_id: string;
  exam_type: ExamType;
  number: number;
  title: string | null;
  marks: number;
  max_marks: number;
  /** marks of max_marks in percent, half up to 2 decimals. */
  percentage: number;
  grade: Grade;
  remarks: string | null;
  student_code: string;
  student_name: string;
  course_code: string;
  course_name: string;
  entered_by: string | null;
  /** When it was last changed or added while the exam's results were posted; null: never. */
  amended_at: string | null;
  version: number;
  created_at: string;
  updated_at: string;
}

/** The fields of a result, in the order of a table. */
export const RESULT_COLUMNS = [
  ...[
    'course_code',
    'course_name',
    'exam_type',
    'number',
    'title',
    'marks',
    'max_marks',
    'percentage',
    'grade',
    'remarks',
  ],
  ...['student_code', 'student_name', 'entered_by', 'result_id', 'student_id', 'course_id', 'version', 'created_at'],
  ...['updated_at', 'amended_at'],
];

/** Which sheet a result stands on. */
export interface ResultSheetKey {
  course_id: string;
  exam_type: ExamType;
  number: number;
}

export const resultId = (student_id: string, key: ResultSheetKey): string =>
  naturalId(`studentcore/results/${student_id}/${key.course_id}/${key.exam_type}/${String(key.number)}`);

const LIMIT = 1_000_000;
/** At most 6 decimals: asked of the shortest decimal text that reads back as the number. */
const sixDecimals = (n: number): boolean => {
  const [, exponent = ''] = String(n).split('e-');
  if (exponent !== '') return Number(exponent) + (String(n).split('e-')[0]?.split('.')[1]?.length ?? 0) <= 6;
  return (String(n).split('.')[1]?.length ?? 0) <= 6;
};

const points = (label: string) => {
  const message = `${label} is a number from 0 to 1,000,000 with at most 6 decimals.`;
  return z
    .number({ error: () => message })
    .min(0, { error: () => message })
    .max(LIMIT, { error: () => message })
    .refine(sixDecimals, { error: () => message });
};

export const marks = points('Marks');
export const maxMarks = points('Maximum marks').refine((n) => n > 0, {
  error: () => 'Maximum marks is more than 0. Correct it.',
});
export const examType = oneOf(EXAM_TYPES, 'Exam type');
export const examNumber = wholeNumber(1, 20, 'Number');
const title = optional(text(200, 'Title'));
const remarks = optional(text(500, 'Remarks', { lines: true }));

/** Why posted results change; needed then only (sheets/amendment.ts). */
export const reason = optional(
  text(500, 'Reason', { lines: true }).min(3, { error: () => 'Reason has at least 3 characters.' }),
);

export const MARKS_ABOVE_MAX = "Marks can't be more than the maximum marks. Correct one of the two.";

export const resultInput = z.strictObject({
  student_id: id('Student'),
  course_id: id('Course'),
  exam_type: examType,
  number: examNumber.default(1),
  title: title.default(null),
  marks,
  max_marks: maxMarks.default(100),
  remarks: remarks.default(null),
  reason: reason.default(null),
});

export const resultPatch = z.strictObject({ title, marks, max_marks: maxMarks, remarks, reason }).partial();

export const resultRemoval = z.strictObject({ reason: reason.optional() });

const SEEN = { error: () => 'Version is the number you have seen, 0 for none.' };
const version = z.int(SEEN).min(0, SEEN);

export const resultSheetInput = z.strictObject({
  /** For the named rows; without it what the sheet has, else 100. */
  max_marks: maxMarks.optional(),
  /** Out of how many the marks were typed: refused when somebody gave the exam another maximum meanwhile. */
  seen_max_marks: maxMarks.optional(),
  reason: reason.optional(),
  entries: z
    .array(
      z.strictObject({
        student_id: id('Student'),
        marks: marks.nullable(),
        remarks: remarks.optional(),
        version: version.optional(),
      }),
      { error: () => 'Entries is a list of rows.' },
    )
    .max(MAX_SHEET_ROWS, {
      error: () => `A sheet takes at most ${String(MAX_SHEET_ROWS)} rows at once. Send it in parts.`,
    }),
});

/** Whether the results of an exam are posted: official, so that whatever changes them is an amendment. */
export interface Posting {
  posted: boolean;
  posted_at: string | null;
  /** The user_id. */
  posted_by: string | null;
}

/** One row of the result sheet; version 0 and marks null where no result is stored. */
export interface ResultRow {
  student_id: string;
  student_code: string;
  student_name: string;
  result_id: string | null;
  version: number;
  marks: number | null;
  max_marks: number | null;
  percentage: number | null;
  grade: Grade | null;
  remarks: string | null;
  amended_at: string | null;
  /** When, and the name of who stored the row; null where nothing is stored. */
  updated_at: string | null;
  updated_by: string | null;
  enrolled: boolean;
}

export interface ResultSheet extends ResultSheetKey, Posting {
  version: number;
  /** What the sheet's results have, else 100. */
  max_marks: number;
  entries: ResultRow[];
}
