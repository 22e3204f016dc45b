// What is a user? Somebody who may sign in.
import { z } from 'zod';
import { email, id, oneOf, optional, text } from '../platform/schema.ts';
import type { Role } from '../platform/actor.ts';
import { isTypable, MOST_BYTES } from './passwords.ts';

export const ROLES = ['admin', 'faculty', 'student'] as const;

/** A login as every answer shows it; the hash never leaves the repository. */
export interface User {
  user_id: string;
  username: string;
  full_name: string;
  role: Role;
  email: string | null;
  student_id: string | null;
  active: boolean;
  must_change_password: boolean;
  version: number;
  created_at: string;
  updated_at: string;
}

/** The fields of a login, in the order of a table. */
export const USER_COLUMNS = [
  ...['user_id', 'username', 'full_name', 'role', 'email', 'student_id', 'active', 'must_change_password'],
  ...['version', 'created_at', 'updated_at'],
];

/** What a new password must be at least; what guessers try first is the service's business (docs/contract.md §3). */
export const password = z
  .string({ error: () => 'A password is needed. Type one.' })
  // Characters as people count them: an emoji is one.
  .refine((s) => Array.from(s).length >= 10, {
    error: () => 'A password has at least 10 characters. Choose a longer one.',
  })
  .refine((s) => Buffer.byteLength(s) <= MOST_BYTES, {
    error: () =>
      'A password has at most 72 bytes: 72 plain letters, fewer with accents or other scripts. Make it shorter.',
  })
  .refine(isTypable, { error: () => 'This password has a character that can not be typed. Leave it out.' })
  .meta({ minLength: 10 });

const fields = {
  username: text(64, 'User name'),
  full_name: text(200, 'Full name'),
  role: oneOf(ROLES, 'Role'),
  email: optional(email('E-mail')),
  student_id: optional(id('Student')),
  active: z.boolean({ error: () => 'Active is yes or no.' }),
  must_change_password: z.boolean({ error: () => 'Must change password is yes or no.' }),
  password,
};

export const userInput = z.strictObject({
  username: fields.username,
  full_name: fields.full_name,
  role: fields.role,
  password: fields.password.optional(),
  email: fields.email.default(null),
  student_id: fields.student_id.default(null),
  active: fields.active.default(true),
  must_change_password: fields.must_change_password.default(false),
});

export const userPatch = z.strictObject(fields).partial();

export const USER_SORTS = ['username', 'full_name', 'role', 'email', 'active', 'created_at', 'updated_at'] as const;
