// How are items read? Loops that always come to an end, over the calls that may answer in parts.
import { DescribeTableCommand } from '@aws-sdk/client-dynamodb';
import { BatchGetCommand, GetCommand, QueryCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import type { QueryCommandInput } from '@aws-sdk/lib-dynamodb';
import { Unavailable } from '../errors.ts';
import type { Dynamo, TableName } from './client.ts';

export type Item = Record<string, unknown>;

const BATCH = 100; // BatchGetItem takes at most this many keys
const AT_ONCE = 8; // more only wait in line, and not for ever
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
  const found: Item[] = [];
  await inTurns(chunks, AT_ONCE, async (chunk) => void found.push(...(await getChunk(dynamo, name, chunk))));
  return found;
}

/** Does all of it, so many at a time. */
export async function inTurns<T>(all: readonly T[], atOnce: number, task: (one: T) => Promise<void>): Promise<void> {
  const left = all.values();
  const worker = async (): Promise<void> => {
    for (const one of left) await task(one);
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, all.length) }, worker));
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

// A page of a scan takes the embedded engine as long as the table is large, so a large one is read in many short pieces.
const SEGMENT_ITEMS = 1_500;
const SEGMENTS = { least: 4, most: 256 };
const AHEAD = 2; // read while this process takes in the one before
const PATIENCE = { requestTimeout: 20_000 }; // nobody waits for a page but the start, and the first ones come from disk

async function segmentsOf(dynamo: Dynamo, table: TableName): Promise<number> {
  const { Table } = await dynamo.doc.send(new DescribeTableCommand({ TableName: dynamo.table(table) }));
  const wanted = Math.ceil((Table?.ItemCount ?? 0) / SEGMENT_ITEMS);
  return Math.min(Math.max(wanted, SEGMENTS.least), SEGMENTS.most);
}

/** Every item of a table, in no order: at start-up and in offline commands only, never on a request. */
export async function* scanAll(dynamo: Dynamo, table: TableName): AsyncGenerator<Item> {
  const TotalSegments = await segmentsOf(dynamo, table);
  const readSegment = async (Segment: number): Promise<Item[]> => {
    const question = { TableName: dynamo.table(table), ConsistentRead: true, Segment, TotalSegments };
    const items: Item[] = [];
    let from: Item | undefined;
    do {
      const answer = await dynamo.doc.send(new ScanCommand({ ...question, ExclusiveStartKey: from }), PATIENCE);
      items.push(...(answer.Items ?? []));
      from = answer.LastEvaluatedKey;
    } while (from);
    return items;
  };
  const reading: Promise<Item[]>[] = [];
  for (let next = 0; next < TotalSegments || reading.length > 0;) {
    while (next < TotalSegments && reading.length < AHEAD) {
      const segment = readSegment(next++);
      segment.catch(() => undefined); // told when its turn comes
      reading.push(segment);
    }
    yield* (await reading.shift()) ?? [];
  }
}
