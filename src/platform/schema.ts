// Which shapes do fields have, whatever record they stand in? Zod schemas shared by all nouns.
import { z } from 'zod';
import type { FieldError } from './errors.ts';
import { Invalid } from './errors.ts';
import { addDays } from './clock.ts';

const say = (message: string) => ({ error: () => message });

// Control characters have no place in a name; tab and line breaks do in long texts.
// eslint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;
// eslint-disable-next-line no-control-regex
const CONTROL_IN_LINES = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/;

/** A demanded text: trimmed, not empty, at most `max` characters; `lines` allows several lines. */
export const text = (max: number, label: string, { lines = false } = {}) =>
  z
    .string(say(`${label} is needed. Fill it in.`))
    .trim()
    .min(1, say(`${label} is needed. Fill it in.`))
    .max(max, say(`${label} has at most ${String(max)} characters. Shorten it.`))
    .refine(
      (s) => !(lines ? CONTROL_IN_LINES : CONTROL).test(s) && s.isWellFormed(),
      say(`${label} has characters that can't be stored. Type it instead of pasting it.`),
    );

/** A field that may be left out; null or nothing but blanks clears it. */
export const optional = <T extends z.ZodType>(inner: T) =>
  z
    .union([z.null(), z.string().regex(/^\s*$/, { abort: true }), inner])
    .transform((value): z.output<T> | null =>
      value === null || (typeof value === 'string' && value.trim() === '') ? null : (value as z.output<T>),
    );

export const wholeNumber = (min: number, max: number, label: string) => {
  const message = `${label} is a whole number from ${String(min)} to ${String(max)}.`;
  return z.int(say(message)).min(min, say(message)).max(max, say(message));
};

export const id = (label: string) =>
  z
    .string(say(`${label} is needed. Fill it in.`))
    .regex(
      /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
      say(`${label} is not known. Choose one from the list.`),
    );

export const email = (label: string) =>
  z
    .string(say(`${label} is an address like name@college.edu.`))
    .trim()
    .max(200, say(`${label} has at most 200 characters. Shorten it.`))
    .pipe(z.email(say(`${label} is an address like name@college.edu.`)));

export const oneOf = <const T extends readonly [string, ...string[]]>(values: T, label: string) =>
  z.enum(values, say(`${label} is one of: ${values.join(', ')}.`));

const DAY_MESSAGE = 'is a day like 2026-03-31.';

/** A real calendar day, from 2000-01-01 on. Whether it is too late in the future is asked with `notAfter`. */
export const day = (label: string, from = '2000-01-01') =>
  z.iso
    .date(say(`${label} ${DAY_MESSAGE}`))
    .refine((d) => d >= from, say(`${label} can't be before ${from}. Choose a later day.`));

/** The last day a mark may carry: tomorrow at the college, since a register is sometimes taken early. */
export const lastDay = (today: string): string => addDays(today, 1);

// A field that is not the client's to set, or that we do not know, is named; values are never echoed.
const unknownKeys = (issue: { keys: readonly string[] }, path: string): FieldError[] =>
  issue.keys.map((key) => ({
    field: path === '' ? key : `${path}.${key}`,
    message: `${key.slice(0, 60)} can't be set here. Leave it out.`,
  }));

/** `['entries', 3, 'version']` → `entries[3].version`. */
export const fieldPath = (path: readonly PropertyKey[]): string =>
  path.reduce<string>(
    (all, part) =>
      typeof part === 'number' ? `${all}[${String(part)}]` : all === '' ? String(part) : `${all}.${String(part)}`,
    '',
  );

/** All faults of a ZodError as field errors, one per field, unknown fields included. */
export function fieldErrors(error: z.ZodError, prefix: readonly PropertyKey[] = []): FieldError[] {
  const found = new Map<string, FieldError>();
  const visit = (issues: readonly z.core.$ZodIssue[], base: readonly PropertyKey[]): void => {
    for (const issue of issues) {
      const path = fieldPath([...base, ...issue.path]);
      if (issue.code === 'unrecognized_keys') {
        for (const one of unknownKeys(issue, path)) found.set(one.field, one);
      } else if (issue.code === 'invalid_union') {
        // The last branch is the real shape; the ones before it are "null or empty".
        const last = issue.errors.at(-1);
        if (last && last.length > 0) visit(last, [...base, ...issue.path]);
        else if (!found.has(path)) found.set(path, { field: path, message: issue.message });
      } else if (!found.has(path)) {
        found.set(path, { field: path, message: issue.message });
      }
    }
  };
  visit(error.issues, prefix);
  return [...found.values()];
}

/** Parses what a client sent, or throws Invalid (422) with every fault. */
export function parse<T extends z.ZodType>(schema: T, input: unknown): z.output<T> {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  throw new Invalid(fieldErrors(result.error));
}
