// Who is served next? While a round of the event loop has worked long enough, requests wait for the next one, so that
// fifty pages asked for at once hold up sockets, timers and answers of the database for a few pages' time only.
import type { RequestHandler } from 'express';

/** So long a round works on requests: short beside what people notice, long beside what a page costs. */
const ROUND_MS = 15;

/**
 * Work in the order in which it came. No timer, and nothing to wait for when there is time: then it is done at once.
 * The line is as long as there are requests under way at most.
 */
export function createTurns(now: () => number = () => performance.now()) {
  const waiting: (() => void)[] = [];
  /** When this round of the loop took up its first work; undefined between rounds. */
  let began: number | undefined;

  const hasTime = (): boolean => now() - (began ?? now()) < ROUND_MS;

  /** One piece of work; the tick after it comes when what it left to promises is done as well, so that all of it counts. */
  function work(): void {
    const next = waiting.shift();
    if (waiting.length > 0) queueMicrotask(() => process.nextTick(goOn));
    next?.();
  }

  function goOn(): void {
    if (hasTime()) work();
  }

  function nextRound(): void {
    began = undefined;
    if (waiting.length > 0) {
      openRound();
      work();
    }
  }

  function openRound(): void {
    began = now();
    setImmediate(nextRound);
  }

  return {
    /** Does it now, or when its turn comes. */
    take: (task: () => void): void => {
      if (began === undefined) openRound();
      if (waiting.length === 0 && hasTime()) task();
      else waiting.push(task);
    },
  };
}

export type Turns = ReturnType<typeof createTurns>;

/** Every request waits its turn; whose client has gone meanwhile is not served any more. */
export const inTurn =
  ({ take }: Turns): RequestHandler =>
  (_req, res, next) => {
    take(() => {
      if (!res.destroyed) next();
    });
  };
