// The class sheet, alive: others' marks come in, mine are kept until they are saved, and nobody's are overwritten unseen.
import { api } from './api.ts';
import { afterPause, one } from './dom.ts';
import { liveSocket, onEvent, onRefresh, whenSignedOut } from './live.ts';
import type { LiveSocket } from './live.ts';
import { startKeys } from './sheet-keys.ts';
import type { SheetRow } from './sheet-rows.ts';
import type { Sheet } from './sheet-save.ts';
import { createSaver } from './sheet-saver.ts';
import { createSheetState, readAddress, rowsText, SOMEBODY } from './sheet-state.ts';
import type { SheetState } from './sheet-state.ts';
import { note } from './notes.ts';
import * as view from './sheet-view.ts';

export function startSheet(): void {
  const element = one('#sheet[data-sheet]');
  if (!element) return;
  const { kind, path, key } = readAddress(element);
  const state = createSheetState(element, kind);
  let lastSaver = SOMEBODY;

  // Rows say what changed, the event just before says who did it.
  onEvent(({ name, message, own }) => {
    if (!own && 'course_id' in message && message.course_id === key.course_id) lastSaver = message.by.full_name;
    if (isPosting(name) && isOf(message, key)) state.reason.show(name === 'results_posted');
  });
  onRefresh(() => {
    api<Sheet>(path).then(
      (sheet) => state.takeSheet(sheet, SOMEBODY),
      () => undefined,
    );
  });
  void liveSocket().then((socket) => joinSheet(socket, state, key, () => lastSaver));
  if (state.form) startEditing(state, state.form, path, () => lastSaver);
}

const isPosting = (name: string): boolean => name === 'results_posted' || name === 'results_withdrawn';
const isOf = (message: object, key: object): boolean =>
  Object.entries(key).every(([name, value]) => (message as Record<string, unknown>)[name] === value);

function joinSheet(socket: LiveSocket, state: SheetState, key: object, lastSaver: () => string): void {
  const isHere = (other: object): boolean => isOf(other, key);
  let at: string | null = null;

  const enter = (): void => {
    socket.emit('sheet_open', { ...key, row: at }, ({ ok, sheet }: { ok: boolean; sheet?: Sheet }) => {
      // The connection was away, or the page was drawn a while ago: the sheet as it is now.
      if (ok && sheet) state.takeSheet(sheet, lastSaver());
    });
  };
  if (socket.connected) enter();
  socket.on('connect', enter);
  socket.on('sheet_rows', (message) => {
    if (isHere(message)) state.takeRows(message, lastSaver());
  });
  socket.on('presence', (message) => {
    if (isHere(message)) view.showPresence(message.people, state.rows, state.me);
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

function startEditing(state: SheetState, form: HTMLFormElement, path: string, lastSaver: () => string): void {
  const { kind, rows } = state;
  const saver = createSaver(state, path, lastSaver);
  whenSignedOut(saver.signedOut);

  form.addEventListener('input', (event) => {
    const row = state.rowOf(event.target as Element);
    if (row) state.changedByHand(row);
    else state.showAll();
  });
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    saver.save();
  });
  const mark = (row: SheetRow, status: string): void => {
    row.type({ status });
    state.changedByHand(row);
  };
  startKeys({ form, kind, rows: () => rows, mark, save: saver.save });

  const allPresent = one('[data-action="all-present"]', form);
  if (allPresent && kind === 'attendance') {
    allPresent.hidden = false;
    allPresent.addEventListener('click', () => {
      const open = rows.filter((row) => row.typed()['status'] === '' && row.clash === null);
      for (const row of open) row.type({ status: 'Present' });
      state.showAll();
      state.tell(
        open.length === 0 ? 'Everybody has a mark already.' : `${rowsText(open.length)} marked present, not saved yet.`,
      );
    });
  }

  startRemarks(form);
  startPosting(state);

  window.addEventListener('beforeunload', (event) => {
    state.keep();
    if (!saver.isLeaving() && state.changed().length > 0) event.preventDefault();
  });
  state.restore();
}

/** Results are posted as they are stored: what is typed and not saved would be left behind. */
function startPosting(state: SheetState): void {
  one('#posting')?.addEventListener('submit', (event) => {
    const count = state.changed().length;
    if (count === 0) return;
    event.preventDefault();
    note(`${rowsText(count)} not saved yet. Save first, then post or withdraw.`, 'warning');
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
