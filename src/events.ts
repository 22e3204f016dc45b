// What can happen? Every change of a record is told as one of these, once it is stored. Types only.
import type { Grade } from './results/grading.ts';
import type { ExamType } from './results/result.ts';
import type { MarkStatus } from './attendance/mark.ts';

/** What every event carries, added by commit. `number` orders all events and is the offset of recovery. */
export interface Stamp {
  number: string;
  /** ISO 8601, UTC. */
  at: string;
  by: { user_id: string; full_name: string };
  /** What the activity feed links to: `student`, `course`, `user`, `attendance` or `results`, and its id. */
  entity: string;
  entity_id: string;
}

/** What a delete took along. */
export interface Removed {
  attendance: number;
  results: number;
}

export interface StudentEvent {
  name: 'student_added' | 'student_updated' | 'student_deleted';
  id: string;
  summary: string;
  student_code: string;
  full_name: string;
  removed?: Removed;
}

export interface CourseEvent {
  name: 'course_added' | 'course_updated' | 'course_deleted';
  id: string;
  summary: string;
  course_code: string;
  course_name: string;
  removed?: Removed;
  /** Of a roster change: how many students, and which. */
  count?: number;
  ids?: string[];
}

export interface UserEvent {
  name: 'user_added' | 'user_updated' | 'user_deleted';
  id: string;
  summary: string;
  username: string;
  full_name: string;
  role: string;
}

/** What happened to one student's row: the only part of a sheet event that its student hears. */
export interface MarkChange {
  name: MarkEvent['name'];
  id: string;
  student_id: string;
  version: number;
  /** null when it was removed. */
  status: MarkStatus | null;
}

/** One mark (`changes` of length 1, `sheet` false) or a whole sheet saved at once. */
export interface MarkEvent {
  name: 'attendance_marked' | 'attendance_updated' | 'attendance_deleted';
  summary: string;
  course_id: string;
  course_code: string;
  date: string;
  period: number;
  sheet: boolean;
  sheet_version: number;
  changes: MarkChange[];
}

export interface ResultChange {
  name: ResultEvent['name'];
  id: string;
  student_id: string;
  version: number;
  /** null when it was removed. */
  grade: Grade | null;
}

export interface ResultEvent {
  name: 'result_added' | 'result_updated' | 'result_deleted';
  summary: string;
  course_id: string;
  course_code: string;
  exam_type: ExamType;
  number: number;
  sheet: boolean;
  sheet_version: number;
  changes: ResultChange[];
  /** The results were posted before. */
  amended?: true;
}

/** The results of an exam became official, or stopped being so. */
export interface PostingEvent {
  name: 'results_posted' | 'results_withdrawn';
  summary: string;
  course_id: string;
  course_code: string;
  exam_type: ExamType;
  number: number;
  sheet_version: number;
  /** How many results the exam has. */
  count: number;
}

/** What a service says happened. */
export type DomainEvent = StudentEvent | CourseEvent | UserEvent | MarkEvent | ResultEvent | PostingEvent;

/** What listeners hear: stamped, stored, in the order of `number`. */
export type StoredEvent = DomainEvent & { stamp: Stamp };

export type EventName = DomainEvent['name'];
