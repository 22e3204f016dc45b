// What does a pasted text hold, as a table? Lines and cells, however a spreadsheet wrote them, and never more than a sheet needs.

/** As many as a sheet saves at once. */
export const MOST_LINES = 500;
export const MOST_CHARACTERS = 100_000;
const MOST_COLUMNS = 50;

export type Separator = '\t' | ';' | ',' | null;

/** Why a text is too much to be looked at; '' when it is not. */
export const tooLong = (text: string): string =>
  text.length > MOST_CHARACTERS ? 'That is more than 100 KB of text. Copy only the code and the marks.' : '';

/** A cell in quotes may hold anything, a quote as two; null when a quote is never closed. */
function quotedCells(text: string, separator: Separator): string[][] | null {
  const lines: string[][] = [[]];
  let cell = '';
  let quoted = false;
  const endCell = (): void => {
    lines.at(-1)?.push(cell);
    cell = '';
  };
  for (let i = 0; i < text.length; i += 1) {
    const c = text.charAt(i);
    if (quoted) {
      if (c !== '"') cell += c;
      else if (text.charAt(i + 1) === '"') cell += text.charAt((i += 1));
      else quoted = false;
    } else if (c === '"' && cell === '') quoted = true;
    else if (c === separator) endCell();
    else if (c === '\n') {
      endCell();
      lines.push([]);
    } else cell += c;
  }
  endCell();
  return quoted ? null : lines;
}

const plain = (cell: string): string => cell.replace(/\s+/g, ' ').trim();

/** The cells of each line; empty lines at the end, as every spreadsheet copies one along, are none. */
export function cellsOf(text: string, separator: Separator): string[][] {
  const lines = text.replace(/\r\n?/g, '\n');
  const literal = (): string[][] => lines.split('\n').map((line) => (separator ? line.split(separator) : [line]));
  const cells = (quotedCells(lines, separator) ?? literal()).map((line) => line.map(plain));
  while (cells.at(-1)?.every((cell) => cell === '')) cells.pop();
  return cells;
}

/** Why a table is too large; '' when it is not. */
export function tooLarge(cells: readonly string[][]): string {
  if (cells.length > MOST_LINES)
    return `That is ${String(cells.length)} lines. At most ${String(MOST_LINES)} are taken at once.`;
  return cells.some((line) => line.length > MOST_COLUMNS)
    ? 'That has more columns than can be looked through. Copy only the code and the marks.'
    : '';
}
