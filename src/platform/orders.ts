// In which order do records stand? One order a column, made once and then kept by every change.
import { compareTexts } from './fold.ts';
import { plainKey } from './plain-key.ts';
import { firstAfter, insertAt, removeAt } from './sorted-list.ts';
import type { SortedList } from './sorted-list.ts';

export type SortValue = string | number | boolean | null;

/** Numbers by value, texts as people order them, null first. */
export function compareValues(a: SortValue, b: SortValue): number {
  if (a === b) return 0;
  if (a === null) return -1;
  if (b === null) return 1;
  if (typeof a === 'string' && typeof b === 'string') return compareTexts(a, b);
  return Number(a) - Number(b);
}

interface Ranked {
  value: SortValue;
  /** Undefined when only the collator knows where the value belongs. */
  key: string | undefined;
}

const compareRanked = (a: Ranked, b: Ranked): number => {
  if (a.key === undefined || b.key === undefined || a.key === b.key) return compareValues(a.value, b.value);
  return a.key < b.key ? -1 : 1;
};

/** The rank of each of these values, and how many ranks there are; values that compare as the same have the same. */
function ranksOf(values: readonly SortValue[]): { ranks: Map<SortValue, number>; size: number } {
  // By keys, because a large college has 250,000 codes and the collator takes ten times as long.
  const sorted = Array.from(new Set(values), (value) => ({
    value,
    key: typeof value === 'string' ? plainKey(value) : undefined,
  })).sort(compareRanked);
  const ranks = new Map<SortValue, number>();
  let size = 0;
  let before: Ranked | undefined;
  for (const one of sorted) {
    if (!before || compareRanked(before, one) !== 0) size += 1;
    ranks.set(one.value, size - 1);
    before = one;
  }
  return { ranks, size };
}

export interface OrderNeeds {
  idOf: (slot: number) => string;
  valueOf: (slot: number, column: string) => SortValue;
  /** The slot of every id. */
  slots: ReadonlyMap<string, number>;
}

/** Orders by column, ties by id. */
export function createOrders({ idOf, valueOf, slots }: OrderNeeds) {
  const orders = new Map<string, SortedList>();
  // Where each slot stands in an order, for who has a few slots and not the order: made when asked after a change.
  const places = new Map<string, Int32Array>();
  // Ties go by id in every column: this order is made once for all of them.
  let byId: SortedList | undefined;

  const ids = (): SortedList => {
    if (byId) return byId;
    const items = Int32Array.from([...slots.keys()].sort(), (id) => slots.get(id) ?? 0);
    return (byId = { items, size: items.length });
  };

  /** Deals the records out by the rank of their value; they come by id, so equal ones lie in that order. */
  function make(column: string): SortedList {
    const { items, size } = ids();
    const values = Array.from(items.subarray(0, size), (slot) => valueOf(slot, column));
    const { ranks, size: count } = ranksOf(values);
    const rank = Int32Array.from(values, (value) => ranks.get(value) ?? 0);
    const next = new Int32Array(count + 1);
    for (const one of rank) next[one + 1] = (next[one + 1] ?? 0) + 1;
    for (let i = 1; i <= count; i++) next[i] = (next[i] ?? 0) + (next[i - 1] ?? 0);
    const order = new Int32Array(size);
    rank.forEach((one, i) => {
      const at = next[one] ?? 0;
      order[at] = items[i] ?? 0;
      next[one] = at + 1;
    });
    return { items: order, size };
  }

  /** Where a slot stands, or would stand, in an order. */
  function place(order: SortedList, column: string, slot: number): number {
    const [value, id] = [valueOf(slot, column), idOf(slot)];
    return firstAfter(order, (other) => {
      const compared = compareValues(valueOf(other, column), value);
      return compared < 0 || (compared === 0 && idOf(other) < id);
    });
  }

  const placeById = (order: SortedList, slot: number): number => {
    const id = idOf(slot);
    return firstAfter(order, (other) => idOf(other) < id);
  };

  /** The slots in the order of a column. Valid until the next change. */
  function of(column: string): Int32Array {
    let order = orders.get(column);
    if (!order) orders.set(column, (order = make(column)));
    return order.items.subarray(0, order.size);
  }

  /** By slot: where it stands in the order of a column. Valid until the next change. */
  function placesIn(column: string): Int32Array {
    let at = places.get(column);
    if (at) return at;
    const order = of(column);
    at = new Int32Array(order.reduce((most, slot) => Math.max(most, slot), 0) + 1);
    for (let i = 0; i < order.length; i++) at[order[i] ?? 0] = i;
    places.set(column, at);
    return at;
  }

  return {
    of,
    placesIn,
    /** To be called when the record is in its slot. */
    insert: (slot: number): void => {
      places.clear();
      for (const [column, order] of orders) insertAt(order, place(order, column, slot), slot);
      if (byId) insertAt(byId, placeById(byId, slot), slot);
    },
    /** To be called while the record is still in its slot. */
    remove: (slot: number): void => {
      places.clear();
      for (const [column, order] of orders) {
        const at = place(order, column, slot);
        if (at < order.size && order.items[at] === slot) removeAt(order, at);
        else orders.delete(column); // the value changed under us (a name laid over): made anew when asked
      }
      if (byId) removeAt(byId, placeById(byId, slot));
    },
    /** Forget an order whose values come from elsewhere and have changed. */
    forget: (column: string): void => {
      orders.delete(column);
      places.delete(column);
    },
  };
}
