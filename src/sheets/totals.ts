// What do all sheets add up to? Kept by every sheet that changes; nothing is counted twice anywhere.
import type { Counts, Sheet, SheetRef } from './sheet.ts';
import { recount } from './sheet.ts';
import type { Sheets } from './sheets.ts';

/** A row of a student that is going, and its part in the counts of its sheet. */
export interface GoingRow {
  id: string;
  student_id: string;
  ref: SheetRef;
  counts: Counts;
}

export function createTotals(sheets: Sheets) {
  let attendance: Counts = {};
  let results: Counts = {};
  const byDate = new Map<string, Counts>();
  // Rows that still stand on their sheets, but whose student answers 404 already: they count no more.
  const going = new Map<string, GoingRow>();

  function move(name: string, out: Counts | undefined, into: Counts | undefined): void {
    const [kind, date = ''] = name.split('#');
    if (kind !== 'a') {
      results = recount(results, out, into);
      return;
    }
    attendance = recount(attendance, out, into);
    byDate.set(date, recount(byDate.get(date) ?? {}, out, into));
  }

  sheets.listen((before: Sheet | undefined, after: Sheet | undefined) => {
    const name = (after ?? before)?.name;
    if (name !== undefined) move(name, before?.counts, after?.counts);
  });

  return {
    attendance: (): Counts => attendance,
    results: (): Counts => results,
    ofDate: (date: string): Counts => byDate.get(date) ?? {},
    /** Days with marks (of a status), newest first. */
    days: (from: string, to: string, status?: string): string[] =>
      [...byDate]
        .filter(([date, counts]) => {
          const n = status === undefined ? Object.values(counts).reduce((a, b) => a + b, 0) : (counts[status] ?? 0);
          return n > 0 && date >= from && date <= to;
        })
        .map(([date]) => date)
        .sort()
        .reverse(),
    /** The student of these rows is going: they count no more from now on. */
    withhold: (rows: GoingRow[]): void => {
      for (const row of rows) {
        if (going.has(row.id)) continue;
        going.set(row.id, row);
        move(row.ref.name, row.counts, undefined);
      }
    },
    /** Rows of a student that are still withheld. */
    withheld: (student_id: string): GoingRow[] => [...going.values()].filter((row) => row.student_id === student_id),
    /** The row has left its sheet, whose counts speak for themselves again. */
    release: (id: string): void => {
      const row = going.get(id);
      if (!row) return;
      going.delete(id);
      move(row.ref.name, undefined, row.counts);
    },
  };
}

export type Totals = ReturnType<typeof createTotals>;
