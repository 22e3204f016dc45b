// Who removes what has expired? AWS does it by itself; the embedded engine never does, so a slow round goes on behind it.
import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { DeleteCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import type { Clock } from '../clock.ts';
import type { Dynamo } from './client.ts';

// `system` also holds the trail, which never expires: one sweep looks at a bounded piece and the next goes on there.
const PAGE = 500;
const PAGES_A_SWEEP = 40;
const EVERY_MS = 10 * 60_000;

export interface Sweep {
  removed: number;
  /** Where the next sweep goes on; undefined when the round is complete. */
  next: Record<string, unknown> | undefined;
}

interface Item {
  pk: string;
  sk: string;
}

/** Removes one item unless its life was prolonged after we looked (a session in use). */
async function remove(dynamo: Dynamo, { pk, sk }: Item, seconds: number): Promise<number> {
  try {
    await dynamo.doc.send(
      new DeleteCommand({
        TableName: dynamo.table('system'),
        Key: { pk, sk },
        ConditionExpression: '#ttl < :now',
        ExpressionAttributeNames: { '#ttl': 'ttl' },
        ExpressionAttributeValues: { ':now': seconds },
      }),
    );
    return 1;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return 0;
    throw error;
  }
}

/** Looks at up to 20,000 items of `system`, from `from` on, and removes those that expired before `now` (milliseconds). */
export async function sweepExpired(dynamo: Dynamo, now: number, from?: Sweep['next']): Promise<Sweep> {
  const seconds = Math.floor(now / 1000);
  let next = from;
  let removed = 0;
  for (let page = 0; page < PAGES_A_SWEEP; page += 1) {
    const { Items = [], LastEvaluatedKey } = await dynamo.doc.send(
      new ScanCommand({
        TableName: dynamo.table('system'),
        Limit: PAGE,
        ExclusiveStartKey: next,
        ProjectionExpression: 'pk, sk',
        FilterExpression: '#ttl < :now',
        ExpressionAttributeNames: { '#ttl': 'ttl' },
        ExpressionAttributeValues: { ':now': seconds },
      }),
    );
    // One at a time: nobody waits for this, but others share the engine.
    for (const item of Items) removed += await remove(dynamo, item as Item, seconds);
    next = LastEvaluatedKey;
    if (!next) break;
  }
  return { removed, next };
}

export interface Sweeper {
  /** Ends the rounds; resolves once a sweep that is under way is over. */
  stop: () => Promise<void>;
}

export interface SweepLog {
  info: (fields: object, message: string) => void;
  warn: (fields: object, message: string) => void;
}

/** Sweeps every ten minutes (`every`, milliseconds); a sweep that fails is logged and tried again next time. */
export function startSweeper(dynamo: Dynamo, clock: Clock, log: SweepLog, every = EVERY_MS): Sweeper {
  let next: Sweep['next'];
  let running: Promise<void> | undefined;

  const sweep = async (): Promise<void> => {
    try {
      const result = await sweepExpired(dynamo, clock.now(), next);
      next = result.next;
      if (result.removed > 0) log.info({ removed: result.removed }, 'removed expired items');
    } catch (error) {
      log.warn({ err: error }, 'removing expired items failed, trying again later');
    }
  };

  const timer = setInterval(() => {
    running ??= sweep().finally(() => {
      running = undefined;
    });
  }, every);
  timer.unref();

  return {
    stop: async () => {
      clearInterval(timer);
      await running;
    },
  };
}
