// The class sheet, alive: others' marks come in, mine are kept until they are saved, and nobody's are overwritten unseen.
import { api, ApiError, signInAddress } from './api.ts';
import { statusBadge } from './badges.ts';
import { afterPause, flash, make, one } from './dom.ts';
import { liveSocket, onEvent, onRefresh, whenSignedOut } from './live.ts';
import type { LiveSocket } from './live.ts';
import { note } from './notes.ts';
import { keepDraft, readDraft } from './sheet-draft.ts';
import type { Draft } from './sheet-draft.ts';
import { startKeys } from './sheet-keys.ts';
import { FIELDS, merge, readRows, textsOf } from './sheet-rows.ts';
import type { Kind, ServerRow, SheetRow, Texts } from './sheet-rows.ts';
import { saveRows } from './sheet-save.ts';
import type { Sheet } from './sheet-save.ts';
import * as view from './sheet-view.ts';

const SOMEBODY = 'Somebody else';
const TRY_AGAIN_MS = [2_000, 5_000, 10_000, 30_000];

/** The sheet's address in the API, and its key for the socket, as its attributes say. */
function readAddress({ dataset }: HTMLElement) {
  const course_id = dataset['courseId'] ?? '';
  if (dataset['sheet'] === 'attendance') {
    const { date = '', period = '1' } = dataset;
    const path = `/api/courses/${course_id}/attendance/${date}?period=${period}`;
    return { kind: 'attendance' as Kind, path, key: { course_id, date, period: Number(period) } };
  }
  const { examType = '', number = '1' } = dataset;
  const path = `/api/courses/${course_id}/results/${examType}?number=${number}`;
  return { kind: 'results' as Kind, path, key: { course_id, exam_type: examType, number: Number(number) } };
}

export function startSheet(): void {
  const element = one('#sheet[data-sheet]');
  if (!element) return;
  const me = document.body.dataset['userId'] ?? '';
  const { kind, path, key } = readAddress(element);
  const form = element instanceof HTMLFormElement ? element : null;
  const rows = form ? readRows(form, kind) : [];
  const byId = new Map(rows.map((row) => [row.id, row]));
  const maxInput = form?.elements.namedItem('max_marks') as HTMLInputElement | null | undefined;
  const wasMax = form?.elements.namedItem('was_max_marks') as HTMLInputElement | null | undefined;
  let lastSaver = SOMEBODY;
  let seen = Number(element.dataset['version'] ?? 0);
  let saving = false;
  let failures = 0;
  let retry = 0;
  let leaving = false;

  const maxChanged = (): boolean =>
    maxInput !== null && maxInput !== undefined && maxInput.value.trim() !== wasMax?.value;
  const changed = (): SheetRow[] => rows.filter((row) => row.isChanged());
  const clashes = (): SheetRow[] => rows.filter((row) => row.clash !== null);

  // ---- what the page says

  const sayUnsaved = afterPause(600, () => {
    if (saving) return;
    const open = clashes().length;
    const count = changed().length;
    if (open > 0) view.say(`${rowsText(open)} ${open === 1 ? 'needs' : 'need'} your choice. Nothing of yours is lost.`);
    else if (count > 0 || maxChanged()) view.say(count === 0 ? 'Not saved yet.' : `${rowsText(count)} not saved yet.`);
    // What was said about the last save may stay.
    else if (/ot saved yet\.$| your choice\. /.test(one('[data-sheet-state]')?.textContent ?? '')) view.say('');
  });

  function showAll(): void {
    for (const row of rows) view.markChanged(row);
    view.showCounts(kind, rows, maxInput?.value);
    keepDraft(me, draftOf(changed()));
    sayUnsaved();
  }

  const draftOf = (list: readonly SheetRow[]): Draft =>
    Object.fromEntries(list.map((row) => [row.id, { ...row.typed(), version: String(row.version()) }]));

  const showRow = (row: SheetRow): void => view.showClash(row, kind, showAll);

  // ---- what comes in

  function takeRow(stored: ServerRow, who: string): void {
    if (!form) {
      if (element) view.showReadOnly(kind, element, stored, statusBadge);
      return;
    }
    const row = byId.get(stored.student_id);
    if (!row) return;
    const merged = merge(row, textsOf(kind, stored), stored.version, who);
    if (merged === 'same') return;
    view.showComputed(row, stored);
    showRow(row);
    if (merged === 'taken') flash(row.element);
  }

  function takeMax(max: number | null | undefined): void {
    if (!maxInput || !wasMax || max === null || max === undefined || Number(wasMax.value) === max) return;
    if (!maxChanged()) maxInput.value = String(max);
    wasMax.value = String(max);
  }

  // An answer that was long on its way must not bring back what is over.
  function isOld(version: number): boolean {
    if (version < seen) return true;
    seen = version;
    return false;
  }

  function takeSheet(sheet: Sheet, who: string): void {
    if (isOld(sheet.version)) return;
    if ('max_marks' in sheet) takeMax(sheet.max_marks);
    for (const stored of sheet.entries) takeRow(stored, who);
    showAll();
  }

  function takeAway(gone: readonly string[]): void {
    for (const id of gone) {
      const row = byId.get(id);
      if (!row) continue;
      row.type(row.stored());
      row.element.classList.add('gone');
      for (const input of row.element.querySelectorAll('input')) input.disabled = true;
      rows.splice(rows.indexOf(row), 1);
      byId.delete(id);
    }
  }

  const fetchSheet = (): Promise<void> => api<Sheet>(path).then((sheet) => takeSheet(sheet, SOMEBODY));

  onEvent(({ message, own }) => {
    if (!own && 'course_id' in message && message.course_id === key.course_id) lastSaver = message.by.full_name;
  });
  onRefresh(() => void fetchSheet().catch(() => undefined));
  void liveSocket().then(joinSheet);

  function joinSheet(socket: LiveSocket): void {
    let at: string | null = null;
    const enter = (): void => {
      socket.emit('sheet_open', { ...key, row: at }, (answer: { ok: boolean; sheet?: Sheet }) => {
        // The connection was away, or the page was drawn a while ago: the sheet as it is now.
        if (answer.ok && answer.sheet) takeSheet(answer.sheet, lastSaver);
      });
    };
    if (socket.connected) enter();
    socket.on('connect', enter);
    socket.on('sheet_rows', (message) => {
      if (!isHere(message) || isOld(message.version)) return;
      const [first] = message.rows;
      if (first && 'max_marks' in first) takeMax(first.max_marks);
      for (const stored of message.rows) takeRow(stored, lastSaver);
      takeAway(message.gone);
      if (form && message.rows.some(({ student_id }) => !byId.has(student_id)))
        note('Somebody joined this course. Reload the page to see them.');
      showAll();
    });
    socket.on('presence', (message) => {
      if (isHere(message)) view.showPresence(message.people, rows, me);
    });
    const tell = afterPause(400, () => socket.emit('sheet_open', { ...key, row: at }));
    form?.addEventListener('focusin', (event) => {
      const row = (event.target as Element).closest<HTMLElement>('tr[data-student-id]')?.dataset['studentId'] ?? null;
      if (row === at) return;
      at = row;
      tell();
    });
    window.addEventListener('pagehide', () => socket.emit('sheet_close', key));
  }

  const isHere = (other: object): boolean =>
    Object.entries(key).every(([name, value]) => (other as Record<string, unknown>)[name] === value);

  if (!form) return;

  // ---- what goes out

  async function save(): Promise<void> {
    if (saving || !form) return;
    window.clearTimeout(retry);
    // A new maximum is meant for the whole exam: every row that has marks goes along.
    const whole = maxChanged();
    const list = rows.filter(
      (row) => row.clash === null && (row.isChanged() || (whole && row.typed()[FIELDS[kind][0]] !== '')),
    );
    if (list.length === 0) {
      if (clashes().length > 0) goTo(clashes()[0]);
      view.say(
        clashes().length > 0
          ? 'Choose in the marked rows first, then save.'
          : whole
            ? 'The maximum is kept with the first marks: enter some, then save.'
            : 'Nothing has changed, so there is nothing to save.',
      );
      return;
    }
    saving = true;
    const button = one('[type="submit"]', form);
    button?.setAttribute('aria-busy', 'true');
    view.say('Saving…');
    for (const row of list) view.clearFaults(row);
    try {
      const saved = await saveRows({ kind, path, max_marks: maxInput?.value.trim(), rows: list });
      failures = 0;
      settle(saved.rows);
      for (const { row, faults, current } of saved.refused) {
        for (const { field, message } of faults) view.showFault(row, kind, field, message);
        if (current) takeRow(current, lastSaver);
      }
      // Brings the new versions and grades.
      if (saved.rows.length > 0) await fetchSheet().catch(() => undefined);
      saving = false;
      showAll();
      const bad = saved.refused.filter(({ row, faults }) => faults.length > 0 || row.clash !== null);
      view.say(
        [
          saved.rows.length > 0 ? `Saved ${rowsText(saved.rows.length)}.` : 'Nothing was saved.',
          ...(bad.length > 0
            ? [`${rowsText(bad.length)} ${bad.length === 1 ? 'needs' : 'need'} you: see the marked ones.`]
            : []),
        ].join(' '),
      );
      goTo(bad[0]?.row);
    } catch (error) {
      saving = false;
      failed(error);
    } finally {
      button?.removeAttribute('aria-busy');
    }
  }

  /** What was sent is stored; what was typed meanwhile stays typed over it. */
  function settle(sent: readonly { row: SheetRow; texts: Texts }[]): void {
    for (const { row, texts } of sent) row.store(texts, row.version());
    if (wasMax && maxInput && sent.length > 0) wasMax.value = maxInput.value.trim();
  }

  function failed(error: unknown): void {
    if (!(error instanceof ApiError)) throw error;
    if (error.status === 401) {
      signedOut();
      return;
    }
    if (error.status === 0 || error.status === 503) {
      const pause = TRY_AGAIN_MS[Math.min(failures, TRY_AGAIN_MS.length - 1)] ?? 30_000;
      failures += 1;
      view.say('Not saved yet: the server does not answer. What you typed is kept; trying again…');
      retry = window.setTimeout(() => void save(), pause);
      return;
    }
    const max = error.faults.find(({ field }) => field === 'max_marks');
    if (max && maxInput) {
      maxInput.setAttribute('aria-invalid', 'true');
      maxInput.classList.add('is-invalid');
      maxInput.focus();
    }
    view.say(`Not saved: ${max?.message ?? error.message}`);
  }

  function signedOut(): void {
    keepDraft(me, draftOf(changed()));
    const link = make('a', { href: signInAddress() }, 'Sign in again');
    link.addEventListener('click', () => (leaving = true));
    view.say('You have been signed out. What you typed is kept here. ', link, document.createTextNode(', then save.'));
    link.focus();
  }
  whenSignedOut(signedOut);

  function goTo(row: SheetRow | undefined): void {
    if (!row) return;
    row.element.scrollIntoView({ block: 'center' });
    view.markControl(row, kind)?.focus();
  }

  const rowsText = (n: number): string => (n === 1 ? '1 row' : `${String(n)} rows`);

  const mark = (row: SheetRow, status: string): void => {
    row.type({ status });
    changedByHand(row);
  };

  function changedByHand(row: SheetRow): void {
    view.clearFaults(row);
    view.markChanged(row);
    if (row.clash) showRow(row);
    view.showCounts(kind, rows, maxInput?.value);
    keepDraft(me, draftOf(changed()));
    sayUnsaved();
  }

  form.addEventListener('input', (event) => {
    const id = (event.target as Element).closest<HTMLElement>('tr[data-student-id]')?.dataset['studentId'];
    const row = byId.get(id ?? '');
    if (row) changedByHand(row);
    else showAll();
  });
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void save();
  });
  startKeys({ form, kind, rows: () => rows, mark, save: () => void save() });

  const allPresent = one('[data-action="all-present"]', form);
  if (allPresent && kind === 'attendance') {
    allPresent.hidden = false;
    allPresent.addEventListener('click', () => {
      const open = rows.filter((row) => row.typed()['status'] === '' && row.clash === null);
      for (const row of open) row.type({ status: 'Present' });
      showAll();
      view.say(
        open.length === 0 ? 'Everybody has a mark already.' : `${rowsText(open.length)} marked present, not saved yet.`,
      );
    });
  }

  window.addEventListener('beforeunload', (event) => {
    keepDraft(me, draftOf(changed()));
    if (!leaving && changed().length > 0) event.preventDefault();
  });

  restore();
  for (const row of rows) showRow(row);
  showAll();

  /** What was typed before a reload or a sign-in comes back, over the version it was typed over. */
  function restore(): void {
    const draft = readDraft(me);
    let back = 0;
    for (const row of rows) {
      const { version, ...texts } = draft[row.id] ?? {};
      if (version === undefined) continue;
      const now = row.stored();
      if (row.isChanged() || Object.keys(texts).every((field) => texts[field] === now[field])) continue;
      row.type(texts);
      back += 1;
      if (Number(version) !== row.version()) row.clash = { texts: now, version: row.version(), who: SOMEBODY };
    }
    if (back > 0) note(`What you had typed is back in ${rowsText(back)}. It is not saved yet.`, 'warning');
  }
}
