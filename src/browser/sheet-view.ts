// What does a sheet say besides its inputs? Counts, changed rows, faults, clashes, who else is here, and what is saved.
import type { Person } from '../realtime/messages.ts';
import { amendedBadge, gradeBadge } from './badges.ts';
import { all, flash, make, one } from './dom.ts';
import { typedNumber } from '../platform/http/texts.ts';
import { FIELDS } from './row-texts.ts';
import { choose } from './sheet-rows.ts';
import type { Kind, ServerRow, Texts } from './row-texts.ts';
import type { SheetRow } from './sheet-rows.ts';

const setCount = (name: string, text: string): void => {
  for (const output of all(`[data-count="${name}"]`)) if (output.textContent !== text) output.textContent = text;
};

/** Counts of what the inputs say now, saved or not. */
export function showCounts(kind: Kind, rows: readonly SheetRow[], max_marks: string | undefined): void {
  const marks = rows.map((row) => row.typed()[FIELDS[kind][0]] ?? '');
  const none = marks.filter((mark) => mark === '').length;
  setCount('none', String(none));
  if (kind === 'attendance') {
    for (const status of ['Present', 'Late', 'Absent'])
      setCount(status.toLowerCase(), String(marks.filter((mark) => mark === status).length));
    return;
  }
  setCount('entered', String(marks.length - none));
  const max = typedNumber(max_marks ?? '');
  const numbers = marks.map(typedNumber).filter((mark) => typeof mark === 'number');
  if (typeof max === 'number' && max > 0 && numbers.length > 0) {
    const sum = numbers.reduce((all_, mark) => all_ + mark, 0);
    setCount('average', ((sum / numbers.length / max) * 100).toFixed(1));
  }
}

export const markChanged = (row: SheetRow): void => void row.element.toggleAttribute('data-changed', row.isChanged());

/** What the server computes of a row: percentage and grade. */
export function showComputed(row: SheetRow, stored: ServerRow): void {
  if (!('grade' in stored)) return;
  const grade = one('[data-field="grade"]', row.element);
  if (grade) grade.replaceChildren(...(stored.grade === null ? [] : [gradeBadge(stored.grade)]));
  const percentage = one('[data-field="percentage"]', row.element);
  if (percentage) percentage.textContent = stored.percentage === null ? '' : `${String(stored.percentage)} %`;
  showAmended(row.element, stored.amended_at);
}

function showAmended(element: HTMLElement, at: string | null): void {
  one('[data-field="amended_at"]', element)?.replaceChildren(...(at === null ? [] : [amendedBadge(at)]));
}

const control = (row: SheetRow, field: string): HTMLElement | null =>
  one(`[name="${field}.${row.id}"]:checked`, row.element) ?? one(`[name="${field}.${row.id}"]`, row.element);

/** Where a row's mark is typed; gets the focus when a person comes to the row. */
export const markControl = (row: SheetRow, kind: Kind): HTMLElement | null => control(row, FIELDS[kind][0]);

export function clearFaults(row: SheetRow): void {
  for (const fault of all('[data-fault]', row.element)) fault.remove();
  for (const input of all('[aria-invalid]', row.element)) {
    input.removeAttribute('aria-invalid');
    input.removeAttribute('aria-describedby');
    input.classList.remove('is-invalid');
  }
  row.element.classList.remove('table-danger');
}

/** Says beside the input what is wrong with it. */
export function showFault(row: SheetRow, kind: Kind, field: string, message: string): void {
  const input = control(row, field) ?? markControl(row, kind);
  const id = `fault-${field}-${row.id}`;
  const text = make('p', { class: 'small text-danger-emphasis mt-1 mb-0', id, 'data-fault': true }, message);
  input?.setAttribute('aria-invalid', 'true');
  input?.setAttribute('aria-describedby', id);
  if (input instanceof HTMLInputElement && input.type === 'text') input.classList.add('is-invalid');
  input?.closest('td')?.append(text);
  row.element.classList.add('table-danger');
}

const spoken = (kind: Kind, texts: Texts): string => {
  const mark = texts[FIELDS[kind][0]] ?? '';
  const said = mark === '' ? (kind === 'attendance' ? 'no mark' : 'no marks') : mark;
  return (texts['remarks'] ?? '') === '' ? said : `${said} (“${texts['remarks'] ?? ''}”)`;
};

/** Both values of a lost race and the two ways out; taken away again once there is no clash. */
export function showClash(row: SheetRow, kind: Kind, chosen: () => void): void {
  one('.clash', row.element)?.remove();
  for (const old of all('[data-conflict]', row.element)) old.remove();
  row.element.toggleAttribute('data-clash', row.clash !== null);
  row.element.classList.remove('table-warning');
  if (!row.clash) return;
  const { texts, who } = row.clash;
  const pick = (which: 'mine' | 'theirs', label: string): HTMLButtonElement => {
    const button = make(
      'button',
      { type: 'button', class: 'btn btn-sm btn-outline-secondary' },
      label,
      make('span', { class: 'visually-hidden' }, ` for ${row.name}`),
    );
    button.addEventListener('click', () => {
      choose(row, which);
      markControl(row, kind)?.focus();
      chosen();
    });
    return button;
  };
  const box = make(
    'div',
    { class: 'clash' },
    make('p', {}, `${who} saved `, make('strong', {}, spoken(kind, texts)), ' meanwhile. Yours is not saved.'),
    make(
      'div',
      { class: 'clash-choices' },
      pick('mine', `Keep mine: ${spoken(kind, row.typed())}`),
      pick('theirs', `Take ${spoken(kind, texts)}`),
    ),
  );
  (markControl(row, kind)?.closest('td') ?? row.element.lastElementChild)?.append(box);
}

/** 'Also here: Ada Byron (at Tom Hill), Bo Lee'. */
export function showPresence(people: readonly Person[], rows: readonly SheetRow[], me: string | undefined): void {
  const line = one('#presence');
  if (!line) return;
  const others = people.filter((person) => person.user_id !== me);
  const text = others
    .map(({ full_name, row }) => {
      const at = row === null ? undefined : rows.find(({ id }) => id === row)?.name;
      return at === undefined ? full_name : `${full_name} (at ${at})`;
    })
    .join(', ');
  line.hidden = others.length === 0;
  const said = text === '' ? '' : `Also here: ${text}`;
  if (line.textContent !== said) line.textContent = said;
}

/** The line beside the save button. */
export function say(text: string, ...more: Node[]): void {
  const line = one('[data-sheet-state]');
  if (!line || (more.length === 0 && line.textContent === text)) return;
  line.replaceChildren(text, ...more);
}

/** A sheet that can only be looked at follows as well. */
export function showReadOnly(
  kind: Kind,
  element: HTMLElement,
  stored: ServerRow,
  badge: (status: string) => Node,
): void {
  const row = one(`tr[data-student-id="${CSS.escape(stored.student_id)}"]`, element);
  if (!row || Number(row.dataset['version'] ?? 0) >= stored.version) return;
  row.dataset['version'] = String(stored.version);
  const put = (field: string, content: Node | string): void =>
    one(`[data-field="${field}"]`, row)?.replaceChildren(content);
  if (kind === 'attendance' && 'status' in stored)
    put('status', stored.status === null ? 'unmarked' : badge(stored.status));
  if ('grade' in stored) {
    put('marks', stored.marks === null ? 'no marks' : String(stored.marks));
    put('grade', stored.grade === null ? '' : gradeBadge(stored.grade));
    put('percentage', stored.percentage === null ? '' : `${String(stored.percentage)} %`);
    showAmended(row, stored.amended_at);
  }
  put('remarks', stored.remarks ?? '');
  flash(row);
}
