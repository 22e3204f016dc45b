// Which calls of the JSON API are about the rights of the people that the records are about?
import { z } from 'zod';
import { ADMINS, operation } from '../platform/http/api-operation.ts';
import type { Operation } from '../platform/http/api-operation.ts';
import { cursorPageOf, uuid } from '../platform/http/api-shapes.ts';
import { id } from '../platform/schema.ts';
import type { Services } from '../services.ts';
import { ACCESS_KINDS, accessQuery } from './access.ts';

const params = z.strictObject({ student_id: id('Student') });
const tag = 'Students';

const accessAnswer = z
  .strictObject({
    at: z.iso.datetime(),
    user_id: uuid.or(z.literal('system')),
    name: z.string().meta({ description: 'As it was then.' }),
    role: z.enum(['admin', 'faculty', 'student']),
    what: z.enum(ACCESS_KINDS).meta({ description: 'Opened, or taken away as a file.' }),
  })
  .meta({ id: 'Access', description: 'One entry for each reader, hour and kind.' });

export const privacyOperations = ({
  students,
  access,
  exports,
  erasure,
}: Pick<Services, 'students' | 'access' | 'exports' | 'erasure'>): Operation[] => [
  operation({
    id: 'listAccess',
    tag,
    method: 'GET',
    path: '/students/{student_id}/access',
    roles: ['admin', 'student'],
    summary: 'List who opened the record of a student',
    description: 'Newest first, the own visits too. Lists that show the student among others are not counted.',
    params,
    query: accessQuery,
    status: 200,
    answer: cursorPageOf(accessAnswer).meta({ id: 'AccessPage' }),
    run: ({ ctx, params: { student_id = '' }, query }) => access.list(ctx, student_id, query),
  }),
  operation({
    id: 'exportStudent',
    tag,
    method: 'GET',
    path: '/students/{student_id}/export',
    roles: ['admin', 'student'],
    summary: 'Take away everything that is kept about a student',
    description: 'A zip file: record, account, enrolments, attendance, results, history and accesses, as JSON and CSV.',
    params,
    status: 200,
    file: 'application/zip',
    answer: z.string().meta({ format: 'binary' }),
    run: ({ ctx, params: { student_id = '' } }) => exports.all(ctx, student_id),
    look: ({ ctx, params: { student_id = '' } }) => students.get(ctx, student_id),
  }),
  operation({
    id: 'eraseStudent',
    tag,
    method: 'POST',
    path: '/students/{student_id}/erasure',
    roles: ADMINS,
    summary: 'Erase the person from a student record',
    description:
      'Name, code, contact, guardian and birth data, remarks, logins, accesses and every old and new value of the history go, ' +
      'for good. Marks and grades stay without a name. Also for a student who was removed: the version is that of the ' +
      'last entry of the trail, which the 412 says.',
    params,
    ifMatch: true,
    status: 204,
    refusals: { 409: 'The student is being erased right now.' },
    run: ({ ctx, params: { student_id = '' }, version }) => erasure.erase(ctx, student_id, version),
    shows: ({ ctx, params: { student_id = '' } }) => access.opened(ctx, student_id),
  }),
];
