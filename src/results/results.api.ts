// Which calls of the JSON API are about results: single ones and the exam sheet?
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
import { id } from '../platform/schema.ts';
import type { SheetSaved } from '../attendance/mark.ts';
import { GRADES } from './grading.ts';
import { postingInput } from './posting.ts';
import type { ExamPosting } from './posting.ts';
import { EXAM_TYPES, examType, reason, resultInput, resultPatch, resultSheetInput } from './result.ts';
import type { Result, ResultSheet } from './result.ts';
import type { ResultQuery, ResultsService } from './results.service.ts';

const grade = z.enum(GRADES.map((one) => one.grade));
const percentage = z.number().meta({ description: 'Half up to 2 decimals; the grade is taken before rounding.' });

const amendedAt = 'When it was last added or changed while the results of its exam were posted; null: never.';

export const resultAnswer = z
  .strictObject({
    result_id: uuid,
    student_id: uuid,
    course_id: uuid,
    exam_type: z.enum(EXAM_TYPES),
    number: z.int(),
    title: z.string().nullable(),
    marks: z.number(),
    max_marks: z.number(),
    percentage,
    grade,
    remarks: z.string().nullable(),
    ...nameFields,
    entered_by: z.string().nullable().meta({ description: 'The user_id of who wrote it last.' }),
    amended_at: z.string().nullable().meta({ description: amendedAt }),
    ...recordFields,
  })
  .meta({ id: 'Result' });

const row = z.strictObject({
  student_id: uuid,
  student_code: z.string(),
  student_name: z.string(),
  result_id: uuid.nullable(),
  version: z.int().min(0).meta({ description: '0 where no result is stored.' }),
  marks: z.number().nullable(),
  max_marks: z.number().nullable(),
  percentage: percentage.nullable(),
  grade: grade.nullable(),
  remarks: z.string().nullable(),
  amended_at: z.string().nullable().meta({ description: amendedAt }),
  ...writtenFields,
  enrolled: z.boolean(),
});

const posting = {
  posted: z.boolean().meta({ description: 'Official: whatever changes a result of this exam needs a `reason`.' }),
  posted_at: z.string().nullable(),
  posted_by: z.string().nullable().meta({ description: 'The user_id.' }),
};

export const resultSheetAnswer = z
  .strictObject({
    course_id: uuid,
    exam_type: z.enum(EXAM_TYPES),
    number: z.int(),
    version: z.int().min(0).meta({ description: 'Of the sheet; 0 before the first result.' }),
    ...posting,
    max_marks: z.number().meta({ description: 'What its results have; 100 before the first.' }),
    entries: z.array(row),
  })
  .meta({ id: 'ResultSheet' });

export const examPostingAnswer = z
  .strictObject({
    course_id: uuid,
    exam_type: z.enum(EXAM_TYPES),
    number: z.int(),
    version: z.int().min(0).meta({ description: 'Of the sheet.' }),
    ...posting,
    count: z.int().min(0).meta({ description: 'How many results the exam has.' }),
  })
  .meta({ id: 'ExamPosting' });

const query = z.strictObject({
  student_id: filter(id('Student')),
  course_id: filter(id('Course')),
  exam_type: filter(examType),
  ...cursorQuery,
});

const params = z.strictObject({ result_id: id('Result') });
const sheetParams = z.strictObject({ course_id: id('Course'), exam_type: examType });
const removalQuery = z.strictObject({ reason: filter(reason) });
const sheetQuery = z.strictObject({ number: numberText('Number', 1, 20).default(1) });
const tag = 'Results';
const one = '/results/{result_id}';
const sheet = '/courses/{course_id}/results/{exam_type}';
const notYours = 'The course is taught by somebody else.';
const needsReason = 'Also without `reason` when the results of the exam are posted.';

const results = (service: ResultsService): Operation[] => [
  operation({
    id: 'listResults',
    tag,
    method: 'GET',
    path: '/results',
    roles: EVERYBODY,
    summary: 'List results',
    description: 'A student sees only the own.',
    query,
    status: 200,
    answer: cursorPageOf(resultAnswer).meta({ id: 'ResultPage' }),
    run: ({ ctx, query }) => service.list(ctx, query as ResultQuery),
  }),
  operation<Result>({
    id: 'addResult',
    tag,
    method: 'POST',
    path: '/results',
    roles: STAFF,
    summary: 'Enter one result',
    description: 'Percentage and grade are computed here and can not be sent.',
    body: resultInput.meta({ id: 'ResultInput' }),
    status: 201,
    answer: resultAnswer,
    refusals: { 403: notYours, 422: needsReason, 409: 'The student has a result for this exam: `existing_id`.' },
    run: ({ ctx, body }) => service.add(ctx, body),
    version: (result) => result.version,
    location: (result) => `/results/${result.result_id}`,
  }),
  operation<Result>({
    id: 'getResult',
    tag,
    method: 'GET',
    path: one,
    roles: EVERYBODY,
    summary: 'Read a result',
    params,
    status: 200,
    answer: resultAnswer,
    run: ({ ctx, params }) => service.get(ctx, idIn(params)),
    version: (result) => result.version,
  }),
  operation<Result>({
    id: 'changeResult',
    tag,
    method: 'PATCH',
    path: one,
    roles: STAFF,
    summary: 'Change a result',
    params,
    body: resultPatch.meta({ id: 'ResultPatch' }),
    ifMatch: true,
    status: 200,
    answer: resultAnswer,
    refusals: { 403: notYours, 422: needsReason },
    run: ({ ctx, params, version, body }) => service.change(ctx, idIn(params), version, body),
    version: (result) => result.version,
  }),
  operation({
    id: 'removeResult',
    tag,
    method: 'DELETE',
    path: one,
    roles: STAFF,
    summary: 'Remove a result',
    params,
    query: removalQuery,
    ifMatch: true,
    status: 204,
    refusals: { 403: notYours, 422: needsReason },
    run: ({ ctx, params, version, query }) => service.remove(ctx, idIn(params), version, query['reason']),
  }),
];

const sheets = (service: ResultsService): Operation[] => [
  operation<ResultSheet>({
    id: 'getResultSheet',
    tag,
    method: 'GET',
    path: sheet,
    roles: STAFF,
    summary: 'Read the sheet of an exam',
    description: 'Every active enrolled student, and everyone with a result there.',
    params: sheetParams,
    query: sheetQuery,
    status: 200,
    answer: resultSheetAnswer,
    run: ({ ctx, params: { course_id = '', exam_type = '' }, query }) =>
      service.sheet(ctx, course_id, exam_type, numberIn(query)),
    version: ({ version }) => version,
  }),
  operation<SheetSaved>({
    id: 'saveResultSheet',
    tag,
    method: 'PUT',
    path: sheet,
    roles: STAFF,
    summary: 'Save the sheet of an exam',
    description:
      'All of it or nothing. max_marks holds for the named rows; rows not named stay; marks null removes one; a row ' +
      'with the version you have seen (0 for none) is refused when somebody was faster, one without version overwrites; ' +
      'so is all of it when the exam has results and neither seen_max_marks nor max_marks is their maximum by now.',
    params: sheetParams,
    query: sheetQuery,
    body: resultSheetInput.meta({ id: 'ResultSheetInput' }),
    status: 200,
    answer: sheetSaved,
    refusals: {
      403: notYours,
      412: 'A row was changed meanwhile: `errors` names the rows, `current` holds them as they are now. Or the maximum was: `errors` names `seen_max_marks`, `max_marks` is the new one, `current` holds all rows that were sent.',
      422: 'Nothing was saved: `errors` names the fields; also students unknown, not enrolled or named twice, and a missing `reason` when the exam is posted.',
    },
    run: ({ ctx, params: { course_id = '', exam_type = '' }, query, body }) =>
      service.saveSheet(ctx, course_id, exam_type, numberIn(query), body),
    version: ({ version }) => version,
  }),
  operation<ExamPosting>({
    id: 'postResults',
    tag,
    method: 'POST',
    path: `${sheet}/posted`,
    roles: STAFF,
    summary: 'Post the results of an exam',
    description:
      'Posted results are official: from then on every result that is added, changed or removed needs a `reason` and ' +
      'shows as an amendment. false withdraws them. Only for admins and whoever the course names in faculty_id.',
    params: sheetParams,
    query: sheetQuery,
    body: postingInput.meta({ id: 'PostingInput' }),
    status: 200,
    answer: examPostingAnswer,
    refusals: { 403: 'The course is taught by somebody else, or by nobody yet.' },
    run: ({ ctx, params: { course_id = '', exam_type = '' }, query, body }) =>
      service.post(ctx, course_id, exam_type, numberIn(query), body),
    version: ({ version }) => version,
  }),
];

export const resultOperations = (service: ResultsService): Operation[] => [...results(service), ...sheets(service)];

const idIn = ({ result_id = '' }: Record<string, string>): string => result_id;
const numberIn = ({ number }: Record<string, unknown>): number => number as number;
