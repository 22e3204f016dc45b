// How does a program sign in, ask who it is, and sign out?
import { z } from 'zod';
import type { Request } from 'express';
import type { Actor } from '../platform/actor.ts';
import { EVERYBODY, operation } from '../platform/http/api-operation.ts';
import type { Operation } from '../platform/http/api-operation.ts';
import { uuid } from '../platform/http/api-shapes.ts';
import { csrfToken } from '../platform/http/csrf.ts';
import { filter } from '../platform/list-query.ts';
import { oneOf, parse } from '../platform/schema.ts';
import { signIn, signOut } from './passport.ts';
import type { UsersService } from './users.service.ts';
import { ROLES } from './user.ts';

// Not the rules for new passwords: whatever is typed is either right or wrong.
const typed = (message: string) =>
  z
    .string({ error: () => message })
    .min(1, message)
    .max(1000, message);

const credentials = z.strictObject({ username: typed('Type your user name.'), password: typed('Type your password.') });

const sessionAnswer = z
  .strictObject({
    user: z.strictObject({ user_id: uuid, username: z.string(), full_name: z.string(), role: z.enum(ROLES) }),
    csrf_token: z.string().meta({ description: 'Goes into X-CSRF-Token with every call that changes something.' }),
  })
  .meta({ id: 'Session' });

const answer = (req: Request, { user_id, username, full_name, role }: Actor) => ({
  user: { user_id, username, full_name, role },
  csrf_token: csrfToken(req),
});

const tag = 'Session';
const path = '/session';

export const sessionOperations = (users: Pick<UsersService, 'endSessions'>): Operation[] => [
  operation({
    id: 'getSession',
    tag,
    method: 'GET',
    path,
    roles: EVERYBODY,
    beforePasswordChange: true,
    summary: 'Who is signed in',
    status: 200,
    answer: sessionAnswer,
    run: ({ req, ctx }) => answer(req, ctx.actor),
  }),
  operation({
    id: 'signIn',
    tag,
    method: 'POST',
    path,
    roles: 'signed out',
    ignoresKeys: true,
    summary: 'Sign in',
    description: 'Sets the session cookie; an earlier session of the caller ends. Needs no X-CSRF-Token.',
    body: credentials.meta({ id: 'Credentials' }),
    status: 201,
    answer: sessionAnswer,
    refusals: {
      401: 'User name and password do not belong together.',
      429: 'Too many wrong attempts; Retry-After says when to try again (seconds).',
    },
    run: async ({ req, body }) => {
      const { username, password } = parse(credentials, body);
      const { actor } = await signIn(req, username, password);
      return answer(req, actor);
    },
  }),
  operation({
    id: 'signOut',
    tag,
    method: 'DELETE',
    path,
    roles: EVERYBODY,
    beforePasswordChange: true,
    ignoresKeys: true,
    summary: 'Sign out',
    description: 'Ends this session; with `everywhere=true` all sessions of the caller, and their sockets.',
    query: z.strictObject({ everywhere: filter(oneOf(['true', 'false'], 'Everywhere')) }),
    status: 204,
    run: async ({ req, ctx, query }) => {
      if (query['everywhere'] === 'true') await users.endSessions({ actor: ctx.actor }, ctx.actor.user_id);
      await signOut(req);
    },
  }),
];
