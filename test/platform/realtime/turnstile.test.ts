// Coming in a few at a time: in order, nobody forgotten, and without delay when nobody else comes.
import { expect, it } from 'vitest';
import { createTurnstile } from '../../../src/platform/realtime/turnstile.ts';

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

it('lets one in at once, and a crowd in order, a few at a time', async () => {
  const pass = createTurnstile(2, 10);
  const inside: number[] = [];
  for (let i = 0; i < 7; i += 1) pass(() => inside.push(i));
  expect(inside).toEqual([0, 1]);
  await pause(12);
  expect(inside.length).toBeLessThan(7);
  await expect.poll(() => inside, { timeout: 1_000 }).toEqual([0, 1, 2, 3, 4, 5, 6]);
  await pause(50);
  pass(() => inside.push(7));
  expect(inside.at(-1)).toBe(7);
});
