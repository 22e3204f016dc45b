// How is a change written? As one TransactWriteItems whose refusals are told apart.
import { TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import type { TransactWriteCommandInput } from '@aws-sdk/lib-dynamodb';
import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { Unavailable } from '../errors.ts';
import { backoff, pause } from './reads.ts';
import type { Item } from './reads.ts';
import type { Dynamo, TableName } from './client.ts';

type TransactItem = NonNullable<TransactWriteCommandInput['TransactItems']>[number];

/** One item of a transaction. `refused` says what its failed condition means; it gets the stored item. */
export interface Write {
  item: TransactItem;
  refused: (stored: Item | undefined) => Error;
}

/** At most this many items fit one transaction. */
export const MAX_ITEMS = 100;

/** Thrown when a condition failed that no rule of the school explains: somebody else wrote at the same time. */
export class Raced extends Error {
  readonly stored: Item | undefined;
  constructor(stored?: Item) {
    super('Somebody else wrote at the same time.');
    this.stored = stored;
  }
}

const raced = (stored: Item | undefined): Error => new Raced(stored);

interface Condition {
  condition: string;
  names?: Record<string, string>;
  values?: Item;
  refused?: Write['refused'];
}

const conditioned = (c: Condition | undefined) =>
  c
    ? {
        ConditionExpression: c.condition,
        ...(c.names ? { ExpressionAttributeNames: c.names } : {}),
        ...(c.values ? { ExpressionAttributeValues: c.values } : {}),
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const,
      }
    : {};

export const put = (dynamo: Dynamo, table: TableName, item: Item, condition?: Condition): Write => ({
  item: { Put: { TableName: dynamo.table(table), Item: item, ...conditioned(condition) } },
  refused: condition?.refused ?? raced,
});

export const remove = (dynamo: Dynamo, table: TableName, key: Item, condition?: Condition): Write => ({
  item: { Delete: { TableName: dynamo.table(table), Key: key, ...conditioned(condition) } },
  refused: condition?.refused ?? raced,
});

export const check = (dynamo: Dynamo, table: TableName, key: Item, condition: Condition): Write => ({
  item: {
    ConditionCheck: {
      TableName: dynamo.table(table),
      Key: key,
      ...conditioned(condition),
      ConditionExpression: condition.condition,
    },
  },
  refused: condition.refused ?? raced,
});

export const update = (dynamo: Dynamo, table: TableName, key: Item, change: string, condition: Condition): Write => ({
  item: {
    Update: { TableName: dynamo.table(table), Key: key, UpdateExpression: change, ...conditioned(condition) },
  },
  refused: condition.refused ?? raced,
});

/** A Put that demands that nothing with this key exists. */
export const putNew = (
  dynamo: Dynamo,
  table: TableName,
  item: Item,
  key: string,
  refused: Write['refused'] = raced,
): Write => put(dynamo, table, item, { condition: 'attribute_not_exists(#k)', names: { '#k': key }, refused });

const TRIES = 8;

// What the engine gives back for a transaction that lost against another one, or came too fast.
const RETRY = new Set([
  'TransactionConflict',
  'ThrottlingError',
  'ProvisionedThroughputExceeded',
  'RequestLimitExceeded',
]);

/**
 * Sends the writes as one transaction; conflicts and throttles are tried again with jitter, at most 8 times.
 * `token` makes a repeat harmless. Throws what the first refused write says, or Unavailable: then the outcome is unknown.
 */
export async function transact(dynamo: Dynamo, writes: Write[], token: string): Promise<void> {
  if (writes.length > MAX_ITEMS) throw new Error(`a transaction of ${String(writes.length)} items can't be written`);
  const command = new TransactWriteCommand({ TransactItems: writes.map((w) => w.item), ClientRequestToken: token });
  for (let attempt = 0; ; attempt++) {
    try {
      await dynamo.doc.send(command);
      return;
    } catch (error) {
      const again = retryable(error);
      if (!again) throw refusal(error, writes);
      if (attempt + 1 >= TRIES) throw new Unavailable('Too many people write the same thing right now. Try again.');
    }
    await pause(backoff(attempt + 1));
  }
}

function retryable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (!(error instanceof TransactionCanceledException)) return false;
  const codes = (error.CancellationReasons ?? []).map((r) => r.Code ?? 'None');
  return !codes.includes('ConditionalCheckFailed') && codes.some((code) => RETRY.has(code));
}

function refusal(error: unknown, writes: Write[]): unknown {
  if (!(error instanceof TransactionCanceledException)) return error;
  const reasons = error.CancellationReasons ?? [];
  const index = reasons.findIndex((r) => r.Code === 'ConditionalCheckFailed');
  const write = writes[index];
  if (!write) return error;
  const stored = reasons[index]?.Item;
  return write.refused(stored && Object.keys(stored).length > 0 ? plain(stored) : undefined);
}

// The document client unmarshals the items in an error on some versions only; both shapes are read.
function plain(stored: Record<string, unknown>): Item {
  const marshalled = Object.values(stored).every(
    (v) =>
      typeof v === 'object' &&
      v !== null &&
      Object.keys(v).length === 1 &&
      /^(S|N|B|M|L|BOOL|NULL|SS|NS|BS)$/.test(Object.keys(v)[0] ?? ''),
  );
  return marshalled ? unmarshall(stored as Parameters<typeof unmarshall>[0]) : stored;
}
