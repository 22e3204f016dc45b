// What is on the sheet right now? Its rows with what is typed and stored, and how news from the server is laid over them.
import { afterPause, flash } from './dom.ts';
import { statusBadge } from './badges.ts';
import type { SheetRows } from '../realtime/messages.ts';
import { note } from './notes.ts';
import { keepDraft, readDraft } from './sheet-draft.ts';
import type { Draft } from './sheet-draft.ts';
import { createReason } from './sheet-reason.ts';
import { textsOf } from './row-texts.ts';
import { merge, readRows } from './sheet-rows.ts';
import type { Kind, ServerRow } from './row-texts.ts';
import type { SheetRow } from './sheet-rows.ts';
import type { Sheet } from './sheet-save.ts';
import * as view from './sheet-view.ts';

/** Where a draft keeps the reason: no student has this id. */
const REASON = 'reason';

export const SOMEBODY = 'Somebody else';

export const rowsText = (n: number): string => (n === 1 ? '1 row' : `${String(n)} rows`);

/** The sheet's address in the API, and its key for the socket, as its attributes say. */
export function readAddress({ dataset }: HTMLElement) {
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

export type SheetState = ReturnType<typeof createSheetState>;

/** `form` is null on a sheet that can only be looked at. */
export function createSheetState(element: HTMLElement, kind: Kind) {
  const me = document.body.dataset['userId'] ?? '';
  const form = element instanceof HTMLFormElement ? element : null;
  const rows = form ? readRows(form, kind) : [];
  const byId = new Map(rows.map((row) => [row.id, row]));
  const maxInput = (form?.elements.namedItem('max_marks') ?? null) as HTMLInputElement | null;
  const wasMax = (form?.elements.namedItem('was_max_marks') ?? null) as HTMLInputElement | null;
  const reason = createReason(form);
  const waiting: (() => void)[] = [];
  let seen = Number(element.dataset['version'] ?? 0);
  let busy = false;
  // What came of the last save stays said until something is typed or somebody else saves over it.
  let told = false;

  const changed = (): SheetRow[] => rows.filter((row) => row.isChanged());
  const clashes = (): SheetRow[] => rows.filter((row) => row.clash !== null);
  const maxChanged = (): boolean => maxInput !== null && maxInput.value.trim() !== wasMax?.value;

  // Not at every keystroke: the line is read out.
  const sayUnsaved = afterPause(600, () => {
    if (busy || told) return;
    const open = clashes().length;
    const count = changed().length;
    if (open > 0) view.say(`${rowsText(open)} ${open === 1 ? 'needs' : 'need'} your choice. Nothing of yours is lost.`);
    else if (count > 0 || maxChanged()) view.say(count === 0 ? 'Not saved yet.' : `${rowsText(count)} not saved yet.`);
    else view.say('');
  });

  const keep = (): void =>
    keepDraft(
      me,
      Object.fromEntries([
        ...changed().map((row) => [row.id, { ...row.typed(), version: String(row.version()) }]),
        ...(reason.text() === '' ? [] : [[REASON, { text: reason.text() }]]),
      ]) as Draft,
    );

  function showAll(): void {
    for (const row of rows) view.markChanged(row);
    view.showCounts(kind, rows, maxInput?.value);
    keep();
    sayUnsaved();
  }

  function showRow(row: SheetRow): void {
    view.showClash(row, kind, showAll);
  }

  function takeRow(stored: ServerRow, who: string): void {
    if (!form) {
      view.showReadOnly(kind, element, stored, statusBadge);
      return;
    }
    const row = byId.get(stored.student_id);
    if (!row) return;
    const merged = merge(row, textsOf(kind, stored), stored.version, who);
    if (merged === 'same') return;
    view.showComputed(row, stored);
    showRow(row);
    if (merged === 'taken') flash(row.element);
    else told = false;
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

  /** Who has left the course without a mark has no row any more. */
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

  // While a save is under way the news may be about that very save: it is looked at once the answer is there.
  function whenIdle(take: () => void): void {
    if (busy) waiting.push(take);
    else take();
  }

  return {
    me,
    kind,
    form,
    rows: rows as readonly SheetRow[],
    rowOf: (element_: Element): SheetRow | undefined =>
      byId.get(element_.closest<HTMLElement>('tr[data-student-id]')?.dataset['studentId'] ?? ''),
    changed,
    clashes,
    maxInput,
    maxChanged,
    reason,
    keep,
    showAll,
    takeRow,
    /** Says what came of a save. */
    tell: (text: string): void => {
      told = true;
      view.say(text);
    },

    takeSheet: (sheet: Sheet, who: string): void =>
      whenIdle(() => {
        if (isOld(sheet.version)) return;
        if ('max_marks' in sheet) {
          takeMax(sheet.max_marks);
          reason.show(sheet.posted);
        }
        for (const stored of sheet.entries) takeRow(stored, who);
        showAll();
      }),

    takeRows: ({ version, rows: fresh, gone }: SheetRows, who: string): void =>
      whenIdle(() => {
        if (isOld(version)) return;
        const [first] = fresh;
        if (first && 'max_marks' in first) takeMax(first.max_marks);
        for (const stored of fresh) takeRow(stored, who);
        takeAway(gone);
        if (form && fresh.some(({ student_id }) => !byId.has(student_id)))
          note('Somebody joined this course. Reload the page to see them.');
        showAll();
      }),

    changedByHand: (row: SheetRow): void => {
      told = false;
      view.clearFaults(row);
      view.markChanged(row);
      if (row.clash) showRow(row);
      view.showCounts(kind, rows, maxInput?.value);
      keep();
      sayUnsaved();
    },

    isBusy: (): boolean => busy,
    setBusy: (is: boolean): void => {
      busy = is;
      if (!busy) for (const take of waiting.splice(0)) take();
    },

    maxIsStored: (): void => {
      if (wasMax && maxInput) wasMax.value = maxInput.value.trim();
    },

    /** What was typed before a reload or a sign-in comes back, over the version it was typed over. */
    restore: (): void => {
      const draft = readDraft(me);
      let back = 0;
      for (const row of rows) {
        const { version, ...texts } = draft[row.id] ?? {};
        const now = row.stored();
        if (
          version === undefined ||
          row.isChanged() ||
          Object.keys(texts).every((field) => texts[field] === now[field])
        )
          continue;
        row.type(texts);
        back += 1;
        if (Number(version) !== row.version()) row.clash = { texts: now, version: row.version(), who: SOMEBODY };
      }
      reason.type(draft[REASON]?.['text'] ?? '');
      for (const row of rows) showRow(row);
      showAll();
      if (back > 0) note(`What you had typed is back in ${rowsText(back)}. It is not saved yet.`, 'warning');
    },
  };
}
