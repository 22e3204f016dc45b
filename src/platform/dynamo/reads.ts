// How are items read? Loops that always come to an end, over the calls that may answer in parts.
import { BatchGetCommand, GetCommand, QueryCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import type { QueryCommandInput } from '@aws-sdk/lib-dynamodb';
import { DescribeTableCommand, ScanCommand as RawScanCommand } from '@aws-sdk/client-dynamodb';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { Unavailable } from '../errors.ts';
import type { Dynamo, TableName } from './client.ts';

export type Item = Record<string, unknown>;

const BATCH = 100; // BatchGetItem takes at most this many keys
const AT_ONCE = 8; // more only wait in line, and not for ever
const TRIES = 8;
const PATIENT_TRIES = 6;
const ITEMS_A_SEGMENT = 5_000;
const MOST_SEGMENTS = 256;

/** Nobody waits for these but the start, and the embedded engine counts a table for a description, from disk if need be. */
export const PATIENCE = { requestTimeout: 20_000 };

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

/** Which attributes are read; all of them without. */
export interface Projection {
  ProjectionExpression: string;
  ExpressionAttributeNames?: Record<string, string>;
}

/** The items of these keys as they are stored now, in no order; keys without item are left out. */
export async function getItems(dynamo: Dynamo, table: TableName, keys: Item[], only?: Projection): Promise<Item[]> {
  const name = dynamo.table(table);
  const chunks: Item[][] = [];
  for (let i = 0; i < keys.length; i += BATCH) chunks.push(keys.slice(i, i + BATCH));
  const found: Item[] = [];
  await inTurns(chunks, AT_ONCE, async (chunk) => void found.push(...(await getChunk(dynamo, name, chunk, only))));
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

async function getChunk(dynamo: Dynamo, name: string, keys: Item[], only?: Projection): Promise<Item[]> {
  const found: Item[] = [];
  let left: Item[] = keys;
  for (let attempt = 0; left.length > 0; attempt++) {
    if (attempt === TRIES) throw new Unavailable();
    if (attempt > 0) await pause(backoff(attempt));
    const answer = await dynamo.doc.send(
      new BatchGetCommand({ RequestItems: { [name]: { Keys: left, ConsistentRead: true, ...only } } }),
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

/** Runs a part of a long piece of work again when the database was out of reach for a moment; gives up after 15 s. */
export async function patiently<T>(part: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await part();
    } catch (error) {
      if (!(error instanceof Unavailable) || attempt === PATIENT_TRIES) throw error;
      await pause(attempt * 1_000);
    }
  }
}

/** What a query finds, page after page, for partitions that may be large. */
export async function* queryPages(dynamo: Dynamo, table: TableName, question: Question): AsyncGenerator<Item> {
  let from: Item | undefined;
  do {
    const page = { ...question, TableName: dynamo.table(table), ExclusiveStartKey: from };
    const answer = await patiently(() => dynamo.doc.send(new QueryCommand(page)));
    yield* answer.Items ?? [];
    from = answer.LastEvaluatedKey;
  } while (from);
}

/** How many items a table has: exact on local engines, some hours old on AWS. */
export async function countItems(dynamo: Dynamo, table: TableName): Promise<number> {
  const { Table } = await dynamo.doc.send(new DescribeTableCommand({ TableName: dynamo.table(table) }), PATIENCE);
  return Table?.ItemCount ?? 0;
}

// A page of a scan takes the embedded engine as long as the table is large, so a large one is read in many short pieces.
const SEGMENT_ITEMS = 750;
const FILTERED_ITEMS = 10_000; // most of them are not sent
const SEGMENTS = { least: 4, most: 256 };
const AHEAD = 2; // read while this process takes in the one before

/** Which items of a table are wanted. */
export interface Filter {
  FilterExpression: string;
  ExpressionAttributeValues: Item;
}

/** Every item of a table that is wanted, in no order: at start-up and in offline commands only, never on a request. */
export async function* scanAll(dynamo: Dynamo, table: TableName, filter?: Filter): AsyncGenerator<Item> {
  const wanted = Math.ceil((await countItems(dynamo, table)) / (filter ? FILTERED_ITEMS : SEGMENT_ITEMS));
  const TotalSegments = Math.min(Math.max(wanted, SEGMENTS.least), SEGMENTS.most);
  const readSegment = async (Segment: number): Promise<Item[]> => {
    const question = { TableName: dynamo.table(table), ConsistentRead: true, Segment, TotalSegments, ...filter };
    const items: Item[] = [];
    let from: Item | undefined;
    do {
      const page = { ...question, ExclusiveStartKey: from };
      const answer = await patiently(() => dynamo.doc.send(new ScanCommand(page), PATIENCE));
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

export type RawItem = Record<string, AttributeValue>;

/**
 * As scanAll, page by page, with every value as DynamoDB writes it: for copies that must not differ in a digit. In segments,
 * since the embedded engine sorts what is left of one for each of its pages.
 */
export async function* scanPages(dynamo: Dynamo, table: TableName): AsyncGenerator<RawItem[]> {
  const items = await countItems(dynamo, table);
  const segments = Math.min(MOST_SEGMENTS, Math.max(1, Math.ceil(items / ITEMS_A_SEGMENT)));
  for (let segment = 0; segment < segments; segment += 1) {
    let from: RawItem | undefined;
    do {
      const page = {
        TableName: dynamo.table(table),
        ConsistentRead: true,
        ExclusiveStartKey: from,
        Segment: segment,
        TotalSegments: segments,
      };
      const answer = await patiently(() => dynamo.doc.send(new RawScanCommand(page)));
      yield answer.Items ?? [];
      from = answer.LastEvaluatedKey;
    } while (from);
  }
}
