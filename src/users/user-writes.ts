// How is a login stored, changed and removed? The transactions behind the verbs of users.service.ts.
import type { Context } from '../platform/actor.ts';
import { timestamp } from '../platform/clock.ts';
import { freeName, renameGuards, takeName, tombstone } from '../platform/dynamo/guards.ts';
import type { Write } from '../platform/dynamo/transaction.ts';
import { difference } from '../platform/dynamo/trail.ts';
import { Conflict } from '../platform/errors.ts';
import { NO_PASSWORD } from './passwords.ts';
import type { User } from './user.ts';
import type { KeptUser } from './user-directory.ts';
import type { UsersNeeds } from './users.service.ts';
import { toUserItem } from './users.repository.ts';

/** What a change did beside the fields of the record: told by name only. */
interface Beside {
  password?: boolean;
  sessions?: boolean;
}

/** A change of a login in words, for the feed: what matters to whoever looks for trouble. */
function changeInWords(before: User, after: User, { password, sessions }: Beside): string {
  const words = [
    ...(before.role === after.role ? [] : [`role ${after.role} instead of ${before.role}`]),
    ...(before.active === after.active ? [] : [after.active ? 'may sign in again' : 'may not sign in any more']),
    ...(password ? ['new password'] : []),
    ...(sessions ? ['signed out everywhere'] : []),
  ];
  return words.length === 0 ? 'changed' : `changed: ${words.join(', ')}`;
}

const byName = ({ password, sessions }: Beside): Record<string, null> => ({
  ...(password ? { password: null } : {}),
  ...(sessions ? { sessions: null } : {}),
});

const isActiveAdmin = ({ active, role }: User): boolean => active && role === 'admin';

export function createUserWrites(needs: UsersNeeds) {
  const { dynamo, clock, newId, commit, trail, jobs, directory, repository, passwords, courses } = needs;

  const taken = (username: string) => ({
    field: 'username',
    message: `The user name ${username} is taken. Choose another.`,
  });

  function entryFor(
    ctx: Context,
    verb: 'added' | 'updated' | 'deleted',
    before: KeptUser | undefined,
    user: User,
    password_hash: string,
    beside: Beside = {},
  ) {
    const gone = verb === 'deleted';
    const changed = before ? changeInWords(before.record, user, beside) : '';
    const done = { added: 'added', updated: changed, deleted: 'removed' }[verb];
    const fields = difference(before?.record ?? null, gone ? null : user, new Set(['email']));
    return trail.entry({
      chain: `user#${user.user_id}`,
      version: user.version,
      previous: before?.head ?? null,
      at: user.updated_at,
      actor: ctx.actor,
      event: {
        name: `user_${verb}`,
        id: user.user_id,
        summary: `User ${user.username} (${user.full_name}) was ${done}.`,
        username: user.username,
        full_name: user.full_name,
        role: user.role,
      },
      entity: 'user',
      entity_id: user.user_id,
      rows: [
        {
          id: user.user_id,
          // The chain vouches for the hash too: only its digest goes in.
          record: gone ? null : { ...toUserItem(user), password_hash },
          old: fields.old && { ...fields.old, ...byName(beside) },
          new: fields.new && { ...fields.new, ...byName(beside) },
        },
      ],
    });
  }

  /** The student must still be there when the login is stored. */
  const studentChecks = (user: User, before?: User): Write[] =>
    user.student_id === null || user.student_id === before?.student_id
      ? []
      : [repository.checkStudent(user.student_id)];

  /** Stores a new login. Without a password nobody can sign in with it yet. `first`: what the first admin brings along. */
  async function store(
    ctx: Context,
    fields: Omit<User, 'user_id' | 'version' | 'created_at' | 'updated_at'>,
    chosen: string | undefined,
    first: Write[] = [],
  ): Promise<KeptUser> {
    const at = timestamp(clock);
    const password_hash = chosen === undefined ? NO_PASSWORD : await passwords.hash(chosen);
    const user: User = { user_id: newId(), ...fields, version: 1, created_at: at, updated_at: at };
    const entry = entryFor(ctx, 'added', undefined, user, password_hash);
    const kept: KeptUser = { record: user, head: entry.head, password_hash, epoch: 1 };
    await commit({
      ctx,
      entry,
      result: user,
      writes: [
        takeName(dynamo, 'users', user.username, user.user_id, taken(user.username)),
        repository.add(kept),
        ...studentChecks(user),
        ...(first.length > 0 ? first : isActiveAdmin(user) ? [repository.oneAdminMore()] : []),
      ],
      applied: () => directory.put(kept),
    });
    return kept;
  }

  /** Who teaches can't go: throws Conflict that names the courses. */
  function demandNoCourses(user: User): void {
    const taught = courses.taughtBy(user.user_id);
    if (taught.length === 0) return;
    const codes = taught.map((course) => course.course_code);
    throw new Conflict(
      `${user.full_name} teaches ${codes.slice(0, 10).join(', ')}${codes.length > 10 ? ' and more' : ''}. ` +
        'Give these courses to somebody else first.',
      { courses: codes },
    );
  }

  /** Stores a change; a new password, role or switch ends the user's sessions, and so does being asked to. */
  async function storeChange(ctx: Context, before: KeptUser, next: User, chosen: string | undefined, out = false) {
    const old = before.record;
    const leaves = old.role !== 'student' && (!next.active || next.role === 'student') && old.active;
    if (leaves) demandNoCourses(old);
    const password_hash = chosen === undefined ? before.password_hash : await passwords.hash(chosen);
    const user: User = { ...next, version: old.version + 1, updated_at: timestamp(clock) };
    const ends =
      out ||
      chosen !== undefined ||
      old.role !== next.role ||
      old.active !== next.active ||
      old.student_id !== next.student_id;
    const entry = entryFor(ctx, 'updated', before, user, password_hash, {
      password: chosen !== undefined,
      sessions: out,
    });
    const kept: KeptUser = {
      record: user,
      head: entry.head,
      password_hash,
      epoch: before.epoch + (ends ? 1 : 0),
    };
    const renamed = user.full_name !== old.full_name;
    await commit({
      ctx,
      entry,
      result: user,
      writes: [
        repository.change(kept, old.version, leaves, directory.put),
        ...renameGuards(dynamo, 'users', old.username, user.username, user.user_id, taken(user.username)),
        ...studentChecks(user, old),
        ...adminCount(old, user),
        ...(renamed ? [jobs.store('rename', `users#${user.user_id}`, {}).write] : []),
      ],
      applied: () => {
        directory.put(kept);
        if (renamed) courses.refresh(user.user_id);
      },
    });
    if (renamed) jobs.start('rename', `users#${user.user_id}`);
    return { kept };
  }

  const adminCount = (before: User, after: User): Write[] => {
    if (isActiveAdmin(before) === isActiveAdmin(after)) return [];
    return [isActiveAdmin(after) ? repository.oneAdminMore() : repository.oneAdminLess()];
  };

  /** Removes a login; throws Conflict for the last active admin. */
  async function removeNow(ctx: Context, before: KeptUser): Promise<void> {
    const at = timestamp(clock);
    const user: User = { ...before.record, version: before.record.version + 1, updated_at: at };
    const entry = entryFor(ctx, 'deleted', before, user, before.password_hash);
    await commit({
      ctx,
      entry,
      result: undefined,
      writes: [
        repository.remove(user.user_id, before.record.version, directory.put),
        freeName(dynamo, 'users', user.username),
        ...(isActiveAdmin(before.record) ? [repository.oneAdminLess()] : []),
        tombstone(dynamo, 'users', user.user_id, at),
      ],
      applied: () => directory.remove(user.user_id),
    });
  }

  return { store, storeChange, removeNow, demandNoCourses };
}
