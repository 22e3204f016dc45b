// Which files does an export hold? Each of them a table, read once as JSON and once as CSV, row by row.
import { CSV_START, csvLine } from '../platform/csv.ts';

export interface ExportTable {
  /** Of both files, without ending. */
  name: string;
  /** What stands in it, for people. */
  about: string;
  columns: readonly string[];
  rows: () => AsyncIterable<object>;
  /** When a row has parts: its lines in the CSV, if they are not the row itself. */
  lines?: (row: object) => object[];
}

export async function* asJson({ rows }: ExportTable): AsyncGenerator<string> {
  let between = '[\n';
  for await (const row of rows()) {
    yield between + JSON.stringify(row, undefined, 1);
    between = ',\n';
  }
  yield between === '[\n' ? '[]\n' : '\n]\n';
}

const valueOf = (row: object, column: string): unknown => {
  const value: unknown = new Map<string, unknown>(Object.entries(row)).get(column);
  return Array.isArray(value) ? value.join('; ') : value;
};

export async function* asCsv({ columns, rows, lines = (row) => [row] }: ExportTable): AsyncGenerator<string> {
  yield CSV_START + csvLine(columns);
  for await (const row of rows()) {
    for (const line of lines(row)) yield csvLine(columns.map((column) => valueOf(line, column)));
  }
}

/** README.txt: every file in plain words. */
export function readme(
  tables: readonly ExportTable[],
  { college, name, at }: Record<'college' | 'name' | 'at', string>,
) {
  const files = tables.map(({ name: file, about }) => `${file}.csv and ${file}.json\r\n  ${about}\r\n`);
  return [
    `Everything that ${college} keeps about ${name}.`,
    `Made on ${at.slice(0, 10)} at ${at.slice(11, 16)} UTC.`,
    '',
    'Each table is here twice: as .csv, which any spreadsheet opens, and as .json, for programs. Both say the same;',
    "only in .csv a text that looks like a formula has an apostrophe in front of it, so that it can't do any harm.",
    'Times are UTC.',
    '',
    ...files,
    'Not in here: the password, which nobody can read (only a check value of it is kept), when the login was used or',
    'changed (an administrator can show that), and what other people see or write elsewhere. The files hold personal data: keep them where nobody else can open them.',
    '',
  ].join('\r\n');
}
