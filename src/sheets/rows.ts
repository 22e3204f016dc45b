// How do the rows of a sheet differ between attendance and results? One kind each; the rest is the same machine.
import type { DomainEvent } from '../events.ts';
import type { Context } from '../platform/actor.ts';
import type { Dynamo, TableName } from '../platform/dynamo/client.ts';
import type { Item } from '../platform/dynamo/reads.ts';
import { put, remove } from '../platform/dynamo/transaction.ts';
import type { Write } from '../platform/dynamo/transaction.ts';
import { difference } from '../platform/dynamo/trail.ts';
import type { Trail, TrailEntry, TrailRow } from '../platform/dynamo/trail.ts';
import { recount, sheetId } from './sheet.ts';
import type { Counts, Sheet } from './sheet.ts';

/** What marks and results have in common. */
export interface SheetRecord {
  student_id: string;
  course_id: string;
  student_code: string;
  student_name: string;
  course_code: string;
  course_name: string;
  version: number;
}

/** One row to write: `old` undefined is a new one, `new` undefined removes it. */
export interface RowChange<R> {
  id: string;
  old: R | undefined;
  new: R | undefined;
}

/** What a sheet's save is told as. */
export interface SheetChange<R> {
  /** The sheet's version after the change. */
  version: number;
  /** Saved as a sheet, not as a single record. */
  sheet: boolean;
  /** Of a posted sheet: why; then this is an amendment. */
  reason?: string | undefined;
  rows: RowChange<R>[];
}

/** A change to a sheet with its moment. */
export type Written<R> = SheetChange<R> & { at: string };

export interface SheetKind<R extends SheetRecord> {
  table: Extract<TableName, 'attendance' | 'results'>;
  /** Name of the id attribute. */
  key: string;
  /** What the trail need not keep of a record: its id, its sheet and who wrote it stand in the entry already. */
  implied: ReadonlySet<string>;
  idOf: (record: R) => string;
  nameOf: (record: R) => string;
  /** The record's part in its sheet's counts. */
  tally: (record: R) => Counts;
  /** How many records counts stand for. */
  size: (counts: Counts) => number;
  toItem: (record: R) => Item;
  fromItem: (item: Item) => R;
  event: (change: SheetChange<R>) => DomainEvent;
}

const NAMES = new Set(['student_code', 'student_name', 'course_code', 'course_name']);

/** The record as the trail vouches for it: without the copied names, which follow renames. */
export const evidence = (values: Item): Item =>
  Object.fromEntries(Object.entries(values).filter(([field]) => !NAMES.has(field)));

export const trailRows = <R extends SheetRecord>(kind: SheetKind<R>, rows: RowChange<R>[]): TrailRow[] =>
  rows.map((row) => {
    const changed = difference(told(kind, row.old), told(kind, row.new));
    return { id: row.id, record: row.new ? evidence(kind.toItem(row.new)) : null, ...changed };
  });

const told = <R extends SheetRecord>({ toItem, implied }: SheetKind<R>, record: R | undefined): Item | null =>
  record ? Object.fromEntries(Object.entries(evidence(toItem(record))).filter(([field]) => !implied.has(field))) : null;

export function rowWrite<R extends SheetRecord>(
  dynamo: Dynamo,
  kind: SheetKind<R>,
  row: RowChange<R>,
  refused?: Write['refused'],
): Write {
  const condition = refused && {
    condition: row.old ? '#version = :version' : 'attribute_not_exists(#version)',
    names: { '#version': 'version' },
    ...(row.old ? { values: { ':version': row.old.version } } : {}),
    refused,
  };
  return row.new
    ? put(dynamo, kind.table, kind.toItem(row.new), condition)
    : remove(dynamo, kind.table, { [kind.key]: row.id }, condition);
}

/** The chain entry of a change to a sheet. */
export function entryOf<R extends SheetRecord>(
  trail: Trail,
  kind: SheetKind<R>,
  ctx: Context,
  sheet: Sheet,
  change: Written<R>,
  quiet = false,
): TrailEntry {
  const [only] = change.rows;
  return trail.entry({
    chain: `sheet#${sheetId(sheet)}`,
    version: change.version,
    previous: sheet.head,
    at: change.at,
    actor: ctx.actor,
    event: kind.event(change),
    entity: change.sheet || !only ? 'course' : kind.table,
    entity_id: change.sheet || !only ? sheet.course_id : only.id,
    rows: trailRows(kind, change.rows),
    reason: change.reason,
    quiet,
  });
}

/** What a sheet adds up to after a change. */
export const counted = <R extends SheetRecord>(kind: SheetKind<R>, sheet: Sheet, rows: RowChange<R>[]): Counts =>
  rows.reduce(
    (counts, row) => recount(counts, row.old && kind.tally(row.old), row.new && kind.tally(row.new)),
    sheet.counts,
  );
