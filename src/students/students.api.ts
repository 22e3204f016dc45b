// Which calls of the JSON API are about students?
import { z } from 'zod';
import { ADMINS, EVERYBODY, operation } from '../platform/http/api-operation.ts';
import type { Operation } from '../platform/http/api-operation.ts';
import { pageOf, recordFields, uuid } from '../platform/http/api-shapes.ts';
import { filter, listQuery } from '../platform/list-query.ts';
import { id, oneOf } from '../platform/schema.ts';
import { STUDENT_SORTS, STUDENT_STATUSES, studentInput, studentPatch } from './student.ts';
import type { Student } from './student.ts';
import type { Services } from '../services.ts';
import type { StudentQuery } from './students.service.ts';

export const studentAnswer = z
  .strictObject({
    student_id: uuid,
    student_code: z.string(),
    full_name: z.string(),
    program: z.string(),
    email: z.string().nullable(),
    phone: z.string().nullable(),
    date_of_birth: z.iso.date().nullable(),
    semester: z.int().nullable(),
    status: z.enum(STUDENT_STATUSES),
    guardian_name: z.string().nullable(),
    guardian_email: z.string().nullable(),
    enrolled_courses: z.array(uuid),
    ...recordFields,
  })
  .meta({ id: 'Student' });

const query = z.strictObject({
  ...listQuery(STUDENT_SORTS),
  program: filter(z.string({ error: () => 'Programme is one text.' }).max(200)),
  status: filter(oneOf(STUDENT_STATUSES, 'Status')),
  course_id: filter(id('Course')),
});

const params = z.strictObject({ student_id: id('Student') });
const tag = 'Students';
const one = '/students/{student_id}';
const taken = 'The student code belongs to another student, or a course is full.';

export const studentOperations = ({ students, access }: Pick<Services, 'students' | 'access'>): Operation[] => [
  operation({
    id: 'listStudents',
    tag,
    method: 'GET',
    path: '/students',
    roles: EVERYBODY,
    summary: 'List students',
    description:
      'q matches any part of code, name and e-mail, ignoring case and accents. A student sees only the own record.',
    query,
    status: 200,
    answer: pageOf(studentAnswer).meta({ id: 'StudentPage' }),
    run: ({ ctx, query }) => students.list(ctx, query as StudentQuery),
  }),
  operation<Student>({
    id: 'addStudent',
    tag,
    method: 'POST',
    path: '/students',
    roles: ADMINS,
    summary: 'Add a student',
    body: studentInput.meta({ id: 'StudentInput' }),
    status: 201,
    answer: studentAnswer,
    refusals: { 409: taken },
    run: ({ ctx, body }) => students.add(ctx, body),
    version: (student) => student.version,
    location: (student) => `/students/${student.student_id}`,
  }),
  operation<Student>({
    id: 'getStudent',
    tag,
    method: 'GET',
    path: one,
    roles: EVERYBODY,
    summary: 'Read a student',
    params,
    status: 200,
    answer: studentAnswer,
    run: ({ ctx, params }) => students.get(ctx, idIn(params)),
    shows: ({ ctx, params }) => access.opened(ctx, idIn(params)),
    version: (student) => student.version,
  }),
  operation<Student>({
    id: 'changeStudent',
    tag,
    method: 'PATCH',
    path: one,
    roles: ADMINS,
    summary: 'Change a student',
    description: 'Fields left out stay as they are. A change that changes nothing answers 200 with the same version.',
    params,
    body: studentPatch.meta({ id: 'StudentPatch' }),
    ifMatch: true,
    status: 200,
    answer: studentAnswer,
    refusals: { 409: taken },
    run: ({ ctx, params, version, body }) => students.change(ctx, idIn(params), version, body),
    shows: ({ ctx, params }) => access.opened(ctx, idIn(params)),
    version: (student) => student.version,
  }),
  operation({
    id: 'removeStudent',
    tag,
    method: 'DELETE',
    path: one,
    roles: ADMINS,
    summary: 'Remove a student',
    description: 'Attendance, results and logins of the student go along.',
    params,
    ifMatch: true,
    status: 204,
    run: ({ ctx, params, version }) => students.remove(ctx, idIn(params), version),
    shows: ({ ctx, params }) => access.opened(ctx, idIn(params)),
  }),
];

const idIn = ({ student_id = '' }: Record<string, string>): string => student_id;
