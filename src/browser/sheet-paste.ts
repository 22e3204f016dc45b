// How does a column of a spreadsheet get into the sheet? A box over it takes it, says what would land where, and only then fills
// it in. It is not modal: to make two hundred rows inert takes the browser longer than a hand should wait.
import { afterPaint, betweenTouches, make, one } from './dom.ts';
import { readPaste } from './pasted-column.ts';
import type { Outcome, Pasted, PastedLine, Target } from './pasted-column.ts';
import { typedNumber } from '../platform/http/texts.ts';
import { codeOf } from './sheet-find.ts';
import { FIELDS } from './row-texts.ts';
import type { Kind } from './row-texts.ts';
import type { SheetRow } from './sheet-rows.ts';
import type { History } from './sheet-undo.ts';

interface Needs {
  form: HTMLFormElement;
  kind: Kind;
  rows: readonly SheetRow[];
  rowOf: (element: Element) => SheetRow | undefined;
  /** The maximum of a result sheet, as typed. */
  maxMarks: () => string;
  history: History;
  goTo: (row: SheetRow) => void;
  say: (text: string) => void;
}

/** What is said of a line, and of how many; those that need a look come first. */
const WORDS: Record<Outcome, string> = {
  'no-mark': 'not a mark',
  above: 'above the maximum',
  unknown: 'not on this sheet',
  'two-names': 'two have this name: use the code',
  doubled: 'named more than once',
  'nobody-left': 'below the last student',
  'too-wide': 'more columns than the heading',
  lands: 'will be filled in',
  same: 'unchanged',
  empty: 'empty, left alone',
};
const IS_FINE: Outcome[] = ['lands', 'same', 'empty'];
/** So many lines of the preview are a section, laid out where it is in sight. */
const LINES = 10;

export function startPaste({ form, kind, rows, rowOf, maxMarks, history, goTo, say }: Needs): void {
  const field = FIELDS[kind][0];
  const many = (n: number): string => (n === 1 ? '1 mark' : `${String(n)} marks`);
  const text = make('textarea', {
    class: 'form-control',
    id: 'paste-text',
    rows: 4,
    spellcheck: 'false',
    'aria-describedby': 'paste-help paste-start',
  });
  const start = make('p', { class: 'box-help', id: 'paste-start' });
  const sums = make('p', { class: 'paste-sums', role: 'status' });
  const place = make('div', {
    class: 'paste-preview',
    role: 'region',
    'aria-label': 'What would land where',
    tabindex: 0,
  });
  const fill = make('button', { type: 'button', class: 'btn btn-primary' });
  const cancel = make('button', { type: 'button', class: 'btn btn-outline-secondary' }, 'Cancel');
  const help =
    kind === 'attendance'
      ? 'One column of P, L and A (or the words), or columns with the student’s code or name.'
      : 'One column of marks, or columns with the student’s code or name.';
  const dialog = make(
    'dialog',
    { class: 'box is-wide', 'aria-labelledby': 'paste-title' },
    make('h2', { id: 'paste-title' }, 'Paste marks'),
    make('label', { class: 'form-label', for: 'paste-text' }, 'Cells copied from a spreadsheet'),
    text,
    make('p', { class: 'box-help', id: 'paste-help' }, `${help} Empty cells leave a student alone.`),
    start,
    sums,
    place,
    make('div', { class: 'box-end' }, fill, cancel),
  );
  form.after(dialog);
  // As it was when the box was opened: who leaves the course meanwhile must not move the lines of others.
  let order: readonly SheetRow[] = [];
  let from = 0;
  let cameFrom: Element | null = null;
  let pasted: Pasted = readPaste('', { kind, targets: [], from, max: null });
  let readUnder = '';

  const landing = (): PastedLine[] => pasted.lines.filter(({ outcome }) => outcome === 'lands');

  /** The box stays open while others mark, and says what it saw when it was read. */
  const isOutdated = (): boolean => {
    const now = new Map(order.map((row) => [row.id, row.typed()[field] ?? '']));
    return readUnder !== maxMarks() || pasted.lines.some(({ target }) => target && now.get(target.id) !== target.now);
  };

  function read(): void {
    readUnder = maxMarks();
    const max = typedNumber(readUnder);
    const targets = order.map((row): Target => ({
      id: row.id,
      code: codeOf(row),
      name: row.name,
      now: row.typed()[field] ?? '',
    }));
    pasted = readPaste(text.value, { kind, targets, from, max: typeof max === 'number' ? max : null });
    const count = landing().length;
    fill.textContent = `Fill in ${many(count)}`;
    fill.setAttribute('aria-disabled', String(count === 0));
    start.textContent =
      pasted.by === 'student'
        ? 'Each line goes to the student it names.'
        : `In the order of this list, from ${order[from]?.name ?? 'the first student'}.`;
    sums.textContent = text.value.trim() === '' ? '' : sumsOf(pasted);
    sums.classList.toggle('is-fault', pasted.fault !== '');
    draw(pasted);
  }

  /** Two hundred lines take longer than a person should wait for the next letter: they come a few at a time. */
  function draw({ lines }: Pasted): void {
    const table = tableOf();
    place.replaceChildren(...(lines.length === 0 ? [] : [table]));
    let drawn = 0;
    const more = (): void => {
      if (!table.isConnected) return;
      table.append(make('tbody', { role: 'rowgroup' }, ...lines.slice(drawn, (drawn += LINES)).map(rowOfLine)));
      if (drawn < lines.length) afterPaint(more);
    };
    more();
  }

  // What came with the paste that opened the box; it is written into the field when it is read.
  let brought: string | undefined;
  const readSoon = betweenTouches(() => {
    if (!dialog.open) return;
    text.value = brought ?? text.value;
    brought = undefined;
    read();
  });

  /** Nothing can be filled in until what stands there now was looked through. */
  function look(): void {
    fill.setAttribute('aria-disabled', 'true');
    readSoon();
  }

  function open(at: number, content: string): void {
    order = [...rows];
    from = at;
    brought = content;
    fill.textContent = 'Fill in';
    if (!dialog.open) cameFrom = document.activeElement;
    // Opened by its attribute, as show() would lay the page out to move the focus.
    dialog.open = true;
    (content === '' ? text : fill).focus({ preventScroll: true });
    look();
  }

  fill.addEventListener('click', () => {
    const lines = landing();
    if (lines.length === 0 || fill.getAttribute('aria-disabled') === 'true') return;
    if (isOutdated()) {
      look();
      say('The sheet has changed meanwhile. Look at the list again, then fill in.');
      return;
    }
    const value = new Map(lines.map((line) => [line.target?.id, line.value]));
    const meant = rows.filter(({ id }) => value.has(id));
    dialog.close();
    history.change(`${many(lines.length)} pasted`, meant, (row) => row.type({ [field]: value.get(row.id) ?? '' }));
    const [top] = meant;
    if (top) afterPaint(() => goTo(top));
    say(`${many(lines.length)} filled in. Undo takes all of them back.`);
  });
  const giveUp = (): void => {
    dialog.close();
    if (cameFrom instanceof HTMLElement) cameFrom.focus();
  };
  cancel.addEventListener('click', giveUp);
  text.addEventListener('input', () => {
    brought = undefined;
    look();
  });
  document.addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && dialog.open) giveUp();
  });
  dialog.addEventListener('close', () => {
    afterPaint(() => {
      if (dialog.open) return;
      text.value = '';
      place.replaceChildren();
    });
  });

  form.addEventListener('paste', (event) => {
    const { target, clipboardData } = event;
    const row = target instanceof HTMLInputElement && !target.name.startsWith('remarks.') ? rowOf(target) : undefined;
    const content = clipboardData?.getData('text/plain') ?? '';
    // One value in a text field is an ordinary paste.
    const several = /[\t;]|\n./.test(content.trim());
    if (!row || content.trim() === '' || (!several && kind === 'results')) return;
    event.preventDefault();
    open(rows.indexOf(row), content);
  });
  const button = one('[data-action="paste"]', form);
  if (button) {
    button.hidden = false;
    button.addEventListener('click', () => open(0, ''));
  }
}

function sumsOf({ fault, heading, lines }: Pasted): string {
  if (fault !== '') return fault;
  const counts = (Object.keys(WORDS) as Outcome[])
    .map((outcome) => ({ outcome, n: lines.filter((line) => line.outcome === outcome).length }))
    .filter(({ n }) => n > 0)
    .map(({ outcome, n }) => `${String(n)} ${WORDS[outcome]}`);
  return `${heading ? 'The first line is a heading. ' : ''}${counts.join(' · ')}`;
}

const shown = (mark: string): string => (mark === '' ? '–' : mark);

/** Laid out as blocks and grids, so its roles are said. */
function tableOf(): HTMLTableElement {
  const head = ['Student', 'Now', 'New', 'What happens'].map((word) =>
    make('th', { scope: 'col', role: 'columnheader' }, word),
  );
  return make(
    'table',
    { class: 'table table-sm', role: 'table' },
    make('thead', { role: 'rowgroup' }, make('tr', { role: 'row' }, ...head)),
  );
}

function rowOfLine({ line, key, target, text, value, outcome }: PastedLine): HTMLTableRowElement {
  const who = target
    ? [target.name, ' ', make('span', { class: 'sheet-code' }, target.code)]
    : [key === '' ? `Line ${String(line)}` : key];
  return make(
    'tr',
    { class: IS_FINE.includes(outcome) ? null : 'is-fault', 'data-outcome': outcome, role: 'row' },
    make('th', { scope: 'row', role: 'rowheader' }, ...who),
    ...[target ? shown(target.now) : '', value === '' ? text : value, WORDS[outcome]].map((word) =>
      make('td', { role: 'cell' }, word),
    ),
  );
}
