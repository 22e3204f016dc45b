// How much may be under way at once? A line in front of something scarce, in which nobody waits for ever.
import { Unavailable } from './errors.ts';
import { createGate } from './dynamo/gate.ts';
import type { Gate } from './dynamo/gate.ts';

const busy = (): Unavailable => new Unavailable('Too much is going on right now. Try again in a few seconds.');

async function through<T>(gate: Gate, patience: number, task: () => Promise<T>): Promise<T> {
  if (!(await gate.enter(patience))) throw busy();
  try {
    return await task();
  } finally {
    gate.leave();
  }
}

/** Runs at most `atOnce` tasks; who waited for `patience` milliseconds gets Unavailable. */
export function createLimit(atOnce: number, patience: number) {
  const gate = createGate(atOnce);
  return <T>(task: () => Promise<T>): Promise<T> => through(gate, patience, task);
}

/** One after the other per key, with the same patience; keys do not wait for each other. */
export function createQueues(patience = 5_000) {
  const gates = new Map<string, { gate: Gate; users: number }>();
  return async <T>(key: string, task: () => Promise<T>): Promise<T> => {
    const line = gates.get(key) ?? { gate: createGate(1), users: 0 };
    gates.set(key, line);
    line.users += 1;
    try {
      return await through(line.gate, patience, task);
    } finally {
      line.users -= 1;
      if (line.users === 0) gates.delete(key);
    }
  };
}
