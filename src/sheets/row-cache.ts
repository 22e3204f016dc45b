// Which rows stand on a sheet? Read once, then kept true by every write of this process; bounded by the number of rows.
import { LRUCache } from 'lru-cache';
import type { Dynamo } from '../platform/dynamo/client.ts';
import { getItems, pause } from '../platform/dynamo/reads.ts';
import { Unavailable } from '../platform/errors.ts';
import type { RowChange, SheetKind, SheetRecord } from './rows.ts';
import { sheetId } from './sheet.ts';
import type { Sheet, SheetRef } from './sheet.ts';
import type { Sheets } from './sheets.ts';

const MAX_ROWS = 40_000;

interface CachedRows {
  version: number;
  /** By student_id. */
  rows: Map<string, SheetRecord>;
}

export interface RowCacheNeeds {
  dynamo: Dynamo;
  sheets: Sheets;
  /** Who is enrolled now: the ids of their rows are known without an index. */
  enrolled: (course_id: string) => Iterable<string>;
}

export interface Snapshot<R> {
  sheet: Sheet;
  /** By student_id. */
  rows: ReadonlyMap<string, R>;
}

/** How a kind finds its rows: the id a student's row has on a sheet, and the index question for all of them. */
export interface RowFinder<R extends SheetRecord> {
  kind: SheetKind<R>;
  idFor: (student_id: string, ref: SheetRef) => string;
  /** Through the by-course index, which may lag by a second: finds those who have left the course. */
  indexed: (ref: SheetRef) => Promise<string[]>;
}

const TRIES = 5;

export function createRowCache({ dynamo, sheets, enrolled }: RowCacheNeeds) {
  const cache = new LRUCache<string, CachedRows>({ maxSize: MAX_ROWS, sizeCalculation: ({ rows }) => rows.size + 1 });

  /** The index is asked only when the sheet has rows of somebody who has left the course: it costs and may lag. */
  async function read<R extends SheetRecord>(finder: RowFinder<R>, sheet: Sheet): Promise<Map<string, R>> {
    const { kind } = finder;
    const rows = new Map<string, R>();
    const take = async (ids: string[]): Promise<void> => {
      const keys = ids.map((id) => ({ [kind.key]: id }));
      for (const item of await getItems(dynamo, kind.table, keys)) {
        const row = kind.fromItem(item);
        rows.set(row.student_id, row);
      }
    };
    const expected = new Set<string>();
    for (const student_id of enrolled(sheet.course_id)) expected.add(finder.idFor(student_id, sheet));
    await take([...expected]);
    if (rows.size === kind.size(sheet.counts)) return rows;
    await take((await finder.indexed(sheet)).filter((id) => !expected.has(id)));
    return rows;
  }

  return {
    /** The sheet and its rows when they are here already. */
    peek: <R extends SheetRecord>(ref: SheetRef): Snapshot<R> | undefined => {
      const sheet = sheets.get(ref);
      const cached = cache.get(sheetId(ref));
      if (!cached || cached.version !== sheet.version || sheet.job) return undefined;
      return { sheet, rows: cached.rows as Map<string, R> };
    },
    /**
     * The sheet and its rows by student, as one moment had them. What the index has not shown yet is waited for:
     * the sheet item knows how many rows there are. Throws Unavailable when they can't be had. Asked while nobody
     * else of this process writes the sheet, see SheetWriter.read.
     */
    snapshot: async <R extends SheetRecord>(finder: RowFinder<R>, ref: SheetRef): Promise<Snapshot<R>> => {
      for (let attempt = 0; attempt < TRIES; attempt++) {
        const sheet = sheets.get(ref);
        const cached = cache.get(sheetId(ref));
        if (cached && cached.version === sheet.version && !sheet.job) {
          return { sheet, rows: cached.rows as Map<string, R> };
        }
        if (sheet.version === 0 && !sheet.job) return { sheet, rows: new Map() };
        const rows = await read(finder, sheet);
        const after = sheets.get(ref);
        if (after !== sheet) continue;
        if (sheet.job) return { sheet, rows }; // a large save is under way: part of it may show, nothing is kept
        if (rows.size === finder.kind.size(sheet.counts)) {
          cache.set(sheetId(ref), { version: sheet.version, rows });
          return { sheet, rows };
        }
        await pause(200);
      }
      throw new Unavailable();
    },
    /** Takes over what was just written, when the rows before it are here. */
    apply: <R extends SheetRecord>(after: Sheet, changes: RowChange<R>[]): void => {
      const id = sheetId(after);
      const cached = cache.get(id);
      if (!cached && after.version > 1) return;
      if (cached && cached.version !== after.version - 1) {
        cache.delete(id);
        return;
      }
      const rows = new Map(cached?.rows);
      for (const change of changes) {
        if (change.new) rows.set(change.new.student_id, change.new);
        else if (change.old) rows.delete(change.old.student_id);
      }
      cache.set(id, { version: after.version, rows });
    },
    forget: (ref: SheetRef): void => void cache.delete(sheetId(ref)),
    clear: (): void => cache.clear(),
  };
}

export type RowCache = ReturnType<typeof createRowCache>;
