// How does a command get at the tables? The app's running engine to read, an engine of its own to write, or an endpoint.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { loadConfig } from './config.ts';
import type { Config } from './config.ts';
import { createDynamo } from './dynamo/client.ts';
import type { Dynamo } from './dynamo/client.ts';
import { attachEngine, startEngine } from './dynamo/engine.ts';
import { createLogger } from './logger.ts';
import { ensureSecrets } from './secrets.ts';
import { StartRefused } from './start-refused.ts';

const REQUEST_MS = 60_000; // the embedded engine looks through a whole table for one page of a Scan

export interface OpenTables {
  config: Config;
  dynamo: Dynamo;
  /** Whether nobody else can write meanwhile: the engine is this command's own. */
  alone: boolean;
  close: () => Promise<void>;
}

/** Opens the tables for a command that only reads; an app that runs on them is not disturbed. */
export async function openToRead(): Promise<OpenTables> {
  const config = loadConfig();
  if (config.embedded && !existsSync(join(config.dataDir, 'studentcore.db'))) {
    throw new StartRefused(`There is no college in ${config.dataDir}: set DATA_DIR, or DYNAMODB_ENDPOINT.`);
  }
  return await open(config, config.embedded ? attachEngine(config.dataDir) : undefined);
}

/** Opens the tables for a command that writes; refused while an app holds DATA_DIR. */
export const openToWrite = (): Promise<OpenTables> => open(loadConfig(), undefined);

async function open(asked: Config, running: string | undefined): Promise<OpenTables> {
  const config = ensureSecrets(asked);
  const own = config.embedded && running === undefined;
  const engine = own ? await startEngine({ dataDir: config.dataDir, log: createLogger('error') }) : undefined;
  const { region, tablePrefix, dynamoEndpoint } = config;
  const endpoint = engine?.endpoint ?? running ?? dynamoEndpoint;
  const dynamo = createDynamo({ endpoint, region, tablePrefix, requestMs: REQUEST_MS });
  return {
    config,
    dynamo,
    alone: own,
    close: async () => {
      dynamo.close();
      await engine?.stop();
    },
  };
}
