// Which calls of the JSON API are about logins? All of them for admins only.
import { z } from 'zod';
import { ADMINS, operation } from '../platform/http/api-operation.ts';
import type { Operation } from '../platform/http/api-operation.ts';
import { pageOf, recordFields, uuid } from '../platform/http/api-shapes.ts';
import { filter, listQuery } from '../platform/list-query.ts';
import { id, oneOf } from '../platform/schema.ts';
import { ROLES, USER_SORTS, userInput, userPatch } from './user.ts';
import type { User } from './user.ts';
import type { UserQuery, UsersService } from './users.service.ts';

export const userAnswer = z
  .strictObject({
    user_id: uuid,
    username: z.string(),
    full_name: z.string(),
    role: z.enum(ROLES),
    email: z.string().nullable(),
    student_id: uuid.nullable().meta({ description: 'The own record of a login of role student.' }),
    active: z.boolean(),
    must_change_password: z.boolean(),
    ...recordFields,
  })
  .meta({ id: 'User', description: 'A login. Neither the password nor its hash is ever in an answer.' });

const query = z.strictObject({
  ...listQuery(USER_SORTS),
  role: filter(oneOf(ROLES, 'Role')),
  active: filter(oneOf(['true', 'false'], 'Active')),
  student_id: filter(id('Student')),
});

const params = z.strictObject({ user_id: id('User') });
const tag = 'Users';
const one = '/users/{user_id}';
const taken = 'The user name is taken';
const needed = 'it is the last active admin, or it teaches courses (`courses` names them)';

export const userOperations = (users: UsersService): Operation[] => [
  operation({
    id: 'listUsers',
    tag,
    method: 'GET',
    path: '/users',
    roles: ADMINS,
    summary: 'List users',
    query,
    status: 200,
    answer: pageOf(userAnswer).meta({ id: 'UserPage' }),
    run: ({ ctx, query }) => users.list(ctx, query as UserQuery),
  }),
  operation<User>({
    id: 'addUser',
    tag,
    method: 'POST',
    path: '/users',
    roles: ADMINS,
    summary: 'Add a user',
    description:
      'The password has at least 10 characters and at most 72 bytes, and is none of those that guessers try first.',
    body: userInput.meta({ id: 'UserInput' }),
    status: 201,
    answer: userAnswer,
    refusals: { 409: `${taken}.` },
    run: ({ ctx, body }) => users.add(ctx, body),
    version: (user) => user.version,
    location: (user) => `/users/${user.user_id}`,
  }),
  operation<User>({
    id: 'getUser',
    tag,
    method: 'GET',
    path: one,
    roles: ADMINS,
    summary: 'Read a user',
    params,
    status: 200,
    answer: userAnswer,
    run: ({ ctx, params }) => users.get(ctx, idIn(params)),
    version: (user) => user.version,
  }),
  operation<User>({
    id: 'changeUser',
    tag,
    method: 'PATCH',
    path: one,
    roles: ADMINS,
    summary: 'Change a user',
    description: 'A new password, another role and switching off end all sessions of that user at once.',
    params,
    body: userPatch.meta({ id: 'UserPatch' }),
    ifMatch: true,
    status: 200,
    answer: userAnswer,
    refusals: { 409: `${taken}, ${needed}.` },
    run: ({ ctx, params, version, body }) => users.change(ctx, idIn(params), version, body),
    version: (user) => user.version,
  }),
  operation({
    id: 'removeUser',
    tag,
    method: 'DELETE',
    path: one,
    roles: ADMINS,
    summary: 'Remove a user',
    params,
    ifMatch: true,
    status: 204,
    refusals: { 409: `This user must stay: ${needed}.` },
    run: ({ ctx, params, version }) => users.remove(ctx, idIn(params), version),
  }),
  operation({
    id: 'endSessions',
    tag,
    method: 'DELETE',
    path: `${one}/sessions`,
    roles: ADMINS,
    summary: 'Sign a user out everywhere',
    description: 'Ends all sessions and sockets of this user at once. The version rises.',
    params,
    status: 204,
    run: ({ ctx, params }) => users.endSessions(ctx, idIn(params)),
    look: ({ ctx, params }) => users.get(ctx, idIn(params)),
  }),
];

const idIn = ({ user_id = '' }: Record<string, string>): string => user_id;
