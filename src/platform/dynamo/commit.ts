// How does a change become true? One transaction, then memory, then one event. Nothing is told before it is stored.
import { randomUUID } from 'node:crypto';
import type { StoredEvent } from '../../events.ts';
import type { Context } from '../actor.ts';
import { Unavailable } from '../errors.ts';
import type { EventBus } from '../event-bus.ts';
import { createLimit } from '../limit.ts';
import type { Logger } from '../logger.ts';
import type { Dynamo } from './client.ts';
import type { StoredJob } from './jobs.ts';
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
  /**
   * Of a change that begins a job, which will tell of it: what is asked whether it was stored when it is refused,
   * since it may have met itself. Its kept answer is not given again before the job is finished.
   */
  job?: StoredJob;
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

/** A write that may be stored: nobody has heard. */
interface Doubt {
  user_id: string;
  key: string | undefined;
  /** Asks at once instead of in a second. */
  hurry: () => void;
  /** Resolves when it is known, or was asked often enough. */
  known: Promise<void>;
}

const IN_FLIGHT = 24; // more only queue up in the engine, which has one writer
const PATIENCE_MS = 5_000;
const ASK_MS = 1_000;
const DOUBTS = 1_000;
const DOUBT_ASKED = 30; // once a second: longer than any request can be under way

export function createCommit({ dynamo, keys, numbers, bus, lookForJobs, log }: CommitNeeds) {
  const limit = createLimit(IN_FLIGHT, PATIENCE_MS);
  const doubts = new Set<Doubt>();

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
  async function resolveDoubt<R>(change: Change<R>, entry: TrailEntry, number: string, mine: { hurry: () => void }) {
    for (let asked = 0; asked < DOUBT_ASKED;) {
      const hurried = new Promise<void>((resolve) => (mine.hurry = resolve));
      await Promise.race([pause(1_000), hurried]);
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
  }

  function doubt<R>(change: Change<R>, entry: TrailEntry, number: string): void {
    if (doubts.size >= DOUBTS) return;
    const asking = { hurry: (): void => undefined };
    const { actor, key } = change.ctx;
    const known = resolveDoubt(change, entry, number, asking)
      .catch((cause: unknown) => log.error({ err: cause }, 'lost track of a write'))
      .finally(() => doubts.delete(mine));
    const mine: Doubt = { user_id: actor.user_id, key: key?.key, hurry: () => asking.hurry(), known };
    doubts.add(mine);
  }

  /** Waits until these are known; throws Unavailable when that can't be now. */
  async function allKnown(asked: Doubt[]): Promise<void> {
    for (const one of asked) {
      one.hurry();
      const known = one.known.then(() => true);
      if (!(await Promise.race([known, pause(ASK_MS).then(() => false)]))) throw new Unavailable();
    }
  }

  /** Waits until memory knows what a call with this key has stored, so that its answer can be given again. */
  const settled = (user_id: string, key: string): Promise<void> =>
    allKnown([...doubts].filter((one) => one.key === key && one.user_id === user_id));

  /** Waits until memory knows what finished any job: nothing of a job is stored with a key, and it may be gone already. */
  const jobsSettled = (): Promise<void> => allKnown([...doubts].filter((one) => one.key === undefined));

  /** Waits until memory knows of every write that is stored by now. */
  const allSettled = (): Promise<void> => allKnown([...doubts]);

  const quiet = (entry: TrailEntry): boolean => entry.input.quiet === true;

  /**
   * Stores a change and returns its result. Throws what a refused write says, KeyUsed, or Unavailable when
   * the tables can't be reached (then a late landing is still told).
   */
  async function commit<R>(change: Change<R>): Promise<R> {
    const { entry } = change;
    const kept = keys.write(change.ctx, change.result, change.job);
    if (!entry) {
      const writes = [...change.writes, ...kept];
      try {
        if (writes.length > 0) await limit(() => transact(dynamo, writes, randomUUID()));
      } catch (error) {
        if (error instanceof Unavailable) lookForJobs();
        if (error instanceof Unavailable || !(await change.job?.landed().catch(() => false))) throw error;
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
            doubt(change, entry, number);
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

  return Object.assign(commit, { settled, jobsSettled, allSettled });
}

export type Commit = ReturnType<typeof createCommit>;
