// Sweeping: what has expired goes, everything else stays.
import { BatchWriteCommand, GetCommand, PutCommand, QueryCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { startSweeper, sweepExpired } from '../../../src/platform/dynamo/sweep.ts';
import type { TestEngine } from '../../support/engine.ts';
import { silentLog, startTestEngine } from '../../support/engine.ts';

const NOW = Date.UTC(2026, 2, 2, 12);
const SECONDS = NOW / 1000;

let engine: TestEngine;
beforeAll(async () => {
  engine = await startTestEngine();
});
afterAll(() => engine.stop());

const table = (): string => engine.dynamo.table('system');
const put = (pk: string, ttl?: number) =>
  engine.dynamo.doc.send(new PutCommand({ TableName: table(), Item: { pk, sk: '-', ttl } }));
const exists = async (pk: string): Promise<boolean> =>
  (await engine.dynamo.doc.send(new GetCommand({ TableName: table(), Key: { pk, sk: '-' } }))).Item !== undefined;

it('removes what has expired and nothing else', async () => {
  await put('past', SECONDS - 1);
  await put('now', SECONDS);
  await put('future', SECONDS + 60);
  await put('trail');
  expect(await sweepExpired(engine.dynamo, NOW)).toEqual({ removed: 1, next: undefined });
  expect(await Promise.all(['past', 'now', 'future', 'trail'].map(exists))).toEqual([false, true, true, true]);
});

it('goes on over many pages', async () => {
  const items = Array.from({ length: 1_200 }, (_, n) => ({ pk: 'many', sk: String(n), ttl: SECONDS - 1 - (n % 9) }));
  for (let n = 0; n < items.length; n += 25) {
    const RequestItems = { [table()]: items.slice(n, n + 25).map((Item) => ({ PutRequest: { Item } })) };
    await engine.dynamo.doc.send(new BatchWriteCommand({ RequestItems }));
  }
  expect((await sweepExpired(engine.dynamo, NOW)).removed).toBe(1_200);
  const left = await engine.dynamo.doc.send(
    new QueryCommand({
      TableName: table(),
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': 'many' },
    }),
  );
  expect(left.Count).toBe(0);
});

it('spares a session that was prolonged between the look and the removal', async () => {
  await put('session', SECONDS - 1);
  const { doc } = engine.dynamo;
  const send = doc.send.bind(doc) as (command: object) => Promise<unknown>;
  doc.send = (async (command: object) => {
    const answer = await send(command);
    if (command instanceof ScanCommand) await put('session', SECONDS + 60);
    return answer;
  }) as typeof doc.send;
  expect((await sweepExpired(engine.dynamo, NOW)).removed).toBe(0);
  doc.send = send as typeof doc.send;
  expect(await exists('session')).toBe(true);
});

it('sweeps by itself until stopped', async () => {
  await put('first', SECONDS - 1);
  const sweeper = startSweeper(engine.dynamo, { now: () => NOW }, silentLog, 20);
  await vi.waitFor(async () => expect(await exists('first')).toBe(false), 3_000);
  await sweeper.stop();
  await put('second', SECONDS - 1);
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(await exists('second')).toBe(true);
});
