// Notes written behind the requests: nothing is lost while the database is away, and nothing grows without bound.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDynamo } from '../../../src/platform/dynamo/client.ts';
import type { Dynamo } from '../../../src/platform/dynamo/client.ts';
import { pause } from '../../../src/platform/dynamo/reads.ts';
import { createWriteBehind } from '../../../src/platform/dynamo/write-behind.ts';
import { Unavailable } from '../../../src/platform/errors.ts';
import { scan } from '../../support/audit.ts';
import { unique } from '../../support/app.ts';
import { silentLog, startTestEngine } from '../../support/engine.ts';
import type { TestEngine } from '../../support/engine.ts';

let engine: TestEngine;
let dynamo: Dynamo;
let away = false;

beforeAll(async () => {
  engine = await startTestEngine();
  const { endpoint, tablePrefix } = engine;
  dynamo = createDynamo({ endpoint, region: 'us-east-1', tablePrefix });
  const send = dynamo.doc.send.bind(dynamo.doc) as (command: unknown) => Promise<unknown>;
  dynamo.doc.send = ((command: unknown) =>
    away ? Promise.reject(new Unavailable()) : send(command)) as typeof dynamo.doc.send;
});
afterAll(async () => {
  dynamo.close();
  await engine.stop();
});

const storedOf = async (pk: string): Promise<number> =>
  (await scan(engine.dynamo, 'system')).filter((item) => item['pk'] === pk).length;

test('what is brought is stored within a second, many at once sooner, and the same key once', async () => {
  const notes = createWriteBehind({ dynamo, log: silentLog });
  const pk = `note#${unique()}`;
  void notes.add({ pk, sk: 'one' });
  void notes.add({ pk, sk: 'one' });
  expect(await storedOf(pk)).toBe(0);
  await pause(1_200);
  expect(await storedOf(pk)).toBe(1);
  for (let n = 0; n < 130; n += 1) void notes.add({ pk, sk: `many ${String(n)}` });
  await notes.flush();
  expect([await storedOf(pk), notes.size()]).toEqual([131, 0]);
  await notes.stop();
});

test('an outage loses nothing; when the line is full the next one waits, and is refused when it lasts', async () => {
  const notes = createWriteBehind({ dynamo, log: silentLog, most: 40 });
  const pk = `note#${unique()}`;
  away = true;
  for (let n = 0; n < 40; n += 1) expect(notes.add({ pk, sk: String(n) })).toBeUndefined();
  await expect(notes.flush(300)).rejects.toBeInstanceOf(Unavailable);
  const waiting = notes.add({ pk, sk: 'one more' });
  expect(waiting).toBeInstanceOf(Promise);
  expect(notes.size()).toBe(40);
  await pause(300);
  away = false;
  await waiting;
  await notes.flush();
  expect(await storedOf(pk)).toBe(41);

  away = true;
  for (let n = 0; n < 40; n += 1) void notes.add({ pk, sk: `again ${String(n)}` });
  await expect(notes.add({ pk, sk: 'no room' })).rejects.toBeInstanceOf(Unavailable);
  const lines: object[] = [];
  const end = createWriteBehind({ dynamo, log: { error: (line: object) => void lines.push(line) } });
  void end.add({ pk, sk: 'lost' });
  await end.stop(200);
  expect(lines).toEqual([{ lost: 1 }]);
  away = false;
  await notes.stop();
  expect(await storedOf(pk)).toBe(81);
}, 20_000);
