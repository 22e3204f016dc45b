// Which sheets were filled in, so that exactly so many rows stand on them?
import type { Random } from './random.ts';

/** At most this many rows a sheet, so that each is one transaction; of a larger course a group is marked at a time. */
export const MOST_ROWS = 90;

/** More rows were asked for than the college has places for. */
export class DoesNotFit extends Error {
  override readonly name = 'DoesNotFit';
}

export const thousands = (n: number): string => n.toLocaleString('en-US');

/** A place for rows: one class held, one exam written. */
interface Slot<S> {
  slot: S;
  /** Everybody who could be on it. */
  people: number;
}

/** Takes whole sheets in the given order until `rows` are there; the last one is cut. Throws DoesNotFit. */
export function fill<S>(slots: Iterable<Slot<S>>, rows: number, what: string): { slot: S; rows: number }[] {
  const filled: { slot: S; rows: number }[] = [];
  let left = rows;
  for (const { slot, people } of slots) {
    if (left === 0) return filled;
    const taken = Math.min(left, people, MOST_ROWS);
    if (taken > 0) filled.push({ slot, rows: taken });
    left -= taken;
  }
  if (left === 0) return filled;
  throw new DoesNotFit(
    `--${what} ${thousands(rows)} does not fit: these students and courses have room for ${thousands(rows - left)}.`,
  );
}

/** `n` of the people, a different part each time when there are more; in their own order. */
export function group<T>(chance: Random, people: readonly T[], n: number): readonly T[] {
  if (n >= people.length) return people;
  const start = chance.whole(0, people.length - 1);
  const chosen = new Set(Array.from({ length: n }, (_, i) => people[(start + i) % people.length]));
  return people.filter((one) => chosen.has(one));
}
