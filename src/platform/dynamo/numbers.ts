// In which order are events told? By a number that only grows, also over a restart; it is the offset of recovery.
import type { Clock } from '../clock.ts';

const WIDTH = 16; // microseconds since 1970 have 16 digits until the year 2286

export interface Numbers {
  /** A number for a transaction that is about to be sent. It must be settled. */
  take: () => string;
  /** Tells how it ended. What was stored is told once every smaller number is settled. */
  settle: (number: string, tell: (() => void) | undefined) => void;
  /** Numbers start above this one: the newest that the trail knows. */
  startAbove: (number: string) => void;
}

/** Numbers are taken before a write and told after it; telling in order means that none can be overtaken. */
export function createNumbers(clock: Clock): Numbers {
  let last = 0;
  // In the order they were taken; `settled` with or without something to tell.
  const open = new Map<string, { settled: boolean; tell: (() => void) | undefined }>();

  const release = (): void => {
    for (const [number, state] of open) {
      if (!state.settled) return;
      open.delete(number);
      state.tell?.();
    }
  };

  return {
    take: () => {
      last = Math.max(last + 1, clock.now() * 1000);
      const number = String(last).padStart(WIDTH, '0');
      open.set(number, { settled: false, tell: undefined });
      return number;
    },
    settle: (number, tell) => {
      const state = open.get(number);
      if (!state) return;
      state.settled = true;
      state.tell = tell;
      release();
    },
    startAbove: (number) => {
      last = Math.max(last, Number(number));
    },
  };
}
