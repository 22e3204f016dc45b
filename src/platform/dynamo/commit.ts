// How does a change become true? One transaction, then memory, then one event. Nothing is told before it is stored.
import { randomUUID } from 'node:crypto';
import type { DomainEvent, StoredEvent } from '../../events.ts';
import type { Context } from '../actor.ts';
import { Unavailable } from '../errors.ts';
import type { EventBus } from '../event-bus.ts';
import { createLimit } from '../limit.ts';
import type { Logger } from '../logger.ts';
import type { Dynamo } from './client.ts';
import type { Keys } from './keys.ts';
import type { Numbers } from './numbers.ts';
import { getItem, pause } from './reads.ts';
import { transact } from './transaction.ts';
import type { Write } from './transaction.ts';
import type { TrailEntry } from './trail.ts';

export interface Change<R> {
  ctx: Context;
  /** The record and what guards it. */
  writes: Write[];
  /** What the call answers; kept beside the idempotency key. */
  result: R;
  /** The chain entry; without one nothing happened that anybody should hear of (a step, a kept answer). */
  entry?: TrailEntry;
  /** Of a change without entry: whether it was stored, asked when it is refused, since it may have met itself. */
  landed?: () => Promise<boolean>;
  /** Brings memory up to date; called once stored, before anybody hears. */
  applied?: () => void;
}

export interface CommitNeeds {
  dynamo: Dynamo;
  keys: Keys;
  numbers: Numbers;
  bus: EventBus<StoredEvent>;
  /** A step or a job may be stored although its answer got lost: look for jobs once the tables are back. */
  lookForJobs: () => void;
  log: Logger;
}

const IN_FLIGHT = 24; // more only queue up in the engine, which has one writer
const PATIENCE_MS = 5_000;
const ASK_MS = 1_000;
const DOUBTS = 1_000;
const DOUBT_ASKED = 30; // once a second: longer than any request can be under way

export function createCommit({ dynamo, keys, numbers, bus, lookForJobs, log }: CommitNeeds) {
  const limit = createLimit(IN_FLIGHT, PATIENCE_MS);
  let doubts = 0;

  const stored = (entry: TrailEntry, number: string): StoredEvent => ({
    ...entry.input.event,
    stamp: {
      number,
      at: entry.input.at,
      by: { user_id: entry.input.actor.user_id, full_name: entry.input.actor.full_name },
      entity: entry.input.entity,
      entity_id: entry.input.entity_id,
    },
  });

  /** Whether the transaction that carried this number was stored, asked of its trail entry. */
  async function landed(entry: TrailEntry, number: string): Promise<boolean> {
    const item = await getItem(dynamo, 'system', entry.key);
    return item?.['number'] === number && item['hash'] === entry.head;
  }

  // An answer that got lost: the write may be stored. Memory must learn it, and the event be told, even if late.
  async function resolveDoubt<R>(change: Change<R>, entry: TrailEntry, number: string): Promise<void> {
    if (doubts >= DOUBTS) return;
    doubts += 1;
    try {
      for (let asked = 0; asked < DOUBT_ASKED;) {
        await pause(1_000);
        try {
          asked += 1;
          if (await landed(entry, number)) {
            change.applied?.();
            const late = numbers.take();
            numbers.settle(late, quiet(entry) ? undefined : () => bus.publish(stored(entry, late)));
            return;
          }
        } catch (error) {
          if (!(error instanceof Unavailable)) throw error;
          asked -= 1; // nobody answered: the question stands
        }
      }
    } finally {
      doubts -= 1;
    }
  }

  const quiet = (entry: TrailEntry): boolean => entry.input.quiet === true;

  /**
   * Stores a change and returns its result. Throws what a refused write says, KeyUsed, or Unavailable when
   * the tables can't be reached (then a late landing is still told).
   */
  async function commit<R>(change: Change<R>): Promise<R> {
    const { entry } = change;
    const kept = keys.write(change.ctx, change.result);
    if (!entry) {
      const writes = [...change.writes, ...kept];
      try {
        if (writes.length > 0) await limit(() => transact(dynamo, writes, randomUUID()));
      } catch (error) {
        if (error instanceof Unavailable) lookForJobs();
        if (error instanceof Unavailable || !(await change.landed?.().catch(() => false))) throw error;
      }
      change.applied?.();
      return change.result;
    }
    await limit(async () => {
      const number = numbers.take();
      let tell: (() => void) | undefined;
      try {
        // The key first: a repeat is told by its key, whatever else it would have run into.
        await transact(dynamo, [...kept, ...change.writes, ...entry.writes(number)], randomUUID());
        tell = toldAs(change, entry, number);
      } catch (error) {
        if (await wasStored(error, entry, number)) {
          tell = toldAs(change, entry, number);
        } else {
          if (error instanceof Unavailable) {
            resolveDoubt(change, entry, number).catch((cause: unknown) =>
              log.error({ err: cause }, 'lost track of a write'),
            );
          }
          throw error;
        }
      } finally {
        numbers.settle(number, tell);
      }
    });
    return change.result;
  }

  function toldAs<R>(change: Change<R>, entry: TrailEntry, number: string): () => void {
    change.applied?.();
    return () => {
      if (!quiet(entry)) bus.publish(stored(entry, number));
    };
  }

  // A refusal or a lost answer may stand for a first try that was stored: the engine forgets tokens when it restarts.
  async function wasStored(error: unknown, entry: TrailEntry, number: string): Promise<boolean> {
    if (!(error instanceof Error)) return false;
    const later = pause(ASK_MS).then(() => false); // nobody waits longer for this; resolveDoubt asks again
    return await Promise.race([landed(entry, number).catch(() => false), later]);
  }

  return commit;
}

export type Commit = ReturnType<typeof createCommit>;

/** The event of a trail item, as it was told. */
export const eventOf = (item: Record<string, unknown>): StoredEvent => ({
  ...(item['payload'] as DomainEvent),
  summary: String(item['summary']),
  stamp: {
    number: String(item['number']),
    at: String(item['at']),
    by: { user_id: String(item['actor']), full_name: String(item['actor_name']) },
    entity: String(item['entity']),
    entity_id: String(item['entity_id']),
  },
});
