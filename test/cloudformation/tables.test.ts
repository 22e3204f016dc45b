import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { createTableInput } from '../../src/platform/dynamo/table.ts';
import { tables } from '../../src/tables.ts';
import { mainStack, ofType, policyFile } from './stacks.ts';

const stack = mainStack({ ApplicationName: 'hillside' });
const found = ofType(stack, 'AWS::DynamoDB::Table').map(([, resource]) => resource);

const sorted = <T>(list: T[], by: (one: T) => string): T[] => [...list].sort((a, b) => (by(a) < by(b) ? -1 : 1));

interface Shape {
  AttributeDefinitions?: { AttributeName?: string | undefined }[] | undefined;
  GlobalSecondaryIndexes?: { IndexName?: string | undefined }[] | undefined;
}
/** What decides how a table works; the order of attributes and indexes means nothing. */
const shapeOf = (table: Shape) => ({
  ...table,
  AttributeDefinitions: sorted(table.AttributeDefinitions ?? [], (one) => String(one.AttributeName)),
  GlobalSecondaryIndexes: sorted(table.GlobalSecondaryIndexes ?? [], (one) => String(one.IndexName)),
});

it('makes the tables of src/tables.ts, all of them and no other, with the same keys, indexes and projections', () => {
  const wanted = tables.map((definition) => shapeOf(createTableInput(definition, `hillside-${definition.name}`)));
  const made = found.map(({ Properties: p }) => {
    const { TableName, BillingMode, KeySchema, AttributeDefinitions, GlobalSecondaryIndexes } = p;
    return shapeOf({ TableName, BillingMode, KeySchema, AttributeDefinitions, GlobalSecondaryIndexes } as Shape);
  });
  const name = (one: object): string => String((one as { TableName?: string }).TableName);
  expect(sorted(made, name)).toEqual(sorted(wanted, name));
});

it('lets items expire where src/tables.ts says so, and nowhere else', () => {
  const expiring = (list: [string, string | undefined][]) => Object.fromEntries(list.filter(([, ttl]) => ttl));
  const made = found.map(({ Properties }): [string, string | undefined] => {
    const { TableName, TimeToLiveSpecification: ttl } = Properties as {
      TableName: string;
      TimeToLiveSpecification?: { Enabled: boolean; AttributeName: string };
    };
    return [TableName, ttl?.Enabled === true ? ttl.AttributeName : undefined];
  });
  expect(expiring(made)).toEqual(expiring(tables.map(({ name, ttl }) => [`hillside-${name}`, ttl])));
});

it('keeps every table: recoverable, not to be deleted, and left behind when the stack goes', () => {
  expect(found).toHaveLength(6);
  for (const { DeletionPolicy, UpdateReplacePolicy, Properties } of found) {
    expect({ DeletionPolicy, UpdateReplacePolicy }).toEqual({
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
    });
    expect(Properties).toMatchObject({
      DeletionProtectionEnabled: true,
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
    });
  }
});

it('has a stack policy that refuses to replace or delete tables and the address, and allows the rest', () => {
  const { Statement } = JSON.parse(readFileSync(policyFile, 'utf8')) as { Statement: Record<string, unknown>[] };
  expect(Statement).toEqual([
    { Effect: 'Allow', Principal: '*', Action: 'Update:*', Resource: '*' },
    {
      Effect: 'Deny',
      Principal: '*',
      Action: ['Update:Replace', 'Update:Delete'],
      Resource: '*',
      Condition: { StringEquals: { ResourceType: ['AWS::DynamoDB::Table', 'AWS::EC2::EIP'] } },
    },
  ]);
});
