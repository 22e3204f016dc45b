// What do people notice when the way to the database is bad? Nothing wrong, nothing twice, and no error that patience saves.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { audit, recountStats, scan } from '../support/audit.ts';
import { chance } from '../support/fault-proxy.ts';
import type { Faults } from '../support/fault-proxy.ts';
import { startWorker } from '../support/workload.ts';
import type { Counts } from '../support/workload.ts';
import { startFaultyApp } from './faulty-app.ts';
import type { FaultyApp } from './faulty-app.ts';

const WORKERS = 6;

/** Together 30 % of the calls, transactions; other calls a little less. */
const THIRTY: Faults = {
  ...{ delay: 0.05, lose: 0.05, loseAnswer: 0.05, throttle: 0.05 },
  ...{ internal: 0.05, conflict: 0.05 },
};
/** More than patience saves: tries run out, answers stay unknown, the circuit breaker opens now and then. */
const SIXTY_FIVE: Faults = { lose: 0.2, loseAnswer: 0.25, internal: 0.2 };

let faulty: FaultyApp;
beforeEach(async () => {
  faulty = await startFaultyApp();
});
afterEach(() => faulty.stop());

/** Lets everybody work through the faults, then looks at everything without them. */
async function workThrough(faults: Faults, rounds: number): Promise<Counts> {
  const { app, proxy, engine } = faulty;
  const random = chance(7);
  const { browser } = await app.admin();
  const counts: Counts = { acknowledged: 0, unanswered: 0, times: [] };
  // One course is so large that its whole sheet is saved by a job.
  const sizes = Array.from({ length: WORKERS }, (_, i) => (i === 0 ? 105 : 8));
  const workers = await Promise.all(sizes.map((size) => startWorker({ browser: () => browser, random, counts, size })));

  proxy.set(faults);
  counts.unanswered = 0;
  await Promise.all(
    workers.map(async ({ work }) => {
      for (let i = 0; i < rounds; i += 1) await work();
    }),
  );
  const during = { ...counts };
  proxy.set({});

  for (const { check } of workers) await check();
  expect(workers.flatMap(({ problems }) => problems)).toEqual([]);
  const left = async (): Promise<number> =>
    (await scan(engine.dynamo, 'system')).filter((item) => String(item['pk']).startsWith('job')).length;
  await expect.poll(left, { timeout: 30_000, interval: 500 }).toBe(0);
  expect(await audit(engine.dynamo)).toEqual([]);
  const stats = app.services.stats.stats(app.system);
  const counted = await recountStats(engine.dynamo);
  expect(stats.attendance.total).toBe(counted.attendance);
  expect(stats.results).toEqual(counted.results);
  expect(stats.students).toEqual(counted.students);
  // Told as often as stored: the audit has shown that each is stored once.
  const stored = (await scan(engine.dynamo, 'system')).filter(
    (item) => item['feed'] !== undefined && item['event'] !== 'signed_in',
  );
  const told = app.events.map(({ stamp }) => stamp.number);
  expect(new Set(told).size).toBe(told.length);
  expect(told.length).toBe(stored.length);
  return during;
}

describe('a bad way to the database', { timeout: 180_000 }, () => {
  it('at 30 % faults: everything acknowledged is there, once, and nobody sees an error', async () => {
    const { unanswered } = await workThrough(THIRTY, 40);
    const { done } = faulty.proxy;
    for (const fault of Object.keys(THIRTY)) expect([fault, done.get(fault as keyof Faults) ?? 0]).not.toContain(0);
    expect(unanswered).toBe(0);
  });

  it('at 65 %: errors, but whatever was acknowledged in the end is there, once', async () => {
    const { unanswered } = await workThrough(SIXTY_FIVE, 15);
    expect(unanswered).toBeGreaterThan(0);
  });
});
