// What does one row of a sheet say besides its inputs: whether it is saved, what is wrong with it, and who was faster?
import type { Change } from './outbox.ts';
import { all, betweenTouches, icon, make, one } from './dom.ts';
import { FIELDS, textsOf } from './row-texts.ts';
import type { Kind, Texts } from './row-texts.ts';
import type { SheetRow } from './sheet-rows.ts';
import { maxMovedText } from './marks-text.ts';
import { clockTime } from './times.ts';

/** What became of what is typed in a row. */
export type RowState = 'none' | 'saved' | 'saving' | 'waiting' | 'held' | 'refused' | 'choice';

const LOOKS: Record<Exclude<RowState, 'none'>, { icon: string; text: string }> = {
  saved: { icon: 'check-lg', text: 'Saved' },
  saving: { icon: 'arrow-repeat', text: 'Saving' },
  waiting: { icon: 'clock-history', text: 'Waits to be saved' },
  held: { icon: 'pencil', text: 'Not saved yet' },
  refused: { icon: 'exclamation-triangle-fill', text: 'Not saved: see what is wrong' },
  choice: { icon: 'people-fill', text: 'Not saved: choose one of two values' },
};

/** The browser reads an icon in when it is first drawn, which takes as long as the drawing: so before anybody waits for it. */
export function warmIcons(): void {
  const icons = [...Object.values(LOOKS).map((look) => look.icon), 'x-lg'].map(icon);
  document.body.append(make('span', { class: 'visually-hidden', 'aria-hidden': 'true' }, ...icons));
}

export function stateOf(change: Change | undefined, sending: boolean): RowState {
  if (!change) return 'none';
  if (change.refused) return change.refused.current ? 'choice' : 'refused';
  if (change.held) return 'held';
  return sending ? 'saving' : 'waiting';
}

/** How a row is to look. */
interface Look {
  kind: Kind;
  state: RowState;
  change?: Change | undefined;
  choose?: (which: 'mine' | 'theirs') => void;
}

const looks = new Map<SheetRow, Look>();

/** Shows at once what rows are to look like. */
export function showLooks(): void {
  for (const [row, look] of looks) {
    showState(row, look.state);
    showRefusal(row, look);
  }
  looks.clear();
}
const showLooksSoon = betweenTouches(showLooks);

/** Shows it once the mark itself is painted: that one is what a hand waits for. */
export function showSoon(row: SheetRow, look: Look): void {
  looks.set(row, look);
  showLooksSoon();
}

function showState({ element }: SheetRow, state: RowState): void {
  if ((element.dataset['state'] ?? 'none') === state) return;
  element.dataset['state'] = state;
  element.toggleAttribute('data-changed', state !== 'none' && state !== 'saved');
  const place = one('th > div', element);
  const mark = place && (one('.row-state', place) ?? make('span', { class: 'row-state' }));
  if (!mark) return;
  const look = state === 'none' ? undefined : LOOKS[state];
  mark.replaceChildren(
    ...(look ? [icon(look.icon), make('span', { class: 'visually-hidden' }, `, ${look.text}`)] : []),
  );
  if (look) mark.title = look.text;
  else mark.removeAttribute('title');
  if (!mark.isConnected) (one('.sheet-code', place) ?? place.lastElementChild)?.after(mark);
}

const control = (row: SheetRow, field: string): HTMLElement | null =>
  one(`[name="${field}.${row.id}"]:checked`, row.element) ?? one(`[name="${field}.${row.id}"]`, row.element);

/** Where a row's mark is typed; gets the focus when a person comes to the row. */
export const markControl = (row: SheetRow, kind: Kind): HTMLElement | null => control(row, FIELDS[kind][0]);

function clearFaults(row: SheetRow): void {
  for (const fault of all('[data-fault]', row.element)) fault.remove();
  for (const input of all('[aria-invalid]', row.element)) {
    input.removeAttribute('aria-invalid');
    input.removeAttribute('aria-describedby');
    input.classList.remove('is-invalid');
  }
  row.element.classList.remove('table-danger');
}

/** Says beside the input what is wrong with it. */
function showFault(row: SheetRow, kind: Kind, field: string, message: string): void {
  const input = control(row, field) ?? markControl(row, kind);
  const id = `fault-${field}-${row.id}`;
  const text = make('p', { class: 'small text-danger-emphasis mt-1 mb-0', id, 'data-fault': true }, message);
  input?.setAttribute('aria-invalid', 'true');
  input?.setAttribute('aria-describedby', id);
  if (input instanceof HTMLInputElement && input.type === 'text') input.classList.add('is-invalid');
  input?.closest('td')?.append(text);
  row.element.classList.add('table-danger');
}

/** 'Absent', '85', 'no mark', with the remark. */
export function spoken(kind: Kind, texts: Texts): string {
  const mark = texts[FIELDS[kind][0]] ?? '';
  const said = mark === '' ? (kind === 'attendance' ? 'no mark' : 'no marks') : mark;
  return (texts['remarks'] ?? '') === '' ? said : `${said} (“${texts['remarks'] ?? ''}”)`;
}

/** Both values of a lost race, each with its name and time, and the two ways out. */
function showClash(row: SheetRow, kind: Kind, change: Change, choose: (which: 'mine' | 'theirs') => void): void {
  const current = change.refused?.current;
  if (!current) return;
  const max = change.refused?.max_marks;
  const outOf = (marks: string | undefined, n: number | string): string =>
    max === undefined || (marks ?? '') === '' ? '' : ` out of ${String(n)}`;
  const stored = textsOf(kind, current);
  const theirs = spoken(kind, stored) + outOf(stored['marks'], max ?? '');
  const mine = spoken(kind, change.texts);
  const { max_marks = '', seen_max_marks } = change;
  // A maximum that was changed by hand here holds until it is saved.
  const keptMax = max_marks === seen_max_marks ? (max ?? '') : max_marks;
  // What was taken back has nobody's name on it.
  const who = `${current.updated_by ?? 'Somebody'}${current.updated_at === null ? '' : `, ${clockTime(current.updated_at)}`}`;
  const side = (by: string, value: string): HTMLElement =>
    make('p', {}, make('span', { class: 'clash-who' }, `${by}: `), make('strong', {}, value));
  const pick = (which: 'mine' | 'theirs', label: string): HTMLButtonElement => {
    const button = make(
      'button',
      { type: 'button', class: 'btn btn-sm btn-outline-secondary', 'data-choose': which },
      label,
      make('span', { class: 'visually-hidden' }, ` for ${row.name}`),
    );
    button.addEventListener('click', () => {
      choose(which);
      markControl(row, kind)?.focus();
    });
    return button;
  };
  const box = make(
    'div',
    { class: 'clash', role: 'group', 'aria-label': `Two values for ${row.name}` },
    ...(max === undefined ? [] : [make('p', {}, maxMovedText(max, max_marks))]),
    side(who, theirs),
    side(`You, ${clockTime(change.typed_at)}`, mine + outOf(change.texts['marks'], max_marks)),
    make(
      'div',
      { class: 'clash-choices' },
      pick('theirs', `Take ${theirs}`),
      pick('mine', `Keep mine: ${mine}${outOf(change.texts['marks'], keptMax)}`),
    ),
  );
  (markControl(row, kind)?.closest('td') ?? row.element.lastElementChild)?.append(box);
}

/** What each row says already. */
const refusals = new WeakMap<SheetRow, string>();

/** What the server, or somebody else, had against a row; drawn again only when it is another. */
function showRefusal(row: SheetRow, { kind, change, choose }: Look): void {
  const refused = change?.refused;
  const key = refused ? JSON.stringify([refused, refused.current ? change.texts : '']) : '';
  if ((refusals.get(row) ?? '') === key) return;
  refusals.set(row, key);
  clearFaults(row);
  one('.clash', row.element)?.remove();
  row.element.classList.remove('table-warning');
  row.element.toggleAttribute('data-clash', refused?.current !== undefined);
  for (const { field, message } of refused?.faults ?? []) showFault(row, kind, field, message);
  if (change && choose && refused?.current) showClash(row, kind, change, choose);
}
