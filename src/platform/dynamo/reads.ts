// How are items read? Loops that always come to an end, over the calls that may answer in parts.
import { BatchGetCommand, GetCommand, QueryCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import type { QueryCommandInput } from '@aws-sdk/lib-dynamodb';
import { Unavailable } from '../errors.ts';
import type { Dynamo, TableName } from './client.ts';

export type Item = Record<string, unknown>;

const BATCH = 100; // BatchGetItem takes at most this many keys
const TRIES = 8;

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Full jitter: a random part of a delay that doubles, in milliseconds. */
export const backoff = (attempt: number, base = 10, cap = 500): number =>
  Math.random() * Math.min(cap, base * 2 ** attempt);

/** One item as it is stored now, or undefined. */
export async function getItem(dynamo: Dynamo, table: TableName, key: Item): Promise<Item | undefined> {
  const answer = await dynamo.doc.send(
    new GetCommand({ TableName: dynamo.table(table), Key: key, ConsistentRead: true }),
  );
  return answer.Item;
}

/** The items of these keys as they are stored now, in no order; keys without item are left out. */
export async function getItems(dynamo: Dynamo, table: TableName, keys: Item[]): Promise<Item[]> {
  const name = dynamo.table(table);
  const chunks: Item[][] = [];
  for (let i = 0; i < keys.length; i += BATCH) chunks.push(keys.slice(i, i + BATCH));
  const found = await Promise.all(chunks.map((chunk) => getChunk(dynamo, name, chunk)));
  return found.flat();
}

async function getChunk(dynamo: Dynamo, name: string, keys: Item[]): Promise<Item[]> {
  const found: Item[] = [];
  let left: Item[] = keys;
  for (let attempt = 0; left.length > 0; attempt++) {
    if (attempt === TRIES) throw new Unavailable();
    if (attempt > 0) await pause(backoff(attempt));
    const answer = await dynamo.doc.send(
      new BatchGetCommand({ RequestItems: { [name]: { Keys: left, ConsistentRead: true } } }),
    );
    found.push(...(answer.Responses?.[name] ?? []));
    left = answer.UnprocessedKeys?.[name]?.Keys ?? [];
  }
  return found;
}

export type Question = Omit<QueryCommandInput, 'TableName' | 'ExclusiveStartKey'>;

/** Every item that a query finds, page after page. For partitions whose size is bounded by what they are. */
export async function queryAll(dynamo: Dynamo, table: TableName, question: Question): Promise<Item[]> {
  const items: Item[] = [];
  let from: Item | undefined;
  do {
    const answer = await dynamo.doc.send(
      new QueryCommand({ ...question, TableName: dynamo.table(table), ExclusiveStartKey: from }),
    );
    items.push(...(answer.Items ?? []));
    from = answer.LastEvaluatedKey;
  } while (from);
  return items;
}

/** Every item of a table, page after page: at start-up and in offline commands only, never on a request. */
export async function* scanAll(dynamo: Dynamo, table: TableName): AsyncGenerator<Item> {
  let from: Item | undefined;
  do {
    const answer = await dynamo.doc.send(
      new ScanCommand({ TableName: dynamo.table(table), ConsistentRead: true, ExclusiveStartKey: from }),
    );
    yield* answer.Items ?? [];
    from = answer.LastEvaluatedKey;
  } while (from);
}
