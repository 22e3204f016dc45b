// What goes over the wire? Names and shapes of everything that server and browser send each other. Types only.
import type { AttendanceSheet, AttendanceRow, MarkStatus } from '../attendance/mark.ts';
import type { EventName, Removed } from '../events.ts';
import type { Problem } from '../platform/http/problem.ts';
import type { Grade } from '../results/grading.ts';
import type { ExamType, ResultRow, ResultSheet } from '../results/result.ts';

/** What every event says, whoever hears it. `id` is the record; a saved sheet has `ids` instead. */
interface Told<By> {
  /** ISO 8601, UTC. */
  at: string;
  by: By;
  /** One sentence for the person who reads it. */
  summary: string;
}

type ToStaff = Told<{ user_id: string; full_name: string }>;
type ToStudent = Told<{ full_name: string }>;

interface StudentKeys {
  id: string;
  student_code: string;
  full_name: string;
}

interface AttendanceKeys {
  course_id: string;
  course_code: string;
  date: string;
  period: number;
}

interface ExamKeys {
  course_id: string;
  course_code: string;
  exam_type: ExamType;
  number: number;
}

/** The own row of a student, or a single mark; status null when it was removed. */
interface OneMark extends AttendanceKeys {
  id: string;
  student_id: string;
  status: MarkStatus | null;
}

/** Grade null when the result was removed. */
interface OneResult extends ExamKeys {
  id: string;
  student_id: string;
  grade: Grade | null;
}

/** A sheet saved at once: how many rows changed, and how they stand now (removed ones are in no count). */
interface ManyMarks extends AttendanceKeys {
  ids: string[];
  count: number;
  counts: { present: number; absent: number; late: number };
}

interface ManyResults extends ExamKeys {
  ids: string[];
  count: number;
  counts: Record<Grade, number>;
}

export type StudentMessage = ToStaff & StudentKeys & { removed?: Removed };
export type CourseMessage = ToStaff & { id: string; course_code: string; course_name: string } & {
  removed?: Removed;
  count?: number;
  ids?: string[];
};
export type UserMessage = ToStaff & { id: string; username: string; full_name: string; role: string };
export type MarkMessage = ToStaff & (OneMark | ManyMarks);
export type ResultMessage = ToStaff & (OneResult | ManyResults);

/** Results became official, or stopped being so. */
export type PostingMessage = ToStaff & ExamKeys & { count: number };

export type OwnStudentMessage = ToStudent & StudentKeys;
export type OwnMarkMessage = ToStudent & OneMark;
export type OwnResultMessage = ToStudent & OneResult;

export type StaffMessage = StudentMessage | CourseMessage | UserMessage | MarkMessage | ResultMessage | PostingMessage;
export type OwnMessage = OwnStudentMessage | OwnMarkMessage | OwnResultMessage;

/** `refresh`: load the page again; `signed_out`: this login has ended; the others say how loud. */
export type MessageLevel = 'info' | 'success' | 'warning' | 'danger' | 'refresh' | 'signed_out';

export type AttendanceKey = Pick<AttendanceSheet, 'course_id' | 'date' | 'period'>;
export type ExamKey = Pick<ResultSheet, 'course_id' | 'exam_type' | 'number'>;
export type SheetKey = AttendanceKey | ExamKey;

/** Somebody who has a sheet open; `row` is the student whose row they are in. */
export interface Person {
  user_id: string;
  full_name: string;
  row: string | null;
}

/** The rows that a save changed; `gone` names students who have no row there any more. */
export type SheetRows = SheetKey & { version: number; rows: (AttendanceRow | ResultRow)[]; gone: string[] };

export type Presence = SheetKey & { people: Person[] };

/** A refusal, as the JSON API words it. */
export type { Problem } from '../platform/http/problem.ts';

export type Answer = { ok: true; sheet?: AttendanceSheet | ResultSheet } | { ok: false; problem: Problem };

/** The last argument is the number of the event, which the client keeps as its offset. */
export type ServerMessages = Record<EventName, (message: StaffMessage | OwnMessage, number: string) => void> & {
  hello: (message: { at: string }, number: string) => void;
  // These three carry no offset: they are not in the log.
  server_message: (message: { message: string; level: MessageLevel }) => void;
  sheet_rows: (message: SheetRows) => void;
  presence: (message: Presence) => void;
};

/** What arrives is checked before it is believed, so it has no shape here. */
export type ClientMessages = {
  sheet_open: (...args: unknown[]) => void;
  sheet_close: (...args: unknown[]) => void;
};
