// How is a table written as CSV that a spreadsheet opens right, and that can't make it calculate?

/** Excel takes a file for UTF-8 only when it begins like this. */
export const CSV_START = '\uFEFF';

/** A text that begins like a formula is shown as it is behind an apostrophe (OWASP, CSV injection). */
const FORMULA = /^[\s\uFEFF]*[=+\-@\t\r\n|%＝＋－＠]/u;
const NEEDS_QUOTES = /[",\r\n]|^\s|\s$/;

function cell(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  const safe = FORMULA.test(text) ? `'${text}` : text;
  return NEEDS_QUOTES.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** One line of RFC 4180. */
export const csvLine = (values: readonly unknown[]): string => `${values.map(cell).join(',')}\r\n`;
