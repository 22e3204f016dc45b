// Do sessions live and die in the table as they should, with as few calls as they can?
import { GetCommand } from '@aws-sdk/lib-dynamodb';
import type { SessionData, Store } from 'express-session';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createDynamo } from '../../../src/platform/dynamo/client.ts';
import { Unavailable } from '../../../src/platform/errors.ts';
import { createReadiness } from '../../../src/platform/http/health.ts';
import { createSessionStore } from '../../../src/platform/http/session-store.ts';
import { tables } from '../../../src/tables.ts';
import { silentLog, startTestEngine } from '../../support/engine.ts';
import type { TestEngine } from '../../support/engine.ts';
import { storedSessions } from '../../support/sessions.ts';

const HOUR = 3_600_000;
const MINUTE = 60_000;

let engine: TestEngine;
let ahead = 0;
const clock = { now: () => Date.now() + ahead };
let ids = 0;

beforeAll(async () => {
  engine = await startTestEngine();
});
afterAll(() => engine.stop());
beforeEach(() => {
  ahead = 0;
  ids += 1;
});

const data = (user_id: string): SessionData =>
  Object.assign({} as SessionData, { cookie: { originalMaxAge: null }, user_id });
const open = () => promised(createSessionStore({ dynamo: engine.dynamo, clock, log: silentLog as never }));
const sid = (): string => `session-${String(ids)}`;
const calls = (name: string): number => engine.dynamo.calls.get(name) ?? 0;

function promised(store: Store) {
  const settle = (call: (done: (error?: unknown) => void) => void): Promise<void> =>
    new Promise((resolve, reject) => {
      call((error) => (error instanceof Error ? reject(error) : resolve()));
    });
  return {
    get: (id: string): Promise<SessionData | null | undefined> =>
      new Promise((resolve, reject) =>
        store.get(id, (error, found) => (error instanceof Error ? reject(error) : resolve(found))),
      ),
    set: (id: string, session: SessionData) =>
      settle((done) => {
        store.set(id, session, done);
      }),
    touch: (id: string) => settle((done) => store.touch?.(id, data('x'), done)),
    destroy: (id: string) => settle((done) => store.destroy(id, done)),
  };
}

describe('the session store', () => {
  it('keeps a session under a digest, with a whole number of seconds to live', async () => {
    await open().set(sid(), data('ada'));
    const items = await storedSessions({ engine });
    const item = items.find((one) => String(one['data']).includes('ada'));
    expect(JSON.stringify(item)).not.toContain(sid());
    expect(item?.['pk']).toMatch(/^session#[\w-]{43}$/);
    expect(Number.isInteger(item?.['ttl'])).toBe(true);
    expect(await open().get(sid())).toMatchObject({ user_id: 'ada' });
  });

  it('reads once for ten requests, and writes nothing', async () => {
    await open().set(sid(), data('ada'));
    const store = open();
    const before = [calls('GetItem'), calls('PutItem'), calls('UpdateItem')];
    for (let i = 0; i < 10; i += 1) {
      await store.get(sid());
      await store.touch(sid());
    }
    const after = [calls('GetItem'), calls('PutItem'), calls('UpdateItem')];
    expect(after.map((n, i) => n - (before[i] ?? 0))).toEqual([1, 0, 0]);
  });

  it('prolongs a session in use, at most every five minutes', async () => {
    const store = open();
    await store.set(sid(), data('ada'));
    const before = calls('UpdateItem');
    ahead = 4 * MINUTE;
    await store.touch(sid());
    expect(calls('UpdateItem') - before).toBe(0);
    ahead = 6 * MINUTE;
    await Promise.all([store.touch(sid()), store.touch(sid()), store.touch(sid())]);
    expect(calls('UpdateItem') - before).toBe(1);
    ahead = 8 * HOUR + MINUTE;
    expect(await open().get(sid())).toBeTruthy();
  });

  it('finds nothing that ran out, though it still lies in the table', async () => {
    const store = open();
    await store.set(sid(), data('ada'));
    ahead = 8 * HOUR;
    expect(await store.get(sid())).toBeNull();
    expect(await open().get(sid())).toBeNull();
  });

  it('never brings back what was ended: not by a late write, touch or read', async () => {
    const store = open();
    await store.set(sid(), data('ada'));
    const late = await store.get(sid());
    const reading = open();
    const [, found] = await Promise.all([reading.destroy(sid()), reading.get(sid())]);
    expect(found).toBeNull();
    ahead = 6 * MINUTE;
    await store.touch(sid()); // another process ended it
    await store.set(sid(), late as SessionData);
    expect(await store.get(sid())).toBeNull();
    await reading.set(sid(), data('ada'));
    expect(await open().get(sid())).toBeNull();
  });

  it('stores no credentials of the store itself', async () => {
    await open().set(sid(), data('ada'));
    const session = await open().get(sid());
    await open().set(sid(), { ...session, user_id: 'grace' } as SessionData);
    const items = await storedSessions({ engine });
    const key = items.find((one) => String(one['data']).includes('grace'));
    const { Item } = await engine.dynamo.doc.send(
      new GetCommand({ TableName: engine.dynamo.table('system'), Key: { pk: key?.['pk'], sk: 'session' } }),
    );
    expect(JSON.parse(String(Item?.['data']))).toEqual({ cookie: { originalMaxAge: null }, user_id: 'grace' });
  });

  it('says that it is unavailable, not that nobody is signed in, when the table does not answer', async () => {
    const dynamo = createDynamo({ endpoint: 'http://127.0.0.1:9', region: 'us-east-1', tablePrefix: 'test-' });
    const store = promised(createSessionStore({ dynamo, clock, log: silentLog as never }));
    await expect(store.get('a')).rejects.toBeInstanceOf(Unavailable);
    await expect(store.set('a', data('ada'))).rejects.toBeInstanceOf(Unavailable);
    await expect(store.destroy('a')).rejects.toBeInstanceOf(Unavailable);
    dynamo.close();
  });
});

describe('readiness', () => {
  it('is told within a second, with a reason', async () => {
    const dynamo = createDynamo({ endpoint: 'http://127.0.0.1:9', region: 'us-east-1', tablePrefix: 'test-' });
    const start = performance.now();
    const ready = createReadiness({ dynamo, tables, unfinishedJobs: () => false });
    expect(await ready()).toBe('The tables do not answer.');
    expect(performance.now() - start).toBeLessThan(1_500);
    dynamo.close();
  });

  it('waits for tables that are missing, and for jobs', async () => {
    const { endpoint } = engine;
    const dynamo = createDynamo({ endpoint, region: 'us-east-1', tablePrefix: 'other-' });
    expect(await createReadiness({ dynamo, tables, unfinishedJobs: () => false })()).toBe('The tables do not answer.');
    dynamo.close();
    const here = { dynamo: engine.dynamo, tables };
    expect(await createReadiness({ ...here, unfinishedJobs: () => true })()).toMatch(/crash/);
    expect(await createReadiness({ ...here, unfinishedJobs: () => false })()).toBeUndefined();
  });
});
