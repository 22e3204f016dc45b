// Which record does somebody mean who typed a code or a part of a name, and what is there to choose from?
import type { Page } from '../page.ts';

export interface Picked<T> {
  /** The only one that fits, or the one whose code was typed exactly. */
  found: T | undefined;
  /** Several fit: the first of them, to choose from. */
  choices: T[];
  /** What to say beside the field; undefined when one was found. */
  message: string | undefined;
}

/**
 * `search` finds by any part of code or name; an exact code wins over everything that merely contains it, also where
 * that is more than `search` gives.
 */
export function pick<T>(
  typed: string,
  search: (q: string) => readonly T[],
  byCode: (code: string) => T | undefined,
): Picked<T> {
  const exact = byCode(typed);
  if (exact !== undefined) return { found: exact, choices: [], message: undefined };
  const items = search(typed);
  const found = items.length === 1 ? items[0] : undefined;
  if (found !== undefined) return { found, choices: [], message: undefined };
  const message =
    items.length > 0 ? 'Several fit: choose one below.' : 'Nobody fits: try a part of the name, or the code.';
  return { found, choices: [...items], message };
}

/** Every item of a paged list, for a select. */
export function everyItem<T>(page: (n: number) => Page<T>): T[] {
  const items: T[] = [];
  for (let n = 1; ; n += 1) {
    const found = page(n);
    items.push(...found.items);
    if (found.items.length === 0 || items.length >= found.total) return items;
  }
}
