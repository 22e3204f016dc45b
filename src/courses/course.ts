// What is a course? One offering: its code carries the term, e.g. CS101-26A.
import { z } from 'zod';
import type { Actor } from '../platform/actor.ts';
import { id, optional, text, wholeNumber } from '../platform/schema.ts';

export interface Course {
  course_id: string;
  course_code: string;
  course_name: string;
  credits: number;
  schedule: string | null;
  /** Shown name of who teaches it; filled from the user when faculty_id is set. */
  faculty: string | null;
  faculty_id: string | null;
  capacity: number | null;
  description: string | null;
  version: number;
  created_at: string;
  updated_at: string;
}

const CREDITS = 'Credits is a number from 0 to 30, in halves.';

const fields = {
  course_code: text(32, 'Course code'),
  course_name: text(200, 'Course name'),
  credits: z
    .number({ error: () => CREDITS })
    .min(0, { error: () => CREDITS })
    .max(30, { error: () => CREDITS })
    .refine((n) => Number.isInteger(n * 2), { error: () => CREDITS }),
  schedule: optional(text(200, 'Schedule')),
  faculty: optional(text(200, 'Faculty')),
  faculty_id: optional(id('Faculty')),
  capacity: optional(wholeNumber(1, 100_000, 'Capacity')),
  description: optional(text(2000, 'Description', { lines: true })),
};

/** Whether somebody teaches it; a course without a teacher is every teacher's. */
export const isOwnCourse = ({ user_id, role }: Pick<Actor, 'user_id' | 'role'>, { faculty_id }: Course): boolean =>
  faculty_id === user_id || (role === 'faculty' && faculty_id === null);

export const courseInput = z.strictObject({
  course_code: fields.course_code,
  course_name: fields.course_name,
  credits: fields.credits,
  schedule: fields.schedule.default(null),
  faculty: fields.faculty.default(null),
  faculty_id: fields.faculty_id.default(null),
  capacity: fields.capacity.default(null),
  description: fields.description.default(null),
});

export const coursePatch = z.strictObject(fields).partial();

export const COURSE_SORTS = [
  'course_code',
  'course_name',
  'credits',
  'schedule',
  'faculty',
  'capacity',
  'enrolled',
  'created_at',
  'updated_at',
] as const;

/** At most this many students are added and removed by one roster call. */
export const MAX_ROSTER_CHANGES = 500;

export const rosterChange = z
  .strictObject({
    add: z.array(id('Student'), { error: () => 'Add is a list of students.' }).default([]),
    remove: z.array(id('Student'), { error: () => 'Remove is a list of students.' }).default([]),
  })
  .refine((all) => all.add.length + all.remove.length <= MAX_ROSTER_CHANGES, {
    error: () =>
      `At most ${String(MAX_ROSTER_CHANGES)} students can be added and removed at once. Do it in several steps.`,
  });

/** The answer of PUT roster. */
export interface RosterChanged {
  added: number;
  removed: number;
  unchanged: number;
}
