// What does not fit one transaction? Work in steps that each leave the store true, and that a crash can't lose.
import { randomUUID } from 'node:crypto';
import { Refusal, Unavailable } from '../errors.ts';
import type { Logger } from '../logger.ts';
import type { Dynamo } from './client.ts';
import { getItem, pause, queryAll } from './reads.ts';
import type { Item } from './reads.ts';
import { put, remove, update } from './transaction.ts';
import type { Write } from './transaction.ts';

const RETRY_MS = 15_000; // at most this long between two tries

/** A job as it is stored: which kind, which one, and what the kind keeps in it. */
export interface Job {
  kind: string;
  id: string;
  body: Item;
  /** Of this very storing of the job; another one when it was stored again meanwhile. */
  token: string;
}

/** The write that stores a job, and whether it was stored, when its answer got lost. */
export interface StoredJob {
  kind: string;
  id: string;
  write: Write;
  landed: () => Promise<boolean>;
}

const keyOf = (kind: string, id: string) => ({ pk: 'job', sk: `${kind}#${id}` });

const toJob = (item: Item): Job => ({
  kind: String(item['kind']),
  id: String(item['id']),
  body: item['body'] as Item,
  token: String(item['token']),
});

/**
 * Jobs are started by the transaction that makes them necessary and end with the transaction that finishes them.
 * A handler may be called again at any time: its steps carry conditions that make a repeat harmless.
 */
export function createJobs(dynamo: Dynamo, log: Logger) {
  const handlers = new Map<string, (job: Job) => Promise<void>>();
  const running = new Map<string, Promise<void>>();
  // Jobs that could not go on because the tables were out of reach; tried again until they are.
  let stuck = false;
  let retrying = false;
  // Until the jobs that a crash left behind are finished, the app is not ready.
  let recovering = false;
  let closed = false;

  async function handle(job: Job): Promise<void> {
    const handler = handlers.get(job.kind);
    if (!handler) throw new Error(`no handler for jobs of kind ${job.kind}`);
    await handler(job);
  }

  /** Runs a job that was just stored, or joins the run under way. */
  async function run(kind: string, id: string): Promise<void> {
    const name = `${kind}#${id}`;
    const before = running.get(name);
    // The run under way may have begun before the job was stored again: look once more behind it.
    const mine = (before ?? Promise.resolve())
      .catch(() => undefined)
      .then(() => getItem(dynamo, 'system', keyOf(kind, id)))
      .then((item) => (item ? handle(toJob(item)) : undefined))
      .finally(() => {
        if (running.get(name) === mine) running.delete(name);
      });
    running.set(name, mine);
    try {
      await mine;
    } catch (error) {
      retryLater();
      throw unfinishedBecause(error, name);
    }
  }

  // The job is stored and will be finished; whatever stopped it is not what its caller did wrong.
  function unfinishedBecause(error: unknown, name: string): unknown {
    if (!(error instanceof Refusal) || error instanceof Unavailable) return error;
    log.error({ err: error, job: name }, 'a job was stopped');
    return new Unavailable(
      'This is taking longer than usual and is being finished in the background. Look again in a minute.',
    );
  }

  /** Every job that is stored now. */
  async function all(): Promise<Job[]> {
    const items = await queryAll(dynamo, 'system', {
      KeyConditionExpression: 'pk = :job',
      ExpressionAttributeValues: { ':job': 'job' },
      ConsistentRead: true,
    });
    return items.map(toJob);
  }

  /** Finishes every job that is stored, after the tables were out of reach. */
  async function finishAll(): Promise<void> {
    stuck = false; // before the look: what is stored after it sets it again
    const failures: unknown[] = [];
    for (const { kind, id } of await all()) {
      // One that can't be finished does not keep the others waiting.
      await run(kind, id).catch((error: unknown) => failures.push(error));
    }
    if (failures.length > 0) throw failures[0];
    recovering = false;
  }

  function retryLater(): void {
    stuck = true;
    if (retrying || closed) return;
    retrying = true;
    const loop = async (): Promise<void> => {
      for (let attempt = 0; stuck && !closed; attempt++) {
        await pause(Math.min(1_000 * 1.5 ** attempt, RETRY_MS));
        try {
          await finishAll();
        } catch (error) {
          stuck = true;
          if (!(error instanceof Unavailable)) log.error({ err: error }, 'a job can not be finished');
        }
      }
      retrying = false;
    };
    void loop();
  }

  return {
    register: (kind: string, handler: (job: Job) => Promise<void>): void => void handlers.set(kind, handler),
    /** The write that stores a job; another one of the same kind and id is replaced. */
    store: (kind: string, id: string, body: Item): StoredJob => {
      const token = randomUUID();
      return {
        kind,
        id,
        write: put(dynamo, 'system', { ...keyOf(kind, id), kind, id, body, token }),
        landed: async () => (await getItem(dynamo, 'system', keyOf(kind, id)))?.['token'] === token,
      };
    },
    /** Adds to numbers in the body, in the transaction of a step. */
    add: (kind: string, id: string, numbers: Record<string, number>): Write => {
      const entries = Object.entries(numbers);
      return update(
        dynamo,
        'system',
        keyOf(kind, id),
        `SET ${entries.map((_, i) => `#body.#n${String(i)} = #body.#n${String(i)} + :v${String(i)}`).join(', ')}`,
        {
          condition: 'attribute_exists(pk)',
          names: Object.fromEntries([['#body', 'body'], ...entries.map(([n], i) => [`#n${String(i)}`, n])]) as Record<
            string,
            string
          >,
          values: Object.fromEntries(entries.map(([, v], i) => [`:v${String(i)}`, v])),
        },
      );
    },
    /** The write that ends a job. */
    end: (kind: string, id: string): Write =>
      remove(dynamo, 'system', keyOf(kind, id), { condition: 'attribute_exists(pk)' }),
    /** The write that ends a job unless it was stored again meanwhile. */
    endUnlessNewer: ({ kind, id, token }: Job): Write =>
      remove(dynamo, 'system', keyOf(kind, id), {
        condition: '#token = :token',
        names: { '#token': 'token' },
        values: { ':token': token },
      }),
    find: async (kind: string, id: string): Promise<Job | undefined> => {
      const item = await getItem(dynamo, 'system', keyOf(kind, id));
      return item ? toJob(item) : undefined;
    },
    all,
    run,
    /** Runs a job that nobody waits for; what fails is tried again. */
    start: (kind: string, id: string): void => {
      run(kind, id).catch((error: unknown) => {
        if (!(error instanceof Unavailable)) log.error({ err: error }, 'a job can not be finished');
      });
    },
    /** Finishes what a crash left behind; what can't be finished now is tried again, and `unfinished` until then. */
    recover: async (): Promise<void> => {
      recovering = true;
      try {
        await finishAll();
      } catch (error) {
        log.error({ err: error }, 'jobs of a crash are unfinished');
        retryLater();
      }
    },
    retryLater,
    /** Whether jobs of a crash are still to be finished. */
    unfinished: (): boolean => recovering,
    close: (): void => {
      closed = true;
    },
  };
}

export type Jobs = ReturnType<typeof createJobs>;
