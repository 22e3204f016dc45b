// How are names and codes unique? A guard item per value, in the transaction of the record that carries it.
import { createHash } from 'node:crypto';
import { sameText } from '../fold.ts';
import { Conflict } from '../errors.ts';
import type { Dynamo, TableName } from './client.ts';
import { getItem, queryAll } from './reads.ts';
import { putNew, remove } from './transaction.ts';
import type { Write } from './transaction.ts';

const LONGEST = 1_000; // bytes; a key holds 2,048, and a letter may unfold to 33

function keyOf(table: TableName, value: string): { pk: string; sk: string } {
  const text = sameText(value);
  const short = Buffer.byteLength(text) <= LONGEST ? text : createHash('sha256').update(text).digest('base64url');
  return { pk: `unique#${table}#${short}`, sk: 'guard' };
}

/** Takes a value for a record; refused with Conflict beside the field. */
export const takeName = (
  dynamo: Dynamo,
  table: TableName,
  value: string,
  owner: string,
  taken: { field: string; message: string },
): Write =>
  putNew(
    dynamo,
    'system',
    { ...keyOf(table, value), owner },
    'pk',
    () => new Conflict(taken.message, { field: taken.field }),
  );

export const freeName = (dynamo: Dynamo, table: TableName, value: string): Write =>
  remove(dynamo, 'system', keyOf(table, value));

/** What a rename does to the guards: nothing when only case or width changed. */
export const renameGuards = (
  dynamo: Dynamo,
  table: TableName,
  before: string,
  after: string,
  owner: string,
  taken: { field: string; message: string },
): Write[] =>
  sameText(before) === sameText(after)
    ? []
    : [takeName(dynamo, table, after, owner, taken), freeName(dynamo, table, before)];

/** Whether there was such a record, and it was deleted. */
export const wasDeleted = async (dynamo: Dynamo, table: TableName, id: string): Promise<boolean> =>
  (await getItem(dynamo, 'system', { pk: `tombstone#${table}`, sk: id })) !== undefined;

/** Access pattern: what was deleted from a table since a moment. */
export const deletedSince = async (dynamo: Dynamo, table: TableName, at: string): Promise<string[]> => {
  const items = await queryAll(dynamo, 'system', {
    KeyConditionExpression: 'pk = :pk',
    FilterExpression: '#at >= :at',
    ExpressionAttributeNames: { '#at': 'at' },
    ExpressionAttributeValues: { ':pk': `tombstone#${table}`, ':at': at },
  });
  return items.map((item) => String(item['sk']));
};

/** What stays of a record that was deleted: that it was there. */
export const tombstone = (dynamo: Dynamo, table: TableName, id: string, at: string): Write =>
  putNew(dynamo, 'system', { pk: `tombstone#${table}`, sk: id, at }, 'pk');
