// How do accesses lie in `system`? By student, under the hour, the reader and the kind, so that a repeat is the same item.
import { BatchWriteCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { Dynamo } from '../platform/dynamo/client.ts';
import { queryAll } from '../platform/dynamo/reads.ts';
import type { Item } from '../platform/dynamo/reads.ts';
import { Invalid, Unavailable } from '../platform/errors.ts';
import type { CursorPage } from '../platform/page.ts';
import type { Access } from './access.ts';

const SLICE = 200;
const BATCH = 25;
const HOUR = 'YYYY-MM-DDTHH'.length;

const pkOf = (student_id: string): string => `access#${student_id}`;

export const hourOf = (at: string): string => at.slice(0, HOUR);

export const toAccessItem = (student_id: string, access: Access, ttl: number): Item => ({
  pk: pkOf(student_id),
  sk: `${hourOf(access.at)}#${access.user_id}#${access.what}`,
  ...access,
  ttl,
});

const fromItem = ({ at, user_id, name, role, what }: Item): Access =>
  ({ at, user_id, name, role, what }) as unknown as Access;

/** Newest first; within one moment the keys decide, so that a cursor stands at one place. */
const orderOf = (item: Item): string => `${String(item['at'])} ${String(item['sk'])}`;

const encode = (order: string): string => Buffer.from(order).toString('base64url');

const ORDER = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z \d{4}-\d\d-\d\dT\d\d#[0-9a-z-]+#[a-z]+$/;

function decode(cursor: string): string {
  const order = Buffer.from(cursor, 'base64url').toString();
  if (ORDER.test(order)) return order;
  throw new Invalid([{ field: 'cursor', message: 'This page is no longer there. Start again from the first.' }]);
}

export function createAccessRepository(dynamo: Dynamo) {
  /** Items below a sort key, newest hour first. */
  async function* backwards(student_id: string, below: string): AsyncGenerator<Item> {
    let from: Item | undefined;
    do {
      const answer = await dynamo.doc.send(
        new QueryCommand({
          TableName: dynamo.table('system'),
          KeyConditionExpression: 'pk = :pk AND sk < :below',
          ExpressionAttributeValues: { ':pk': pkOf(student_id), ':below': below },
          ScanIndexForward: false,
          ConsistentRead: true,
          Limit: SLICE,
          ExclusiveStartKey: from,
        }),
      );
      yield* answer.Items ?? [];
      from = answer.LastEvaluatedKey;
    } while (from);
  }

  return {
    /**
     * Access pattern: who opened this student's record. Keys order by hour and then by reader, so whole hours are read
     * and put in order. `now`: in seconds; what has expired by then is gone.
     */
    byStudent: async (
      student_id: string,
      { limit, cursor, now }: { limit: number; cursor?: string | undefined; now: number },
    ): Promise<CursorPage<Access>> => {
      const after = cursor === undefined ? undefined : decode(cursor);
      const found: Item[] = [];
      let hour = '';
      for await (const item of backwards(student_id, after === undefined ? '~' : `${hourOf(after)}~`)) {
        if (found.length > limit && hourOf(String(item['sk'])) !== hour) break;
        hour = hourOf(String(item['sk']));
        if (Number(item['ttl']) > now && (after === undefined || orderOf(item) < after)) found.push(item);
      }
      found.sort((a, b) => (orderOf(a) < orderOf(b) ? 1 : -1));
      const last = found[limit - 1];
      return {
        items: found.slice(0, limit).map(fromItem),
        next_cursor: found.length > limit && last ? encode(orderOf(last)) : null,
      };
    },
    /** Removes the whole list of a student. */
    forget: async (student_id: string): Promise<void> => {
      const items = await queryAll(dynamo, 'system', {
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': pkOf(student_id) },
        ProjectionExpression: 'pk, sk',
        ConsistentRead: true,
      });
      const name = dynamo.table('system');
      for (let at = 0; at < items.length; at += BATCH) {
        const requests = items.slice(at, at + BATCH).map((Key) => ({ DeleteRequest: { Key } }));
        const answer = await dynamo.doc.send(new BatchWriteCommand({ RequestItems: { [name]: requests } }));
        if ((answer.UnprocessedItems?.[name] ?? []).length > 0) throw new Unavailable();
      }
    },
  };
}

export type AccessRepository = ReturnType<typeof createAccessRepository>;
