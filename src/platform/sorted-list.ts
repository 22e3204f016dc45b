// How does a list of whole numbers stay in order, cheaply and in little room? One typed array, searched by halves.

export interface SortedList {
  /** Only the first `size` count. */
  items: Int32Array;
  size: number;
}

export const createList = (): SortedList => ({ items: new Int32Array(2), size: 0 });

/** The first position that `isBefore` does not hold for, in a list where it holds for the beginning only. */
export function firstAfter({ items, size }: SortedList, isBefore: (item: number) => boolean): number {
  let low = 0;
  let high = size;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isBefore(items[middle] ?? 0)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Puts an item at a position; what was there and after it moves up. */
export function insertAt(list: SortedList, at: number, item: number): void {
  if (list.size === list.items.length) {
    const items = new Int32Array(Math.max(4, list.size + (list.size >>> 1)));
    items.set(list.items);
    list.items = items;
  }
  if (at < list.size) list.items.copyWithin(at + 1, at, list.size);
  list.items[at] = item;
  list.size += 1;
}

/** Takes out what is at a position. */
export function removeAt(list: SortedList, at: number): void {
  list.items.copyWithin(at, at + 1, list.size);
  list.size -= 1;
}

/** Adds a number to an ascending list, which holds each once. */
export function addTo(list: SortedList, item: number): void {
  // At the start records come one after the other, so the end is tried first.
  const last = list.size === 0 ? -1 : (list.items[list.size - 1] ?? -1);
  const at = last < item ? list.size : firstAfter(list, (other) => other < item);
  if (at === list.size || list.items[at] !== item) insertAt(list, at, item);
}

/** Takes a number out of an ascending list. */
export function dropFrom(list: SortedList, item: number): void {
  const at = firstAfter(list, (other) => other < item);
  if (at < list.size && list.items[at] === item) removeAt(list, at);
}
