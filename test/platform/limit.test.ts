// Does a bounded queue let through what it may, in order, and send away who has waited too long?
import { expect, test } from 'vitest';
import { Unavailable } from '../../src/platform/errors.ts';
import { createLimit, createQueues } from '../../src/platform/limit.ts';

const tick = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1));

test('at most so many run at once, all get their turn', async () => {
  const limit = createLimit(3, 5_000);
  let running = 0;
  let most = 0;
  const done: number[] = [];
  await Promise.all(
    Array.from({ length: 40 }, (_, i) =>
      limit(async () => {
        running += 1;
        most = Math.max(most, running);
        await tick();
        running -= 1;
        done.push(i);
      }),
    ),
  );
  expect(most).toBe(3);
  expect(done).toEqual(Array.from({ length: 40 }, (_, i) => i));
});

test('a task that throws gives its place back', async () => {
  const limit = createLimit(1, 5_000);
  const failing = Array.from({ length: 5 }, () => limit(() => Promise.reject(new Error('no'))));
  expect((await Promise.allSettled(failing)).every((r) => r.status === 'rejected')).toBe(true);
  expect(await limit(() => Promise.resolve('yes'))).toBe('yes');
});

test('nobody waits longer than the patience, and whoever gave up leaves no gap', async () => {
  const limit = createLimit(1, 20);
  const slow = limit(() => new Promise((resolve) => setTimeout(resolve, 80)));
  const waiting = await Promise.allSettled(Array.from({ length: 5 }, () => limit(tick)));
  for (const r of waiting) expect(r.status === 'rejected' && r.reason).toBeInstanceOf(Unavailable);
  await slow;
  expect(await limit(() => Promise.resolve('yes'))).toBe('yes');
});

test('the same holds per key; other keys are not held up', async () => {
  const queues = createQueues(20);
  const slow = queues('a', () => new Promise((resolve) => setTimeout(resolve, 80)));
  await expect(queues('a', tick)).rejects.toBeInstanceOf(Unavailable);
  expect(await queues('b', () => Promise.resolve('yes'))).toBe('yes');
  await slow;
  expect(await queues('a', () => Promise.resolve('yes'))).toBe('yes');
});

test('per key one after the other, also after a failure; keys do not wait for each other', async () => {
  const queues = createQueues();
  const log: string[] = [];
  const task =
    (name: string, fails = false) =>
    async () => {
      log.push(`${name} begins`);
      await tick();
      log.push(`${name} ends`);
      if (fails) throw new Error('no');
    };
  const first = queues('a', task('a1', true)).catch(() => undefined);
  const rest = [queues('a', task('a2')), queues('b', task('b1')), queues('a', task('a3'))];
  await Promise.all([first, ...rest]);
  expect(log.filter((l) => l.startsWith('a'))).toEqual(['a1', 'a2', 'a3'].flatMap((n) => [`${n} begins`, `${n} ends`]));
  expect(log.indexOf('b1 begins')).toBeLessThan(log.indexOf('a1 ends'));
});
