// How are the figures of all measurements shown, and which bounds are broken? One line a page, one column a figure.

/** A bound is `below` a number, or `is` one text. A page that a measurement leaves out has no figure there. */
const isBroken = ({ below, is }, value) => value !== undefined && !(below === undefined ? value === is : value < below);
const boundOf = ({ below, is }) => (below === undefined ? is : `< ${below.toLocaleString('en-GB')}`);

/** The rows of one page are one line, in the order in which the pages came first. */
function linesOf(rows) {
  const lines = new Map();
  for (const { page, ...figures } of rows) lines.set(page, { ...lines.get(page), ...figures });
  return lines;
}

export function tableOf(columns, rows) {
  const cell = (column, value) => (value === undefined ? '' : `${value}${isBroken(column, value) ? ' !' : ''}`);
  const body = [...linesOf(rows)].map(([page, figures]) => [page, ...columns.map((c) => cell(c, figures[c.name]))]);
  const head = [
    ['page', ...columns.map(({ name }) => name)],
    ['bound', ...columns.map(boundOf)],
  ];
  const all = [...head, ...body];
  const widths = head[0].map((_, i) => Math.max(...all.map((line) => line[i].length)));
  const write = (line) =>
    line.map((text, i) => (i === 0 ? text.padEnd(widths[i]) : text.padStart(widths[i]))).join('  ');
  return [...head.map(write), '-'.repeat(widths.reduce((a, b) => a + b + 2, -2)), ...body.map(write)].join('\n');
}

/** One sentence for each broken bound. */
export const brokenIn = (columns, rows) =>
  [...linesOf(rows)].flatMap(([page, figures]) =>
    columns
      .filter((column) => isBroken(column, figures[column.name]))
      .map((column) => `${page}: ${column.name} is ${figures[column.name]}, not ${boundOf(column)}.`),
  );
