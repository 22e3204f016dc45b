// What does a row of a sheet say, as texts of its inputs; what is sent of it, and what becomes of it over a newer state?
import type { AttendanceRow } from '../attendance/mark.ts';
import { typedNumber } from '../platform/http/texts.ts';
import type { ResultRow } from '../results/result.ts';

export type Kind = 'attendance' | 'results';
export type ServerRow = AttendanceRow | ResultRow;
/** The texts of a row's inputs, by field. */
export type Texts = Record<string, string>;

/** Which inputs a row has; the first one is the mark itself. */
export const FIELDS: Record<Kind, readonly [string, string]> = {
  attendance: ['status', 'remarks'],
  results: ['marks', 'remarks'],
};

export const same = (a: Texts, b: Texts): boolean => Object.keys(a).every((field) => a[field] === (b[field] ?? ''));

/** '95,5' and '95.50' are what the server calls 95.5: another spelling is no change. */
export function plain(texts: Texts): Texts {
  const number = typedNumber(texts['marks'] ?? '');
  return typeof number === 'number' ? { ...texts, marks: String(number) } : texts;
}

/** A row as the server tells it, as texts of our inputs. */
export function textsOf(kind: Kind, row: ServerRow): Texts {
  const mark = kind === 'attendance' ? ('status' in row ? row.status : null) : 'marks' in row ? row.marks : null;
  return { [FIELDS[kind][0]]: mark === null ? '' : String(mark), remarks: row.remarks ?? '' };
}

/** What a sheet's PUT says of a row; without a mark nothing is stored of it. */
export function entryOf(kind: Kind, student_id: string, texts: Texts, version: number): object {
  const mark = texts[FIELDS[kind][0]] ?? '';
  if (mark === '') return { student_id, [FIELDS[kind][0]]: null, version };
  const { remarks = '' } = texts;
  return kind === 'attendance'
    ? { student_id, status: mark, remarks, version }
    : { student_id, marks: typedNumber(mark), remarks, version };
}

/** A remark alone would vanish: there is no mark that could carry it. */
export function lostRemark(kind: Kind, texts: Texts): { field: string; message: string } | undefined {
  if ((texts['remarks'] ?? '') === '' || texts[FIELDS[kind][0]] !== '') return undefined;
  return kind === 'attendance'
    ? { field: 'status', message: 'Choose Present, Late or Absent to keep the remark.' }
    : { field: 'marks', message: 'Enter marks to keep the remark.' };
}

/**
 * What was typed over `base`, laid over a newer state. A cell that only one side changed goes to that side; a cell that
 * both changed, and differently, is a clash, and then the texts stay as they were typed.
 */
export function rebase(typed: Texts, base: Texts, now: Texts): { texts: Texts; clash: boolean } {
  const touched = Object.keys(typed).filter((field) => typed[field] !== base[field]);
  const clash =
    touched.some((field) => now[field] !== base[field] && now[field] !== typed[field]) ||
    // A remark on a mark that somebody took back: a person decides.
    (touched.length > 0 && isBare({ ...now, ...pick(typed, touched) }) && !isBare(typed));
  return { texts: clash ? typed : { ...now, ...pick(typed, touched) }, clash };
}

const isBare = ({ remarks = '', ...mark }: Texts): boolean =>
  remarks !== '' && Object.values(mark).every((text) => text === '');

const pick = (texts: Texts, fields: string[]): Texts =>
  Object.fromEntries(fields.map((field) => [field, texts[field] ?? '']));
