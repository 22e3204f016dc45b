// Which id does the next record get, and when did it happen? The plan says so, whatever order writes finish in.
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Clock } from '../platform/clock.ts';
import { newId } from '../platform/ids.ts';

interface Moment {
  /** Milliseconds since 1970. */
  at: number;
  /** Of the one record that is made; a sheet needs none. */
  id?: string;
}

/** `clock` and `newId` answer as planned for whatever `during` runs, and as usual for everything else. */
export function createMoments(usual: Clock) {
  const moments = new AsyncLocalStorage<Moment>();
  const clock: Clock = { now: () => moments.getStore()?.at ?? usual.now() };
  return {
    clock,
    newId: (): string => moments.getStore()?.id ?? newId(),
    during: <T>(moment: Moment, task: () => Promise<T>): Promise<T> => moments.run(moment, task),
  };
}

export type Moments = ReturnType<typeof createMoments>;
