// How often may one client send? A token bucket: short bursts are fine, a flood is not.
import type { Clock } from '../clock.ts';

export interface Bucket {
  /** Takes one token; false when there is none. */
  take: () => boolean;
}

/** Holds `burst` tokens and gets `perSecond` back each second. */
export function createBucket(clock: Clock, burst: number, perSecond: number): Bucket {
  let tokens = burst;
  let at = clock.now();
  return {
    take: () => {
      const now = clock.now();
      // A clock that is set back must not empty the bucket.
      tokens = Math.min(burst, tokens + (Math.max(0, now - at) / 1000) * perSecond);
      at = now;
      if (tokens < 1) return false;
      tokens -= 1;
      return true;
    },
  };
}
