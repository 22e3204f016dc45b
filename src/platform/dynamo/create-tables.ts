// Are all tables there? Makes the missing ones and waits for them; what exists is never changed.
import {
  CreateTableCommand,
  DescribeTableCommand,
  ResourceInUseException,
  ResourceNotFoundException,
  UpdateContinuousBackupsCommand,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Dynamo } from './client.ts';
import { PATIENCE } from './reads.ts';
import type { TableDefinition } from './table.ts';
import { createTableInput } from './table.ts';

const PATIENCE_MS = 120_000;

const named = (error: unknown, ...names: string[]): boolean => error instanceof Error && names.includes(error.name);

async function statusOf(dynamo: Dynamo, name: string): Promise<string | undefined> {
  try {
    const { Table } = await dynamo.doc.send(new DescribeTableCommand({ TableName: name }), PATIENCE);
    return Table?.TableStatus ?? 'UNKNOWN';
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  }
}

async function untilActive(dynamo: Dynamo, name: string): Promise<void> {
  const end = Date.now() + PATIENCE_MS;
  for (let wait = 20; (await statusOf(dynamo, name)) !== 'ACTIVE'; wait = Math.min(wait * 2, 2_000)) {
    if (Date.now() > end) throw new Error(`Table ${name} did not become active within 2 minutes.`);
    await sleep(wait);
  }
}

/** Runs a step that not every endpoint knows; a table that was made a moment ago may need another try. */
async function ifKnown(step: () => Promise<unknown>): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await step();
      return;
    } catch (error) {
      if (named(error, 'UnknownOperationException', 'UnknownOperation')) return;
      const early = named(error, 'ContinuousBackupsUnavailableException') || error instanceof ResourceInUseException;
      if (!early || attempt === 10) throw error;
      await sleep(attempt * 500);
    }
  }
}

async function setUp(dynamo: Dynamo, definition: TableDefinition, name: string): Promise<void> {
  await ifKnown(() =>
    dynamo.doc.send(
      new UpdateContinuousBackupsCommand({
        TableName: name,
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      }),
    ),
  );
  const { ttl } = definition;
  if (ttl === undefined) return;
  await ifKnown(() =>
    dynamo.doc.send(
      new UpdateTimeToLiveCommand({
        TableName: name,
        TimeToLiveSpecification: { Enabled: true, AttributeName: ttl },
      }),
    ),
  );
}

async function createTable(dynamo: Dynamo, definition: TableDefinition): Promise<string | undefined> {
  const name = dynamo.table(definition.name);
  const status = await statusOf(dynamo, name);
  if (status === 'ACTIVE') return undefined;
  let made = false;
  if (status === undefined) {
    try {
      await dynamo.doc.send(new CreateTableCommand(createTableInput(definition, name)));
      made = true;
    } catch (error) {
      // Somebody else is making it at this moment, who will also set it up.
      if (!(error instanceof ResourceInUseException)) throw error;
    }
  }
  await untilActive(dynamo, name);
  if (!made) return undefined;
  await setUp(dynamo, definition, name);
  return name;
}

/** Creates what is missing, with point-in-time recovery and TTL where the endpoint knows them; returns the names made. */
export async function createTables(dynamo: Dynamo, tables: TableDefinition[]): Promise<string[]> {
  const made = await Promise.all(tables.map((definition) => createTable(dynamo, definition)));
  return made.filter((name) => name !== undefined);
}
