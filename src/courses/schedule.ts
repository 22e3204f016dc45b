// On which days does a course meet, and when does it begin? Read out of its schedule, which people write as they like.

/** How somebody may write a weekday; 0 is Sunday, as `getUTCDay` counts. */
const DAYS = [
  'sun(?:day)?s?',
  'mon(?:day)?s?',
  'tue(?:s|sday)?s?',
  'wed(?:nesday)?s?',
  'thu(?:r|rs|rsday)?s?',
  'fri(?:day)?s?',
  'sat(?:urday)?s?',
];
const DAY = new RegExp(`\\b(?:${DAYS.map((day) => `(${day})`).join('|')})\\b`, 'gi');
/** 'Mon–Fri', 'Monday to Thursday'. */
const BETWEEN = /^\s*(?:-|–|—|to|until)\s*$/i;
const TIME = /\b([01]?\d|2[0-3])[:.]([0-5]\d)\b/;

export interface Timetable {
  /** Weekdays, 0 (Sunday) to 6; empty when the schedule names none. */
  weekdays: ReadonlySet<number>;
  /** 'HH:MM'; null when the schedule has no time. */
  starts: string | null;
}

export function readSchedule(schedule: string | null): Timetable {
  const text = schedule ?? '';
  const weekdays = new Set<number>();
  let last: { day: number; end: number } | undefined;
  for (const found of text.matchAll(DAY)) {
    const day = found.slice(1).findIndex((group) => (group as string | undefined) !== undefined);
    if (last && BETWEEN.test(text.slice(last.end, found.index))) {
      for (let next = last.day; next !== day; next = (next + 1) % 7) weekdays.add(next);
    }
    weekdays.add(day);
    last = { day, end: found.index + found[0].length };
  }
  const [, hour = '', minute = ''] = TIME.exec(text) ?? [];
  return { weekdays, starts: hour === '' ? null : `${hour.padStart(2, '0')}:${minute}` };
}

/** Whether it meets on that weekday; a schedule that names no day can't say, so it may meet on any. */
export const meetsOn = ({ weekdays }: Timetable, weekday: number): boolean =>
  weekdays.size === 0 || weekdays.has(weekday);
