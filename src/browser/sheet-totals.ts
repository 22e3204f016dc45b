// How many are marked, and how many are not yet? Counted row by row as they change, never the whole sheet again.
import { typedNumber } from '../platform/http/texts.ts';
import { all, betweenTouches } from './dom.ts';
import { FIELDS } from './row-texts.ts';
import type { Kind } from './row-texts.ts';
import type { SheetRow } from './sheet-rows.ts';

/** Marks have at most six decimals: as whole numbers they add up without error. */
const WHOLE = 1_000_000;

export type Totals = ReturnType<typeof createTotals>;

export function createTotals(kind: Kind, maxInput: HTMLInputElement | null) {
  const field = FIELDS[kind][0];
  const counted = new Map<SheetRow, string>();
  const numbers = new Map<string, number>();
  const outputs = new Map<string, HTMLElement[]>();
  for (const output of all('[data-count]')) {
    const name = output.dataset['count'] ?? '';
    outputs.set(name, [...(outputs.get(name) ?? []), output]);
  }

  const say = (name: string, text: string): void => {
    for (const output of outputs.get(name) ?? []) if (output.textContent !== text) output.textContent = text;
  };

  function add(mark: string, by: 1 | -1): void {
    const left = (numbers.get(mark) ?? 0) + by;
    if (left === 0) numbers.delete(mark);
    else numbers.set(mark, left);
  }

  /** In percent, of what can be saved: marks above the maximum, or that are no number, wait to be corrected. */
  function average(): string {
    const max = typedNumber(maxInput?.value.trim() ?? '');
    if (typeof max !== 'number' || max <= 0) return '–';
    let sum = 0;
    let graded = 0;
    for (const [mark, count] of numbers) {
      const number = typedNumber(mark);
      if (typeof number !== 'number' || number < 0 || number > max) continue;
      sum += count * Math.round(number * WHOLE);
      graded += count;
    }
    return graded === 0 ? '–' : ((sum / WHOLE / graded / max) * 100).toFixed(1);
  }

  function show(): void {
    const none = numbers.get('') ?? 0;
    say('none', String(none));
    if (kind === 'attendance') {
      for (const status of ['Present', 'Late', 'Absent']) say(status.toLowerCase(), String(numbers.get(status) ?? 0));
      return;
    }
    say('entered', String(counted.size - none));
    say('average', average());
  }

  function count(row: SheetRow): void {
    const mark = row.typed()[field] ?? '';
    const before = counted.get(row);
    if (before === mark) return;
    if (before !== undefined) add(before, -1);
    counted.set(row, mark);
    add(mark, 1);
  }

  // Two hundred rows that change at once are told once.
  const showSoon = betweenTouches(show);

  return {
    /** One row has another mark, or may have. */
    row: (row: SheetRow): void => {
      count(row);
      showSoon();
    },
    /** The rows there are now; who has gone no longer counts. */
    rows: (rows: readonly SheetRow[]): void => {
      const here = new Set(rows);
      for (const [row, mark] of counted) {
        if (here.has(row)) continue;
        counted.delete(row);
        add(mark, -1);
      }
      for (const row of rows) count(row);
      showSoon();
    },
  };
}
