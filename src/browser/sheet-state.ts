// What is on the sheet right now? Its rows with what is typed and stored; the outbox holds what is not stored yet.
import { statusBadge } from './badges.ts';
import { flash } from './dom.ts';
import { note } from './notes.ts';
import type { Change, News, Outbox } from './outbox.ts';
import { FIELDS, same, textsOf } from './row-texts.ts';
import type { Kind, ServerRow } from './row-texts.ts';
import type { SheetRows } from '../realtime/messages.ts';
import type { AttendanceSheet } from '../attendance/mark.ts';
import type { ResultSheet } from '../results/result.ts';
import { createMaximum } from './sheet-maximum.ts';
import { createReason } from './sheet-reason.ts';
import { readRows } from './sheet-rows.ts';
import type { SheetRow } from './sheet-rows.ts';
import * as rowView from './sheet-row-view.ts';
import { createTotals } from './sheet-totals.ts';
import * as view from './sheet-view.ts';

export type Sheet = AttendanceSheet | ResultSheet;

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

/** `outbox` is null on a sheet that can only be looked at. `fetchSheet` brings the sheet as it is now, to takeSheet. */
export function createSheetState(element: HTMLElement, outbox: Outbox | null, fetchSheet: () => void) {
  const { kind, path } = readAddress(element);
  const me = document.body.dataset['userId'] ?? '';
  const form = element instanceof HTMLFormElement ? element : null;
  const rows = form ? readRows(form, kind) : [];
  const byId = new Map(rows.map((row) => [row.id, row]));
  const maximum = createMaximum(form);
  const reason = createReason(form);
  const totals = createTotals(kind, maximum.input);
  const title = document.title.split(' · ').slice(0, -1).join(' · ');
  // Rows that showed a change when they were last drawn.
  const shown = new Set<SheetRow>();
  const touched = new Set<(typing: boolean) => void>();
  const followed = new Set<(news: News) => void>();
  let finishTyping = (): void => undefined;
  let seen = Number(element.dataset['version'] ?? 0);

  const changes = (): Change[] => outbox?.changes(path) ?? [];
  const waitsOf = (row: SheetRow): Change | undefined => outbox?.change(path, row.id);
  const hasMark = (row: SheetRow): boolean => (row.stored()[FIELDS[kind][0]] ?? '') !== '';

  /** Why rows wait for the Save button: posted results change for a reason, a new maximum changes every grade. */
  const waitsForSave = (): 'reason' | 'max_marks' | null => {
    if (reason.isNeeded()) return 'reason';
    return maximum.changed() && rows.some(hasMark) ? 'max_marks' : null;
  };

  /** What is typed in a row now. Typed into a clash, the choice stays to be made. */
  function changeOf(row: SheetRow, held: Change['held']): Change {
    const { kept } = row;
    // What it was typed out of stays with it until it is stored or decided, whatever the page says by now.
    const stored = maximum.known();
    const seen_max_marks = kept?.max_marks === stored ? stored : (kept?.seen_max_marks ?? stored);
    const max_marks = maximum.changed() ? maximum.typed() : seen_max_marks;
    const texts = row.typed();
    // What is on its way has its reason; the next one is for other changes.
    const isOnItsWay = kept !== undefined && !kept.held && !kept.refused && same(kept.texts, texts);
    const why = (isOnItsWay ? kept.reason : undefined) ?? (reason.isNeeded() ? reason.text() : '');
    return {
      sheet: path,
      kind,
      page: location.pathname + location.search,
      title,
      student_id: row.id,
      name: row.name,
      texts,
      base: { texts: row.stored(), version: row.version() },
      typed_at: new Date().toISOString(),
      ...(maximum.input ? { max_marks, seen_max_marks } : {}),
      ...(why === '' ? {} : { reason: why }),
      ...(held === undefined ? {} : { held }),
      ...(row.clash ? { refused: { ...kept?.refused, current: row.clash } } : {}),
    };
  }

  function keep(list: readonly SheetRow[], held: Change['held']): void {
    void outbox?.keep(list.map((row) => changeOf(row, held)));
    draw(list);
  }

  /** A row was changed by hand. While a number is being `typing`, half of it must not be stored as a mark. */
  const changedByHand = (row: SheetRow, typing = false): void => changedTogether([row], typing);

  /** Rows that one touch changed, as a paste does: kept and sent as one. */
  function changedTogether(list: readonly SheetRow[], typing = false): void {
    if (list.length === 0) return;
    keep(list, typing ? 'typing' : waitsForSave() === null ? undefined : 'save');
    for (const row of list) totals.row(row);
    for (const listener of touched) listener(typing);
  }

  function choose(row: SheetRow, which: 'mine' | 'theirs'): void {
    const { clash } = row;
    if (!clash) return;
    row.clash = null;
    const max = row.kept?.refused?.max_marks;
    if (max !== undefined) maximum.knows(max);
    if (row.kept && max !== undefined) row.kept = { ...row.kept, seen_max_marks: String(max) };
    row.store(textsOf(kind, clash), clash.version);
    if (which === 'theirs') row.type(row.stored());
    changedByHand(row);
  }

  /** Lays what the outbox holds on rows; a row it holds nothing of shows what is stored. */
  function draw(list: readonly SheetRow[], saved: ReadonlySet<string> = new Set()): void {
    for (const row of list) {
      const change = waitsOf(row);
      row.kept = change;
      if (change) {
        shown.add(row);
        // The page may still say what it was typed out of.
        if (maximum.stored() === change.seen_max_marks) maximum.take(change.refused?.max_marks);
        row.store(change.base.texts, change.base.version);
        if (!same(row.typed(), change.texts)) row.type(change.texts);
      } else {
        shown.delete(row);
        if (row.isChanged()) row.type(row.stored());
      }
      row.clash = change?.refused?.current ?? null;
      const state = rowView.stateOf(change, outbox?.isSending(path, row.id) ?? false);
      rowView.showSoon(row, {
        ...{ kind, change, state: state === 'none' && saved.has(row.id) ? 'saved' : state },
        choose: (which) => choose(row, which),
      });
    }
  }

  function follow(news: News): void {
    if (news.sheet !== null && news.sheet !== path) return;
    finishTyping();
    for (const { student_id, texts, version, max_marks } of news.saved) {
      byId.get(student_id)?.store(texts, version);
      if (max_marks === undefined) continue;
      maximum.knows(max_marks);
      maximum.take(max_marks);
    }
    const saved = new Set(news.saved.map(({ student_id }) => student_id));
    const about = news.students && new Set(news.students);
    const list = rows.filter((row) => about?.has(row.id) ?? (saved.has(row.id) || waitsOf(row) || shown.has(row)));
    draw(list, saved);
    for (const row of list) totals.row(row);
    for (const listener of followed) listener(news);
    // What others stored after it was shown already, and has just been drawn over.
    if (news.version !== undefined && news.version < seen) fetchSheet();
  }

  /** Rows as others stored them. One that is typed over here goes through the outbox, which knows what was on its way. */
  function takeRows(fresh: readonly ServerRow[]): void {
    const met: ServerRow[] = [];
    for (const stored of fresh) {
      const row = byId.get(stored.student_id);
      if (!form) view.showReadOnly(kind, element, stored, statusBadge);
      if (!row) continue;
      const isHeld = waitsOf(row) !== undefined;
      if (isHeld) met.push(stored);
      else {
        const texts = textsOf(kind, stored);
        const isNew = !same(row.stored(), texts);
        row.store(texts, stored.version);
        row.type(texts);
        totals.row(row);
        if (isNew) {
          rowView.showSoon(row, { kind, state: 'none' });
          flash(row.element);
        }
      }
      if (!isHeld || same(row.typed(), textsOf(kind, stored))) view.showComputed(row, stored);
    }
    if (met.length === 0) return;
    void outbox?.meet(path, met).then((all) => {
      // The answer to what waited came in between: then these are to be shown.
      if (!all) fetchSheet();
    });
  }

  // An answer that was long on its way must not bring back what is over.
  function isOld(version: number): boolean {
    if (version < seen) return true;
    seen = version;
    return false;
  }

  const lost = (row: SheetRow): string => rowView.spoken(kind, row.typed());

  /** The focus goes to the next row, of the last one to that before it; without any to the Save button. */
  function passOn(row: SheetRow): void {
    const at = rows.indexOf(row);
    const near = rows[at + 1] ?? rows[at - 1];
    (near ? rowView.markControl(near, kind) : form?.querySelector<HTMLElement>('[type="submit"]'))?.focus();
  }

  /** Who has left the course without a mark has no row any more. */
  function takeAway(gone: readonly string[]): void {
    for (const id of gone) {
      const row = byId.get(id);
      if (!row) continue;
      if (row.isChanged()) note(`${row.name} is no longer on this sheet: ${lost(row)} was not stored.`, 'danger');
      void outbox?.drop(path, [id]);
      row.type(row.stored());
      if (row.element.contains(document.activeElement)) passOn(row);
      row.element.classList.add('gone');
      for (const input of row.element.querySelectorAll('input')) input.disabled = true;
      rows.splice(rows.indexOf(row), 1);
      byId.delete(id);
    }
    totals.rows(rows);
  }

  outbox?.onChange(follow);
  maximum.input?.addEventListener('input', () => totals.rows(rows));

  return {
    ...{
      me,
      kind,
      path,
      form,
      maximum,
      reason,
      waitsForSave,
      changes,
      changedByHand,
      changedTogether,
      keep,
    },
    rows: rows as readonly SheetRow[],
    rowOf: (inside: Element): SheetRow | undefined =>
      byId.get(inside.closest<HTMLElement>('tr[data-student-id]')?.dataset['studentId'] ?? ''),
    /** Waits for somebody who has no row here any more. */
    isLost: ({ student_id }: Change): boolean => !byId.has(student_id),
    /** The sheet's version as of the last news. */
    seen: (): number => seen,
    /** Rows that would be sent: every one with marks when the maximum changes. */
    toSend: (): SheetRow[] =>
      rows.filter(
        (row) => !row.clash && (row.isChanged() || (maximum.changed() && (row.typed()[FIELDS[kind][0]] ?? '') !== '')),
      ),
    changeOf,
    onTouched: (listener: (typing: boolean) => void): void => void touched.add(listener),
    /** Before news is laid on rows: whoever types into several, or keeps them behind the paint, finishes that. */
    beforeNews: (work: () => void): void => void (finishTyping = work),
    /** After what the outbox holds of this sheet has changed, and is shown. */
    onFollowed: (listener: (news: News) => void): void => void followed.add(listener),

    takeSheet: (sheet: Sheet): void => {
      if (isOld(sheet.version)) return;
      finishTyping();
      if ('max_marks' in sheet) {
        maximum.hear(sheet.max_marks);
        reason.show(sheet.posted);
      }
      takeRows(sheet.entries);
    },

    takeNews: ({ version, rows: fresh, gone }: SheetRows): void => {
      if (isOld(version)) return;
      finishTyping();
      const [first] = fresh;
      if (first && 'max_marks' in first) maximum.hear(first.max_marks);
      takeRows(fresh);
      takeAway(gone);
      if (form && fresh.some(({ student_id }) => !byId.has(student_id)))
        note('Somebody joined this course. Reload the page to see them.');
    },

    /** What was kept before a reload or a sign-in is back in its cells; what was typed before this script came counts too. */
    restore: (): void => {
      const held = changes();
      const [first] = held.filter((change) => change.held === 'save');
      if (first?.reason !== undefined) reason.type(first.reason);
      const newMax = held.find((change) => change.held === 'save' || change.whole);
      const byHand = newMax?.max_marks === newMax?.seen_max_marks ? undefined : newMax?.max_marks;
      if (byHand !== undefined) maximum.restore(byHand, newMax?.seen_max_marks);
      const kept = new Set(held.map(({ student_id }) => student_id));
      for (const row of rows) if (!kept.has(row.id) && row.isChanged()) changedByHand(row);
      totals.rows(rows);
      follow({ sheet: path, saved: [] });
      if (held.length > 0) note(`What you had typed is back in ${rowsText(held.length)}.`, 'own');
    },
  };
}
