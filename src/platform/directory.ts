// How are students, courses and users searched, sorted and counted without touching DynamoDB?
// An ordered projection in memory: loaded at start, replaced by every change.
import { createFacets } from './facets.ts';
import type { SlotTest } from './facets.ts';
import { sameText, searchText } from './fold.ts';
import { createOrders } from './orders.ts';
import type { SortValue } from './orders.ts';
import type { Page } from './page.ts';
import { createTextIndex } from './text-index.ts';

/** A record with what only the repository needs beside it (trail head, hash, …). */
export interface Kept<T> {
  record: T;
  /** Head of the record's trail chain. */
  head: string | null;
}

/** Of so many records one is few. */
const FEW = 16;

interface Versioned {
  version: number;
}

export interface DirectoryOptions<K extends Kept<Versioned>> {
  idOf: (kept: K) => string;
  /** The texts that `q` is looked for in. */
  searched: (kept: K) => (string | null)[];
  /** What a column sorts by; numbers by value, texts as people order them, null first. */
  sortValue: (kept: K, column: string) => SortValue;
  /** The text that only one may have, such as a code. */
  nameOf?: (kept: K) => string;
  /** The columns that lists are filtered by. */
  facets?: Record<string, (kept: K) => string>;
}

export interface ListRequest {
  q: string;
  /** Values of facets; undefined asks for nothing. */
  where?: Readonly<Record<string, string | undefined>>;
  /** Only records with one of these ids. */
  among?: Iterable<string> | undefined;
  sort: string;
  descending: boolean;
  page: number;
  page_size: number;
}

function passes(slot: number, tests: SlotTest[]): boolean {
  for (let i = 0; i < tests.length; i++) {
    const test = tests[i];
    if (test && test.values[slot] !== test.wanted) return false;
  }
  return true;
}

/**
 * Records by id with search over every part of some fields, and every sort order.
 * `put` ignores a version older than the one it has, and what was removed: ids never come back, late answers do.
 */
export function createDirectory<K extends Kept<Versioned>>({
  idOf,
  searched,
  sortValue,
  nameOf,
  facets: read = {},
}: DirectoryOptions<K>) {
  // Records stand in numbered slots, so that orders, facets and the index of texts are plain arrays of numbers.
  const slots = new Map<string, number>();
  const records: (K | undefined)[] = [];
  const free: number[] = [];
  const removed = new Set<string>();
  const names = new Map<string, string>();

  const at = (slot: number): K => {
    const kept = records[slot];
    if (!kept) throw new Error('a directory points to an empty slot');
    return kept;
  };
  const texts = createTextIndex();
  const facets = createFacets(read);
  const orders = createOrders({
    idOf: (slot) => idOf(at(slot)),
    valueOf: (slot, column) => sortValue(at(slot), column),
    slots,
  });
  let marks = new Uint8Array(16);
  let changes = 0;

  const get = (id: string): K | undefined => {
    const slot = slots.get(id);
    return slot === undefined ? undefined : records[slot];
  };

  /** One look, however many there are: pasted lists ask once a line. */
  function byName(name: string): K | undefined {
    const id = names.get(sameText(name));
    return id === undefined ? undefined : get(id);
  }

  /** A name may have gone on to another record already: that one keeps it. */
  function dropName(kept: K | undefined): void {
    if (!nameOf || !kept) return;
    const name = sameText(nameOf(kept));
    if (names.get(name) === idOf(kept)) names.delete(name);
  }

  /** Whether `put` would take this record over. */
  function isNews(kept: K): boolean {
    const id = idOf(kept);
    const before = get(id);
    return !removed.has(id) && !(before && before.record.version > kept.record.version);
  }

  function put(kept: K): void {
    if (!isNews(kept)) return;
    const id = idOf(kept);
    const before = slots.get(id);
    if (before !== undefined) orders.remove(before);
    dropName(get(id));
    if (nameOf) names.set(sameText(nameOf(kept)), id);
    const slot = before ?? free.pop() ?? records.length;
    slots.set(id, slot);
    records[slot] = kept;
    texts.set(slot, searchText(searched(kept).filter(Boolean).join('\n')));
    facets.set(slot, kept);
    orders.insert(slot);
    changes += 1;
  }

  function remove(id: string): void {
    removed.add(id);
    const slot = slots.get(id);
    if (slot === undefined) return;
    dropName(records[slot]);
    orders.remove(slot);
    facets.remove(slot);
    texts.remove(slot);
    slots.delete(id);
    records[slot] = undefined;
    free.push(slot);
    changes += 1;
  }

  /** The slots that search and ids leave, some of them twice; undefined when neither is asked for. */
  function candidates({ q, among }: ListRequest): Int32Array | undefined {
    const wanted = searchText(q.trim());
    const found = wanted === '' ? undefined : texts.find(wanted);
    if (!among) return found;
    const here = new Set<number>();
    for (const id of among) {
      const slot = slots.get(id);
      if (slot !== undefined) here.add(slot);
    }
    return found?.filter((slot) => here.has(slot)) ?? Int32Array.from(here);
  }

  /** Marks the slots that pass all tests, and counts them. */
  function mark(some: Int32Array, tests: SlotTest[]): number {
    if (marks.length < records.length) marks = new Uint8Array(2 * records.length);
    const marked = marks.fill(0);
    let total = 0;
    for (let i = 0; i < some.length; i++) {
      const slot = some[i] ?? 0;
      if (marked[slot] === 1 || !passes(slot, tests)) continue;
      marked[slot] = 1;
      total += 1;
    }
    return total;
  }

  /** Marked ones, each once, put in order by themselves: walking along all would pass over thousands for each. */
  function inOrder(some: Int32Array, total: number, sort: string): Int32Array {
    const order = orders.of(sort);
    const placeOf = orders.placesIn(sort);
    const places = new Int32Array(total);
    let size = 0;
    for (let i = 0; size < total; i++) {
      const slot = some[i] ?? 0;
      if (marks[slot] !== 1) continue;
      marks[slot] = 0;
      places[size++] = placeOf[slot] ?? 0;
    }
    return places.sort().map((place) => order[place] ?? 0);
  }

  /** How many are wanted, and where they stand: in this order, those of it that pass the test. */
  function select(request: ListRequest): { total: number; order: Int32Array; test?: SlotTest } {
    const { sort } = request;
    const tests = facets.tests(request.where ?? {});
    const some = candidates(request);
    const order = orders.of(sort);
    const [only, ...more] = tests;
    if (!some && !only) return { total: slots.size, order };
    if (!some && only && more.length === 0) return { total: only.count, order, test: only };
    const total = mark(some ?? order, tests);
    if (some && total > 0 && total * FEW < slots.size) return { total, order: inOrder(some, total, sort) };
    return { total, order, test: { values: marks, wanted: 1 } };
  }

  function list(request: ListRequest): Page<K> {
    const { descending, page, page_size } = request;
    const { total, order, test } = select(request);
    const items: K[] = [];
    const start = (page - 1) * page_size;
    if (start < total) {
      const wanted = Math.min(page_size, total - start);
      let passed = 0;
      for (let i = test ? 0 : start; items.length < wanted && i < order.length; i++) {
        const slot = order[descending ? order.length - 1 - i : i] ?? 0;
        if (test && test.values[slot] !== test.wanted) continue;
        if (!test || passed >= start) items.push(at(slot));
        passed += 1;
      }
    }
    return { items, total, page, page_size };
  }

  function* values(): Generator<K> {
    for (const slot of slots.values()) yield at(slot);
  }

  return {
    get,
    /** Compared by `sameText`. */
    byName,
    put,
    isNews,
    remove,
    list,
    values,
    size: (): number => slots.size,
    /** Grows with every change, so that what was made of all records knows when it is out of date. */
    changes: (): number => changes,
    /** Makes the orders of these columns before anybody asks: for a large directory each takes a moment. */
    prepare: (columns: readonly string[]): void => columns.forEach((column) => void orders.of(column)),
    /** Forget an order whose values come from elsewhere and have changed. */
    reorder: orders.forget,
  };
}

export type Directory<K extends Kept<Versioned>> = ReturnType<typeof createDirectory<K>>;
