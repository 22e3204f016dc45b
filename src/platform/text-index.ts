// Which records have these letters in them? Every three letters in a row know where they stand, so a search reads no text.
import { addTo, createList, dropFrom } from './sorted-list.ts';
import type { SortedList } from './sorted-list.ts';

/** From this many texts on, one or two letters match word starts only: everything would match them anyway. */
const LARGE = 20_000;
const GRAM = 3;
/** A place is slot × SPAN + position. A search that begins in a text must end before the next one's places. */
const SPAN_BITS = 9;
const SPAN = 1 << SPAN_BITS;
const LONGEST_TEXT = 300;
const LONGEST_SEARCH = SPAN - LONGEST_TEXT - GRAM;

const NOWHERE = new Int32Array();
const [NEW_LINE, BLANK] = [10, 32];

/** Keeps of the first `size` starts, in place, those that have `start + offset` in the list; returns how many are left. */
function keep(starts: Int32Array, size: number, list: Int32Array, offset: number): number {
  // Many starts: walk along the list. Few: halve it for each.
  const walks = size * 16 > list.length;
  let kept = 0;
  let at = 0;
  for (let i = 0; i < size; i++) {
    const start = starts[i] ?? 0;
    const wanted = start + offset;
    if (walks) while (at < list.length && (list[at] ?? 0) < wanted) at += 1;
    else at = firstFrom(list, at, wanted);
    if (list[at] === wanted) starts[kept++] = start;
  }
  return kept;
}

/** The first position from `low` on whose item is not below `wanted`. */
function firstFrom(list: Int32Array, low: number, wanted: number): number {
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((list[middle] ?? 0) < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}

type Gram = number | string;

/** Letters as a small number where they are plain, since a map finds those much faster; else as they are. */
function gramAt(text: string, start: number, length: number): Gram {
  let gram = length;
  for (let i = start; i < start + length; i++) {
    const code = text.charCodeAt(i);
    if (code > 127) return text.slice(start, start + length);
    gram = (gram << 7) | code;
  }
  return gram;
}

/** Texts by slot, a small whole number. They are compared as they are: folding is the caller's business. */
export function createTextIndex() {
  const texts: (string | undefined)[] = [];
  const places = new Map<Gram, SortedList>();
  // Too long for their places; they are read.
  const long = new Set<number>();
  let size = 0;
  // What is found is written here: some letters stand in every text, and a new megabyte for each search takes longer.
  let room = new Int32Array(16);

  function roomFor(length: number): Int32Array {
    if (room.length < length) room = new Int32Array(2 * length);
    return room;
  }

  function enter(gram: Gram, place: number): void {
    let list = places.get(gram);
    if (!list) places.set(gram, (list = createList()));
    addTo(list, place);
  }

  function forget(gram: Gram, place: number): void {
    const list = places.get(gram);
    if (!list) return;
    dropFrom(list, place);
    if (list.size === 0) places.delete(gram);
  }

  /**
   * Every three letters in a row, and where a word begins the blank with its first letter. A text begins on a new line,
   * so that its first word has a blank before it as well.
   */
  function eachGram(text: string, slot: number, take: (gram: Gram, place: number) => void): void {
    const line = `\n${text}`;
    for (let i = 0; i + 1 < line.length; i++) {
      if (i + GRAM <= line.length) take(gramAt(line, i, GRAM), slot * SPAN + i);
      const code = line.charCodeAt(i);
      if (code === BLANK || code === NEW_LINE) take(gramAt(line, i, 2), slot * SPAN + i);
    }
  }

  function remove(slot: number): void {
    const text = texts[slot];
    if (text === undefined) return;
    if (!long.delete(slot)) eachGram(text, slot, forget);
    texts[slot] = undefined;
    size -= 1;
  }

  function set(slot: number, text: string): void {
    if (texts[slot] === text) return;
    remove(slot);
    if (text.length > LONGEST_TEXT) long.add(slot);
    else eachGram(text, slot, enter);
    texts[slot] = text;
    size += 1;
  }

  const placesOf = (gram: string): Int32Array => {
    const list = places.get(gramAt(gram, 0, gram.length));
    return list ? list.items.subarray(0, list.size) : NOWHERE;
  };

  /** Turns the first `count` places, ascending, into their slots, in place; returns how many. */
  function toSlots(starts: Int32Array, count: number): number {
    let slots = 0;
    let last = -1;
    for (let i = 0; i < count; i++) {
      const slot = (starts[i] ?? 0) >> SPAN_BITS;
      if (slot !== last) starts[slots++] = last = slot;
    }
    return slots;
  }

  /** Adds to the first `count` slots of `found` those of texts that pass, found by reading them. */
  function read(found: Int32Array, count: number, slots: Iterable<number>, passes: (text: string) => boolean): number {
    let total = count;
    for (const slot of slots) {
      const text = texts[slot];
      if (text !== undefined && passes(text)) found[total++] = slot;
    }
    return total;
  }

  function findByReading(passes: (text: string) => boolean): Int32Array {
    const found = roomFor(texts.length);
    return found.subarray(0, read(found, 0, texts.keys(), passes));
  }

  /** One or two letters, of many texts. */
  function findWordStarts(wanted: string): Int32Array {
    const starts = [` ${wanted}`, `\n${wanted}`];
    const lists = starts.map(placesOf);
    const found = roomFor(lists.reduce((sum, { length }) => sum + length, long.size));
    let count = 0;
    for (const list of lists) {
      found.set(list, count);
      count += toSlots(found.subarray(count), list.length);
    }
    const begins = (text: string): boolean => starts.some((start) => `\n${text}`.includes(start));
    return found.subarray(0, read(found, count, long, begins));
  }

  /** Three letters and more: `wanted` begins where all its letters stand in a row. */
  function findByGrams(wanted: string): Int32Array {
    const last = wanted.length - GRAM;
    const offsets = [...Array.from({ length: Math.ceil(last / GRAM) }, (_, i) => i * GRAM), last];
    const parts = offsets.map((offset) => ({ offset, list: placesOf(wanted.slice(offset, offset + GRAM)) }));
    parts.sort((a, b) => a.list.length - b.list.length);
    const [rarest = { offset: 0, list: NOWHERE }, ...others] = parts;
    let count = rarest.list.length;
    const found = roomFor(count + long.size);
    for (let i = 0; i < count; i++) found[i] = (rarest.list[i] ?? 0) - rarest.offset;
    for (const { offset, list } of others) count = keep(found, count, list, offset);
    count = toSlots(found, count);
    return found.subarray(
      0,
      read(found, count, long, (text) => text.includes(wanted)),
    );
  }

  return {
    set,
    remove,
    /** Slots of the records with `wanted` in them, in no order; some of them may come twice. Valid until the next search. */
    find: (wanted: string): Int32Array => {
      if (wanted.length >= GRAM && wanted.length <= LONGEST_SEARCH) return findByGrams(wanted);
      if (wanted.length < GRAM && size >= LARGE) return findWordStarts(wanted);
      return findByReading((text) => text.includes(wanted));
    },
  };
}
