// How does a class get marked without a mouse? P, L and A mark the row and go on; arrows and Enter move between rows.
import { make, one } from './dom.ts';
import type { Kind } from './row-texts.ts';
import type { SheetRow } from './sheet-rows.ts';

const LETTERS = new Map([
  ['p', 'Present'],
  ['l', 'Late'],
  ['a', 'Absent'],
]);

interface Needs {
  form: HTMLFormElement;
  kind: Kind;
  rows: () => readonly SheetRow[];
  /** Puts a mark into a row, as if it had been clicked. */
  mark: (row: SheetRow, status: string) => void;
  save: () => void;
}

export function startKeys({ form, kind, rows, mark, save }: Needs): void {
  const rowOf = (element: Element): SheetRow | undefined => {
    const id = element.closest<HTMLElement>('tr[data-student-id]')?.dataset['studentId'];
    return rows().find((row) => row.id === id);
  };

  /** The same input of another row; of a group the chosen one. */
  const focusIn = (row: SheetRow, field: string): boolean => {
    const input =
      one<HTMLInputElement>(`[name="${field}.${row.id}"]:checked`, row.element) ??
      one<HTMLInputElement>(`[name="${field}.${row.id}"]`, row.element);
    input?.focus();
    if (input?.type === 'text') input.select();
    return input !== null;
  };

  const move = (row: SheetRow, field: string, step: 1 | -1): boolean => {
    const list = rows();
    const next = list[list.indexOf(row) + step];
    if (next) return focusIn(next, field);
    if (step === 1) one('[type="submit"]', form)?.focus();
    return step === 1;
  };

  form.addEventListener('keydown', (event) => {
    if (event.key.toLowerCase() === 's' && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      save();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const { target } = event;
    if (!(target instanceof HTMLInputElement)) return;
    const row = rowOf(target);
    if (!row) return;
    const field = target.name.slice(0, target.name.indexOf('.'));
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp' || event.key === 'Enter') {
      if (move(row, field, event.key === 'ArrowUp' || (event.key === 'Enter' && event.shiftKey) ? -1 : 1))
        event.preventDefault();
      return;
    }
    if (kind !== 'attendance' || target.type !== 'radio') return;
    const status = LETTERS.get(event.key.toLowerCase());
    if (status !== undefined) {
      event.preventDefault();
      mark(row, status);
      move(row, 'status', 1);
    } else if (event.key === 'Delete' || event.key === 'Backspace') {
      event.preventDefault();
      mark(row, '');
      focusIn(row, 'status');
    }
  });

  const key = (name: string): HTMLElement => make('kbd', {}, name);
  const hint =
    kind === 'attendance'
      ? [
          key('P'),
          ' ',
          key('L'),
          ' ',
          key('A'),
          ' mark and go on, ',
          key('↑'),
          ' ',
          key('↓'),
          ' move, ',
          key('Del'),
          ' takes a mark back, ',
          key('Ctrl'),
          ' ',
          key('S'),
          ' saves',
        ]
      : [
          key('Enter'),
          ' or ',
          key('↓'),
          ' next student, ',
          key('↑'),
          ' the one before, ',
          key('Ctrl'),
          ' ',
          key('S'),
          ' saves',
        ];
  form.querySelector('table')?.before(make('p', { class: 'sheet-keys' }, 'Keys in the list: ', ...hint, '.'));
}
