// What is a student?
import { z } from 'zod';
import { day, email, id, oneOf, optional, text, wholeNumber } from '../platform/schema.ts';

export const STUDENT_STATUSES = ['active', 'graduated', 'withdrawn'] as const;
export type StudentStatus = (typeof STUDENT_STATUSES)[number];

/** At most this many courses: adding one more must still fit a transaction of 100 items. */
export const MAX_COURSES = 90;

export interface Student {
  student_id: string;
  student_code: string;
  full_name: string;
  program: string;
  email: string | null;
  phone: string | null;
  date_of_birth: string | null;
  semester: number | null;
  status: StudentStatus;
  guardian_name: string | null;
  guardian_email: string | null;
  enrolled_courses: string[];
  version: number;
  created_at: string;
  updated_at: string;
}

/** The fields of a record, in the order of a table. */
export const STUDENT_COLUMNS = [
  ...['student_id', 'student_code', 'full_name', 'program', 'email', 'phone', 'date_of_birth', 'semester', 'status'],
  ...['guardian_name', 'guardian_email', 'enrolled_courses', 'version', 'created_at', 'updated_at'],
];

const fields = {
  student_code: text(32, 'Student code'),
  full_name: text(200, 'Full name'),
  program: text(200, 'Programme'),
  email: optional(email('E-mail')),
  phone: optional(text(40, 'Phone')),
  date_of_birth: optional(day('Date of birth', '1900-01-01')),
  semester: optional(wholeNumber(1, 12, 'Semester')),
  status: oneOf(STUDENT_STATUSES, 'Status'),
  guardian_name: optional(text(200, "Guardian's name")),
  guardian_email: optional(email("Guardian's e-mail")),
  enrolled_courses: z
    .array(id('Course'), { error: () => 'Enrolled courses is a list of courses.' })
    .max(MAX_COURSES, { error: () => `A student takes at most ${String(MAX_COURSES)} courses. Choose fewer.` })
    .refine((all) => new Set(all).size === all.length, { error: () => 'A course is named twice. Name it once.' }),
};

export const studentInput = z.strictObject({
  student_code: fields.student_code,
  full_name: fields.full_name,
  program: fields.program,
  email: fields.email.default(null),
  phone: fields.phone.default(null),
  date_of_birth: fields.date_of_birth.default(null),
  semester: fields.semester.default(null),
  status: fields.status.default('active'),
  guardian_name: fields.guardian_name.default(null),
  guardian_email: fields.guardian_email.default(null),
  enrolled_courses: fields.enrolled_courses.default([]),
});

export const studentPatch = z.strictObject(fields).partial();

export const STUDENT_SORTS = [
  'student_code',
  'full_name',
  'program',
  'email',
  'phone',
  'date_of_birth',
  'semester',
  'status',
  'created_at',
  'updated_at',
] as const;
