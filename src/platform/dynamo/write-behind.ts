// How are small notes stored without anybody waiting for it? A bounded line in memory, written in batches within a second.
import { BatchWriteCommand } from '@aws-sdk/lib-dynamodb';
import { Unavailable } from '../errors.ts';
import type { Logger } from '../logger.ts';
import type { Dynamo } from './client.ts';
import { backoff, pause } from './reads.ts';
import type { Item } from './reads.ts';

const BATCH = 25; // BatchWriteItem takes at most this many items
const AT_ONCE = 4;
const LATE_MS = 1_000;
const RETRY = { base: 100, cap: 2_000 };
const PATIENCE_MS = 5_000;

export interface WriteBehindOptions {
  dynamo: Dynamo;
  log: Pick<Logger, 'error'>;
  /** So many items wait at the most; who brings one more waits too. */
  most?: number;
}

interface Waiting {
  /** Only grows. */
  number: number;
  item: Item;
}

const nameOf = (item: Item): string => `${String(item['pk'])} ${String(item['sk'])}`;

/** Items of `system` whose keys make a repeat harmless: each may be written more than once. */
export function createWriteBehind({ dynamo, log, most = 2_000 }: WriteBehindOptions) {
  // By key, in the order of arrival.
  const waiting = new Map<string, Waiting>();
  let last = 0;
  let timer: NodeJS.Timeout | undefined;
  let writing = false;
  let closed = false;
  /** Who waits for room, or for what was brought to be stored: asked again after every round. */
  let listeners: (() => void)[] = [];

  const ended = (): Promise<void> => new Promise((resolve) => listeners.push(resolve));

  async function write(part: Waiting[]): Promise<void> {
    const name = dynamo.table('system');
    const requests = part.map(({ item }) => ({ PutRequest: { Item: item } }));
    const answer = await dynamo.doc.send(new BatchWriteCommand({ RequestItems: { [name]: requests } }));
    const left = answer.UnprocessedItems?.[name] ?? [];
    if (left.length > 0) throw new Unavailable(); // throttled: all of it once more, in a while
    for (const { item } of part) waiting.delete(nameOf(item));
  }

  /** One round writes what waits now, up to a hundred items. Whether all of it is stored. */
  async function round(): Promise<boolean> {
    const now = [...waiting.values()].slice(0, BATCH * AT_ONCE);
    const parts = Array.from({ length: Math.ceil(now.length / BATCH) }, (_, i) =>
      now.slice(i * BATCH, (i + 1) * BATCH),
    );
    const done = await Promise.allSettled(parts.map(write));
    const faults = done.flatMap((one): unknown[] => (one.status === 'rejected' ? [one.reason] : []));
    const defect = faults.find((fault) => !(fault instanceof Unavailable));
    if (defect !== undefined) log.error({ err: defect }, 'notes could not be stored');
    return faults.length === 0;
  }

  async function writeAll(): Promise<void> {
    if (writing) return;
    writing = true;
    clearTimeout(timer);
    timer = undefined;
    for (let failed = 0; waiting.size > 0 && !closed;) {
      failed = (await round()) ? 0 : failed + 1;
      const heard = listeners;
      listeners = [];
      for (const hear of heard) hear();
      if (failed > 0) await pause(RETRY.base + backoff(failed, RETRY.base, RETRY.cap));
    }
    writing = false;
  }

  function place(item: Item): void {
    const name = nameOf(item);
    if (!waiting.has(name)) waiting.set(name, { number: (last += 1), item });
    if (waiting.size >= BATCH) void writeAll();
    else timer ??= setTimeout(() => void writeAll(), LATE_MS);
  }

  /** Waits until `there` holds, asking after every round. Throws Unavailable when that takes too long. */
  async function until(there: () => boolean, patience: number): Promise<void> {
    const end = performance.now() + patience;
    while (!there()) {
      const left = end - performance.now();
      if (left <= 0 || closed) throw new Unavailable();
      void writeAll();
      await Promise.race([ended(), pause(left)]);
    }
  }

  const isStored = (number: number): boolean => {
    const [first] = waiting.values();
    return first === undefined || first.number > number;
  };

  return {
    /** Takes an item; a promise only when the line is full. It throws Unavailable when there is no room for long. */
    add: (item: Item): Promise<void> | undefined => {
      if (waiting.size < most) {
        place(item);
        return undefined;
      }
      return until(() => waiting.size < most, PATIENCE_MS).then(() => place(item));
    },
    /** Waits until everything brought so far is stored; throws Unavailable when that takes too long. */
    flush: async (patience = PATIENCE_MS): Promise<void> => {
      const upTo = last;
      await until(() => isStored(upTo), patience);
    },
    /** How many items wait. */
    size: (): number => waiting.size,
    /** Writes what waits, for the end of the process; what can't be written is lost, and said. */
    stop: async (patience = PATIENCE_MS): Promise<void> => {
      const upTo = last;
      await until(() => isStored(upTo), patience).catch(() => {
        log.error({ lost: waiting.size }, 'notes that could not be stored in time are lost');
      });
      closed = true;
      clearTimeout(timer);
    },
    /** Ends without writing: the tables are gone. */
    close: (): void => {
      closed = true;
      clearTimeout(timer);
    },
  };
}

export type WriteBehind = ReturnType<typeof createWriteBehind>;
