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
}

const keyOf = (user_id: string, key: string) => ({ pk: `key#${user_id}`, sk: key });

export function createKeys(dynamo: Dynamo, clock: Clock) {
  const seconds = (): number => Math.floor(clock.now() / 1000);
  return {
    /** The kept answer, unless it has expired. */
    find: async (user_id: string, key: string): Promise<KeyedAnswer | undefined> => {
      const item = await getItem(dynamo, 'system', keyOf(user_id, key));
      if (!item || Number(item['ttl']) <= seconds()) return undefined;
      return { request: String(item['request']), answer: JSON.parse(String(item['answer'])) as KeptAnswer };
    },
    /** The write that keeps the answer to `result`; none when the call carries no key. */
    write: (ctx: Context, result: unknown): Write[] => {
      if (!ctx.key) return [];
      const item = {
        ...keyOf(ctx.actor.user_id, ctx.key.key),
        request: ctx.key.request,
        answer: JSON.stringify(ctx.key.answer(result)),
        ttl: seconds() + DAYS * 86_400,
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
