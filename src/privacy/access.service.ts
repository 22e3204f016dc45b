// Who opened a student's record? Kept without making the reader wait, and listed for administrators and the student.
import { LRUCache } from 'lru-cache';
import type { Context } from '../platform/actor.ts';
import { timestamp } from '../platform/clock.ts';
import type { Clock } from '../platform/clock.ts';
import type { WriteBehind } from '../platform/dynamo/write-behind.ts';
import { given } from '../platform/list-query.ts';
import type { CursorPage } from '../platform/page.ts';
import { demandRole } from '../platform/policy.ts';
import { parse } from '../platform/schema.ts';
import type { StudentsService } from '../students/students.service.ts';
import { accessQuery } from './access.ts';
import type { Access, AccessKind } from './access.ts';
import { hourOf, toAccessItem } from './access.repository.ts';
import type { AccessRepository } from './access.repository.ts';

export interface AccessService {
  /**
   * Notes that the actor opened the record, whoever it is: a student who finds an own visit at an hour when they slept
   * knows that somebody has the password. Costs nothing the second time in an hour; a promise only when the line is full.
   */
  opened: (ctx: Context, student_id: string) => Promise<void> | undefined;
  /** Notes that the actor took the whole record away; stored before this resolves. */
  exported: (ctx: Context, student_id: string) => Promise<void>;
  /** Removes all that is kept of a student who is erased. */
  forget: (student_id: string) => Promise<void>;
  /** Newest first. Throws Forbidden for faculty, NotFound for a student that asks for another. */
  list: (
    ctx: Context,
    student_id: string,
    query: { limit?: string | number; cursor?: string },
  ) => Promise<CursorPage<Access>>;
}

export interface AccessNeeds {
  clock: Clock;
  notes: WriteBehind;
  repository: AccessRepository;
  students: Pick<StudentsService, 'get'>;
  /** How long an entry is kept. */
  days: number;
}

/** What this hour already has; whoever falls out is written once more, which changes nothing. */
const REMEMBERED = 50_000;

export function createAccessService({ clock, notes, repository, students, days }: AccessNeeds): AccessService {
  const noted = new LRUCache<string, true>({ max: REMEMBERED });
  let hour = '';

  function note({ actor }: Context, student_id: string, what: AccessKind): Promise<void> | undefined {
    const at = timestamp(clock);
    if (hourOf(at) !== hour) {
      hour = hourOf(at);
      noted.clear();
    }
    const name = `${actor.user_id} ${student_id} ${what}`;
    if (noted.has(name)) return undefined;
    const access: Access = { at, user_id: actor.user_id, name: actor.full_name, role: actor.role, what };
    const ttl = Math.floor(clock.now() / 1000) + days * 86_400;
    const waiting = notes.add(toAccessItem(student_id, access, ttl));
    if (!waiting) noted.set(name, true);
    return waiting;
  }

  return {
    opened: (ctx, student_id) => note(ctx, student_id, 'opened'),
    forget: async (student_id) => {
      noted.clear(); // whoever opens it from now on is noted anew
      await notes.flush();
      await repository.forget(student_id);
    },
    exported: async (ctx, student_id) => {
      await note(ctx, student_id, 'exported');
      await notes.flush();
    },
    list: async (ctx, student_id, asked) => {
      demandRole(ctx, 'admin', 'student');
      students.get(ctx, student_id);
      const { limit, cursor } = parse(accessQuery, given(asked));
      await notes.flush();
      return await repository.byStudent(student_id, { limit, cursor, now: Math.floor(clock.now() / 1000) });
    },
  };
}
