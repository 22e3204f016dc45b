// How does what was typed get saved, and what does the page say and do when it does not?
import { api, ApiError, signInAddress } from './api.ts';
import { make, one } from './dom.ts';
import { FIELDS } from './row-texts.ts';
import type { SheetRow } from './sheet-rows.ts';
import { saveRows } from './sheet-save.ts';
import type { Saved, Sheet } from './sheet-save.ts';
import { rowsText, SOMEBODY } from './sheet-state.ts';
import type { SheetState } from './sheet-state.ts';
import * as view from './sheet-view.ts';

const TRY_AGAIN_MS = [2_000, 5_000, 10_000, 30_000];
/** Rows whose version alone had moved are sent again; more often than this it is a fight. */
const MOST_ROUNDS = 3;
const WHY = 'Say in 3 to 500 characters why they change.';

export interface Saver {
  save: () => void;
  /** Says how to sign in again; what was typed stays. */
  signedOut: () => void;
  /** The person goes to sign in again on purpose. */
  isLeaving: () => boolean;
}

export function createSaver(state: SheetState, path: string, lastSaver: () => string): Saver {
  const { kind, rows, maxInput, reason } = state;
  const button = state.form && one('[type="submit"]', state.form);
  let failures = 0;
  let retry = 0;
  let leaving = false;

  /** A new maximum is meant for the whole exam: every row that has marks goes along. */
  const toSend = (): SheetRow[] => {
    const whole = state.maxChanged();
    return rows.filter(
      (row) => row.clash === null && (row.isChanged() || (whole && row.typed()[FIELDS[kind][0]] !== '')),
    );
  };

  function nothingToSend(): string {
    const [clash] = state.clashes();
    if (clash) {
      goTo(clash);
      return 'Choose in the marked rows first, then save.';
    }
    return state.maxChanged()
      ? 'The maximum is kept with the first marks: enter some, then save.'
      : 'Nothing has changed, so there is nothing to save.';
  }

  async function save(round = 1): Promise<void> {
    if (state.isBusy()) return;
    window.clearTimeout(retry);
    const list = toSend();
    if (list.length === 0) {
      state.tell(nothingToSend());
      return;
    }
    if (reason.isMissing()) {
      reason.demand(WHY);
      state.tell('Not saved yet: say why these posted results change.');
      return;
    }
    state.setBusy(true);
    button?.setAttribute('aria-busy', 'true');
    view.say('Saving…');
    for (const row of list) view.clearFaults(row);
    try {
      const saved = await saveRows({
        ...{ kind, path, max_marks: maxInput?.value.trim() },
        ...{ reason: reason.text(), rows: list },
      });
      failures = 0;
      settle(saved);
      if (saved.rows.length > 0) await fetchSheet();
      state.showAll();
      const moved = saved.refused.some(({ row, faults }) => faults.length === 0 && !row.clash && row.isChanged());
      if (moved && round < MOST_ROUNDS) await save(round + 1);
      else sayOutcome(saved);
    } catch (error) {
      state.setBusy(false);
      failed(error);
    } finally {
      button?.removeAttribute('aria-busy');
    }
  }

  /** What was sent is stored; what was typed meanwhile stays typed over it. */
  function settle({ rows: sent, refused }: Saved): void {
    for (const { row, texts } of sent) row.store(texts, row.version());
    if (sent.length > 0) state.maxIsStored();
    if (sent.length > 0 && refused.length === 0) reason.clear();
    state.setBusy(false);
    for (const { row, faults, current } of refused) {
      for (const { field, message } of faults) view.showFault(row, kind, field, message);
      if (current) state.takeRow(current, lastSaver());
    }
  }

  /** Brings the new versions and grades; if it fails, the next news does. */
  const fetchSheet = (): Promise<void> =>
    api<Sheet>(path).then(
      (sheet) => state.takeSheet(sheet, SOMEBODY),
      () => undefined,
    );

  function sayOutcome({ rows: sent, refused }: Saved): void {
    const bad = refused.filter(({ row, faults }) => faults.length > 0 || row.clash !== null);
    const said = [sent.length > 0 ? `Saved ${rowsText(sent.length)}.` : 'Nothing was saved.'];
    if (bad.length > 0)
      said.push(`${rowsText(bad.length)} ${bad.length === 1 ? 'needs' : 'need'} you: see the marked ones.`);
    state.tell(said.join(' '));
    goTo(bad[0]?.row);
  }

  function failed(error: unknown): void {
    if (!(error instanceof ApiError)) throw error;
    if (error.status === 401) {
      signedOut();
    } else if (error.status === 0 || error.status === 503) {
      const pause = TRY_AGAIN_MS[Math.min(failures, TRY_AGAIN_MS.length - 1)];
      failures += 1;
      state.tell('Not saved yet: the server does not answer. What you typed is kept; trying again…');
      retry = window.setTimeout(() => void save(), pause);
    } else {
      const max = error.faults.find(({ field }) => field === 'max_marks');
      if (max && maxInput) {
        maxInput.setAttribute('aria-invalid', 'true');
        maxInput.classList.add('is-invalid');
        maxInput.focus();
      }
      const why = error.faults.find(({ field }) => field === 'reason');
      if (why) reason.demand(why.message);
      state.tell(`Not saved: ${max?.message ?? why?.message ?? error.message}`);
    }
  }

  function signedOut(): void {
    if (state.changed().length === 0) {
      location.assign(signInAddress());
      return;
    }
    state.keep();
    const link = make('a', { href: signInAddress() }, 'Sign in again');
    link.addEventListener('click', () => (leaving = true));
    view.say('You have been signed out. What you typed is kept here. ', link, document.createTextNode(', then save.'));
    link.focus();
  }

  function goTo(row: SheetRow | undefined): void {
    if (!row) return;
    row.element.scrollIntoView({ block: 'center' });
    view.markControl(row, kind)?.focus();
  }

  return { save: () => void save(), signedOut, isLeaving: () => leaving };
}
