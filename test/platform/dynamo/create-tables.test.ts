// Making tables: what is missing, once, as the contract has it.
import { DescribeTableCommand, DescribeTimeToLiveCommand, UpdateTimeToLiveCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Dynamo } from '../../../src/platform/dynamo/client.ts';
import { createDynamo } from '../../../src/platform/dynamo/client.ts';
import { createTables } from '../../../src/platform/dynamo/create-tables.ts';
import { createTableInput } from '../../../src/platform/dynamo/table.ts';
import { tables } from '../../../src/tables.ts';
import type { TestEngine } from '../../support/engine.ts';
import { startTestEngine } from '../../support/engine.ts';

let engine: TestEngine;
const opened: Dynamo[] = [];
beforeAll(async () => {
  engine = await startTestEngine();
});
afterAll(async () => {
  for (const dynamo of opened) dynamo.close();
  await engine.stop();
});

function withPrefix(tablePrefix: string): Dynamo {
  const dynamo = createDynamo({ endpoint: engine.endpoint, region: 'us-east-1', tablePrefix });
  opened.push(dynamo);
  return dynamo;
}

it('makes all six and says which', async () => {
  const dynamo = withPrefix('one-');
  expect(await createTables(dynamo, tables)).toEqual([
    'one-users',
    'one-students',
    'one-courses',
    'one-attendance',
    'one-results',
    'one-system',
  ]);
  for (const { name, indexes } of tables) {
    const { Table } = await dynamo.doc.send(new DescribeTableCommand({ TableName: dynamo.table(name) }));
    expect(Table?.TableStatus).toBe('ACTIVE');
    // Engines list indexes in an order of their own.
    const listed = (Table?.GlobalSecondaryIndexes ?? []).map((index) => index.IndexName);
    expect(listed.sort()).toEqual(indexes.map((i) => i.name).sort());
  }
});

it('makes only the missing ones and changes nothing that exists', async () => {
  const dynamo = withPrefix('two-');
  await createTables(dynamo, tables.slice(3));
  const TableName = dynamo.table('system');
  await dynamo.doc.send(
    new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification: { Enabled: false, AttributeName: 'ttl' } }),
  );
  expect(await createTables(dynamo, tables)).toEqual(['two-users', 'two-students', 'two-courses']);
  expect(await createTables(dynamo, tables)).toEqual([]);
  const { TimeToLiveDescription } = await dynamo.doc.send(new DescribeTimeToLiveCommand({ TableName }));
  expect(TimeToLiveDescription?.TimeToLiveStatus).toBe('DISABLED');
});

it('lets items of system expire, and no record', async () => {
  const dynamo = withPrefix('three-');
  await createTables(dynamo, tables);
  const statuses = await Promise.all(
    tables.map(async ({ name }) => {
      const answer = await dynamo.doc.send(new DescribeTimeToLiveCommand({ TableName: dynamo.table(name) }));
      return [name, answer.TimeToLiveDescription?.AttributeName];
    }),
  );
  expect(statuses.filter(([, attribute]) => attribute !== undefined)).toEqual([['system', 'ttl']]);
});

it('can be run by two at once', async () => {
  const [left, right] = [withPrefix('four-'), withPrefix('four-')];
  const made = await Promise.all([createTables(left, tables), createTables(right, tables)]);
  expect(made.flat().sort()).toEqual(tables.map((t) => left.table(t.name)).sort());
});

it('asks for what the records need: on demand, all attributes in every index', () => {
  const attendance = tables.find((table) => table.name === 'attendance')!;
  const input = createTableInput(attendance, 'p-attendance');
  expect(input).toMatchObject({ TableName: 'p-attendance', BillingMode: 'PAY_PER_REQUEST' });
  expect(input.AttributeDefinitions?.map((a) => a.AttributeName).sort()).toEqual([
    'attendance_id',
    'course_id',
    'date',
    'student_id',
  ]);
  expect(input.GlobalSecondaryIndexes?.map((index) => index.Projection?.ProjectionType)).toEqual(['ALL', 'ALL', 'ALL']);
});
