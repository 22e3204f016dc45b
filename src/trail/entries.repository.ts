// How are the entries of a chain read, newest first? An entry and the further parts of its details come together.
import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { Dynamo } from '../platform/dynamo/client.ts';
import type { Item } from '../platform/dynamo/reads.ts';
import { trailKey } from '../platform/dynamo/trail.ts';
import type { Detail } from '../platform/dynamo/trail.ts';

export interface EntryDetail extends Detail {
  /** The row it is about. */
  id: string;
}

export interface ChainEntry {
  version: number;
  at: string;
  /** Name of whoever did it, as it was then. */
  by: string;
  event: string;
  summary: string;
  /** What it tells of each record. */
  details: EntryDetail[];
}

const SLICE = 50;
const END = 9_999_999_999;

/** `details` as they are stored: each belongs to the row at the same place. */
const entryOf = (item: Item, details: Detail[]): ChainEntry => ({
  version: Number(item['version']),
  at: String(item['at']),
  by: String(item['actor_name']),
  event: String(item['event']),
  summary: String(item['summary']),
  details: (item['rows'] as { id: string }[]).map(({ id }, i) => ({ old: null, new: null, ...details[i], id })),
});

export function createEntriesRepository(dynamo: Dynamo) {
  return {
    /** The entries below a version, read as far as they are asked for. */
    backwards: async function* (chain: string, below = END): AsyncGenerator<ChainEntry> {
      const { pk, sk } = trailKey(chain, below);
      let from: Item | undefined;
      let parts: Item[] = []; // they sort behind their entry, so backwards they come before it
      do {
        const answer = await dynamo.doc.send(
          new QueryCommand({
            TableName: dynamo.table('system'),
            KeyConditionExpression: 'pk = :pk AND sk < :sk',
            ExpressionAttributeValues: { ':pk': pk, ':sk': sk },
            ScanIndexForward: false,
            ConsistentRead: true,
            Limit: SLICE,
            ExclusiveStartKey: from,
          }),
        );
        for (const item of answer.Items ?? []) {
          parts.unshift(item);
          if (String(item['sk']).includes('#')) continue;
          yield entryOf(
            item,
            parts.flatMap((part) => (part['details'] ?? []) as Detail[]),
          );
          parts = [];
        }
        from = answer.LastEvaluatedKey;
      } while (from);
    },
  };
}

export type EntriesRepository = ReturnType<typeof createEntriesRepository>;
