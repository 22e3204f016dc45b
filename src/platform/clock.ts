// What time is it, and which day is that at the college?

export interface Clock {
  /** Milliseconds since 1970. */
  now: () => number;
}

export const systemClock: Clock = { now: () => Date.now() };

/** ISO 8601 in UTC with milliseconds, as every timestamp is stored. */
export const timestamp = (clock: Clock): string => new Date(clock.now()).toISOString();

const formats = new Map<string, Intl.DateTimeFormat>();

/** The calendar day (YYYY-MM-DD) that `at` (milliseconds) falls on in an IANA time zone. */
export function dayIn(timeZone: string, at: number): string {
  let format = formats.get(timeZone);
  if (!format) {
    format = new Intl.DateTimeFormat('en-CA', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' });
    formats.set(timeZone, format);
  }
  return format.format(at);
}

/** The day `n` days after (or before) a YYYY-MM-DD day. */
export function addDays(day: string, n: number): string {
  const date = new Date(`${day}T00:00:00Z`);
  date.setUTCDate(date.getUTCDate() + n);
  return date.toISOString().slice(0, 10);
}

/** Today at the college. */
export type Today = () => string;

/** In every time zone a day begins with a minute. */
const MINUTE_MS = 60_000;

/** Asks the calendar once a minute. */
export function createToday(clock: Clock, timeZone: string): Today {
  let asked = Number.NaN;
  let day = '';
  return () => {
    const minute = Math.floor(clock.now() / MINUTE_MS);
    if (minute !== asked) {
      asked = minute;
      day = dayIn(timeZone, minute * MINUTE_MS);
    }
    return day;
  };
}
