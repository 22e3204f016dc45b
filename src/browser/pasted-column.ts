// What would a pasted column do to a sheet? Which line is meant for which student, what would land there, and what is wrong with the rest.
import { typedNumber } from '../platform/http/texts.ts';
import { cellsOf, tooLarge, tooLong } from './pasted-text.ts';
import type { Kind } from './row-texts.ts';

/** A row of the sheet, as a paste sees it. */
export interface Target {
  id: string;
  code: string;
  name: string;
  /** The mark that is typed there now. */
  now: string;
}

export interface PasteInto {
  kind: Kind;
  targets: readonly Target[];
  /** The row at which a column without codes begins. */
  from: number;
  /** The maximum of a result sheet; null when none is typed. */
  max: number | null;
}

export type Outcome =
  'lands' | 'same' | 'empty' | 'unknown' | 'two-names' | 'doubled' | 'no-mark' | 'above' | 'nobody-left' | 'too-wide';

export interface PastedLine {
  /** Its number in what was pasted, from 1. */
  line: number;
  /** Code or name as pasted; '' in a column without. */
  key: string;
  target: Target | null;
  /** The cell as pasted, and what would be typed for it; '' for nothing. */
  text: string;
  value: string;
  outcome: Outcome;
}

export interface Pasted {
  /** One sentence why nothing can be made of it; '' otherwise. */
  fault: string;
  by: 'order' | 'student';
  /** The first line names the columns and lands nowhere. */
  heading: boolean;
  lines: PastedLine[];
}

const KEY_HEADINGS = new Set([
  'code',
  'id',
  'student',
  'name',
  'full name',
  ...['code', 'id', 'name'].map((w) => `student ${w}`),
]);
const VALUE_HEADINGS: Record<Kind, Set<string>> = {
  attendance: new Set(['status', 'attendance', 'mark']),
  results: new Set(['marks', 'mark', 'score', 'points', 'result']),
};
const STATUSES = new Map(
  ['Present', 'Absent', 'Late'].flatMap((s) => [
    [s.toLowerCase(), s],
    [s.charAt(0).toLowerCase(), s],
  ]),
);
/** 1,000 may be a thousand or a one: neither is guessed. */
const THOUSANDS = /^\d{1,3}(,\d{3})+$/;
const MOST_DECIMALS = 6;

const fold = (text: string): string => text.normalize('NFKC').toLowerCase().replace(/\s+/g, ' ').trim();
const asHeading = (text: string): string => fold(text).replaceAll('_', ' ');

/** What a cell would type; null when it is no mark. */
export function markOf(kind: Kind, text: string): string | null {
  if (kind === 'attendance') return STATUSES.get(fold(text)) ?? null;
  const number = typedNumber(text);
  if (typeof number !== 'number' || number < 0 || THOUSANDS.test(text)) return null;
  return (/[.,](\d+)$/.exec(text)?.[1]?.length ?? 0) > MOST_DECIMALS || number > 1_000_000 ? null : String(number);
}

type Who = Target | 'two' | undefined;

/** Finds a student by code, else by the exact name; a name that two bear finds neither. */
function finder(targets: readonly Target[]): (text: string) => Who {
  const byName = new Map<string, Target | 'two'>();
  for (const target of targets) byName.set(fold(target.name), byName.has(fold(target.name)) ? 'two' : target);
  const byCode = new Map(targets.map((target) => [fold(target.code), target]));
  return (text) => (text === '' ? undefined : (byCode.get(fold(text)) ?? byName.get(fold(text))));
}

const nothing = (fault: string): Pasted => ({ fault, by: 'order', heading: false, lines: [] });

/** Tab, then semicolon; a comma only where it parts students from something: it may as well be a decimal comma. */
function tableOf(text: string, find: (text: string) => Who): string[][] {
  if (text.includes('\t')) return cellsOf(text, '\t');
  if (text.includes(';')) return cellsOf(text, ';');
  if (text.includes(',')) {
    const cells = cellsOf(text, ',');
    const names = (cell: string): boolean => find(cell) !== undefined || KEY_HEADINGS.has(asHeading(cell));
    if (cells.some((line) => line.length > 1 && line.some(names))) return cells;
  }
  return cellsOf(text, null);
}

/** Reads a paste and says of every line what would come of it. Changes nothing. */
export function readPaste(text: string, into: PasteInto): Pasted {
  const long = tooLong(text);
  if (long !== '') return nothing(long);
  const find = finder(into.targets);
  const table = tableOf(text, find);
  const large = tooLarge(table);
  if (large !== '') return nothing(large);
  const [first = []] = table;
  const words = first.map(asHeading);
  const isValue = (word: string): boolean => VALUE_HEADINGS[into.kind].has(word);
  const heading =
    !first.some((cell) => find(cell) !== undefined) && words.some((word) => isValue(word) || KEY_HEADINGS.has(word));
  const body = heading ? table.slice(1) : table;
  const used = usedColumns(body);
  if (used.length === 0) return nothing('There is nothing in it to fill in.');
  const skipped = heading ? 2 : 1;
  if (used.length === 1 && !words.some((word) => heading && KEY_HEADINGS.has(word)))
    return settle(into, 'order', heading, inOrder(body, used[0] ?? 0, skipped, into));

  const key = keyColumn(body, used, heading ? words : [], find);
  if (key === null)
    return nothing(
      'No column holds codes or names of students of this sheet. Paste one column of marks, or add the codes.',
    );
  const value = valueColumn(body, used, key, heading ? words.map(isValue) : [], into.kind, find);
  if (typeof value === 'string') return nothing(value);
  const width = heading ? words.length : Infinity;
  const lines = body.map((cells, i): PastedLine => {
    const line = { line: i + skipped, key: cells[key] ?? '', text: cells[value] ?? '' };
    const who = find(line.key);
    if (cells.length > width && cells.slice(width).some((cell) => cell !== ''))
      return { ...line, target: null, value: '', outcome: 'too-wide' };
    if (who === undefined || who === 'two')
      return {
        ...line,
        target: null,
        value: '',
        outcome: line.key === '' && line.text === '' ? 'empty' : who ? 'two-names' : 'unknown',
      };
    return { ...line, target: who, value: '', outcome: 'empty' };
  });
  return settle(into, 'student', heading, lines);
}

const usedColumns = (body: readonly string[][]): number[] =>
  [...new Set(body.flatMap((cells) => cells.flatMap((cell, column) => (cell === '' ? [] : [column]))))].sort(
    (a, b) => a - b,
  );

/** A column without codes goes down the list, skipping nobody: an empty line leaves its student alone. */
const inOrder = (
  body: readonly string[][],
  column: number,
  skipped: number,
  { targets, from }: PasteInto,
): PastedLine[] =>
  body.map((cells, i) => {
    const target = targets[from + i] ?? null;
    return {
      line: i + skipped,
      key: '',
      target,
      text: cells[column] ?? '',
      value: '',
      outcome: target ? 'empty' : 'nobody-left',
    };
  });

/** Which column says who is meant: of those the heading names, else of all, the one that names most students. */
function keyColumn(
  body: readonly string[][],
  used: number[],
  words: string[],
  find: (text: string) => Who,
): number | null {
  const named = used.filter((column) => KEY_HEADINGS.has(words[column] ?? ''));
  const found = (column: number): number =>
    new Set(body.map((cells) => find(cells[column] ?? '')).filter((who) => who !== undefined)).size;
  const counted = (named.length > 0 ? named : used).map((column) => ({ column, students: found(column) }));
  const best = counted.reduce((a, b) => (b.students > a.students ? b : a));
  return best.students > 0 || named.length > 0 ? best.column : null;
}

/** Which column holds the marks; a sentence when that can't be told. */
function valueColumn(
  body: readonly string[][],
  used: number[],
  key: number,
  isNamed: boolean[],
  kind: Kind,
  find: (text: string) => Who,
): number | string {
  const rest = used.filter((column) => column !== key);
  const what = kind === 'attendance' ? 'Present, Late or Absent' : 'marks';
  const named = isNamed.flatMap((is, column) => (is && column !== key ? [column] : []));
  // A comma between columns can't be told from one within a number: a second column of digits is refused, not passed over.
  const mayBe = (cell: string): boolean => markOf(kind, cell) !== null || (kind === 'results' && /^\d+$/.test(cell));
  const full = rest.filter((column) => body.some((cells) => mayBe(cells[column] ?? '')));
  const [only, ...more] =
    named.length > 0
      ? named
      : full.length > 0
        ? full
        : rest.filter((column) => !body.some((cells) => find(cells[column] ?? '') !== undefined));
  if (only === undefined) return `No column holds ${what}.`;
  return more.length === 0
    ? only
    : `More than one column could hold ${what}. Copy only the code and that column, or name it in the first line.`;
}

/** Says of every line that found its student what comes of it; who is named twice gets nothing, for nobody knows which counts. */
function settle({ kind, max }: PasteInto, by: Pasted['by'], heading: boolean, found: PastedLine[]): Pasted {
  const times = new Map<string, number>();
  for (const { target, text } of found)
    if (target && text !== '') times.set(target.id, (times.get(target.id) ?? 0) + 1);
  const lines = found.map((line): PastedLine => {
    if (line.outcome !== 'empty' || !line.target || line.text === '') return line;
    if ((times.get(line.target.id) ?? 0) > 1) return { ...line, outcome: 'doubled' };
    const value = markOf(kind, line.text);
    if (value === null) return { ...line, outcome: 'no-mark' };
    if (max !== null && kind === 'results' && Number(value) > max) return { ...line, outcome: 'above' };
    return { ...line, value, outcome: value === line.target.now ? 'same' : 'lands' };
  });
  // An empty line below the last student is no news.
  return {
    fault: '',
    by,
    heading,
    lines: lines.filter(({ outcome, text }) => outcome !== 'nobody-left' || text !== ''),
  };
}
