// How is a feed read, newest first? One index partition a month, from the newest month back.
import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { Clock } from '../clock.ts';
import type { Dynamo } from './client.ts';
import type { Item } from './reads.ts';
import { feedOf } from './trail.ts';

const SLICE = 100;
/** So many months without an entry in a row end the walk back: the college began after them. */
const EMPTY_MONTHS = 24;

const monthBefore = (month: string): string => {
  const date = new Date(`${month}-01T00:00:00Z`);
  date.setUTCMonth(date.getUTCMonth() - 1);
  return date.toISOString().slice(0, 7);
};

const monthItself = (month: string): string => month;

export interface FeedNeeds {
  dynamo: Dynamo;
  clock: Clock;
  /** Partition of a month, `2026-11`; default: the month itself, which is the feed of changes. */
  partition?: (month: string) => string;
  emptyMonths?: number;
}

/** The entries below a number, as the index projects them, read as far as they are asked for. */
export async function* feedBackwards(needs: FeedNeeds, before?: string): AsyncGenerator<Item> {
  const { dynamo, clock, partition = monthItself, emptyMonths = EMPTY_MONTHS } = needs;
  const top = before ?? '9'.repeat(16);
  const now = String(clock.now() * 1000);
  let month = feedOf(before !== undefined && before < now ? before : now); // nothing lies in the future
  for (let empty = 0; empty < emptyMonths; month = monthBefore(month)) {
    let from: Item | undefined;
    empty += 1;
    do {
      const answer = await dynamo.doc.send(
        new QueryCommand({
          TableName: dynamo.table('system'),
          IndexName: 'feed',
          KeyConditionExpression: 'feed = :month AND #number < :top',
          ExpressionAttributeNames: { '#number': 'number' },
          ExpressionAttributeValues: { ':month': partition(month), ':top': top },
          ScanIndexForward: false,
          Limit: SLICE,
          ExclusiveStartKey: from,
        }),
      );
      for (const item of answer.Items ?? []) {
        empty = 0;
        yield item;
      }
      from = answer.LastEvaluatedKey as Item | undefined;
    } while (from);
  }
}
