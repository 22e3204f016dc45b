// What happened lately? The trail, newest first.
import { z } from 'zod';
import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { Context } from '../platform/actor.ts';
import type { Clock } from '../platform/clock.ts';
import type { StoredEvent } from '../events.ts';
import type { Dynamo } from '../platform/dynamo/client.ts';
import { eventOf } from '../platform/dynamo/trail-event.ts';
import { getItems } from '../platform/dynamo/reads.ts';
import type { Item } from '../platform/dynamo/reads.ts';
import type { EventBus } from '../platform/event-bus.ts';
import { feedOf } from '../platform/dynamo/trail.ts';
import { filter, given, numberText } from '../platform/list-query.ts';
import { demandRole } from '../platform/policy.ts';
import { parse } from '../platform/schema.ts';

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

export interface ActivityService {
  /** Newest first; staff, and what concerns users only for admins. `before` is an earlier `next_before`. */
  list: (
    ctx: Context,
    query: { limit?: string | number; before?: string },
  ) => Promise<{ items: Activity[]; next_before: string | null }>;
  /** Takes the newest lines into memory; before anything is asked. Returns the newest number there is. */
  load: () => Promise<string | undefined>;
  /** The events after this moment (milliseconds) and the one before them, oldest first, at most `most`. */
  since: (from: number, most: number) => Promise<StoredEvent[]>;
}

const query = z.strictObject({
  limit: numberText('Limit', 1, 500).default(50),
  before: filter(z.string().regex(/^\d{16}$/, { error: () => 'Before is a next_before that was sent earlier.' })),
});

const RECENT = 500;
const SLICE = 100;
/** So many months without a change in a row end the walk back: the college began after them. */
const EMPTY_MONTHS = 24;

const monthBefore = (month: string): string => {
  const date = new Date(`${month}-01T00:00:00Z`);
  date.setUTCMonth(date.getUTCMonth() - 1);
  return date.toISOString().slice(0, 7);
};

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

export interface ActivityNeeds {
  dynamo: Dynamo;
  clock: Clock;
  bus: EventBus<StoredEvent>;
}

export function createActivityService({ dynamo, clock, bus }: ActivityNeeds): ActivityService {
  // The newest lines, newest first, so that the dashboard asks the tables nothing; `all` when nothing is older.
  let recent: Line[] = [];
  let all = false;

  bus.listen((event) => {
    recent.unshift(lineOfEvent(event));
    if (recent.length <= RECENT) return;
    recent.length = RECENT;
    all = false;
  });

  /** Chain entries newest first, month by month, below a number. */
  async function* backwards(before: string | undefined): AsyncGenerator<Item> {
    const top = before ?? '9'.repeat(16);
    const now = String(clock.now() * 1000);
    let month = feedOf(before !== undefined && before < now ? before : now); // nothing lies in the future
    for (let empty = 0; empty < EMPTY_MONTHS; month = monthBefore(month)) {
      let from: Item | undefined;
      empty += 1;
      do {
        const answer = await dynamo.doc.send(
          new QueryCommand({
            TableName: dynamo.table('system'),
            IndexName: 'feed',
            KeyConditionExpression: 'feed = :month AND #number < :top',
            ExpressionAttributeNames: { '#number': 'number' },
            ExpressionAttributeValues: { ':month': month, ':top': top },
            ScanIndexForward: false,
            Limit: SLICE,
            ExclusiveStartKey: from,
          }),
        );
        for (const item of answer.Items ?? []) {
          empty = 0;
          yield item;
        }
        from = answer.LastEvaluatedKey;
      } while (from);
    }
  }

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
      for await (const item of backwards(undefined)) {
        lines.push(lineOf(item));
        if (lines.length > RECENT) break;
      }
      all = lines.length <= RECENT;
      recent = lines.slice(0, RECENT);
      return recent[0]?.number;
    },
    list: async (ctx, asked) => {
      demandRole(ctx, 'admin', 'faculty');
      const { limit, before } = parse(query, given(asked));
      const forAll = ctx.actor.role === 'admin';
      const lines = await linesBelow(before, limit + 1, (line) => forAll || line.entity !== 'user');
      const items = lines.slice(0, limit).map(toActivity);
      return { items, next_before: lines.length > limit ? (lines[limit - 1]?.number ?? null) : null };
    },
    since: async (from, most) => {
      const keys: Item[] = [];
      for await (const item of backwards(undefined)) {
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
