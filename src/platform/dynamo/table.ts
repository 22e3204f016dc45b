// What is a table? Its keys and the questions its indexes answer; read by the engine, `npm run tables` and CloudFormation's test.
import type { CreateTableCommandInput, KeySchemaElement } from '@aws-sdk/client-dynamodb';
import type { TableName } from './client.ts';

/** Key attributes; all of them are strings. */
export interface Key {
  partition: string;
  sort?: string;
}

/** An index is named by its question. It projects everything, or only what `only` names beside the keys. */
export interface IndexDefinition extends Key {
  name: string;
  only?: string[];
}

export interface TableDefinition {
  name: TableName;
  key: Key;
  indexes: IndexDefinition[];
  /** The attribute (seconds since 1970) after which an item may vanish. */
  ttl?: string;
}

const keySchema = (key: Key): KeySchemaElement[] => [
  { AttributeName: key.partition, KeyType: 'HASH' },
  ...(key.sort === undefined ? [] : [{ AttributeName: key.sort, KeyType: 'RANGE' as const }]),
];

/** The CreateTable request of a definition, under its full name. */
export function createTableInput(definition: TableDefinition, fullName: string): CreateTableCommandInput {
  const keys = [definition.key, ...definition.indexes];
  const attributes = new Set(keys.flatMap((key) => [key.partition, key.sort ?? key.partition]));
  return {
    TableName: fullName,
    BillingMode: 'PAY_PER_REQUEST',
    KeySchema: keySchema(definition.key),
    AttributeDefinitions: [...attributes].map((name) => ({ AttributeName: name, AttributeType: 'S' as const })),
    ...(definition.indexes.length === 0
      ? {}
      : {
          GlobalSecondaryIndexes: definition.indexes.map((index) => ({
            IndexName: index.name,
            KeySchema: keySchema(index),
            Projection: index.only
              ? { ProjectionType: 'INCLUDE' as const, NonKeyAttributes: index.only }
              : { ProjectionType: 'ALL' as const },
          })),
        }),
  };
}
