// Where is that student? A few letters of a name or code, and the sheet goes there.
import { make, one } from './dom.ts';
import type { SheetRow } from './sheet-rows.ts';

const MOST = 6;

const fold = (text: string): string => text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();

/** Makes the dialog and its button; answers what opens it. */
export function startFind(form: HTMLFormElement, rows: readonly SheetRow[], goTo: (row: SheetRow) => void): () => void {
  const button = one('[data-action="find"]', form);
  const input = make('input', {
    class: 'form-control',
    id: 'find-student',
    type: 'text',
    autocomplete: 'off',
    maxlength: 100,
    'aria-describedby': 'find-count',
  });
  const count = make('p', { class: 'box-help', id: 'find-count', role: 'status' });
  const found = make('ul', { class: 'found' });
  const close = make('button', { type: 'button', class: 'btn btn-outline-secondary' }, 'Close');
  const dialog = make(
    'dialog',
    { class: 'box', 'aria-labelledby': 'find-title' },
    make('h2', { id: 'find-title' }, 'Find a student'),
    make('label', { class: 'form-label', for: 'find-student' }, 'Part of the name or code'),
    input,
    count,
    found,
    make('div', { class: 'box-end' }, close),
  );
  form.after(dialog);
  const words = new Map<SheetRow, string>();
  let matches: SheetRow[] = [];

  const choose = (row: SheetRow): void => {
    dialog.close();
    goTo(row);
  };

  function show(): void {
    const asked = fold(input.value.trim());
    matches = asked === '' ? [] : rows.filter((row) => (words.get(row) ?? '').includes(asked));
    found.replaceChildren(
      ...matches.slice(0, MOST).map((row) => {
        const go = make(
          'button',
          { type: 'button', class: 'btn btn-outline-secondary' },
          row.name,
          ' ',
          make('span', { class: 'sheet-code' }, codeOf(row)),
        );
        go.addEventListener('click', () => choose(row));
        return make('li', {}, go);
      }),
    );
    if (asked === '') count.textContent = 'Enter goes to the first one found.';
    else if (matches.length === 0) count.textContent = 'Nobody on this sheet has that in name or code.';
    else
      count.textContent =
        matches.length === 1
          ? '1 student'
          : `${String(matches.length)} students${matches.length > MOST ? `, the first ${String(MOST)} are shown` : ''}`;
  }

  input.addEventListener('input', show);
  input.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || event.isComposing) return;
    event.preventDefault();
    if (matches[0]) choose(matches[0]);
  });
  close.addEventListener('click', () => dialog.close());

  const open = (): void => {
    words.clear();
    for (const row of rows) words.set(row, fold(`${row.name} ${codeOf(row)}`));
    input.value = '';
    show();
    dialog.showModal();
    input.focus();
  };
  if (button) {
    button.hidden = false;
    button.addEventListener('click', open);
  }
  return open;
}

export const codeOf = ({ element }: SheetRow): string => one('.sheet-code', element)?.textContent.trim() ?? '';
