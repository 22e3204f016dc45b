// Does a burst of requests leave the event loop free in between, in order and without losing any?
import { beforeEach, expect, test } from 'vitest';
import { createTurns, inTurn } from '../../../src/platform/http/turns.ts';
import type { Turns } from '../../../src/platform/http/turns.ts';

let clock = 0;
let turns: Turns;
beforeEach(() => {
  clock = 0;
  turns = createTurns(() => clock);
});

const nextRound = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** What is done in each round of the loop until `all` are. */
async function rounds(done: readonly number[], all: number): Promise<number[][]> {
  const seen: number[][] = [done.slice()];
  for (let told = done.length; told < all && seen.length < 1_000; told = done.length) {
    await nextRound();
    seen.push(done.slice(told));
  }
  return seen;
}

test('who comes when nobody waits is served at once', () => {
  const done: number[] = [];
  for (const n of [1, 2, 3]) turns.take(() => done.push(n));
  expect(done).toEqual([1, 2, 3]);
});

test('a burst is spread over rounds of some 15 ms, in order, and what is left to promises counts', async () => {
  const done: number[] = [];
  for (let n = 0; n < 50; n += 1)
    turns.take(() => {
      void Promise.resolve()
        .then(() => undefined)
        .then(() => {
          clock += 4;
          done.push(n);
        });
      clock += 1;
    });
  const seen = await rounds(done, 50);
  expect(done).toEqual(Array.from({ length: 50 }, (_, n) => n));
  // Work in promises is seen by the clock after the first synchronous part of a burst.
  for (const round of seen.slice(2)) expect(round.length).toBeLessThanOrEqual(4);
  expect(seen.length).toBeGreaterThan(8);
});

test('who comes while others wait does not overtake them', async () => {
  const done: number[] = [];
  const slow = (n: number) => () => {
    clock += 10;
    done.push(n);
  };
  for (const n of [0, 1, 2, 3, 4]) turns.take(slow(n));
  expect(done).toEqual([0, 1]);
  turns.take(slow(5));
  expect(done).toEqual([0, 1]);
  await rounds(done, 6);
  expect(done).toEqual([0, 1, 2, 3, 4, 5]);
  turns.take(slow(6));
  await nextRound();
  await nextRound();
  expect(done).toEqual([0, 1, 2, 3, 4, 5, 6]);
  // A new round has its whole time again.
  turns.take(slow(7));
  turns.take(slow(8));
  expect(done.slice(7)).toEqual([7, 8]);
});

test('a request whose client has gone while it waited is not served', async () => {
  const middleware = inTurn(turns) as (req: unknown, res: { destroyed: boolean }, next: () => void) => void;
  const served: string[] = [];
  const come = (name: string) => {
    const res = { destroyed: false };
    middleware({}, res, () => {
      clock += 20;
      served.push(name);
    });
    return res;
  };
  come('first');
  const gone = come('gone');
  come('last');
  gone.destroyed = true;
  await rounds([], 0);
  await nextRound();
  await nextRound();
  await nextRound();
  expect(served).toEqual(['first', 'last']);
});
