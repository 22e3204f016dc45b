// The class sheet, alive: others' marks come in, mine are kept until they are saved, and nobody's are overwritten unseen.
import { api } from './api.ts';
import { afterPaint, afterPause, one } from './dom.ts';
import { liveSocket, onEvent, onRefresh, whenSignedOut } from './live.ts';
import type { LiveSocket } from './live.ts';
import { note } from './notes.ts';
import { openOutbox } from './outbox.ts';
import type { Outbox } from './outbox.ts';
import { startHands } from './sheet-hands.ts';
import { showPresence } from './sheet-presence.ts';
import { warmIcons } from './sheet-row-view.ts';
import type { SheetRow } from './sheet-rows.ts';
import { createSaver } from './sheet-saver.ts';
import type { Saver } from './sheet-saver.ts';
import { createSheetState, readAddress } from './sheet-state.ts';
import type { Sheet, SheetState } from './sheet-state.ts';

export async function startSheet(): Promise<void> {
  const element = one('#sheet[data-sheet]');
  if (!element) return;
  // A class, and no :has() in the styles: that one would be asked again at every mark.
  document.body.classList.add('has-sheet');
  const { path, key } = readAddress(element);
  const outbox = element instanceof HTMLFormElement ? await openOutbox(document.body.dataset['userId'] ?? '') : null;
  const fetchSheet = (): void => void api<Sheet>(path).then(state.takeSheet, () => undefined);
  const state: SheetState = createSheetState(element, outbox, fetchSheet);

  onEvent(({ name, message }) => {
    if (isPosting(name) && isOf(message, key)) state.reason.show(name === 'results_posted');
  });
  onRefresh(fetchSheet);
  void liveSocket().then((socket) => joinSheet(socket, state, key));
  if (outbox && state.form) startEditing(state, state.form, outbox);
}

const isPosting = (name: string): boolean => name === 'results_posted' || name === 'results_withdrawn';
const isOf = (message: object, key: object): boolean =>
  Object.entries(key).every(([name, value]) => (message as Record<string, unknown>)[name] === value);

function joinSheet(socket: LiveSocket, state: SheetState, key: object): void {
  const isHere = (other: object): boolean => isOf(other, key);
  let at: string | null = null;

  const enter = (): void => {
    socket.emit('sheet_open', { ...key, row: at }, ({ ok, sheet }: { ok: boolean; sheet?: Sheet }) => {
      // The connection was away, or the page was drawn a while ago: the sheet as it is now.
      if (ok && sheet) state.takeSheet(sheet);
    });
  };
  if (socket.connected) enter();
  socket.on('connect', enter);
  socket.on('sheet_rows', (message) => {
    if (isHere(message)) state.takeNews(message);
  });
  socket.on('presence', (message) => {
    if (isHere(message)) showPresence(message.people, state.me);
  });

  // Others see which row somebody is in.
  const tell = afterPause(400, () => socket.emit('sheet_open', { ...key, row: at }));
  state.form?.addEventListener('focusin', (event) => {
    const row = state.rowOf(event.target as Element)?.id ?? null;
    if (row === at) return;
    at = row;
    tell();
  });
  window.addEventListener('pagehide', () => socket.emit('sheet_close', key));
}

function startEditing(state: SheetState, form: HTMLFormElement, outbox: Outbox): void {
  const saver = createSaver(state, outbox);
  whenSignedOut(saver.signedOut);

  const isMark = (target: EventTarget | null): target is HTMLInputElement =>
    target instanceof HTMLInputElement && target.name.startsWith('marks.');
  // Texts only: a choice is told by what can take it back, once it is painted.
  form.addEventListener('input', ({ target }) => {
    if (!(target instanceof HTMLInputElement) || target.type === 'radio') return;
    const row = state.rowOf(target);
    if (row) state.changedByHand(row, isMark(target));
  });
  // Left, or finished by Enter: now it is a whole number.
  for (const name of ['change', 'focusout'])
    form.addEventListener(name, ({ target }) => {
      const row = isMark(target) ? state.rowOf(target) : undefined;
      if (row && isTyping(row)) state.changedByHand(row);
    });
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    saver.save();
  });
  startHands(state, form, saver.save);
  startRemarks(form);
  startPosting(saver);
  state.restore();
  afterPaint(warmIcons);
  void outbox.ship(true);
}

const isTyping = (row: SheetRow): boolean => row.kept?.held === 'typing';

/** Results are posted as they are stored: what is typed is saved first, and what can't be would be left behind. */
function startPosting(saver: Saver): void {
  const place = one('#posting');
  let ready = false;
  place?.addEventListener('submit', (event) => {
    if (ready) {
      ready = false;
      return;
    }
    event.preventDefault();
    void saver.flush().then((saved) => {
      if (!saved) {
        note('Not everything is saved yet. Save first, then post or withdraw.', 'warning');
        return;
      }
      ready = true;
      // Drawn anew perhaps, as results were saved.
      one<HTMLFormElement>('form', place)?.requestSubmit();
    });
  });
}

/** On a phone remarks stay folded away until somebody asks for one; those that say something are always there. */
function startRemarks(form: HTMLFormElement): void {
  form.addEventListener('click', ({ target }) => {
    const toggle = target instanceof Element ? target.closest('[data-action="remark"]') : null;
    const row = toggle?.closest('tr');
    if (!toggle || !row) return;
    const open = row.toggleAttribute('data-remark');
    toggle.setAttribute('aria-expanded', String(open));
    if (open) one('[name^="remarks."]', row)?.focus();
  });
}
