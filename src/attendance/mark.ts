// What is a mark? One attendance status of one student in one course, on one date and period.
import { z } from 'zod';
import { day, id, oneOf, optional, text, wholeNumber } from '../platform/schema.ts';
import { naturalId } from '../platform/ids.ts';

export const MARK_STATUSES = ['Present', 'Absent', 'Late'] as const;
export type MarkStatus = (typeof MARK_STATUSES)[number];

export interface Mark {
  attendance_id: string;
  student_id: string;
  course_id: string;
  date: string;
  period: number;
  status: MarkStatus;
  remarks: string | null;
  student_code: string;
  student_name: string;
  course_code: string;
  course_name: string;
  marked_by: string | null;
  version: number;
  created_at: string;
  updated_at: string;
}

/** The fields of a mark, in the order of a table. */
export const MARK_COLUMNS = [
  ...['date', 'period', 'course_code', 'course_name', 'status', 'remarks', 'student_code', 'student_name', 'marked_by'],
  ...['attendance_id', 'student_id', 'course_id', 'version', 'created_at', 'updated_at'],
];

/** Which sheet a mark stands on. */
export interface AttendanceSheetKey {
  course_id: string;
  date: string;
  period: number;
}

export const markId = (student_id: string, key: AttendanceSheetKey): string =>
  naturalId(`studentcore/attendance/${student_id}/${key.course_id}/${key.date}/${String(key.period)}`);

export const period = wholeNumber(1, 12, 'Period');
const status = oneOf(MARK_STATUSES, 'Status');
const remarks = optional(text(500, 'Remarks', { lines: true }));

export const markInput = z.strictObject({
  student_id: id('Student'),
  course_id: id('Course'),
  date: day('Date'),
  period: period.default(1),
  status,
  remarks: remarks.default(null),
});

export const markPatch = z.strictObject({ status, remarks }).partial();

/** At most this many rows are saved by one sheet call. */
export const MAX_SHEET_ROWS = 500;

const SEEN = { error: () => 'Version is the number you have seen, 0 for none.' };
const version = z.int(SEEN).min(0, SEEN);

export const attendanceSheetInput = z.strictObject({
  entries: z
    .array(
      z.strictObject({
        student_id: id('Student'),
        status: status.nullable(),
        remarks: remarks.optional(),
        version: version.optional(),
      }),
      { error: () => 'Entries is a list of rows.' },
    )
    .max(MAX_SHEET_ROWS, {
      error: () => `A sheet takes at most ${String(MAX_SHEET_ROWS)} rows at once. Send it in parts.`,
    }),
});

/** One row of the class sheet; version 0, status and attendance_id null where no mark is stored. */
export interface AttendanceRow {
  student_id: string;
  student_code: string;
  student_name: string;
  attendance_id: string | null;
  version: number;
  status: MarkStatus | null;
  remarks: string | null;
  /** When, and the name of who stored the row; null where nothing is stored. */
  updated_at: string | null;
  updated_by: string | null;
  enrolled: boolean;
}

export interface AttendanceSheet {
  course_id: string;
  date: string;
  period: number;
  /** Version of the sheet; 0 before the first mark. */
  version: number;
  entries: AttendanceRow[];
}

/** The answer of a sheet PUT. */
export interface SheetSaved {
  created: number;
  updated: number;
  unchanged: number;
  removed: number;
  version: number;
}
