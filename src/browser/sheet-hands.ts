// How does a class get marked fast? Keys, undo, a pasted column, finding a student, everybody present, and the next one without a mark.
import { one } from './dom.ts';
import { note } from './notes.ts';
import { startFind } from './sheet-find.ts';
import { focusIn, startKeys } from './sheet-keys.ts';
import { startPaste } from './sheet-paste.ts';
import { FIELDS } from './row-texts.ts';
import type { SheetRow } from './sheet-rows.ts';
import { rowsText } from './sheet-state.ts';
import type { SheetState } from './sheet-state.ts';
import { startUndo } from './sheet-undo.ts';

/** Everything here types into rows and says so; saving is not its business. */
export function startHands(state: SheetState, form: HTMLFormElement, save: () => void): void {
  const { kind, rows, rowOf, changedTogether, maximum } = state;
  const tell = (text: string): void => note(text, 'own');
  const field = FIELDS[kind][0];
  const goTo = (row: SheetRow): void => void focusIn(row, field);
  const shared = { form, kind, rows, rowOf, goTo, say: tell };
  const history = startUndo({ ...shared, changed: changedTogether });
  state.beforeNews(history.finish);
  const find = startFind(form, rows, goTo);
  startPaste({ ...shared, history, maxMarks: maximum.typed });
  startKeys({
    ...{ form, kind, rows, rowOf, history, find, save },
    mark: (row, status) =>
      history.change(`${status === '' ? 'No mark' : status} for ${row.name}`, [row], () => row.type({ status })),
  });

  const action = (name: string, work: () => void): void => {
    const button = one(`[data-action="${name}"]`, form);
    if (!button) return;
    button.hidden = false;
    button.addEventListener('click', work);
  };
  const isOpen = (row: SheetRow): boolean => row.mark() === '' && row.clash === null;

  action('all-present', () => {
    const open = rows.filter(isOpen);
    history.change(`${rowsText(open.length)} marked present`, open, (row) => row.type({ status: 'Present' }));
    tell(open.length === 0 ? 'Everybody has a mark already.' : `${rowsText(open.length)} marked present.`);
  });

  let last: SheetRow | undefined;
  form.addEventListener('focusin', ({ target }) => {
    const row = target instanceof Element ? rowOf(target) : undefined;
    if (row) last = row;
  });
  const goToNext = (from: number): void => {
    const next = [...rows.slice(from), ...rows.slice(0, from)].find(isOpen);
    if (next) goTo(next);
    else tell(kind === 'attendance' ? 'Everybody has a mark.' : 'Everybody has marks.');
  };
  action('next-open', () => goToNext(last ? rows.indexOf(last) + 1 : 0));
  // Stands before everything else of the page: four keys after it was opened, marking begins.
  one('[data-action="first-open"]')?.addEventListener('click', (event) => {
    if (!rows.some(isOpen)) return;
    event.preventDefault();
    goToNext(0);
  });
}
