// How is a list read on, page after page? Over the partitions of an index, each page full but for the last.
import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import { z } from 'zod';
import { Invalid } from '../errors.ts';
import type { Dynamo, TableName } from './client.ts';
import type { Item, Question } from './reads.ts';

/** One partition to read, under a name that the cursor remembers. */
export interface Partition {
  id: string;
  question: Question;
}

export interface WalkRequest<R> {
  dynamo: Dynamo;
  table: TableName;
  /** In the order they are read; made lazily, so that a page asks no more than it shows. */
  partitions: Iterable<Partition>;
  /** The attributes that together are the key of the index and the table. */
  keys: readonly string[];
  limit: number;
  cursor: string | undefined;
  /** The record as the actor may see it, or undefined when it must not show. */
  accept: (item: Item) => R | undefined;
}

const cursorShape = z.tuple([
  z.string().max(100),
  z.record(z.string().max(50), z.union([z.string().max(200), z.number()])),
]);

const refused = (): Invalid =>
  new Invalid([{ field: 'cursor', message: 'This page is no longer there. Start again from the first.' }]);

const encode = (partition: string, key: Item): string =>
  Buffer.from(JSON.stringify([partition, key])).toString('base64url');

function decode(cursor: string, keys: readonly string[]): { partition: string; key: Item } {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(cursor, 'base64url').toString());
  } catch {
    throw refused();
  }
  const parsed = cursorShape.safeParse(value);
  if (!parsed.success) throw refused();
  const [partition, key] = parsed.data;
  if (Object.keys(key).length !== keys.length || keys.some((name) => !Object.hasOwn(key, name))) throw refused();
  return { partition, key };
}

/** Which partition a cursor stands in; undefined without one. Throws Invalid for one that we did not make. */
export const cursorPartition = (cursor: string | undefined, keys: readonly string[]): string | undefined =>
  cursor === undefined ? undefined : decode(cursor, keys).partition;

const pick = (item: Item, keys: readonly string[]): Item => Object.fromEntries(keys.map((key) => [key, item[key]]));

const SLICE = 250; // items asked at once where a filter may drop some

/** The next `limit` records, and where to read on (null at the end). Throws Invalid for a cursor out of place. */
export async function walk<R>(request: WalkRequest<R>): Promise<{ items: R[]; next_cursor: string | null }> {
  const { dynamo, table, keys, limit, accept } = request;
  let from = request.cursor === undefined ? undefined : decode(request.cursor, keys);
  const found: { record: R; partition: string; key: Item }[] = [];
  for (const { id, question } of request.partitions) {
    if (from && id !== from.partition) continue;
    let start: Item | undefined = from?.key;
    from = undefined;
    do {
      const wanted = limit + 1 - found.length;
      const answer = await ask(
        dynamo,
        table,
        { ...question, Limit: question.FilterExpression ? SLICE : wanted },
        start,
      );
      for (const item of answer.items) {
        const record = accept(item);
        if (record !== undefined) found.push({ record, partition: id, key: pick(item, keys) });
        if (found.length > limit) break;
      }
      start = answer.next;
    } while (start && found.length <= limit);
    if (found.length > limit) break;
  }
  if (from) throw refused();
  const last = found[limit - 1];
  return {
    items: found.slice(0, limit).map((f) => f.record),
    next_cursor: found.length > limit && last ? encode(last.partition, last.key) : null,
  };
}

async function ask(dynamo: Dynamo, table: TableName, question: Question, start: Item | undefined) {
  try {
    const answer = await dynamo.doc.send(
      new QueryCommand({ ...question, TableName: dynamo.table(table), ExclusiveStartKey: start }),
    );
    return { items: answer.Items ?? [], next: answer.LastEvaluatedKey };
  } catch (error) {
    // The engine refuses a start key that does not belong to this partition: somebody made the cursor up.
    if (start && error instanceof Error && error.name === 'ValidationException') throw refused();
    throw error;
  }
}
