// How much may be under way at once? A line in front of something scarce, in which nobody waits for ever.
import { Busy } from './errors.ts';
import { createGate } from './dynamo/gate.ts';
import type { Gate } from './dynamo/gate.ts';

async function through<T>(gate: Gate, patience: number, task: () => Promise<T>): Promise<T> {
  if (!(await gate.enter(patience))) throw new Busy();
  try {
    return await task();
  } finally {
    gate.leave();
  }
}

/** Runs at most `atOnce` tasks; who waited for `patience` milliseconds, or comes behind `waiting` others, gets Busy. */
export function createLimit(atOnce: number, patience: number, waiting?: number) {
  const gate = createGate(atOnce, waiting);
  return <T>(task: () => Promise<T>): Promise<T> => through(gate, patience, task);
}

/** One after the other per key, with the same patience; keys do not wait for each other. */
export function createQueues(patience = 5_000) {
  const gates = new Map<string, { gate: Gate; users: number }>();
  const underWay = new Set<Promise<unknown>>();

  async function inLine<T>(key: string, task: () => Promise<T>): Promise<T> {
    const line = gates.get(key) ?? { gate: createGate(1), users: 0 };
    gates.set(key, line);
    line.users += 1;
    try {
      return await through(line.gate, patience, task);
    } finally {
      line.users -= 1;
      if (line.users === 0) gates.delete(key);
    }
  }

  const queues = <T>(key: string, task: () => Promise<T>): Promise<T> => {
    const mine = inLine(key, task);
    underWay.add(mine);
    const over = (): void => void underWay.delete(mine);
    mine.then(over, over);
    return mine;
  };
  /** Resolves when whatever is in line now, of any key, is over. */
  const drained = async (): Promise<void> => {
    await Promise.allSettled(underWay);
  };
  return Object.assign(queues, { drained });
}
