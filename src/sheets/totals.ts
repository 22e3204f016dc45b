// What do all sheets add up to? Kept by every sheet that changes; nothing is counted twice anywhere.
import type { Counts, Sheet } from './sheet.ts';
import { recount } from './sheet.ts';
import type { Sheets } from './sheets.ts';

const isAttendance = (sheet: Sheet): boolean => sheet.name.startsWith('a#');
const dateOf = (sheet: Sheet): string => sheet.name.split('#')[1] ?? '';

export function createTotals(sheets: Sheets) {
  let attendance: Counts = {};
  let results: Counts = {};
  const byDate = new Map<string, Counts>();

  sheets.listen((before, after) => {
    const either = after ?? before;
    if (!either) return;
    if (!isAttendance(either)) {
      results = recount(results, before?.counts, after?.counts);
      return;
    }
    attendance = recount(attendance, before?.counts, after?.counts);
    const date = dateOf(either);
    byDate.set(date, recount(byDate.get(date) ?? {}, before?.counts, after?.counts));
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
  };
}

export type Totals = ReturnType<typeof createTotals>;
