// A database for a test: a real engine on a folder of its own, with all tables, gone afterwards.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Dynamo } from '../../src/platform/dynamo/client.ts';
import { createDynamo } from '../../src/platform/dynamo/client.ts';
import { createTables } from '../../src/platform/dynamo/create-tables.ts';
import { startEngine } from '../../src/platform/dynamo/engine.ts';
import { tables } from '../../src/tables.ts';

export const silentLog = {
  debug: (): void => undefined,
  info: (): void => undefined,
  warn: (): void => undefined,
  error: (): void => undefined,
};

export interface TestEngine {
  dynamo: Dynamo;
  endpoint: string;
  dataDir: string;
  tablePrefix: string;
  stop: () => Promise<void>;
}

/** Call stop() in afterAll: it ends the engine and removes the folder. */
export async function startTestEngine(): Promise<TestEngine> {
  const dataDir = await mkdtemp(join(tmpdir(), 'studentcore-test-'));
  const tablePrefix = 'test-';
  const engine = await startEngine({ dataDir, log: silentLog });
  const dynamo = createDynamo({ endpoint: engine.endpoint, region: 'us-east-1', tablePrefix });
  await createTables(dynamo, tables);
  dynamo.calls.clear();
  return {
    dynamo,
    endpoint: engine.endpoint,
    dataDir,
    tablePrefix,
    stop: async () => {
      dynamo.close();
      await engine.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
