// Which chain vouches for a stored record, and for what of it? Read from the items themselves, without memory or services.
import type { TableName } from '../platform/dynamo/client.ts';
import type { Item } from '../platform/dynamo/reads.ts';
import { digestOf } from '../platform/dynamo/trail.ts';
import { markKind } from '../attendance/marks.repository.ts';
import { resultKind } from '../results/results.repository.ts';
import { evidence } from '../sheets/rows.ts';
import type { Counts } from '../sheets/sheet.ts';

export type Person = 'students' | 'courses' | 'users';
export type Row = 'attendance' | 'results';

const text = (value: unknown): string => String(value);

/** Tables whose records have a chain of their own. */
export const PERSONS = {
  students: { key: 'student_id', chain: 'student', name: 'student_code' },
  courses: { key: 'course_id', chain: 'course', name: 'course_code' },
  users: { key: 'user_id', chain: 'user', name: 'username' },
} as const satisfies Record<Person, object>;

/** Tables whose records are rows of a sheet, which has the chain. */
export const ROWS = { attendance: 'attendance_id', results: 'result_id' } as const satisfies Record<Row, string>;

export const isPerson = (table: TableName): table is Person => table in PERSONS;

/** The table of the record that a chain belongs to; undefined for sheets and rosters. */
export const tableOfChain = (chain: string): Person | undefined =>
  (Object.keys(PERSONS) as Person[]).find((table) => chain.startsWith(`${PERSONS[table].chain}#`));

const BESIDE: Record<Person, string[]> = {
  students: ['trail_head'],
  courses: ['trail_head'],
  users: ['trail_head', 'epoch', 'teaching'],
};

/** The part of a student, course or user that its chain vouches for. */
export function personEvidence(table: Person, item: Item): Item {
  const beside = new Set<string>(BESIDE[table]);
  // The copied name of a teacher follows renames.
  if (table === 'courses' && item['faculty_id'] !== undefined) beside.add('faculty');
  return Object.fromEntries(Object.entries(item).filter(([field]) => !beside.has(field)));
}

export const rowEvidence = evidence;

export const digestOfPerson = (table: Person, item: Item): string => digestOf(personEvidence(table, item));
export const digestOfRow = (item: Item): string => digestOf(rowEvidence(item));

/** What a row adds to the counts of its sheet. */
export const tallyOfRow = (table: Row, row: Item): Counts =>
  table === 'attendance' ? markKind.tally(markKind.fromItem(row)) : resultKind.tally(resultKind.fromItem(row));

/** The chain of the sheet that a mark or result belongs to, as its own fields say. */
export function chainOfRow(table: Row, row: Item): string {
  const name =
    table === 'attendance'
      ? `a#${text(row['date'])}#${text(row['period'])}`
      : `r#${text(row['exam_type'])}#${text(row['number'])}`;
  return `sheet#${text(row['course_id'])}#${name}`;
}

export const tableOfSheet = (chain: string): Row =>
  sheetOfChain(chain).name.startsWith('a#') ? 'attendance' : 'results';

/** `sheet#<course_id>#<name>` in its parts. */
export function sheetOfChain(chain: string): { course_id: string; name: string } {
  const [, course_id = '', ...name] = chain.split('#');
  return { course_id, name: name.join('#') };
}

/** Since when and by whom the rows of a sheet are posted; null when they are not. */
export const postingInWords = (at: unknown, by: unknown): string | null =>
  at === undefined ? null : `since ${text(at)} by ${text(by)}`;

/** What a chain is about, for people. */
export function chainInWords(chain: string): string {
  const [kind = '', id = ''] = chain.split('#');
  if (kind !== 'sheet') return `${kind} ${id}`;
  const [a, b = '', c = ''] = sheetOfChain(chain).name.split('#');
  return a === 'a'
    ? `attendance sheet of course ${id} on ${b}, period ${c}`
    : `results sheet of course ${id}, ${b} ${c}`;
}

/** A record, for people: its code where it has one, and its id. */
export function recordInWords(table: Person | Row, item: Item): string {
  if (isPerson(table)) {
    const { key, chain, name } = PERSONS[table];
    return `${chain} ${text(item[name])} (${text(item[key])})`;
  }
  const whose = `student ${text(item['student_code'])} in ${text(item['course_code'])}`;
  return table === 'attendance'
    ? `mark of ${whose} on ${text(item['date'])}, period ${text(item['period'])} (${text(item['attendance_id'])})`
    : `result of ${whose}, ${text(item['exam_type'])} ${text(item['number'])} (${text(item['result_id'])})`;
}
