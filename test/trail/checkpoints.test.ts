// When are the heads of the trail sealed, by whom, and what does a crash cost?
import { afterAll, beforeEach, expect, test } from 'vitest';
import { allCheckpoints, headsOf, newestCheckpoint } from '../../src/platform/dynamo/checkpoint.ts';
import { createCheckpointer } from '../../src/platform/dynamo/checkpointer.ts';
import { createLogger } from '../../src/platform/logger.ts';
import { TRAIL_KEY } from '../support/audit.ts';
import { startCollege } from '../support/college.ts';
import type { College } from '../support/college.ts';
import { startTestEngine } from '../support/engine.ts';
import type { TestEngine } from '../support/engine.ts';

const engines: TestEngine[] = [];
let engine: TestEngine;
let college: College;

beforeEach(async () => {
  engine = await startTestEngine();
  engines.push(engine);
  college = await startCollege(engine, { env: { LOG_LEVEL: 'info' } });
});
afterAll(async () => {
  for (const one of engines) await one.stop();
});

const newest = () => newestCheckpoint(engine.dynamo);
const chainsOf = async (number: number): Promise<string[]> => {
  for await (const { checkpoint, lines } of allCheckpoints(engine.dynamo)) {
    if (checkpoint.ordinal === number) return lines.flatMap(headsOf).map(({ chain }) => chain);
  }
  return [];
};

test('what moved is sealed, its hash told in the log, and nothing is written when nothing moved', async () => {
  const { student_id } = await college.student();
  await college.checkpoint();
  const first = await newest();
  expect(first).toMatchObject({ ordinal: 1, previous: null, count: 1 });
  expect(await chainsOf(1)).toEqual([`student#${student_id}`]);
  expect(college.log.filter(({ msg }) => msg === 'trail checkpoint')).toMatchObject([
    { checkpoint: 1, hash: first!.hash, heads: 1 },
  ]);

  const other = await college.student();
  await college.checkpoint();
  expect(await newest()).toMatchObject({ ordinal: 2, previous: first!.hash });
  expect(await chainsOf(2)).toContain(`student#${other.student_id}`);
  college.close();
});

test('the round goes by itself, and writes nothing while nothing moves', async () => {
  const rounds = college.takeCheckpoints(50);
  await college.student();
  await expect.poll(async () => (await newest())?.ordinal).toBe(1);
  const puts = engine.dynamo.calls.get('TransactWriteItems');
  await new Promise((done) => setTimeout(done, 300));
  expect((await newest())?.ordinal).toBe(1);
  expect(engine.dynamo.calls.get('TransactWriteItems')).toBe(puts);
  await college.student();
  await rounds.stop(); // takes a last one
  expect((await newest())?.ordinal).toBe(2);
  college.close();
});

test('what a crash kept from being sealed is sealed by the next start, with quiet entries', async () => {
  await college.student();
  college.passTime(60 * 60_000);
  await college.checkpoint();
  college.passTime(60 * 60_000);
  const { course_id, ids } = await college.classOf(3);
  await college.services.attendance.saveSheet(college.system, course_id, '2026-03-02', 1, {
    entries: ids.map((student_id) => ({ student_id, status: 'Present' })),
  });
  college.close(); // no checkpoint
  const next = await startCollege(engine, { ahead: 3 * 60 * 60_000 });
  await next.checkpoint();
  const sealed = await chainsOf(2);
  expect(sealed.toSorted()).toEqual(
    [`course#${course_id}`, `sheet#${course_id}#a#2026-03-02#1`, ...ids.map((id) => `student#${id}`)].sort(),
  );
  next.close();
});

test('two processes take turns in one row, and lose nothing', async () => {
  const other = await startCollege(engine);
  const made: string[] = [];
  for (let round = 0; round < 5; round += 1) {
    made.push((await college.student()).student_id, (await other.student()).student_id);
    await Promise.all([college.checkpoint(), other.checkpoint()]);
  }
  const sealed = new Set<string>();
  let before: string | null = null;
  let number = 0;
  for await (const { checkpoint, lines } of allCheckpoints(engine.dynamo)) {
    expect(checkpoint).toMatchObject({ ordinal: (number += 1), previous: before });
    before = checkpoint.hash;
    for (const { chain } of lines.flatMap(headsOf)) sealed.add(chain);
  }
  for (const id of made) expect(sealed).toContain(`student#${id}`);
  college.close();
  other.close();
});

test('an entry that was refused is not sealed, the one that is stored is', async () => {
  const { student_id } = await college.student();
  const lines: string[] = [];
  const log = createLogger('info', { write: (line) => void lines.push(line) });
  const checkpointer = createCheckpointer({
    dynamo: engine.dynamo,
    clock: { now: () => Date.now() },
    log,
    keys: [TRAIL_KEY],
  });
  checkpointer.note(`student#${student_id}`, 2, 'a hash that was never stored');
  expect(await checkpointer.take()).toBeUndefined(); // it may be under way
  expect(await checkpointer.take()).toMatchObject({ count: 1 });
  for await (const { lines: stored } of allCheckpoints(engine.dynamo)) {
    expect(stored.flatMap(headsOf)).toMatchObject([{ chain: `student#${student_id}`, version: 1 }]);
  }
  expect(await checkpointer.take()).toBeUndefined();
  college.close();
});

test('thousands of heads go into pieces that an item can hold', async () => {
  const log = createLogger('silent');
  const { dynamo } = engine;
  const clock = { now: () => Date.now() };
  const checkpointer = createCheckpointer({ dynamo, clock, log, keys: [TRAIL_KEY] });
  const students = await Promise.all(Array.from({ length: 40 }, () => college.student()));
  const { nextCheckpoint } = await import('../../src/platform/dynamo/checkpoint.ts');
  const heads = Array.from({ length: 20_000 }, (_, i) => ({
    chain: `sheet#${students[i % 40]!.student_id}#a#2026-03-02#${String(i)}`,
    version: i,
    hash: 'x'.repeat(43),
  }));
  const { items } = nextCheckpoint(undefined, new Date().toISOString(), heads, TRAIL_KEY);
  const sizes = items.map((item) => Buffer.byteLength(JSON.stringify(item)));
  expect(Math.max(...sizes)).toBeLessThan(350_000);
  expect(sizes.reduce((a, b) => a + b)).toBeLessThan(4_000_000);
  expect(items.map((item) => headsOf(String(item['lines']))).flat()).toEqual(heads);
  expect(await checkpointer.take()).toBeUndefined();
  college.close();
});
