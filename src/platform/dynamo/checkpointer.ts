// When is a checkpoint taken? Every minute, of the chains that this process moved; nothing moved, nothing written.
import { randomUUID } from 'node:crypto';
import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import { timestamp } from '../clock.ts';
import type { Clock } from '../clock.ts';
import { Unavailable } from '../errors.ts';
import type { Logger } from '../logger.ts';
import { newestCheckpoint, nextCheckpoint } from './checkpoint.ts';
import type { Checkpoint, Head } from './checkpoint.ts';
import type { Dynamo } from './client.ts';
import { getItems, queryAll } from './reads.ts';
import type { Item } from './reads.ts';
import { putNew, Raced, transact } from './transaction.ts';
import { feedOf, trailKey } from './trail.ts';
import type { Moved } from './trail.ts';

const EVERY_MS = 60_000;
const HEADS = 20_000; // of one checkpoint: some 2.5 MB of the 4 MB that a transaction holds
const REMEMBERED = 100_000;
const OVERLAP_MS = 5 * 60_000;
const TRIES = 5;

const HASH = { ProjectionExpression: 'pk, sk, #hash', ExpressionAttributeNames: { '#hash': 'hash' } };

/** A head as memory has it, and when it was written; undefined where the owner doesn't say. */
export interface KnownHead extends Head {
  at: string | undefined;
}

export interface CheckpointNeeds {
  dynamo: Dynamo;
  clock: Clock;
  log: Logger;
  /** TRAIL_KEY, the newest first. */
  keys: string[];
}

interface Noted {
  version: number;
  hash: string;
  /** Was looked for and not found: being written, or refused. */
  missed: boolean;
}

/**
 * Each process takes checkpoints of what it wrote itself. They are one row: the next number can be written once only,
 * so that processes take turns without waiting for each other.
 */
export function createCheckpointer({ dynamo, clock, log, keys }: CheckpointNeeds) {
  const [key = ''] = keys;
  const noted = new Map<string, Noted>();
  let forgotten = 0;

  const note: Moved = (chain, version, hash) => {
    if (noted.size >= REMEMBERED && !noted.has(chain)) forgotten += 1;
    else noted.set(chain, { version, hash, missed: false });
  };

  /** The newest entry that a chain really has; what was noted about it may have been refused. */
  async function newestOf(chain: string): Promise<Head | undefined> {
    const { pk } = trailKey(chain, 0);
    const entries = await queryAll(dynamo, 'system', {
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': pk },
      ProjectionExpression: 'sk, #hash',
      ExpressionAttributeNames: { '#hash': 'hash' },
      ConsistentRead: true,
    });
    const newest = entries.filter((entry) => entry['hash'] !== undefined).at(-1);
    return newest && { chain, version: Number(newest['sk']), hash: String(newest['hash']) };
  }

  /** Those of the noted entries that are stored; what is not may still be under way and gets one more chance. */
  async function storedOf(part: [string, Noted][]): Promise<Head[]> {
    const found = await getItems(
      dynamo,
      'system',
      part.map(([chain, { version }]) => trailKey(chain, version)),
      HASH,
    );
    const hashes = new Map(found.map((item) => [`${String(item['pk'])} ${String(item['sk'])}`, item['hash']]));
    const heads: Head[] = [];
    for (const [chain, head] of part) {
      const { pk, sk } = trailKey(chain, head.version);
      if (hashes.get(`${pk} ${sk}`) === head.hash) {
        heads.push({ chain, version: head.version, hash: head.hash });
      } else if (head.missed) {
        const newest = await newestOf(chain);
        if (newest) heads.push(newest);
        else noted.delete(chain);
      } else {
        head.missed = true;
      }
    }
    return heads;
  }

  async function write(heads: Head[]): Promise<Checkpoint> {
    for (let attempt = 1; ; attempt += 1) {
      const next = nextCheckpoint(await newestCheckpoint(dynamo), timestamp(clock), heads, key);
      const writes = next.items.map((item) => putNew(dynamo, 'system', item, 'pk'));
      try {
        await transact(dynamo, writes, randomUUID());
        return next.checkpoint;
      } catch (error) {
        const lost = error instanceof Raced || error instanceof Unavailable;
        const stored = lost ? await newestCheckpoint(dynamo) : undefined;
        if (stored?.hash === next.checkpoint.hash) return stored; // only the answer got lost
        if (!(error instanceof Raced) || attempt === TRIES) throw error;
      }
    }
  }

  /** Takes a checkpoint of what has moved; undefined when nothing has. */
  async function take(): Promise<Checkpoint | undefined> {
    if (forgotten > 0) {
      log.warn({ chains: forgotten }, 'more chains moved than are remembered: these wait until they move again');
      forgotten = 0;
    }
    let last: Checkpoint | undefined;
    const waiting = [...noted];
    for (let from = 0; from < waiting.length; from += HEADS) {
      const part = waiting.slice(from, from + HEADS);
      const heads = await storedOf(part);
      if (heads.length === 0) continue;
      last = await write(heads);
      const taken = new Set(heads.map(({ chain }) => chain));
      // What moved again meanwhile is another object and stays.
      for (const [chain, head] of part) if (taken.has(chain) && noted.get(chain) === head) noted.delete(chain);
      log.info({ checkpoint: last.ordinal, hash: last.hash, heads: last.count }, 'trail checkpoint');
    }
    return last;
  }

  /** Partitions of the entries that were told in the feed since then. */
  async function toldSince(since: number): Promise<Set<string>> {
    const found = new Set<string>();
    const end = feedOf(String(clock.now() * 1000));
    let month = new Date(since);
    while (month.toISOString().slice(0, 7) <= end) {
      let from: Item | undefined;
      do {
        const answer = await dynamo.doc.send(
          new QueryCommand({
            TableName: dynamo.table('system'),
            IndexName: 'feed',
            KeyConditionExpression: 'feed = :month AND #number > :bottom',
            ExpressionAttributeNames: { '#number': 'number' },
            ExpressionAttributeValues: {
              ':month': month.toISOString().slice(0, 7),
              ':bottom': String(since * 1000).padStart(16, '0'),
            },
            ProjectionExpression: 'pk',
            ExclusiveStartKey: from,
          }),
        );
        for (const item of answer.Items ?? []) found.add(String(item['pk']));
        from = answer.LastEvaluatedKey;
      } while (from);
      month = new Date(Date.UTC(month.getUTCFullYear(), month.getUTCMonth() + 1, 1));
    }
    return found;
  }

  /**
   * Makes up for what moved since the last checkpoint without getting into one: a crash came between, or another
   * command wrote. Before the first one every chain counts as moved.
   */
  async function recover(known: Iterable<KnownHead>): Promise<void> {
    const last = await newestCheckpoint(dynamo);
    const since = last && Date.parse(last.at) - OVERLAP_MS;
    const from = since === undefined ? '' : new Date(since).toISOString();
    const told = since === undefined ? undefined : await toldSince(since);
    for (const { chain, version, hash, at } of known) {
      const moved = !told || told.has(trailKey(chain, 0).pk) || (at !== undefined && at >= from);
      if (!moved || noted.has(chain)) continue;
      note(chain, version, hash);
      if (noted.size >= HEADS) await take();
    }
  }

  /** Takes one every minute (`every`, milliseconds) until it is stopped, and a last one then. */
  function start(known: () => Iterable<KnownHead>, every = EVERY_MS): { stop: () => Promise<void> } {
    let recovered = false;
    let running: Promise<void> | undefined;
    const once = async (): Promise<void> => {
      try {
        if (!recovered) await recover(known());
        recovered = true;
        await take();
      } catch (error) {
        log.warn({ err: error }, 'no checkpoint could be taken, trying again later');
      }
    };
    const round = (): Promise<void> => {
      running ??= once().finally(() => {
        running = undefined;
      });
      return running;
    };
    void round();
    const timer = setInterval(() => void round(), every);
    timer.unref();
    return {
      stop: async () => {
        clearInterval(timer);
        await running;
        await round();
      },
    };
  }

  return { note, take, recover, start };
}

export type Checkpointer = ReturnType<typeof createCheckpointer>;
