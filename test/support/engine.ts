// A database for a test: a real engine on a folder of its own, with all tables, gone afterwards.
// TEST_DYNAMODB_ENDPOINT: tables of its own on that endpoint instead (scripts/dynamodb-local.mjs).
import { DeleteTableCommand } from '@aws-sdk/client-dynamodb';
import { randomBytes } from 'node:crypto';
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

const given = process.env['TEST_DYNAMODB_ENDPOINT'];

/** Call stop() in afterAll: it ends the engine, or removes the tables, and the folder. */
export async function startTestEngine(): Promise<TestEngine> {
  const dataDir = await mkdtemp(join(tmpdir(), 'studentcore-test-'));
  const tablePrefix = `test-${randomBytes(4).toString('hex')}-`;
  const engine = given === undefined ? await startEngine({ dataDir, log: silentLog }) : undefined;
  const endpoint = engine?.endpoint ?? given ?? '';
  const dynamo = createDynamo({ endpoint, region: 'us-east-1', tablePrefix });
  await createTables(dynamo, tables);
  dynamo.calls.clear();
  return {
    dynamo,
    endpoint,
    dataDir,
    tablePrefix,
    stop: async () => {
      if (!engine) {
        const names = tables.map(({ name }) => dynamo.table(name));
        await Promise.all(names.map((TableName) => dynamo.doc.send(new DeleteTableCommand({ TableName }))));
      }
      dynamo.close();
      await engine?.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
