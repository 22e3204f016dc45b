// Which sheet does a client mean, and which one does an event change?
import { z } from 'zod';
import { period } from '../attendance/mark.ts';
import type { StoredEvent } from '../events.ts';
import { day, id, parse } from '../platform/schema.ts';
import { examNumber, examType } from '../results/result.ts';
import type { SheetKey } from './messages.ts';

// A browser reads these out of attributes, where numbers are texts.
const orText = <T extends z.ZodType>(schema: T) =>
  z.preprocess((value) => (typeof value === 'string' && /^\d{1,2}$/.test(value) ? Number(value) : value), schema);

const course_id = id('Course');
const row = id('Row').nullish();

const attendanceSheet = z.strictObject({ course_id, date: day('Date'), period: orText(period.default(1)), row });
const examSheet = z.strictObject({ course_id, exam_type: examType, number: orText(examNumber.default(1)), row });

/** What a client says when it opens or closes a sheet; `row` is undefined when it did not say. Throws Invalid. */
export function parseSheet(input: unknown): { key: SheetKey; row: string | null | undefined } {
  const exam = typeof input === 'object' && input !== null && 'exam_type' in input;
  const { row: at, ...key } = exam ? parse(examSheet, input) : parse(attendanceSheet, input);
  return { key, row: at };
}

/** The name of the room of those who have the sheet open. */
export const sheetRoom = (key: SheetKey): string =>
  'date' in key
    ? `sheet:${key.course_id}:a:${key.date}:${key.period}`
    : `sheet:${key.course_id}:r:${key.exam_type}:${key.number}`;

/** The sheet that an event changes, and whose rows; undefined when it is about no sheet. */
export function sheetOf(event: StoredEvent): { key: SheetKey; students: string[] } | undefined {
  if (!('changes' in event)) return undefined;
  const { course_id } = event;
  const key: SheetKey =
    'date' in event
      ? { course_id, date: event.date, period: event.period }
      : { course_id, exam_type: event.exam_type, number: event.number };
  return { key, students: event.changes.map((change) => change.student_id) };
}
