// Which calls of the JSON API are about attendance: single marks and the class sheet?
import { z } from 'zod';
import { EVERYBODY, operation, STAFF } from '../platform/http/api-operation.ts';
import type { Operation } from '../platform/http/api-operation.ts';
import {
  cursorPageOf,
  cursorQuery,
  nameFields,
  recordFields,
  sheetSaved,
  uuid,
  writtenFields,
} from '../platform/http/api-shapes.ts';
import { filter, numberText } from '../platform/list-query.ts';
import { day, id, oneOf } from '../platform/schema.ts';
import type { AttendanceService, MarkQuery } from './attendance.service.ts';
import { attendanceSheetInput, MARK_STATUSES, markInput, markPatch } from './mark.ts';
import type { AttendanceSheet, Mark, SheetSaved } from './mark.ts';

const status = z.enum(MARK_STATUSES);

export const markAnswer = z
  .strictObject({
    attendance_id: uuid,
    student_id: uuid,
    course_id: uuid,
    date: z.iso.date(),
    period: z.int(),
    status,
    remarks: z.string().nullable(),
    ...nameFields,
    marked_by: z.string().nullable().meta({ description: 'The user_id of who wrote it last.' }),
    ...recordFields,
  })
  .meta({ id: 'Mark' });

const row = z.strictObject({
  student_id: uuid,
  student_code: z.string(),
  student_name: z.string(),
  attendance_id: uuid.nullable(),
  version: z.int().min(0).meta({ description: '0 where no mark is stored.' }),
  status: status.nullable(),
  remarks: z.string().nullable(),
  ...writtenFields,
  enrolled: z.boolean(),
});

export const attendanceSheetAnswer = z
  .strictObject({
    course_id: uuid,
    date: z.iso.date(),
    period: z.int(),
    version: z.int().min(0).meta({ description: 'Of the sheet; 0 before the first mark.' }),
    entries: z.array(row),
  })
  .meta({ id: 'AttendanceSheet' });

const query = z.strictObject({
  student_id: filter(id('Student')),
  course_id: filter(id('Course')),
  date: filter(day('Date')),
  from: filter(day('From')),
  to: filter(day('To')),
  status: filter(oneOf(MARK_STATUSES, 'Status')),
  ...cursorQuery,
});

const params = z.strictObject({ attendance_id: id('Mark') });
const sheetParams = z.strictObject({ course_id: id('Course'), date: day('Date') });
const sheetQuery = z.strictObject({ period: numberText('Period', 1, 12).default(1) });
const tag = 'Attendance';
const one = '/attendance/{attendance_id}';
const sheet = '/courses/{course_id}/attendance/{date}';
const notYours = 'The course is taught by somebody else.';

const marks = (attendance: AttendanceService): Operation[] => [
  operation({
    id: 'listAttendance',
    tag,
    method: 'GET',
    path: '/attendance',
    roles: EVERYBODY,
    summary: 'List marks',
    description: 'Newest date first; without any filter those of today. A student sees only the own.',
    query,
    status: 200,
    answer: cursorPageOf(markAnswer).meta({ id: 'MarkPage' }),
    run: ({ ctx, query }) => attendance.list(ctx, query as MarkQuery),
  }),
  operation<Mark>({
    id: 'addMark',
    tag,
    method: 'POST',
    path: '/attendance',
    roles: STAFF,
    summary: 'Mark one student',
    body: markInput.meta({ id: 'MarkInput' }),
    status: 201,
    answer: markAnswer,
    refusals: { 403: notYours, 409: 'The student has a mark for this date and period: `existing_id`.' },
    run: ({ ctx, body }) => attendance.add(ctx, body),
    version: (mark) => mark.version,
    location: (mark) => `/attendance/${mark.attendance_id}`,
  }),
  operation<Mark>({
    id: 'getMark',
    tag,
    method: 'GET',
    path: one,
    roles: EVERYBODY,
    summary: 'Read a mark',
    params,
    status: 200,
    answer: markAnswer,
    run: ({ ctx, params }) => attendance.get(ctx, idIn(params)),
    version: (mark) => mark.version,
  }),
  operation<Mark>({
    id: 'changeMark',
    tag,
    method: 'PATCH',
    path: one,
    roles: STAFF,
    summary: 'Change a mark',
    params,
    body: markPatch.meta({ id: 'MarkPatch' }),
    ifMatch: true,
    status: 200,
    answer: markAnswer,
    refusals: { 403: notYours },
    run: ({ ctx, params, version, body }) => attendance.change(ctx, idIn(params), version, body),
    version: (mark) => mark.version,
  }),
  operation({
    id: 'removeMark',
    tag,
    method: 'DELETE',
    path: one,
    roles: STAFF,
    summary: 'Remove a mark',
    params,
    ifMatch: true,
    status: 204,
    refusals: { 403: notYours },
    run: ({ ctx, params, version }) => attendance.remove(ctx, idIn(params), version),
  }),
];

const sheets = (attendance: AttendanceService): Operation[] => [
  operation<AttendanceSheet>({
    id: 'getAttendanceSheet',
    tag,
    method: 'GET',
    path: sheet,
    roles: STAFF,
    summary: 'Read the class sheet of a date',
    description: 'Every active enrolled student, and everyone with a mark there.',
    params: sheetParams,
    query: sheetQuery,
    status: 200,
    answer: attendanceSheetAnswer,
    run: ({ ctx, params: { course_id = '', date = '' }, query }) =>
      attendance.sheet(ctx, course_id, date, periodIn(query)),
    version: ({ version }) => version,
  }),
  operation<SheetSaved>({
    id: 'saveAttendanceSheet',
    tag,
    method: 'PUT',
    path: sheet,
    roles: STAFF,
    summary: 'Save the class sheet of a date',
    description:
      'All of it or nothing. Rows not named stay; status null removes one; a row with the version you have seen ' +
      '(0 for none) is refused when somebody was faster, one without version overwrites. Safe to repeat.',
    params: sheetParams,
    query: sheetQuery,
    body: attendanceSheetInput.meta({ id: 'AttendanceSheetInput' }),
    status: 200,
    answer: sheetSaved,
    refusals: {
      403: notYours,
      412: 'A row was changed meanwhile: `errors` names the rows, `current` holds them as they are now.',
      422: 'Nothing was saved: `errors` names the fields; also students unknown, not enrolled or named twice.',
    },
    run: ({ ctx, params: { course_id = '', date = '' }, query, body }) =>
      attendance.saveSheet(ctx, course_id, date, periodIn(query), body),
    version: ({ version }) => version,
  }),
];

export const attendanceOperations = (attendance: AttendanceService): Operation[] => [
  ...marks(attendance),
  ...sheets(attendance),
];

const idIn = ({ attendance_id = '' }: Record<string, string>): string => attendance_id;
const periodIn = ({ period }: Record<string, unknown>): number => period as number;
