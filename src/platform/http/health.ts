// Is the app alive, and can it do its work? For load balancers and service managers; needs no login.
import { BatchGetCommand } from '@aws-sdk/lib-dynamodb';
import { Router } from 'express';
import type { Response } from 'express';
import type { Clock } from '../clock.ts';
import type { Config } from '../config.ts';
import type { Dynamo } from '../dynamo/client.ts';
import type { TableDefinition } from '../dynamo/table.ts';

const PATIENCE_MS = 1_000;
const CACHE_MS = 1_000;

/** Why the app can't work right now; undefined when it can. */
export type Readiness = () => Promise<string | undefined>;

/** One key of every table in one call: an item that does not exist is answer enough. */
async function tablesAnswer(dynamo: Dynamo, tables: TableDefinition[]): Promise<boolean> {
  const nothing = '00000000-0000-4000-8000-000000000000';
  const keys = (table: TableDefinition): string[] => [table.key.partition, ...(table.key.sort ? [table.key.sort] : [])];
  const asked = tables.map((table) => [
    dynamo.table(table.name),
    { Keys: [Object.fromEntries(keys(table).map((name) => [name, nothing]))] },
  ]);
  const patience = AbortSignal.timeout(PATIENCE_MS);
  // The signal alone is not enough: a call may wait in line before it is sent.
  const tooLate = new Promise<boolean>((resolve) => patience.addEventListener('abort', () => resolve(false)));
  const answer = dynamo.doc
    .send(new BatchGetCommand({ RequestItems: Object.fromEntries(asked) as never }), { abortSignal: patience })
    .then(
      () => true,
      () => false,
    );
  return await Promise.race([answer, tooLate]);
}

interface Needs {
  dynamo: Dynamo;
  tables: TableDefinition[];
  /** Whether jobs of a crash are still to be finished. */
  unfinishedJobs: () => boolean;
}

/** Asks the tables at most once a second, however many ask. */
export function createReadiness({ dynamo, tables, unfinishedJobs }: Needs): Readiness {
  let asked: { at: number; answer: Promise<boolean> } | undefined;
  return async () => {
    if (unfinishedJobs()) return 'Work that a crash interrupted is being finished.';
    if (!asked || performance.now() - asked.at > CACHE_MS) {
      asked = { at: performance.now(), answer: tablesAnswer(dynamo, tables) };
    }
    return (await asked.answer) ? undefined : 'The tables do not answer.';
  };
}

export function healthRoutes({ version, buildId }: Config, clock: Clock, ready: Readiness): Router {
  const router = Router();
  const started = clock.now();
  const never = (res: Response): Response => res.set('Cache-Control', 'no-store');
  router.get('/healthz', (_req, res) => {
    const uptime_s = Math.max(0, Math.floor((clock.now() - started) / 1000));
    never(res).json({ status: 'ok', version: `${version}+${buildId}`, uptime_s });
  });
  router.get('/readyz', async (_req, res) => {
    const reason = await ready();
    if (reason === undefined) never(res).json({ status: 'ready' });
    else never(res).status(503).set('Retry-After', '1').json({ status: 'not ready', reason });
  });
  return router;
}
