// When does which course meet? A weekly pattern for each, and the days it makes in the weeks behind us.
import { addDays } from '../platform/clock.ts';

/** One hour of the week: weekday 1 (Monday) to 5, and the hour it begins. */
export interface Meeting {
  weekday: number;
  hour: number;
}

/** One class that was held. */
export interface Session {
  date: string;
  /** Which class of this course on that day: 1, or 2 for the second hour. */
  period: number;
  /** The hour it began. */
  hour: number;
}

export const WEEKS = 12;
const DAYS = ['', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri'];
/** Two or three meetings a week; Friday holds two hours in a row. */
const PATTERNS = [
  [1, 3],
  [2, 4],
  [5, 5],
  [1, 3, 4],
  [2, 4],
];
const HOURS = [9, 10, 11, 13, 14, 15, 16];
export const PERIODS = 12;

/** The weekly meetings of the n-th course: neighbours in the list never collide, so one teacher can hold them. */
export function meetingsOf(n: number): Meeting[] {
  const days = PATTERNS[n % PATTERNS.length] ?? [1, 3];
  const start = HOURS[(n + Math.floor(n / HOURS.length)) % HOURS.length] ?? 9;
  return days.map((weekday, i) => ({ weekday, hour: start + (days[i - 1] === weekday ? 1 : 0) }));
}

const clock = (hour: number, minute: string): string => `${String(hour).padStart(2, '0')}:${minute}`;

/** 'Mon, Wed 09:00–09:50, Turing B204' */
export function scheduleText(meetings: Meeting[], room: string): string {
  const days = [...new Set(meetings.map((m) => m.weekday))].map((weekday) => DAYS[weekday]).join(', ');
  const hours = meetings.map((m) => m.hour);
  return `${days} ${clock(Math.min(...hours), '00')}–${clock(Math.max(...hours), '50')}, ${room}`;
}

const weekdayOf = (date: string): number => new Date(`${date}T00:00:00Z`).getUTCDay();

/** The days of the twelve weeks before `today`, without weekends, oldest first. */
export const classDays = (today: string): string[] =>
  Array.from({ length: WEEKS * 7 }, (_, i) => addDays(today, i - WEEKS * 7)).filter((date) => {
    const weekday = weekdayOf(date);
    return weekday >= 1 && weekday <= 5;
  });

/** What a timetable made of these days, oldest first. */
export const sessionsOf = (meetings: Meeting[], days: string[]): Session[] =>
  days.flatMap((date) =>
    meetings
      .filter((m) => m.weekday === weekdayOf(date))
      .map(({ hour }, i): Session => ({ date, period: i + 1, hour })),
  );

/** Hours beside the timetable, for more marks than it holds: tutorials, make-up classes. */
export const extraSessions = (days: string[], held: Session[]): Session[] => {
  const taken = new Set(held.map((s) => `${s.date} ${String(s.period)}`));
  return Array.from({ length: PERIODS }, (_, i) => i + 1).flatMap((period) =>
    days
      .filter((date) => !taken.has(`${date} ${String(period)}`))
      .map((date): Session => ({ date, period, hour: 7 + period })),
  );
};
