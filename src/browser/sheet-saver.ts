// When does a sheet save, and what does the page say about it? By itself soon after a touch; at once by the button.
import { api } from './api.ts';
import { betweenTouches, make } from './dom.ts';
import type { Outbox } from './outbox.ts';
import { markControl, showLooks } from './sheet-row-view.ts';
import type { SheetRow } from './sheet-rows.ts';
import { rowsText } from './sheet-state.ts';
import type { Sheet, SheetState } from './sheet-state.ts';
import { signInHere } from './sign-in-here.ts';
import { clockTime } from './times.ts';
import * as view from './sheet-view.ts';

const PAUSE_MS = 700;
/** A remark is more than one word. */
const REMARK_PAUSE_MS = 1_500;
/** Who goes on without a pause is saved all the same. */
const AT_MOST_MS = 2_500;
/** So long the socket may take to bring grades and versions of what was saved. */
const NEWS_MS = 1_500;
const WHY = 'Say in 3 to 500 characters why they change.';

export interface Saver {
  /** Now, by the button or a key. */
  save: () => void;
  /** Everything that is typed goes out; false when something could not. */
  flush: () => Promise<boolean>;
  signedOut: () => void;
}

export function createSaver(state: SheetState, outbox: Outbox): Saver {
  const { kind, path, maximum, reason } = state;
  const maxInput = maximum.input;
  const button = state.form?.querySelector<HTMLElement>('[type="submit"]');
  let since = 0;
  let timer = 0;
  let newsTimer = 0;
  let savedAt = '';
  // What came of the button stays said until something else happens.
  let told: string | null = null;
  let asking = false;

  function soon(pause: number): void {
    const now = performance.now();
    since ||= now;
    window.clearTimeout(timer);
    timer = window.setTimeout(send, Math.max(0, Math.min(pause, since + AT_MOST_MS - now)));
  }

  function send(): void {
    since = 0;
    void outbox.ship();
  }

  const describeSoon = betweenTouches(describe);
  state.onTouched((typing) => {
    told = null;
    if (!typing) soon(document.activeElement?.matches('[name^="remarks."]') ? REMARK_PAUSE_MS : PAUSE_MS);
    describeSoon();
  });
  state.onFollowed(({ saved }) => {
    if (saved.length > 0) {
      savedAt = new Date().toISOString();
      window.clearTimeout(newsTimer);
      newsTimer = window.setTimeout(() => void fetchSheet(Math.max(...saved.map((row) => row.version))), NEWS_MS);
    }
    if (outbox.trouble() === 'signed-out' && !asking) askToSignIn();
    // Posted meanwhile, and the news of it did not come through.
    if (state.changes().some((change) => change.refused?.sheet?.field === 'reason')) reason.show(true);
    describeSoon();
  });
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'hidden') outbox.shipLeaving();
  });
  window.addEventListener('pagehide', () => outbox.shipLeaving());
  window.addEventListener('beforeunload', (event) => {
    if (!outbox.isDurable() && state.changes().length > 0) event.preventDefault();
  });
  reason.input?.addEventListener('input', () => {
    told = null;
    // Those that wait to be sent have their own.
    state.keep(
      state.rows.filter((row) => row.isChanged() && (row.kept?.held === 'save' || row.kept?.reason === undefined)),
      'save',
    );
    describe();
  });
  maxInput?.addEventListener('change', () => {
    const wait = state.waitsForSave() === null ? undefined : 'save';
    // Those that wait for the maximum alone, too: with the stored one typed back nothing is left of them.
    state.keep(
      state.rows.filter((row) => row.isChanged() || row.kept?.whole),
      wait,
    );
    if (!wait) soon(PAUSE_MS);
    describe();
  });
  maxInput?.addEventListener('input', describe);

  /** Without a socket nobody tells the grades; the sheet itself does. */
  async function fetchSheet(version: number): Promise<void> {
    if (state.seen() >= version) return;
    await api<Sheet>(path).then(state.takeSheet, () => undefined);
  }

  /** Which of the rows is for a person to look at. */
  const refusedOf = (rows: readonly SheetRow[]) => {
    const refused = state.changes().filter((change) => change.refused);
    return rows.flatMap((row) => refused.find(({ student_id }) => student_id === row.id) ?? []);
  };

  async function save(): Promise<void> {
    const list = state.toSend();
    const clash = state.rows.find((row) => row.clash);
    // Rows without a choice would get the new maximum, and the others keep the old one.
    if (list.length === 0 || (clash && maximum.changed())) {
      tell(clash ? 'Choose in the marked rows first.' : nothingToSend());
      goTo(clash);
      return;
    }
    if (reason.isMissing()) {
      state.keep(list, 'save');
      reason.demand(WHY);
      tell('Not saved yet: say why these posted results change.');
      return;
    }
    button?.setAttribute('aria-busy', 'true');
    const whole = maximum.changed();
    // One new maximum is one question: all of its rows go out together, or none.
    const more = whole ? { whole, seen_max_marks: maximum.known() } : {};
    await outbox.keep(list.map((row) => ({ ...state.changeOf(row, undefined), ...more })));
    await outbox.ship(true);
    button?.removeAttribute('aria-busy');
    sayOutcome(list);
  }

  const nothingToSend = (): string => {
    if (maximum.changed()) return 'The maximum is kept with the first marks: enter some, then save.';
    return savedAt === '' ? 'Nothing has changed, so there is nothing to save.' : `All saved ${clockTime(savedAt)}.`;
  };

  function sayOutcome(list: readonly SheetRow[]): void {
    if (outbox.trouble() !== null) {
      describe();
      return;
    }
    const refused = refusedOf(list);
    const whole = refused.find((change) => change.refused?.sheet)?.refused?.sheet;
    if (whole?.field === 'reason') reason.demand(whole.message);
    else if (whole?.field === 'max_marks' && maxInput) {
      maxInput.setAttribute('aria-invalid', 'true');
      maxInput.classList.add('is-invalid');
      maxInput.focus();
    } else goTo(list.find((row) => refused.some(({ student_id }) => student_id === row.id)));
    if (refused.length > 0) {
      describe();
      return;
    }
    reason.clear();
    maxInput?.removeAttribute('aria-invalid');
    maxInput?.classList.remove('is-invalid');
    tell(`Saved ${rowsText(list.length)}, ${clockTime(savedAt)}.`);
  }

  function tell(text: string): void {
    told = text;
    view.say(text);
  }

  /** What is saved, what waits and what for. */
  function describe(): void {
    if (told !== null && outbox.trouble() === null) return;
    const changes = state.changes();
    const whole = changes.find((change) => change.refused?.sheet)?.refused?.sheet;
    const count = (test: (change: (typeof changes)[number]) => boolean): number => changes.filter(test).length;
    const choices = count(({ refused }) => refused?.current !== undefined);
    const faults = count(({ refused }) => refused?.faults !== undefined);
    const held = count((change) => change.held === 'save' && !change.refused);
    const typing = count((change) => change.held === 'typing' && !change.refused);
    const waiting = changes.length - count((change) => change.refused !== undefined) - held - typing;
    const said = [
      ...(whole ? [`Not saved: ${whole.message}`] : []),
      ...(choices > 0 ? [`${rowsText(choices)} ${choices === 1 ? 'needs' : 'need'} your choice.`] : []),
      ...(faults > 0 ? [`${rowsText(faults)} ${faults === 1 ? 'needs' : 'need'} correcting.`] : []),
      ...(held > 0 ? [`${rowsText(held)} ${held === 1 ? 'waits' : 'wait'} for Save: ${heldWhy()}`] : []),
      ...(held === 0 && maximum.changed() ? ['The new maximum is not saved yet.'] : []),
      ...waitingWords(waiting, typing),
    ];
    if (changes.length > 0 && !outbox.isDurable()) said.push('This browser keeps nothing: a reload would lose it.');
    if (said.length === 0) said.push(savedAt === '' ? howItSaves() : `All saved ${clockTime(savedAt)}.`);
    if (hasLost()) said.push('Some is for students who are no longer on this sheet. ');
    view.say(said.join(' '), ...wayOut());
  }

  const hasLost = (): boolean => outbox.trouble() === null && state.changes().some(state.isLost);

  const howItSaves = (): string =>
    state.waitsForSave() === 'reason' ? 'Changes are saved with their reason.' : 'Every change saves by itself.';

  const heldWhy = (): string =>
    state.waitsForSave() === 'max_marks'
      ? 'the new maximum changes every grade.'
      : 'these results are posted, so say why they change.';

  function waitingWords(waiting: number, typing: number): string[] {
    const trouble = outbox.trouble();
    const rows = `${rowsText(waiting)} ${waiting === 1 ? 'waits' : 'wait'}`;
    if (trouble === 'signed-out') return [`You have been signed out. ${waiting > 0 ? `${rows}. ` : ''}`];
    if (trouble === 'password') return [`${rows}: your password has to be changed first. `];
    if (trouble === 'other-user') return ['Somebody else has signed in here, so nothing more is saved from this page.'];
    if (trouble === 'unreachable')
      return waiting > 0 ? [`${rows}: ${navigator.onLine ? 'the server does not answer' : 'no connection'}.`] : [];
    if (waiting > 0) return ['Saving…'];
    return typing > 0 ? [`${rowsText(typing)} not saved yet.`] : [];
  }

  /** What a person can do about trouble. */
  function wayOut(): Node[] {
    if (outbox.trouble() === 'password') return [make('a', { href: '/account', target: '_blank' }, 'Change it')];
    if (hasLost()) return [make('a', { href: '/waiting' }, 'See what waits')];
    if (outbox.trouble() !== 'signed-out') return [];
    const again = make('button', { type: 'button', class: 'btn btn-sm btn-outline-secondary' }, 'Sign in again');
    again.addEventListener('click', askToSignIn);
    return [again];
  }

  function askToSignIn(): void {
    asking = true;
    void signInHere().then((signedIn) => {
      if (!signedIn) return;
      asking = false;
      void outbox.ship(true).then(describe);
    });
  }

  function goTo(row: SheetRow | undefined): void {
    if (!row) return;
    // What is to be chosen must be there.
    showLooks();
    row.element.scrollIntoView({ block: 'center' });
    const choice = row.element.querySelector<HTMLElement>('[data-choose]');
    (choice ?? markControl(row, kind))?.focus();
  }

  describe();
  return {
    save: () => void save(),
    flush: async () => {
      await outbox.ship(true);
      return state.changes().length === 0;
    },
    signedOut: askToSignIn,
  };
}
