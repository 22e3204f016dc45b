// What happened lately? The one log that clients catch up from. A second server instance would feed it here too (`add`).
import type { StoredEvent } from '../events.ts';
import type { Clock } from '../platform/clock.ts';

/** How long a client may be away and still gets everything it missed. */
export const AWAY_MS = 120_000;

/**
 * How far back the log goes: further than AWAY_MS, because an offset may be a little older than the moment the client
 * was cut off. At start the log is filled with this much of the trail, and with the newest event before it.
 */
export const LOG_MS = AWAY_MS + 60_000;

const MAX_EVENTS = 10_000;

/** An event and when it was told (milliseconds). */
export interface Told {
  event: StoredEvent;
  at: number;
}

export interface EventLog {
  /** False when the event was told before: a number is told once. */
  add: (event: StoredEvent) => boolean;
  /** What was stored before this process began, in any order. */
  load: (events: StoredEvent[]) => void;
  /** The offset of a client that has seen everything. */
  newest: () => string;
  /** Whether everything after this offset is still here. */
  knows: (offset: string) => boolean;
  /** Everything after an offset, oldest first; undefined for one that is unknown, too old or ahead. */
  since: (offset: string) => Told[] | undefined;
  /** Events that are told otherwise from now on: by number. */
  retell: (told: ReadonlyMap<string, { summary: string; payload: object; actor?: string }>) => void;
  size: () => number;
}

/** Numbers are decimal texts: the longer is the greater, then the text decides. */
const byNumber = (a: StoredEvent, b: StoredEvent): number => {
  const [x, y] = [a.stamp.number, b.stamp.number];
  return x.length - y.length || (x < y ? -1 : x > y ? 1 : 0);
};

export function createEventLog(clock: Clock, { keepMs = LOG_MS, max = MAX_EVENTS } = {}): EventLog {
  let entries: Told[] = [];
  // Number → position among all events ever told; the first entry has position `first`.
  let positions = new Map<string, number>();
  let first = 0;
  // The last event before the log: an offset too. '0' stands for "before all events".
  let before = '0';

  function forget(): void {
    const since = clock.now() - keepMs;
    let gone = 0;
    for (const { event, at } of entries) {
      if (at >= since && entries.length - gone <= max) break;
      positions.delete(event.stamp.number);
      before = event.stamp.number;
      gone += 1;
    }
    if (gone > 0) entries.splice(0, gone);
    first += gone;
  }

  function append(event: StoredEvent, at: number): void {
    positions.set(event.stamp.number, first + entries.length);
    entries.push({ event, at });
  }

  return {
    add: (event) => {
      if (event.stamp.number === before || positions.has(event.stamp.number)) return false;
      append(event, clock.now());
      forget();
      return true;
    },
    load: (events) => {
      const here = entries;
      const known = new Set(here.map(({ event }) => event.stamp.number));
      entries = [];
      positions = new Map();
      for (const event of events.filter((e) => !known.has(e.stamp.number)).sort(byNumber)) {
        append(event, Date.parse(event.stamp.at));
      }
      for (const { event, at } of here) append(event, at);
      forget();
    },
    newest: () => entries.at(-1)?.event.stamp.number ?? before,
    knows: (offset) => {
      forget();
      return offset === before || positions.has(offset);
    },
    since: (offset) => {
      forget();
      if (offset === before) return entries.slice();
      const position = positions.get(offset);
      return position === undefined ? undefined : entries.slice(position - first + 1);
    },
    retell: (told) => {
      entries = entries.map(({ event, at }) => {
        const now = told.get(event.stamp.number);
        if (!now) return { event, at };
        const by = { ...event.stamp.by, full_name: now.actor ?? event.stamp.by.full_name };
        return { event: { ...event, ...now.payload, summary: now.summary, stamp: { ...event.stamp, by } }, at };
      });
    },
    size: () => entries.length,
  };
}
