// Which marks wait on this device, where do they belong, and what can be done about them? One block a sheet.
import { ask } from './ask.ts';
import { icon, make } from './dom.ts';
import { marksText, maxMovedText } from './marks-text.ts';
import type { Change, Outbox, Trouble } from './outbox.ts';
import { ago } from './times.ts';

const NOTHING = 'Nothing waits on this device: every mark that you typed here is stored.';

/** As views/partials/empty.ejs. */
const nothing = (): HTMLElement =>
  make(
    'div',
    { class: 'empty' },
    icon('check2-circle'),
    make('p', { tabindex: -1 }, NOTHING),
    make('a', { class: 'btn btn-outline-secondary', href: '/' }, 'Go to the start page'),
  );

/** Left out on a phone. */
const WIDE = 'd-none d-md-table-cell';

const TROUBLE = {
  unreachable: 'StudentCore can’t be reached. They are sent by themselves as soon as it can.',
  'signed-out': 'Your session has ended. Sign in again, then they are sent.',
  password: 'Choose a new password first, then they are sent.',
  'other-user': 'Somebody else is signed in here by now.',
} as const;

/** 'Late, “bus”'; what was typed is in the first field of a row. */
function spoken({ kind, texts }: Change): string {
  const mark = kind === 'attendance' ? texts['status'] : texts['marks'];
  const said = (mark ?? '') === '' ? 'no mark' : (mark ?? '');
  const { remarks = '' } = texts;
  return remarks === '' ? said : `${said}, “${remarks}”`;
}

function stateOf(change: Change): string {
  const { refused, held } = change;
  if (refused?.max_marks !== undefined)
    return `${maxMovedText(refused.max_marks, change.max_marks)} Choose on the sheet.`;
  if (refused?.current) return 'Somebody else saved another value: choose on the sheet.';
  if (refused?.sheet) return refused.sheet.message;
  if (refused?.faults) return refused.faults.map(({ message }) => message).join(' ');
  return held === undefined ? 'Waits to be sent.' : 'Not sent yet: press Save on the sheet.';
}

/** It waits for a person: on its sheet, or here, where it can be given up when there is no such sheet or row any more. */
const isStuck = ({ refused, held }: Change): boolean => refused !== undefined || held !== undefined;

/** What becomes of all of it. */
function outlook(changes: readonly Change[], trouble: Trouble | null): string {
  const stuck = changes.filter(isStuck).length;
  const others = trouble === null ? 'They are sent by themselves.' : TROUBLE[trouble];
  if (stuck === 0) return others;
  const these = `${marksText(stuck)} ${stuck === 1 ? 'waits' : 'wait'} for you: decide on the sheet, or discard here.`;
  return stuck === changes.length ? these : `${these} Of the others: ${others}`;
}

export function startWaitingList(place: HTMLElement, outbox: Outbox): void {
  const show = (): void => {
    const { sheets } = outbox.waiting();
    const trouble = outbox.trouble();
    const held = place.contains(document.activeElement);
    place.replaceChildren(
      ...(sheets.length === 0
        ? [nothing()]
        : [
            make('p', { role: 'status' }, outlook(outbox.changes(), trouble)),
            ...sheets.map((line) => block(line, outbox)),
          ]),
    );
    // A button that went took the focus along.
    if (held) place.querySelector<HTMLElement>('h2 a, p[tabindex]')?.focus();
  };
  show();
  outbox.onChange(show);
}

function block({ sheet, page, title }: { sheet: string; page: string; title: string }, outbox: Outbox): HTMLElement {
  const changes = outbox.changes(sheet).toSorted((a, b) => a.name.localeCompare(b.name));
  const stuck = changes.filter(isStuck);
  const rows = changes.map((change) =>
    make(
      'tr',
      {},
      make('th', { scope: 'row', class: 'fw-normal' }, change.name),
      make('td', {}, make('strong', {}, spoken(change))),
      make('td', { class: WIDE }, ago(new Date(change.typed_at))),
      make('td', {}, stateOf(change)),
    ),
  );
  const heads = ['Student', 'Typed', 'When', 'State'].map((head) =>
    make('th', { scope: 'col', class: head === 'When' ? WIDE : null }, head),
  );
  const table = make(
    'table',
    { class: 'table mb-0' },
    make('caption', { class: 'visually-hidden' }, title),
    make('thead', {}, make('tr', {}, ...heads)),
    make('tbody', {}, ...rows),
  );
  return make(
    'section',
    { class: 'panel mb-4' },
    make('div', { class: 'panel-head' }, make('h2', {}, make('a', { href: page }, title))),
    make('div', { class: 'table-scroll' }, table),
    ...(stuck.length > 0 ? [discard(sheet, stuck, outbox)] : []),
  );
}

function discard(sheet: string, stuck: readonly Change[], outbox: Outbox): HTMLElement {
  const button = make(
    'button',
    { type: 'button', class: 'btn btn-outline-danger' },
    `Discard ${marksText(stuck.length)}`,
  );
  button.addEventListener('click', () => {
    const list = stuck.map((change) => `${change.name}: ${spoken(change)}`).join('; ');
    void ask(
      `Discard ${marksText(stuck.length)}?`,
      `They are stored nowhere else. Write down what you still need: ${list}.`,
      [
        { value: false, label: 'Keep' },
        { value: true, label: 'Discard', danger: true },
      ],
    ).then((yes) => {
      if (yes)
        void outbox.drop(
          sheet,
          stuck.map(({ student_id }) => student_id),
        );
    });
  });
  return make('p', { class: 'mt-3 mb-0' }, button);
}
