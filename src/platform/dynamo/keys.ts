// Which answer did a call with this Idempotency-Key get? Kept 14 days per user, in the transaction of what it did.
import { randomUUID } from 'node:crypto';
import type { Context, KeptAnswer } from '../actor.ts';
import type { Clock } from '../clock.ts';
import { KeyUsed } from '../errors.ts';
import type { Dynamo } from './client.ts';
import { getItem, queryPages } from './reads.ts';
import { put, remove, transact } from './transaction.ts';
import type { Write } from './transaction.ts';

/** So long an answer is kept. */
export const DAYS = 14;

export interface KeyedAnswer {
  request: string;
  answer: KeptAnswer;
  /** The job that has to be finished before the answer is true. */
  job?: JobName;
}

export interface JobName {
  kind: string;
  id: string;
}

const keyOf = (user_id: string, key: string) => ({ pk: `key#${user_id}`, sk: key });

export function createKeys(dynamo: Dynamo, clock: Clock) {
  const seconds = (): number => Math.floor(clock.now() / 1000);
  return {
    /** The kept answer, unless it has expired. */
    find: async (user_id: string, key: string): Promise<KeyedAnswer | undefined> => {
      const item = await getItem(dynamo, 'system', keyOf(user_id, key));
      if (!item || Number(item['ttl']) <= seconds()) return undefined;
      const job = item['job'] as JobName | undefined;
      const answer = JSON.parse(String(item['answer'])) as KeptAnswer;
      return { request: String(item['request']), answer, ...(job ? { job } : {}) };
    },
    /** Removes a user's kept answers that quote somebody: then the call is done anew when it is repeated, and refused. */
    forget: async (user_id: string, quotes: (answer: string) => boolean): Promise<void> => {
      const { pk } = keyOf(user_id, '');
      const question = { KeyConditionExpression: 'pk = :pk', ExpressionAttributeValues: { ':pk': pk } };
      for await (const item of queryPages(dynamo, 'system', { ...question, ConsistentRead: true })) {
        if (!quotes(String(item['answer']))) continue;
        await transact(dynamo, [remove(dynamo, 'system', { pk, sk: item['sk'] })], randomUUID());
      }
    },
    /** The write that keeps the answer to `result`; none when the call carries no key. */
    write: (ctx: Context, result: unknown, job?: JobName): Write[] => {
      if (!ctx.key) return [];
      const item = {
        ...keyOf(ctx.actor.user_id, ctx.key.key),
        request: ctx.key.request,
        answer: JSON.stringify(ctx.key.answer(result)),
        ttl: seconds() + DAYS * 86_400,
        ...(job ? { job: { kind: job.kind, id: job.id } } : {}),
      };
      return [
        put(dynamo, 'system', item, {
          condition: 'attribute_not_exists(pk) OR #ttl <= :now',
          names: { '#ttl': 'ttl' },
          values: { ':now': seconds() },
          refused: () => new KeyUsed(),
        }),
      ];
    },
  };
}

export type Keys = ReturnType<typeof createKeys>;
