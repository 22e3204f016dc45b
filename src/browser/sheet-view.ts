// What does a sheet say besides its rows: counts, grades, and the line that says what is saved and what waits?
import { amendedBadge, gradeBadge } from './badges.ts';
import { afterPause, flash, one } from './dom.ts';
import type { Kind, ServerRow } from './row-texts.ts';
import type { SheetRow } from './sheet-rows.ts';

/** What is read out waits until it has settled: marks are saved every second. */
const QUIET_MS = 2_000;

/** What the server computes of a row: percentage and grade. */
export function showComputed(row: SheetRow, stored: ServerRow): void {
  if (!('grade' in stored)) return;
  const grade = one('[data-field="grade"]', row.element);
  if (grade) grade.replaceChildren(...(stored.grade === null ? [] : [gradeBadge(stored.grade)]));
  const percentage = one('[data-field="percentage"]', row.element);
  if (percentage) percentage.textContent = stored.percentage === null ? '' : `${String(stored.percentage)} %`;
  showAmended(row.element, stored.amended_at);
}

function showAmended(element: HTMLElement, at: string | null): void {
  one('[data-field="amended_at"]', element)?.replaceChildren(...(at === null ? [] : [amendedBadge(at)]));
}

// Looked up once: it stands below all rows.
let found: HTMLElement | null = null;
const stateLine = (): HTMLElement | null => (found ??= one('[data-sheet-state]'));

let announced = '';
const announce = afterPause(QUIET_MS, () => {
  const text = stateLine()?.textContent ?? '';
  // 'All saved 10:32' and 'All saved 10:33' say the same.
  const gist = text.replace(/\d+:\d+/g, '');
  if (gist === announced) return;
  announced = gist;
  const status = one('[data-sheet-said]');
  if (status) status.textContent = text;
});

/** The line beside the save button; read out once it has settled, and only when it says something else. */
export function say(text: string, ...more: Node[]): void {
  const line = stateLine();
  if (!line || (more.length === 0 && line.childNodes.length <= 1 && line.textContent === text)) return;
  line.replaceChildren(text, ...more);
  announce();
}

/** A sheet that can only be looked at follows as well. */
export function showReadOnly(
  kind: Kind,
  element: HTMLElement,
  stored: ServerRow,
  badge: (status: string) => Node,
): void {
  const row = one(`tr[data-student-id="${CSS.escape(stored.student_id)}"]`, element);
  if (!row || Number(row.dataset['version'] ?? 0) === stored.version) return;
  row.dataset['version'] = String(stored.version);
  const put = (field: string, content: Node | string): void =>
    one(`[data-field="${field}"]`, row)?.replaceChildren(content);
  if (kind === 'attendance' && 'status' in stored)
    put('status', stored.status === null ? 'unmarked' : badge(stored.status));
  if ('grade' in stored) {
    put('marks', stored.marks === null ? 'no marks' : String(stored.marks));
    put('grade', stored.grade === null ? '' : gradeBadge(stored.grade));
    put('percentage', stored.percentage === null ? '' : `${String(stored.percentage)} %`);
    showAmended(row, stored.amended_at);
  }
  put('remarks', stored.remarks ?? '');
  flash(row);
}
