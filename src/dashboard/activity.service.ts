// What happened lately? The trail, newest first.
import { z } from 'zod';
import type { Context } from '../platform/actor.ts';
import type { Clock } from '../platform/clock.ts';
import type { StoredEvent } from '../events.ts';
import type { Dynamo } from '../platform/dynamo/client.ts';
import { eventOf } from '../platform/dynamo/trail-event.ts';
import { getItems } from '../platform/dynamo/reads.ts';
import type { Item } from '../platform/dynamo/reads.ts';
import type { EventBus } from '../platform/event-bus.ts';
import { feedBackwards } from '../platform/dynamo/feed.ts';
import { filter, given, numberText } from '../platform/list-query.ts';
import { demandRole } from '../platform/policy.ts';
import { oneOf, parse } from '../platform/schema.ts';
import type { SignInEvents, SignInLine } from '../users/sign-in-events.ts';

export interface Activity {
  at: string;
  event: string;
  /** Who did it: the name shown. */
  actor: string;
  summary: string;
  /** `student`, `course`, `user`, `attendance`, `results`. */
  entity: string;
  entity_id: string;
}

export const ACTIVITY_KINDS = ['changes', 'sign-ins'] as const;

export interface ActivityService {
  /**
   * Newest first; staff, and what concerns users only for admins. `before` is an earlier `next_before`;
   * `kind`: only changes, or only sign-ins.
   */
  list: (
    ctx: Context,
    query: { limit?: string | number; before?: string; kind?: string },
  ) => Promise<{ items: Activity[]; next_before: string | null }>;
  /** Takes the newest lines into memory; before anything is asked. Returns the newest number there is. */
  load: () => Promise<string | undefined>;
  /** Lines in memory that are told otherwise from now on: by number. */
  retell: (told: ReadonlyMap<string, { summary: string; actor?: string }>) => void;
  /** The events after this moment (milliseconds) and the one before them, oldest first, at most `most`. */
  since: (from: number, most: number) => Promise<StoredEvent[]>;
}

const query = z.strictObject({
  limit: numberText('Limit', 1, 500).default(50),
  kind: filter(oneOf(ACTIVITY_KINDS, 'Kind')),
  before: filter(z.string().regex(/^\d{16}$/, { error: () => 'Before is a next_before that was sent earlier.' })),
});

const RECENT = 500;
const toActivity = ({ at, event, actor, summary, entity, entity_id }: Line): Activity => ({
  at,
  event,
  actor,
  summary,
  entity,
  entity_id,
});

/** One line of the feed with the number that orders it. */
interface Line extends Activity {
  number: string;
}

const lineOf = (item: Item): Line => ({
  number: String(item['number']),
  at: String(item['at']),
  event: String(item['event']),
  actor: String(item['actor_name']),
  summary: String(item['summary']),
  entity: String(item['entity']),
  entity_id: String(item['entity_id']),
});

const lineOfEvent = ({ name, summary, stamp }: StoredEvent): Line => ({
  number: stamp.number,
  at: stamp.at,
  event: name,
  actor: stamp.by.full_name,
  summary,
  entity: stamp.entity,
  entity_id: stamp.entity_id,
});

const lineOfSignIn = ({ user_id, ...line }: SignInLine): Line => ({ ...line, entity: 'user', entity_id: user_id });

export interface ActivityNeeds {
  dynamo: Dynamo;
  clock: Clock;
  bus: EventBus<StoredEvent>;
  /** Kept beside the trail; admins see them among the rest. */
  signIns: Pick<SignInEvents, 'below'>;
}

export function createActivityService({ dynamo, clock, bus, signIns }: ActivityNeeds): ActivityService {
  // The newest lines, newest first, so that the dashboard asks the tables nothing; `all` when nothing is older.
  let recent: Line[] = [];
  let all = false;

  bus.listen((event) => {
    recent.unshift(lineOfEvent(event));
    if (recent.length <= RECENT) return;
    recent.length = RECENT;
    all = false;
  });

  const backwards = (before?: string) => feedBackwards({ dynamo, clock }, before);

  /** Up to `most` lines below `before` that `wanted` lets through: out of memory when they are all there. */
  async function linesBelow(before: string | undefined, most: number, wanted: (line: Line) => boolean) {
    const here = recent.filter((line) => (before === undefined || line.number < before) && wanted(line));
    if (all || here.length >= most) return here.slice(0, most);
    const found: Line[] = [];
    for await (const item of backwards(before)) {
      const line = lineOf(item);
      if (wanted(line)) found.push(line);
      if (found.length === most) break;
    }
    return found;
  }

  return {
    load: async () => {
      const lines: Line[] = [];
      for await (const item of backwards()) {
        lines.push(lineOf(item));
        if (lines.length > RECENT) break;
      }
      all = lines.length <= RECENT;
      recent = lines.slice(0, RECENT);
      return recent[0]?.number;
    },
    list: async (ctx, asked) => {
      demandRole(ctx, 'admin', 'faculty');
      const { limit, before, kind } = parse(query, given(asked));
      const forAll = ctx.actor.role === 'admin';
      const [changes, signedIn] = await Promise.all([
        kind === 'sign-ins' ? [] : linesBelow(before, limit + 1, (line) => forAll || line.entity !== 'user'),
        forAll && kind !== 'changes' ? signIns.below(before, limit + 1) : [],
      ]);
      const lines = [...changes, ...signedIn.map(lineOfSignIn)].sort((a, b) => (a.number < b.number ? 1 : -1));
      const items = lines.slice(0, limit).map(toActivity);
      return { items, next_before: lines.length > limit ? (lines[limit - 1]?.number ?? null) : null };
    },
    retell: (told) => {
      recent = recent.map((line) => {
        const { summary = line.summary, actor = line.actor } = told.get(line.number) ?? {};
        return { ...line, summary, actor };
      });
    },
    since: async (from, most) => {
      const keys: Item[] = [];
      for await (const item of backwards()) {
        if (keys.length === most) break;
        keys.push({ pk: item['pk'], sk: item['sk'] });
        // One older event stays in: it says that nothing was missed by whoever heard it last.
        if (Date.parse(String(item['at'])) < from) break;
      }
      const events = (await getItems(dynamo, 'system', keys)).map(eventOf);
      return events.sort((a, b) => (a.stamp.number < b.stamp.number ? -1 : 1));
    },
  };
}
