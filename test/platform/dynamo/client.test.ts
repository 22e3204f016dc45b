// The client: what is a refusal, what is an outage, and how long either takes.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { GetCommand, PutCommand, QueryCommand, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Dynamo } from '../../../src/platform/dynamo/client.ts';
import { createDynamo, isUnreachable } from '../../../src/platform/dynamo/client.ts';
import { Unavailable } from '../../../src/platform/errors.ts';
import type { TestEngine } from '../../support/engine.ts';
import { startTestEngine } from '../../support/engine.ts';

const key = { pk: 'x', sk: '-' };
const get = (dynamo: Dynamo) => dynamo.doc.send(new GetCommand({ TableName: dynamo.table('system'), Key: key }));
const failure = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

describe('with an engine', () => {
  let engine: TestEngine;
  let dynamo: Dynamo;
  beforeAll(async () => {
    engine = await startTestEngine();
    dynamo = engine.dynamo;
  });
  afterAll(() => engine.stop());

  it('counts calls by operation', async () => {
    dynamo.calls.clear();
    await get(dynamo);
    await get(dynamo);
    await dynamo.doc.send(new PutCommand({ TableName: dynamo.table('system'), Item: key }));
    await dynamo.doc.send(
      new QueryCommand({
        TableName: dynamo.table('system'),
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': 'x' },
      }),
    );
    expect(Object.fromEntries(dynamo.calls)).toEqual({ GetItem: 2, PutItem: 1, Query: 1 });
  });

  it('leaves out what is undefined', async () => {
    const Item = { ...key, email: undefined, name: 'Ada' };
    await dynamo.doc.send(new PutCommand({ TableName: dynamo.table('system'), Item }));
    expect((await get(dynamo)).Item).toEqual({ ...key, name: 'Ada' });
  });

  it('takes a burst that is far larger than its sockets', async () => {
    const answers = await Promise.all(Array.from({ length: 1_000 }, () => get(dynamo)));
    expect(answers).toHaveLength(1_000);
  });

  it('passes refusals on as they are', async () => {
    const condition = { TableName: dynamo.table('system'), Item: key, ConditionExpression: 'attribute_not_exists(pk)' };
    expect(await failure(dynamo.doc.send(new PutCommand(condition)))).toMatchObject({
      name: 'ConditionalCheckFailedException',
    });
    const transaction = new TransactWriteCommand({ TransactItems: [{ Put: condition }] });
    expect(await failure(dynamo.doc.send(transaction))).toMatchObject({
      name: 'TransactionCanceledException',
      CancellationReasons: [{ Code: 'ConditionalCheckFailed' }],
    });
    expect(await failure(dynamo.doc.send(new GetCommand({ TableName: 'nowhere', Key: key })))).toMatchObject({
      name: 'ResourceNotFoundException',
    });
  });
});

describe('without an answer', () => {
  const closing: (() => void)[] = [];
  afterEach(() => {
    for (const close of closing.splice(0)) close();
  });

  /** A server in the engine's place, and a client for it. */
  async function pretend(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<Dynamo> {
    const server = createServer(answer);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const dynamo = createDynamo({
      endpoint: `http://127.0.0.1:${String(port)}`,
      region: 'us-east-1',
      tablePrefix: 't-',
    });
    closing.push(dynamo.close, () => {
      server.close();
      server.closeAllConnections();
    });
    return dynamo;
  }

  const say =
    (status: number, type: string, count = { of: 0 }) =>
    (_request: IncomingMessage, response: ServerResponse): void => {
      count.of += 1;
      response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' });
      response.end(JSON.stringify({ __type: `com.amazonaws.dynamodb.v20120810#${type}`, message: 'no' }));
    };

  it('is Unavailable, and soon, when nothing listens', async () => {
    const dynamo = await pretend(say(200, ''));
    for (const close of closing.splice(1)) close();
    const from = Date.now();
    const error = await failure(get(dynamo));
    expect(error).toBeInstanceOf(Unavailable);
    expect((error as Error).cause).toMatchObject({ code: 'ECONNREFUSED' });
    expect(Date.now() - from).toBeLessThan(2_000);
  });

  it('is Unavailable within 8 s when the other side takes calls and says nothing', async () => {
    const dynamo = await pretend(() => undefined);
    const from = Date.now();
    expect(await failure(get(dynamo))).toBeInstanceOf(Unavailable);
    expect(Date.now() - from).toBeLessThan(8_000);
  });

  it.each([
    [500, 'InternalServerError'],
    [503, 'ServiceUnavailable'],
    [400, 'ThrottlingException'],
    [400, 'ProvisionedThroughputExceededException'],
  ])('is Unavailable after ten tries, or what time allows of them, at %i %s', async (status, type) => {
    const count = { of: 0 };
    const dynamo = await pretend(say(status, type, count));
    const error = await failure(get(dynamo));
    expect(error).toBeInstanceOf(Unavailable);
    expect((error as Error).cause).toMatchObject({ name: type });
    // Throttled tries wait up to 0.8 s between them, and the last one begins within 5.4 s.
    expect(count.of).toBeGreaterThanOrEqual(6);
    expect(count.of).toBeLessThanOrEqual(10);
    expect(dynamo.calls.get('GetItem')).toBe(1);
  });

  it('leaves a conflict of transactions to those who can try the whole again', async () => {
    const dynamo = await pretend(say(400, 'TransactionCanceledException'));
    const transaction = new TransactWriteCommand({
      TransactItems: [{ Put: { TableName: dynamo.table('system'), Item: key } }],
    });
    expect(await failure(dynamo.doc.send(transaction))).toMatchObject({ name: 'TransactionCanceledException' });
  });

  it('is not asked again and again once twelve tries in a row found nobody, but twice a second', async () => {
    const count = { of: 0 };
    const dynamo = await pretend(say(500, 'InternalServerError', count));
    await Promise.all(Array.from({ length: 5 }, () => failure(get(dynamo))));
    const before = count.of;
    for (let i = 0; i < 100; i += 1) {
      const error = await failure(get(dynamo));
      expect(error).toBeInstanceOf(Unavailable);
    }
    expect(count.of - before).toBeLessThanOrEqual(2);
    await new Promise((resolve) => setTimeout(resolve, 600));
    await failure(get(dynamo));
    expect(count.of - before).toBeGreaterThan(0);
  });

  it('notices within a second that nothing is said any more, and leaves a slow call alone while others are answered', async () => {
    let say: (call: number) => boolean = () => true;
    let calls = 0;
    const dynamo = await pretend((_request, response) => {
      calls += 1;
      if (say(calls)) response.end('{}');
    });
    await get(dynamo);
    dynamo.hurry();
    const first = calls + 1;
    say = (call) => call !== first;
    const slow = failure(get(dynamo));
    for (let i = 0; i < 20; i += 1) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      expect((await get(dynamo)).Item).toBeUndefined();
    }
    say = () => false;
    const from = Date.now();
    expect(await failure(get(dynamo))).toBeInstanceOf(Unavailable);
    expect(Date.now() - from).toBeLessThan(3_000); // a second, were the machine not busy
    await slow;
    say = () => true;
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect((await get(dynamo)).Item).toBeUndefined();
  });

  it('succeeds when only the first tries failed', async () => {
    let tries = 0;
    const dynamo = await pretend((request, response) => {
      tries += 1;
      if (tries < 3) request.socket.destroy();
      else response.end('{}');
    });
    expect((await get(dynamo)).Item).toBeUndefined();
    expect(tries).toBe(3);
  });
});

it('knows an outage from a refusal and from a defect', () => {
  expect(isUnreachable(new Unavailable())).toBe(true);
  expect(isUnreachable(Object.assign(new Error(), { code: 'ECONNRESET' }))).toBe(true);
  expect(isUnreachable(Object.assign(new Error(), { name: 'TransactionCanceledException' }))).toBe(false);
  expect(isUnreachable(new TypeError('x is not a function'))).toBe(false);
  expect(isUnreachable(undefined)).toBe(false);
});
