// Does a command that goes out as text say, and hear, what the SDK would have said and heard?
import { createServer } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { DynamoDBClient, TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import {
  BatchGetCommand,
  BatchWriteCommand,
  DeleteCommand,
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  ScanCommand,
  TransactWriteCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDynamo } from '../../../src/platform/dynamo/client.ts';
import type { Dynamo } from '../../../src/platform/dynamo/client.ts';
import { toAttribute } from '../../../src/platform/dynamo/wire.ts';

interface Said {
  headers: IncomingHttpHeaders;
  body: unknown;
}

let said: Said[] = [];
let answer = { status: 200, body: '{}' };
const server = createServer((req, res) => {
  void text(req).then((body) => {
    said.push({ headers: req.headers, body: JSON.parse(body) });
    res.writeHead(answer.status, { 'Content-Type': 'application/x-amz-json-1.0', 'x-amzn-RequestId': 'ID' });
    res.end(answer.body);
  });
});
let dynamo: Dynamo;
let sdkClient: DynamoDBDocumentClient;

beforeAll(async () => {
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const endpoint = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  dynamo = createDynamo({ endpoint, region: 'us-east-1', tablePrefix: 't-' });
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  sdkClient = DynamoDBDocumentClient.from(new DynamoDBClient({ endpoint, region: 'us-east-1', credentials }), {
    marshallOptions: { removeUndefinedValues: true },
  });
});
afterAll(() => {
  dynamo.close();
  sdkClient.destroy();
  server.close();
});

/** What both ways of sending the same say, and what comes of it. */
async function both(make: () => object) {
  const send = async ({ doc }: Pick<Dynamo, 'doc'>) => {
    said = [];
    const outcome = await doc.send(make() as never).then(
      (output: unknown) => ({ output, error: undefined }),
      (error: unknown) => ({ output: undefined, error }),
    );
    return { said: said[0], ...outcome };
  };
  return { sdk: await send({ doc: sdkClient }), ours: await send(dynamo) };
}

const RECORD = {
  pk: 'a"b\\c\n é 日本 \u2028',
  sk: '',
  whole: 12,
  broken: 0.1,
  small: 1e-7,
  large: Number.MAX_SAFE_INTEGER,
  below: -3,
  yes: true,
  no: false,
  nothing: null,
  absent: undefined,
  list: ['x', 1, null, { deep: ['y'], gone: undefined }],
  empty: [],
  map: { Item: 'a name like a field', Key: { Items: [1] }, none: {} },
};
const KEY = { pk: 'a', sk: 'b' };
const CONDITION = {
  ConditionExpression: '#v = :v',
  ExpressionAttributeNames: { '#v': 'version' },
  ExpressionAttributeValues: { ':v': 2, ':list': ['a'] },
  ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const,
};

const COMMANDS = {
  'a transaction': () =>
    new TransactWriteCommand({
      TransactItems: [
        { Put: { TableName: 't-system', Item: RECORD, ...CONDITION } },
        { Update: { TableName: 't-system', Key: KEY, UpdateExpression: 'SET a = :v', ...CONDITION } },
        { Delete: { TableName: 't-system', Key: KEY } },
        { ConditionCheck: { TableName: 't-system', Key: KEY, ...CONDITION } },
      ],
      ClientRequestToken: 'token',
    }),
  'a read by key': () => new GetCommand({ TableName: 't-system', Key: KEY, ConsistentRead: true }),
  'a read by many keys': () =>
    new BatchGetCommand({ RequestItems: { 't-system': { Keys: [KEY, KEY], ProjectionExpression: 'pk' } } }),
  'a query': () =>
    new QueryCommand({
      TableName: 't-system',
      KeyConditionExpression: 'pk = :v',
      ExpressionAttributeValues: { ':v': 'a', ':n': 1 },
      ScanIndexForward: false,
      Limit: 3,
      ExclusiveStartKey: KEY,
    }),
  'a query from the start': () => new QueryCommand({ TableName: 't-system', ExclusiveStartKey: undefined }),
  'a put': () => new PutCommand({ TableName: 't-system', Item: RECORD, ...CONDITION }),
  'an update': () =>
    new UpdateCommand({ TableName: 't-system', Key: KEY, UpdateExpression: 'SET a = :v', ...CONDITION }),
  'a delete': () => new DeleteCommand({ TableName: 't-system', Key: KEY, ReturnValues: 'ALL_OLD' }),
  'a batch of writes': () =>
    new BatchWriteCommand({
      RequestItems: { 't-system': [{ PutRequest: { Item: RECORD } }, { DeleteRequest: { Key: KEY } }] },
    }),
  'a scan': () => new ScanCommand({ TableName: 't-system', Segment: 0, TotalSegments: 4, ConsistentRead: true }),
};

const STORED = {
  pk: { S: 'a"b\\c\n é 日本' },
  n: { N: '-12.5' },
  yes: { BOOL: true },
  nothing: { NULL: true },
  list: { L: [{ S: 'x' }, { N: '1' }, { L: [] }, { M: { Item: { S: 'y' } } }] },
  map: { M: { deep: { M: {} }, Keys: { L: [] } } },
  names: { SS: ['a', 'b'] },
  numbers: { NS: ['1', '2'] },
};

describe('a command as text', () => {
  it.each(Object.entries(COMMANDS))('says what the SDK says: %s', async (_name, make) => {
    answer = { status: 200, body: '{}' };
    const { sdk, ours } = await both(make);
    expect(ours.said?.body).toEqual(sdk.said?.body);
    for (const name of ['host', 'x-amz-target', 'content-type']) {
      expect(ours.said?.headers[name]).toBe(sdk.said?.headers[name]);
    }
    expect(ours.said?.headers.authorization).toMatch(/^AWS4-HMAC-SHA256 .*SignedHeaders=.*Signature=[0-9a-f]{64}$/);
    expect(ours.output).toEqual(sdk.output);
  });

  it.each([
    ['a read by key', { Item: STORED }],
    ['a read by key', {}],
    ['a query', { Items: [STORED, STORED], Count: 2, ScannedCount: 2, LastEvaluatedKey: { pk: { S: 'a' } } }],
    ['a scan', { Items: [], Count: 0, ScannedCount: 0 }],
    ['a delete', { Attributes: STORED }],
    ['a batch of writes', { UnprocessedItems: { 't-system': [{ PutRequest: { Item: STORED } }] } }],
    [
      'a read by many keys',
      { Responses: { 't-system': [STORED, STORED] }, UnprocessedKeys: { 't-system': { Keys: [{ pk: { S: 'a' } }] } } },
    ],
  ] as const)('hears what the SDK hears: %s %#', async (name, body) => {
    answer = { status: 200, body: JSON.stringify(body) };
    const { sdk, ours } = await both(COMMANDS[name]);
    expect(ours.output).toEqual(sdk.output);
  });

  it('leaves refusals to the SDK', async () => {
    const CancellationReasons = [{ Code: 'None' }, { Code: 'ConditionalCheckFailed', Item: STORED, Message: 'no' }];
    const __type = 'com.amazonaws.dynamodb.v20120810#TransactionCanceledException';
    answer = { status: 400, body: JSON.stringify({ __type, Message: 'cancelled', CancellationReasons }) };
    const { sdk, ours } = await both(COMMANDS['a transaction']);
    expect(ours.error).toBeInstanceOf(TransactionCanceledException);
    expect(ours.error).toEqual(sdk.error);
    expect(ours.error).toMatchObject({ CancellationReasons: [{}, { Item: { pk: STORED.pk } }] });
  });

  it('says so when an answer breaks off', async () => {
    answer = { status: 200, body: '{"Item":{"pk"' };
    const { ours } = await both(COMMANDS['a read by key']);
    expect(ours.error).toBeInstanceOf(SyntaxError);
  });

  it.each([[NaN], [Infinity], [2 ** 60], [new Date()], [new Set(['a'])], [Symbol('s')]])(
    'stores nothing that would come back as something else: %s',
    (value) => {
      expect(() => toAttribute(value)).toThrow(/can't be stored/);
    },
  );
});
