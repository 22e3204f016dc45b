// How does a record lie in an item? Without null, with what only the store needs beside it.
import type { Item } from './reads.ts';

/** The record's attributes; a field without value is absent. */
export const withoutNull = (record: object): Item =>
  Object.fromEntries(Object.entries(record).filter(([, value]) => value !== null && value !== undefined));

/** Reads the named fields back, absent ones as null. */
export function withNull(item: Item, fields: readonly string[]): Item {
  const record: Item = {};
  for (const field of fields) record[field] = item[field] ?? null;
  return record;
}
