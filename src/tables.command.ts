// `npm run tables`: creates the tables that are missing and changes nothing that exists.
import process from 'node:process';
import { loadConfig } from './platform/config.ts';
import { createDynamo } from './platform/dynamo/client.ts';
import { createTables } from './platform/dynamo/create-tables.ts';
import { startEngine } from './platform/dynamo/engine.ts';
import { createLogger } from './platform/logger.ts';
import { startFaults } from './platform/start-refused.ts';
import { tables } from './tables.ts';

const say = (line: string): void => void process.stdout.write(`${line}\n`);

async function run(): Promise<void> {
  const { embedded, dataDir, dynamoEndpoint, region, tablePrefix } = loadConfig();
  const engine = embedded ? await startEngine({ dataDir, log: createLogger('error') }) : undefined;
  const dynamo = createDynamo({ endpoint: engine?.endpoint ?? dynamoEndpoint, region, tablePrefix });
  try {
    const made = await createTables(dynamo, tables);
    for (const name of made) say(`Created ${name}.`);
    say(
      made.length === 0
        ? `All ${String(tables.length)} tables are there: nothing was changed.`
        : 'All tables are active.',
    );
  } finally {
    dynamo.close();
    await engine?.stop();
  }
}

run().catch((error: unknown) => {
  for (const line of startFaults(error)) process.stderr.write(`${line}\n`);
  process.exitCode = 1;
});
