// How are students, courses and users searched, sorted and counted without touching DynamoDB?
// An ordered projection in memory: loaded at start, replaced by every change.
import { compareTexts, searchText } from './fold.ts';
import type { Page } from './page.ts';

/** A record with what only the repository needs beside it (trail head, hash, …). */
export interface Kept<T> {
  record: T;
  /** Head of the record's trail chain. */
  head: string | null;
}

interface Versioned {
  version: number;
}

export interface DirectoryOptions<K extends Kept<Versioned>> {
  idOf: (kept: K) => string;
  /** The texts that `q` is looked for in. */
  searched: (kept: K) => (string | null)[];
  /** What a column sorts by; numbers by value, texts as people order them, null first. */
  sortValue: (kept: K, column: string) => string | number | boolean | null;
}

export interface ListRequest<K> {
  q: string;
  filter: (kept: K) => boolean;
  sort: string;
  descending: boolean;
  page: number;
  page_size: number;
}

/** From this many records on, one or two letters match word starts only: everything would match them anyway. */
const LARGE = 20_000;

type SortValue = string | number | boolean | null;

export function compareValues(a: SortValue, b: SortValue): number {
  if (a === b) return 0;
  if (a === null) return -1;
  if (b === null) return 1;
  if (typeof a === 'string' && typeof b === 'string') return compareTexts(a, b);
  return Number(a) - Number(b);
}

const compareIds = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/**
 * Records by id with search over every part of some fields, and every sort order.
 * `put` ignores a version older than the one it has, and what was removed: ids never come back, late answers do.
 */
export function createDirectory<K extends Kept<Versioned>>({ idOf, searched, sortValue }: DirectoryOptions<K>) {
  const byId = new Map<string, K>();
  const texts = new Map<string, string>();
  const removed = new Set<string>();
  // One order per column, made when first asked for and then kept by insertion.
  const orders = new Map<string, K[]>();

  const compareIn = (column: string) => (a: K, b: K) =>
    compareValues(sortValue(a, column), sortValue(b, column)) || compareIds(idOf(a), idOf(b));

  function place(order: K[], kept: K, compare: (a: K, b: K) => number): number {
    let low = 0;
    let high = order.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const other = order[middle];
      if (other !== undefined && compare(other, kept) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  function drop(kept: K): void {
    for (const [column, order] of orders) {
      const at = place(order, kept, compareIn(column));
      if (order[at] === kept) order.splice(at, 1);
      else orders.delete(column); // the sort value changed under us (a name laid over): made anew when asked
    }
  }

  /** Whether `put` would take this record over. */
  function isNews(kept: K): boolean {
    const id = idOf(kept);
    const before = byId.get(id);
    return !removed.has(id) && !(before && before.record.version > kept.record.version);
  }

  function put(kept: K): void {
    if (!isNews(kept)) return;
    const id = idOf(kept);
    const before = byId.get(id);
    if (before) drop(before);
    byId.set(id, kept);
    texts.set(id, searchText(searched(kept).filter(Boolean).join('\n')));
    for (const [column, order] of orders) order.splice(place(order, kept, compareIn(column)), 0, kept);
  }

  function remove(id: string): void {
    removed.add(id);
    const before = byId.get(id);
    if (!before) return;
    drop(before);
    byId.delete(id);
    texts.delete(id);
  }

  function ordered(column: string): K[] {
    let order = orders.get(column);
    if (!order) {
      order = [...byId.values()].sort(compareIn(column));
      orders.set(column, order);
    }
    return order;
  }

  function matcher(q: string): (id: string) => boolean {
    const wanted = searchText(q.trim());
    if (wanted === '') return () => true;
    if (wanted.length <= 2 && byId.size >= LARGE) {
      return (id) => {
        const text = texts.get(id) ?? '';
        return text.startsWith(wanted) || text.includes(` ${wanted}`) || text.includes(`\n${wanted}`);
      };
    }
    return (id) => texts.get(id)?.includes(wanted) ?? false;
  }

  function list(request: ListRequest<K>): Page<K> {
    const matches = matcher(request.q);
    const found = ordered(request.sort).filter((kept) => request.filter(kept) && matches(idOf(kept)));
    const { page, page_size } = request;
    const start = (page - 1) * page_size;
    const items = request.descending
      ? found.slice(Math.max(0, found.length - start - page_size), Math.max(0, found.length - start)).reverse()
      : found.slice(start, start + page_size);
    return { items, total: found.length, page, page_size };
  }

  return {
    get: (id: string): K | undefined => byId.get(id),
    put,
    isNews,
    remove,
    list,
    values: (): IterableIterator<K> => byId.values(),
    size: (): number => byId.size,
    /** Forget an order whose values come from elsewhere and have changed. */
    reorder: (column: string): void => void orders.delete(column),
  };
}

export type Directory<K extends Kept<Versioned>> = ReturnType<typeof createDirectory<K>>;
