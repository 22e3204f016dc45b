// How does a class get marked without a mouse? Letters and digits mark and go on, arrows move, and nothing fires where text is typed.
import { make, one } from './dom.ts';
import type { Kind } from './row-texts.ts';
import type { SheetRow } from './sheet-rows.ts';
import type { History } from './sheet-undo.ts';

const MARKS = new Map([
  ...['p', '1'].map((key) => [key, 'Present'] as const),
  ...['l', '2'].map((key) => [key, 'Late'] as const),
  ...['a', '3'].map((key) => [key, 'Absent'] as const),
]);
const TAKES_BACK = ['Delete', 'Backspace', '-', '–', '0'];
const PAGE = 10;
/** So far the mark of the focus reaches beyond an input. */
const OUTLINE = 5;

interface Needs {
  form: HTMLFormElement;
  kind: Kind;
  rows: readonly SheetRow[];
  rowOf: (element: Element) => SheetRow | undefined;
  /** Puts a mark into a row, as if it had been clicked. */
  mark: (row: SheetRow, status: string) => void;
  history: History;
  find: () => void;
  save: () => void;
}

/** The same input of another row; of a group the chosen one. False where there is none to be seen, as a folded remark. */
export function focusIn(row: SheetRow, field: string): boolean {
  const input =
    one<HTMLInputElement>(`[name^="${field}."]:checked`, row.element) ??
    one<HTMLInputElement>(`[name^="${field}."]`, row.element);
  input?.focus({ preventScroll: true });
  if (!input || document.activeElement !== input) return false;
  if (input.type === 'text') input.select();
  // In the frame that is drawn next, which lays the page out anyway.
  requestAnimationFrame(() => {
    if (document.activeElement === input && isCovered(input)) input.scrollIntoView({ block: 'center' });
  });
  return true;
}

// Looked up once: the second stands below all rows.
let edges: (HTMLElement | null)[] | undefined;

/** Out of sight, or under what sticks to the edges of the window. */
function isCovered(input: HTMLElement): boolean {
  edges ??= [one('.topbar'), one('.sheet-bar')];
  const [above, below] = edges.map((edge) => edge?.getBoundingClientRect());
  const { top, bottom } = input.getBoundingClientRect();
  return top - OUTLINE < (above?.bottom ?? 0) || bottom + OUTLINE > (below?.top ?? window.innerHeight);
}

export function startKeys({ form, kind, rows, rowOf, mark, history, find, save }: Needs): void {
  const dialog = keysDialog(kind);
  form.after(dialog);
  const openKeys = (): void => dialog.showModal();
  const button = one('[data-action="keys"]', form);
  if (button) {
    button.hidden = false;
    button.addEventListener('click', openKeys);
  }

  /** The row so many lines further, at the ends the last one there is. */
  const further = (row: SheetRow, steps: number): SheetRow | undefined => {
    const at = rows.indexOf(row) + steps;
    return Math.abs(steps) === 1 ? rows[at] : rows[Math.max(0, Math.min(rows.length - 1, at))];
  };
  const move = (row: SheetRow, field: string, steps: number): void => {
    const to = further(row, steps);
    if (to) focusIn(to, field);
    else if (steps === 1) one('[type="submit"]', form)?.focus();
  };

  /** Keys with Ctrl, which mean the same everywhere on the sheet. */
  function withCtrl({ key, shiftKey, target }: KeyboardEvent): (() => void) | undefined {
    const name = key.toLowerCase();
    if (name === 's') return save;
    if (name === '/') return find;
    if ((name !== 'z' && name !== 'y') || !(target instanceof Element)) return undefined;
    // In other fields, and where letters were just typed, the browser's own undo is meant.
    if (history.isTyping(target) || (isText(target) && !rowOf(target))) return undefined;
    return name === 'y' || shiftKey ? history.redo : history.undo;
  }

  /** Moving keys of a row's inputs, in text fields too. */
  function moving(
    event: KeyboardEvent,
    row: SheetRow,
    input: HTMLInputElement,
    field: string,
  ): (() => void) | undefined {
    const by = (steps: number) => () => move(row, field, steps);
    const { key, ctrlKey } = event;
    if (key === 'ArrowDown' || (key === 'Enter' && !event.shiftKey)) return by(1);
    if (key === 'ArrowUp' || key === 'Enter') return by(-1);
    if (key === 'PageDown') return by(PAGE);
    if (key === 'PageUp') return by(-PAGE);
    if (key === 'Home' && ctrlKey) return by(-rows.length);
    if (key === 'End' && ctrlKey) return by(rows.length);
    if (key === 'ArrowRight' && field !== 'remarks' && isAtEnd(input)) return () => void focusIn(row, 'remarks');
    const first = kind === 'attendance' ? 'status' : 'marks';
    if (key !== 'ArrowLeft' || !isAtStart(input)) return undefined;
    return field === 'remarks' ? () => void focusIn(row, first) : () => undefined;
  }

  /** Keys of one character: only on a mark, where nothing can be typed. */
  function marking(key: string, row: SheetRow): (() => void) | undefined {
    const status = MARKS.get(key.toLowerCase());
    if (status !== undefined)
      return () => {
        mark(row, status);
        move(row, 'status', 1);
      };
    if (TAKES_BACK.includes(key))
      return () => {
        mark(row, '');
        focusIn(row, 'status');
      };
    return key === '/' ? find : key === '?' ? openKeys : undefined;
  }

  form.addEventListener('keydown', (event) => {
    const { target, key } = event;
    if (event.isComposing || key === 'Process' || event.altKey) return;
    const ctrl = event.ctrlKey || event.metaKey;
    const row = target instanceof HTMLInputElement ? rowOf(target) : undefined;
    let work = ctrl ? withCtrl(event) : undefined;
    if (row && target instanceof HTMLInputElement) {
      const field = target.name.slice(0, target.name.indexOf('.'));
      if (!ctrl || key === 'Home' || key === 'End') work ??= moving(event, row, target, field);
      if (!ctrl && target.type === 'radio') work ??= marking(key, row);
    }
    if (!work) return;
    event.preventDefault();
    work();
  });
}

const isText = (element: Element): boolean =>
  (element instanceof HTMLInputElement && element.type !== 'radio') || element instanceof HTMLTextAreaElement;

/** The caret, or the chosen one of a group, has nothing more on that side. */
function isAtEnd(input: HTMLInputElement): boolean {
  if (input.type === 'radio') return input.value === '';
  return input.selectionEnd === input.value.length;
}
function isAtStart(input: HTMLInputElement): boolean {
  if (input.type === 'radio') return input.value === 'Present';
  return input.selectionStart === 0 && input.selectionEnd === 0;
}

const ATTENDANCE = [
  ['Present, and on to the next', 'P', '1'],
  ['Late, and on', 'L', '2'],
  ['Absent, and on', 'A', '3'],
  ['Take the mark back', 'Delete', '–'],
];
const RESULTS = [['Next student', 'Enter', '↓']];
const BOTH = [
  ['Up and down the list', '↑', '↓'],
  ['Ten students further', 'Page Up', 'Page Down'],
  ['First or last student', 'Ctrl Home', 'Ctrl End'],
  ['Between mark and remarks', '←', '→'],
  ['Find a student', 'Ctrl /'],
  ['Undo, also what is saved', 'Ctrl Z'],
  ['Do it again', 'Ctrl Y'],
  ['Paste a column', 'Ctrl V'],
  ['Save', 'Ctrl S'],
];

/** All keys in a list; what a key is stands before it, so that it reads well aloud. */
function keysDialog(kind: Kind): HTMLDialogElement {
  const keys = (names: string[]): Node[] =>
    names.flatMap((name, n) => [
      ...(n > 0 ? [document.createTextNode(' or ')] : []),
      ...name.split(/(?<=Ctrl) /).map((part) => make('kbd', {}, part)),
    ]);
  const lines = [...(kind === 'attendance' ? ATTENDANCE : RESULTS), ...BOTH];
  const close = make('button', { type: 'button', class: 'btn btn-outline-secondary' }, 'Close');
  const dialog = make(
    'dialog',
    { class: 'box', 'aria-labelledby': 'keys-title' },
    make('h2', { id: 'keys-title' }, 'Keys in the list'),
    make(
      'dl',
      { class: 'keys' },
      ...lines.map(([what = '', ...names]) => make('div', {}, make('dt', {}, what), make('dd', {}, ...keys(names)))),
    ),
    make(
      'p',
      { class: 'box-help' },
      kind === 'attendance'
        ? 'Single letters and digits work while a mark has the focus, never while you type a remark.'
        : 'They work while a field of the list has the focus.',
    ),
    make('div', { class: 'box-end' }, close),
  );
  close.addEventListener('click', () => dialog.close());
  return dialog;
}
