// Does anything wait on this device to be sent? Said in the top bar of every page.
import { afterPause, icon, make, one } from './dom.ts';
import { nameOwner } from './left-behind.ts';
import { waitingText } from './marks-text.ts';
import type { Outbox } from './outbox.ts';

/** What is sent at once is not worth a word. */
const SETTLED_MS = 2_000;

export function startWaiting(outbox: Outbox): void {
  const list = one('[data-waiting-list]');
  if (list) void import('./waiting-list.ts').then(({ startWaitingList }) => startWaitingList(list, outbox));
  showIn(one('#waiting'), outbox);
  void nameOwner(one('.account-name')?.textContent.trim() ?? '');
}

function showIn(place: HTMLElement | null, outbox: Outbox): void {
  if (!place) return;
  const said = make('span', { class: 'visually-hidden', role: 'status' });
  const number = make('span', { 'aria-hidden': 'true' });
  const word = make('span', { 'aria-hidden': 'true', class: 'waiting-word' });
  const long = make('span', { class: 'visually-hidden' });
  const link = make(
    'a',
    { href: '/waiting', class: 'waiting-link', hidden: true },
    icon('cloud-upload'),
    number,
    word,
    long,
  );
  place.append(link, said);
  let before = { waiting: 0, to_decide: 0 };

  const show = (): void => {
    const { waiting, to_decide } = outbox.waiting();
    const text = waitingText(waiting, to_decide);
    const none = waiting + to_decide === 0;
    link.hidden = none;
    link.title = text;
    link.classList.toggle('is-choice', to_decide > 0);
    number.textContent = String(to_decide > 0 ? to_decide : waiting);
    word.textContent = to_decide > 0 ? 'to decide' : 'waiting';
    long.textContent = text;
    // Read out when it begins, when something is to be chosen, and when it is over: not with every mark.
    const began = before.waiting + before.to_decide === 0;
    if (none && !began) said.textContent = 'Everything is stored now.';
    else if (!none && (began || to_decide > before.to_decide)) said.textContent = `${text}.`;
    before = { waiting, to_decide };
  };
  show();
  outbox.onChange(afterPause(SETTLED_MS, show));
}
