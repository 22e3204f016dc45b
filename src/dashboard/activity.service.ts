// What happened lately? The trail, newest first.
import { z } from 'zod';
import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { Context } from '../platform/actor.ts';
import type { Clock } from '../platform/clock.ts';
import type { StoredEvent } from '../events.ts';
import type { Dynamo } from '../platform/dynamo/client.ts';
import { eventOf } from '../platform/dynamo/commit.ts';
import type { Item } from '../platform/dynamo/reads.ts';
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
  /** The events after this moment (milliseconds) and the one before them, oldest first, at most `most`. */
  since: (from: number, most: number) => Promise<StoredEvent[]>;
}

const query = z.strictObject({
  limit: numberText('Limit', 1, 500).default(50),
  before: filter(z.string().regex(/^\d{16}$/, { error: () => 'Before is a next_before that was sent earlier.' })),
});

const SLICE = 100;
/** So many months without a change in a row end the walk back: the college began after them. */
const EMPTY_MONTHS = 24;

const monthBefore = (month: string): string => {
  const date = new Date(`${month}-01T00:00:00Z`);
  date.setUTCMonth(date.getUTCMonth() - 1);
  return date.toISOString().slice(0, 7);
};

const toActivity = (item: Item): Activity => ({
  at: String(item['at']),
  event: String(item['event']),
  actor: String(item['actor_name']),
  summary: (item['payload'] as { summary: string }).summary,
  entity: String(item['entity']),
  entity_id: String(item['entity_id']),
});

export function createActivityService({ dynamo, clock }: { dynamo: Dynamo; clock: Clock }): ActivityService {
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

  return {
    list: async (ctx, asked) => {
      demandRole(ctx, 'admin', 'faculty');
      const { limit, before } = parse(query, given(asked));
      const found: Item[] = [];
      for await (const item of backwards(before)) {
        if (item['entity'] === 'user' && ctx.actor.role !== 'admin') continue;
        found.push(item);
        if (found.length > limit) break;
      }
      const last = found[limit - 1];
      return {
        items: found.slice(0, limit).map(toActivity),
        next_before: found.length > limit && last ? String(last['number']) : null,
      };
    },
    since: async (from, most) => {
      const events: StoredEvent[] = [];
      for await (const item of backwards(undefined)) {
        if (events.length === most) break;
        events.push(eventOf(item));
        // One older event stays in: it says that nothing was missed by whoever heard it last.
        if (Date.parse(String(item['at'])) < from) break;
      }
      return events.reverse();
    },
  };
}
