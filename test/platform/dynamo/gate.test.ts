// The line in front of the sockets.
import { expect, it } from 'vitest';
import { createGate } from '../../../src/platform/dynamo/gate.ts';

it('lets as many in as there are places, then in order', async () => {
  const gate = createGate(2);
  const order: number[] = [];
  const enter = async (n: number): Promise<void> => {
    if (await gate.enter(1_000)) order.push(n);
  };
  await Promise.all([enter(1), enter(2)]);
  const waiting = [enter(3), enter(4)];
  await Promise.resolve();
  expect(order).toEqual([1, 2]);
  gate.leave();
  gate.leave();
  await Promise.all(waiting);
  expect(order).toEqual([1, 2, 3, 4]);
});

it('sends away who has waited too long, and does not lose the place', async () => {
  const gate = createGate(1);
  expect(await gate.enter(10)).toBe(true);
  expect(await gate.enter(10)).toBe(false);
  gate.leave();
  expect(await gate.enter(10)).toBe(true);
});
