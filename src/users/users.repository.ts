// How do users lie in their table?
import type { Dynamo } from '../platform/dynamo/client.ts';
import { withNull, withoutNull } from '../platform/dynamo/items.ts';
import { scanAll } from '../platform/dynamo/reads.ts';
import type { Item } from '../platform/dynamo/reads.ts';
import { check, putNew, remove, update } from '../platform/dynamo/transaction.ts';
import type { Write } from '../platform/dynamo/transaction.ts';
import { Conflict, Invalid, NotFound, Stale } from '../platform/errors.ts';
import type { User } from './user.ts';
import type { KeptUser } from './user-directory.ts';

const FIELDS = [
  'user_id',
  'username',
  'full_name',
  'role',
  'email',
  'student_id',
  'active',
  'must_change_password',
  'version',
  'created_at',
  'updated_at',
] as const;

const fromItem = (item: Item): KeptUser => ({
  record: withNull(item, FIELDS) as unknown as User,
  head: (item['trail_head'] as string | undefined) ?? null,
  password_hash: String(item['password_hash']),
  epoch: Number(item['epoch'] ?? 0),
});

/** The user as the trail vouches for it; the hash counts, in hashed form. */
export const toUserItem = (user: User): Item => withoutNull(user);

const toItem = ({ record, head, password_hash, epoch }: KeptUser): Item => ({
  ...toUserItem(record),
  trail_head: head,
  password_hash,
  epoch,
});

const ADMINS = { pk: 'counter#admins', sk: 'counter' };

export function createUsersRepository(dynamo: Dynamo) {
  const seenVersion = (seen: number, changed: (stored: KeptUser) => void) => ({
    names: { '#version': 'version' },
    values: { ':version': seen },
    refused: (stored: Item | undefined): Error => {
      if (!stored) return new NotFound();
      if (Number(stored['version']) === seen) {
        return new Conflict('This user teaches courses. Give them to somebody else first.');
      }
      // Somebody else was faster: memory learns what is stored now.
      const kept = fromItem(stored);
      changed(kept);
      return new Stale(kept.record);
    },
  });

  return {
    all: async function* (): AsyncGenerator<KeptUser> {
      for await (const item of scanAll(dynamo, 'users')) yield fromItem(item);
    },
    add: (user: KeptUser): Write => putNew(dynamo, 'users', toItem(user), 'user_id'),
    /** Replaces version `seen`, leaving the count of courses taught; `leaves` demands that it is none. */
    change: (user: KeptUser, seen: number, leaves: boolean, changed: (stored: KeptUser) => void): Write => {
      const { user_id, ...item } = toItem(user);
      const set = Object.keys(item);
      const gone = FIELDS.filter((field) => field !== 'user_id' && !(field in item));
      const names = Object.fromEntries([...set, ...gone].map((field) => [`#${field}`, field]));
      const expression = [
        `SET ${set.map((field) => `#${field} = :${field}`).join(', ')}`,
        ...(gone.length > 0 ? [`REMOVE ${gone.map((field) => `#${field}`).join(', ')}`] : []),
      ].join(' ');
      const { refused } = seenVersion(seen, changed);
      return update(dynamo, 'users', { user_id }, expression, {
        condition: `#version = :seen${leaves ? ' AND (attribute_not_exists(teaching) OR teaching = :none)' : ''}`,
        names,
        values: {
          ...Object.fromEntries(set.map((field) => [`:${field}`, item[field]])),
          ':seen': seen,
          ...(leaves ? { ':none': 0 } : {}),
        },
        refused,
      });
    },
    remove: (user_id: string, seen: number, changed: (stored: KeptUser) => void): Write => {
      const { names, values, refused } = seenVersion(seen, changed);
      return remove(
        dynamo,
        'users',
        { user_id },
        {
          condition: '#version = :version AND (attribute_not_exists(teaching) OR teaching = :none)',
          names,
          values: { ...values, ':none': 0 },
          refused,
        },
      );
    },
    /** A course is given to this user: only while active staff. */
    teach: (user_id: string): Write =>
      update(dynamo, 'users', { user_id }, 'ADD teaching :one', {
        condition: 'attribute_exists(user_id) AND active = :yes AND #role <> :student',
        names: { '#role': 'role' },
        values: { ':one': 1, ':yes': true, ':student': 'student' },
        refused: () => new Invalid([{ field: 'faculty_id', message: 'Choose somebody of the staff who is active.' }]),
      }),
    stopTeaching: (user_id: string): Write =>
      update(dynamo, 'users', { user_id }, 'ADD teaching :less', {
        condition: 'attribute_exists(user_id)',
        values: { ':less': -1 },
      }),
    /** The student of a new login must still be there. */
    checkStudent: (student_id: string): Write =>
      check(
        dynamo,
        'students',
        { student_id },
        {
          condition: 'attribute_exists(student_id) AND attribute_not_exists(deleting)',
          refused: () => new Invalid([{ field: 'student_id', message: 'There is no such student. Choose another.' }]),
        },
      ),
    /** The first admin comes with the counter; refused when somebody else made one. */
    firstAdmin: (): Write => putNew(dynamo, 'system', { ...ADMINS, n: 1 }, 'pk'),
    /** One active admin more. */
    oneAdminMore: (): Write =>
      update(dynamo, 'system', ADMINS, 'ADD n :one', {
        condition: 'attribute_exists(pk)',
        values: { ':one': 1 },
      }),
    /** One less, but never the last; two admins can't demote each other. */
    oneAdminLess: (): Write =>
      update(dynamo, 'system', ADMINS, 'ADD n :less', {
        condition: 'n > :one',
        values: { ':less': -1, ':one': 1 },
        refused: () =>
          new Conflict('This is the last active administrator. Make somebody else an administrator first.'),
      }),
  };
}

export type UsersRepository = ReturnType<typeof createUsersRepository>;
