// What happens on this device when somebody signs out? Marks that were never sent are asked about; then all that was kept
// goes, in every tab. On the sign-in page: what is still here, and whose it is.
import { ask } from './ask.ts';
import { make, one } from './dom.ts';
import { clearLeftBehind, leftBehind } from './left-behind.ts';
import { marksText } from './marks-text.ts';
import { note } from './notes.ts';
import { forgetPages } from './offline.ts';
import { stopAsking, tellWho } from './tabs.ts';

const FORMS = 'form[action="/logout"], form[action="/account/sign-out"]';
/** Tells the server that nothing is left here; without it the browser is told to clear everything of ours. */
const CLEARED = 'cleared';
/** Set while this tab is on its way from signing out to the sign-in page. */
const LEAVING = 'studentcore.leaving';

export function startLeaving(user_id: string): void {
  // Still signed in: a sign-out on the way here failed, and what was typed since must not go with the next visit there.
  mark(false);
  window.addEventListener('pageshow', ({ persisted }) => {
    if (persisted) mark(false);
  });
  // Before anybody else hears of it: a form that is not sent yet must not close the connection.
  window.addEventListener(
    'submit',
    (event) => {
      const form = event.target;
      if (!(form instanceof HTMLFormElement) || !form.matches(FORMS) || form.elements.namedItem(CLEARED)) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      void leave(form, user_id);
    },
    { capture: true },
  );
}

let busy = false;

async function leave(form: HTMLFormElement, user_id: string): Promise<void> {
  if (busy) return;
  busy = true;
  try {
    if (await mayLose(user_id)) await goOut(form);
  } catch {
    // Whatever went wrong here, the way out is open: then the browser is told to clear everything of ours.
    stopAsking();
    form.submit();
  } finally {
    busy = false;
  }
}

async function goOut(form: HTMLFormElement): Promise<void> {
  await clearAll();
  if (!navigator.onLine) {
    note(
      'You are offline. Nothing is kept on this device any more; sign out again when the network is back.',
      'danger',
    );
    return;
  }
  mark(true);
  stopAsking();
  form.append(make('input', { type: 'hidden', name: CLEARED, value: 'yes' }));
  form.requestSubmit();
}

async function clearAll(): Promise<void> {
  await Promise.all([forgetPages(), clearLeftBehind()]);
}

function mark(leaving: boolean): void {
  try {
    if (leaving) sessionStorage.setItem(LEAVING, 'yes');
    else sessionStorage.removeItem(LEAVING);
  } catch {
    // Without storage other tabs hear of it by their sockets.
  }
}

/** Whether nothing waits, or it was sent, or may be lost. */
async function mayLose(user_id: string): Promise<boolean> {
  // Outside of the staff nobody has marks to send.
  if (!one('#waiting')) return true;
  const { openOutbox } = await import('./outbox.ts');
  const outbox = await openOutbox(user_id);
  for (let tried = false; ; tried = true) {
    const { waiting, to_decide } = outbox.waiting();
    const count = waiting + to_decide;
    if (count === 0) {
      await outbox.wipe();
      return true;
    }
    const why =
      to_decide > 0 ? `${String(to_decide)} of them need your choice on their sheet.` : 'The server can’t be reached.';
    const choice = await ask(
      `${marksText(count)} ${count === 1 ? 'was' : 'were'} not sent yet`,
      `${tried ? `They are still here: ${why} ` : ''}Sign out and lose ${count === 1 ? 'it' : 'them'}?`,
      [
        { value: 'send', label: 'Send now' },
        { value: 'stay', label: 'Stay signed in' },
        { value: 'lose', label: `Sign out and lose ${count === 1 ? 'it' : 'them'}`, danger: true },
      ] as const,
    );
    if (choice === 'lose') {
      await outbox.wipe();
      return true;
    }
    if (choice !== 'send') return false;
    await outbox.ship(true);
  }
}

/** On the sign-in page. An expired session leaves everything here: the same person comes back. */
export async function startSignIn(place: HTMLElement): Promise<void> {
  const ended = place.dataset['ended'] !== undefined;
  if (takeMark()) {
    // Once more, now that it is over: another tab may have kept something on the way here.
    await clearAll();
    tellWho(null);
  } else if (ended) await forgetPages();
  const left = await leftBehind();
  if (!left) return;
  const { name, count } = left;
  const them = count === 1 ? 'it' : 'them';
  place.append(
    make(
      'div',
      { class: 'notice is-warning' },
      make('i', { class: 'bi bi-cloud-upload', 'aria-hidden': 'true' }),
      make(
        'p',
        {},
        make('strong', {}, `${marksText(count)} of ${name} ${count === 1 ? 'waits' : 'wait'} on this device.`),
        ` Signing in as ${name} sends ${them}; signing in as somebody else removes ${them}.`,
      ),
    ),
  );
}

function takeMark(): boolean {
  try {
    const is = sessionStorage.getItem(LEAVING) !== null;
    mark(false);
    return is;
  } catch {
    return false;
  }
}
