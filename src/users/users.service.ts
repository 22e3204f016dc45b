// What can be done with logins?
import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { systemActor } from '../platform/actor.ts';
import type { Actor, Context } from '../platform/actor.ts';
import type { Clock } from '../platform/clock.ts';
import type { Dynamo } from '../platform/dynamo/client.ts';
import type { Commit } from '../platform/dynamo/commit.ts';
import type { Jobs } from '../platform/dynamo/jobs.ts';
import { backoff, pause } from '../platform/dynamo/reads.ts';
import { isSame } from '../platform/dynamo/trail.ts';
import type { Trail } from '../platform/dynamo/trail.ts';
import { Invalid, NotFound, Stale } from '../platform/errors.ts';
import { filter, given, listQuery } from '../platform/list-query.ts';
import type { Page } from '../platform/page.ts';
import { demandRole } from '../platform/policy.ts';
import { id, parse } from '../platform/schema.ts';
import type { CourseDirectory } from '../courses/course-directory.ts';
import type { StudentDirectory } from '../students/student-directory.ts';
import type { Passwords } from './passwords.ts';
import { createUserWrites } from './user-writes.ts';
import { weakness } from './password-rules.ts';
import { password, ROLES, USER_SORTS, userInput, userPatch } from './user.ts';
import type { User } from './user.ts';
import type { KeptUser, UserDirectory } from './user-directory.ts';
import type { UsersRepository } from './users.repository.ts';

export interface UserQuery {
  q?: string;
  role?: string;
  active?: string;
  student_id?: string;
  sort?: string;
  order?: string;
  page?: string | number;
  page_size?: string | number;
}

/** The signed-in user as the directory has it now; `epoch` rises whenever their sessions must end. */
export interface Login {
  actor: Actor;
  epoch: number;
  must_change_password: boolean;
}

export interface UsersService {
  /** Admin only, like every call that does not say otherwise. */
  list: (ctx: Context, query: UserQuery) => Page<User>;
  get: (ctx: Context, user_id: string) => User;
  add: (ctx: Context, input: unknown) => Promise<User>;
  change: (ctx: Context, user_id: string, version: number, patch: unknown) => Promise<User>;
  remove: (ctx: Context, user_id: string, version: number) => Promise<void>;
  /** The active user with this name and password, else undefined; takes as long for an unknown name. */
  verify: (username: string, password: string) => Promise<Login | undefined>;
  /** The active user now, for every request and socket; undefined when deleted or switched off. */
  login: (user_id: string) => Login | undefined;
  /** `current_password`, `new_password`, `confirm_password`. Ends all sessions of the user: a new epoch. */
  changeOwnPassword: (ctx: Context, input: unknown) => Promise<Login>;
  /** Signs a user out everywhere, sockets too; an admin anybody, everybody else themselves. */
  endSessions: (ctx: Context, user_id: string) => Promise<void>;
  /** Makes the first admin when there is no user at all; returns the password it made up, if it did. */
  ensureFirstAdmin: (username: string, password: string | undefined) => Promise<string | undefined>;
  /** Everybody active who may teach, in order of their names. Staff only. */
  teachers: (ctx: Context) => Pick<User, 'user_id' | 'full_name' | 'username'>[];
  /** Today's name of a user, for who marked or entered something; undefined when the login is gone. */
  nameOf: (user_id: string) => string | undefined;
}

export interface UsersNeeds {
  dynamo: Dynamo;
  clock: Clock;
  newId: () => string;
  commit: Commit;
  trail: Trail;
  jobs: Jobs;
  directory: UserDirectory;
  repository: UsersRepository;
  passwords: Passwords;
  students: StudentDirectory;
  courses: CourseDirectory;
  /** COLLEGE_NAME: no password is made of it. */
  college: string;
  /** What to do when the first admin's password was set to one that guessers try first. */
  weakFirstPassword: (why: string) => void;
}

const yesNo = z.enum(['true', 'false'], { error: () => 'Active is true or false.' });

const query = z.strictObject({
  ...listQuery(USER_SORTS),
  role: filter(z.enum(ROLES, { error: () => `Role is one of: ${ROLES.join(', ')}.` })),
  active: filter(yesNo),
  student_id: filter(id('Student')),
});

const ownPassword = z.strictObject({
  current_password: z.string({ error: () => 'Type your current password.' }).min(1, 'Type your current password.'),
  new_password: password,
  confirm_password: z.string({ error: () => 'Type the new password again.' }),
});

const TRIES = 8;

export function createUsersService(needs: UsersNeeds): UsersService & {
  /** Takes a login along when its student goes. */
  removeLogin: (ctx: Context, user_id: string) => Promise<void>;
} {
  const { commit, directory, repository, passwords, students } = needs;
  const { store, storeChange, removeNow, demandNoCourses } = createUserWrites(needs);

  const found = (user_id: string): KeptUser => {
    const kept = directory.get(user_id);
    if (!kept) throw new NotFound('There is no such user, or the login has been removed.');
    return kept;
  };

  /** A login of role student belongs to a student, no other does. */
  function demandStudent(user: Pick<User, 'role' | 'student_id'>): void {
    const errors =
      user.role === 'student'
        ? user.student_id === null
          ? [{ field: 'student_id', message: 'Choose the student this login belongs to.' }]
          : students.get(user.student_id)
            ? []
            : [{ field: 'student_id', message: 'There is no such student. Choose another.' }]
        : user.student_id === null
          ? []
          : [
              {
                field: 'student_id',
                message: 'Only a login of role student belongs to a student. Leave this empty, or choose that role.',
              },
            ];
    if (errors.length > 0) throw new Invalid(errors);
  }

  /** Throws Invalid for a password that guessers try first. */
  function demandStrong(chosen: string | undefined, username: string, field: string): void {
    const why = chosen === undefined ? undefined : weakness(chosen, { username, college: needs.college });
    if (why !== undefined) throw new Invalid([{ field, message: why }]);
  }

  async function add(ctx: Context, input: unknown): Promise<User> {
    demandRole(ctx, 'admin');
    const { password: chosen, ...fields } = parse(userInput, input);
    demandStudent(fields);
    demandStrong(chosen, fields.username, 'password');
    const kept = await store(ctx, fields, chosen);
    return kept.record;
  }

  async function change(ctx: Context, user_id: string, version: number, patch: unknown): Promise<User> {
    demandRole(ctx, 'admin');
    const before = found(user_id);
    if (before.record.version !== version) throw new Stale(before.record);
    const { password: chosen, ...fields } = parse(userPatch, patch);
    const next = { ...before.record, ...given(fields) };
    demandStudent(next);
    demandStrong(chosen, next.username, 'password');
    if (isSame(before.record, next) && chosen === undefined) {
      return await commit({ ctx, writes: [], result: before.record });
    }
    const { kept } = await storeChange(ctx, before, next, chosen);
    return kept.record;
  }

  async function remove(ctx: Context, user_id: string, version: number): Promise<void> {
    demandRole(ctx, 'admin');
    const before = found(user_id);
    if (before.record.version !== version) throw new Stale(before.record);
    demandNoCourses(before.record);
    await removeNow(ctx, before);
  }

  const toLogin = ({ record, epoch }: KeptUser): Login => ({
    actor: {
      user_id: record.user_id,
      username: record.username,
      full_name: record.full_name,
      role: record.role,
      student_id: record.student_id,
    },
    epoch,
    must_change_password: record.must_change_password,
  });

  /** Of a login whose student is gone nothing is left, also while its removal is still under way. */
  const usable = (kept: KeptUser | undefined): kept is KeptUser =>
    kept !== undefined &&
    kept.record.active &&
    (kept.record.student_id === null || students.get(kept.record.student_id) !== undefined);

  async function changeOwnPassword(ctx: Context, input: unknown): Promise<Login> {
    const { current_password, new_password, confirm_password } = parse(ownPassword, input);
    const before = found(ctx.actor.user_id);
    if (new_password !== confirm_password) {
      throw new Invalid([
        { field: 'confirm_password', message: 'The two new passwords differ. Type the same one twice.' },
      ]);
    }
    if (!(await passwords.matches(current_password, before.password_hash))) {
      throw new Invalid([{ field: 'current_password', message: 'This is not your current password. Type it again.' }]);
    }
    if (current_password === new_password) {
      throw new Invalid([{ field: 'new_password', message: 'Choose a password that differs from the current one.' }]);
    }
    demandStrong(new_password, before.record.username, 'new_password');
    const { kept } = await storeChange(ctx, before, { ...before.record, must_change_password: false }, new_password);
    return toLogin(kept);
  }

  /** Does a change of a login that depends on nothing in it, also while somebody else changes it. */
  async function insist(user_id: string, change: (kept: KeptUser) => Promise<unknown>): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        await change(found(user_id));
        return;
      } catch (error) {
        if (!(error instanceof Stale) || attempt === TRIES) throw error;
        await pause(backoff(attempt));
      }
    }
  }

  async function endSessions(ctx: Context, user_id: string): Promise<void> {
    if (user_id !== ctx.actor.user_id) demandRole(ctx, 'admin');
    await insist(user_id, (kept) => storeChange(ctx, kept, kept.record, undefined, true));
  }

  async function ensureFirstAdmin(username: string, chosen: string | undefined): Promise<string | undefined> {
    if (directory.size() > 0) return undefined;
    const why = chosen === undefined ? undefined : weakness(chosen, { username, college: needs.college });
    if (why !== undefined) needs.weakFirstPassword(why);
    const made = chosen ?? randomBytes(16).toString('base64url');
    await store(
      { actor: systemActor },
      {
        username,
        full_name: 'Administrator',
        role: 'admin',
        email: null,
        student_id: null,
        active: true,
        must_change_password: chosen === undefined,
      },
      made,
      [repository.firstAdmin()],
    );
    return chosen === undefined ? made : undefined;
  }

  return {
    list: (ctx, asked) => {
      demandRole(ctx, 'admin');
      const { q, sort, order, page, page_size, role, active, student_id } = parse(query, given(asked));
      const where = { role, active, student_id };
      const page_found = directory.list({ q, where, sort, descending: order === 'desc', page, page_size });
      return { ...page_found, items: page_found.items.map((kept) => kept.record) };
    },
    get: (ctx, user_id) => {
      demandRole(ctx, 'admin');
      return found(user_id).record;
    },
    add,
    change,
    remove,
    removeLogin: async (ctx, user_id) => {
      try {
        await insist(user_id, (kept) => removeNow({ actor: ctx.actor }, kept));
      } catch (error) {
        if (!(error instanceof NotFound)) throw error; // it is gone, which is what was wanted
      }
    },
    verify: async (username, given_password) => {
      const kept = directory.byUsername(username);
      const fits = await passwords.matches(given_password, kept?.password_hash);
      const now = kept && directory.get(kept.record.user_id);
      // The password may have been changed while it was compared: then this was the old one.
      return fits && usable(now) && now.password_hash === kept?.password_hash ? toLogin(now) : undefined;
    },
    login: (user_id) => {
      const kept = directory.get(user_id);
      return usable(kept) ? toLogin(kept) : undefined;
    },
    changeOwnPassword,
    endSessions,
    ensureFirstAdmin,
    nameOf: (user_id) =>
      user_id === systemActor.user_id ? systemActor.full_name : directory.get(user_id)?.record.full_name,
    teachers: (ctx) => {
      demandRole(ctx, 'admin', 'faculty');
      return Array.from(directory.staff(), ({ record }) => record)
        .filter((user) => user.active)
        .sort((a, b) => (a.full_name < b.full_name ? -1 : 1))
        .map(({ user_id, full_name, username }) => ({ user_id, full_name, username }));
    },
  };
}
