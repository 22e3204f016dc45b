// What does a list query mean? Checks q, sort, order, page and page_size of any directory list.
import { z } from 'zod';
import { oneOf } from './schema.ts';

const MAX_PAGE_SIZE = 500;

/** A whole number that may come as text, from a URL. */
export const numberText = (label: string, min: number, max: number) => {
  const message = `${label} is a whole number from ${String(min)} to ${String(max)}.`;
  return z
    .union(
      [
        z.int(),
        z
          .string()
          .regex(/^\d{1,9}$/, { error: () => message })
          .transform(Number),
      ],
      { error: () => message },
    )
    .pipe(
      z
        .int()
        .min(min, { error: () => message })
        .max(max, { error: () => message }),
    );
};

/** The part of a list query that every directory understands; '' means not given, as a form sends it. */
export const listQuery = <const S extends readonly [string, ...string[]]>(sorts: S) => ({
  q: z
    .string({ error: () => 'Search is one text.' })
    .max(200, { error: () => 'Search for at most 200 characters.' })
    .default(''),
  sort: z.union([z.literal('').transform(() => sorts[0]), oneOf(sorts, 'Sort')]).default(sorts[0]),
  order: z.union([z.literal('').transform(() => 'asc' as const), oneOf(['asc', 'desc'], 'Order')]).default('asc'),
  page: numberText('Page', 1, 1_000_000).default(1),
  page_size: numberText('Page size', 1, MAX_PAGE_SIZE).default(25),
});

/** A filter that is off when left out or empty. */
export const filter = <T extends z.ZodType>(inner: T) =>
  z.union([z.literal('').transform(() => undefined), inner]).optional();

/** Drops members that are undefined, so that strict schemas see what was sent. */
export const given = (query: object): Record<string, unknown> =>
  Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined));
