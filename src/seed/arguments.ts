// What does the command line ask for? docs/contract.md §5 lists the flags and their defaults.
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { addDays } from '../platform/clock.ts';
import type { Sizes } from './college.ts';

export interface Asked extends Sizes {
  /** Whether the day was chosen by the caller. */
  ofDay: boolean;
  /** Load only into a college that never had a student or a data set. */
  firstStart: boolean;
}

/** The command line can't be understood; the message is one line. */
export class BadArguments extends Error {
  override readonly name = 'BadArguments';
}

const DEFAULTS = { students: 250, programs: 20, courses: 30, attendance: 1200, results: 600, random: 42 };
const LIMITS: Record<keyof typeof DEFAULTS, [min: number, max: number]> = {
  students: [0, 200_000],
  programs: [1, 100],
  courses: [0, 2_000],
  attendance: [0, 5_000_000],
  results: [0, 5_000_000],
  random: [0, Number.MAX_SAFE_INTEGER],
};
const NAMES = Object.keys(DEFAULTS) as (keyof typeof DEFAULTS)[];
const EARLIEST = '2000-04-01'; // twelve weeks before it, marks are still of this century

export const USAGE = `npm run seed -- ${NAMES.map((name) => `--${name} ${String(DEFAULTS[name])}`).join(' ')} --today YYYY-MM-DD`;

function readFlags(args: string[]) {
  try {
    const options = Object.fromEntries([...NAMES, 'today'].map((name) => [name, { type: 'string' as const }]));
    return parseArgs({
      args,
      strict: true,
      allowPositionals: false,
      options: { ...options, 'first-start': { type: 'boolean' as const }, help: { type: 'boolean' as const } },
    }).values as Record<string, string | boolean | undefined>;
  } catch (error) {
    const [first = ''] = (error instanceof Error ? error.message : String(error)).split(/\. |\n/);
    throw new BadArguments(`${first.replace(/\.$/, '')}. Try: ${USAGE}`);
  }
}

function wholeNumber(name: keyof typeof DEFAULTS, value: unknown): number {
  if (value === undefined) return DEFAULTS[name];
  const [min, max] = LIMITS[name];
  const number = typeof value === 'string' && /^\d{1,16}$/.test(value) ? Number(value) : NaN;
  if (number >= min && number <= max) return number;
  throw new BadArguments(`--${name} is a whole number from ${String(min)} to ${String(max)}.`);
}

function dayOf(value: unknown, realToday: string): string {
  if (value === undefined) return realToday;
  const latest = addDays(realToday, 1);
  const day = z.iso.date().safeParse(value);
  if (day.success && day.data >= EARLIEST && day.data <= latest) return day.data;
  throw new BadArguments(`--today is a day from ${EARLIEST} to ${latest}, like ${realToday}.`);
}

/** Throws BadArguments; undefined when help was asked for. */
export function readArguments(args: string[], realToday: string): Asked | undefined {
  const flags = readFlags(args);
  if (flags['help'] === true) return undefined;
  const [students, programs, courses, attendance, results, random] = NAMES.map((name) =>
    wholeNumber(name, flags[name]),
  );
  const sizes = { students, programs, courses, attendance, results, random } as Omit<Sizes, 'today'>;
  return {
    ...sizes,
    today: dayOf(flags['today'], realToday),
    ofDay: flags['today'] !== undefined,
    firstStart: flags['first-start'] === true,
  };
}
