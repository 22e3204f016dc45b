// Which answer did a call with this Idempotency-Key get? Kept 14 days per user, in the transaction of what it did.
import type { Context, KeptAnswer } from '../actor.ts';
import type { Clock } from '../clock.ts';
import { KeyUsed } from '../errors.ts';
import type { Dynamo } from './client.ts';
import { getItem } from './reads.ts';
import { put } from './transaction.ts';
import type { Write } from './transaction.ts';

const DAYS = 14;

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
