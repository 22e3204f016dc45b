// Which rows and records in view does an event change? Their cells are filled again from the API, as text.
import { api, ApiError } from './api.ts';
import { setField } from './badges.ts';
import { all, flash } from './dom.ts';
import { passFocusOn } from './focus.ts';
import type { LiveEvent } from './live.ts';
import { onEvent, onRefresh } from './live.ts';
import { refreshRegions } from './regions.ts';

/** So many records are asked for one by one; more than that, and the page's regions are fetched instead. */
const MOST = 12;

const PATHS = new Map([
  ['student', '/api/students'],
  ['course', '/api/courses'],
  ['user', '/api/users'],
  ['attendance', '/api/attendance'],
  ['result', '/api/results'],
]);

const entityOf = (name: string): string => name.slice(0, name.lastIndexOf('_'));

const inView = (entity: string, id: string): HTMLElement[] =>
  all(`[data-entity="${CSS.escape(entity)}"][data-id="${CSS.escape(id)}"]`).filter(
    // DataTables asks for its own rows.
    (element) => !element.closest('table[data-table]'),
  );

export function startRecords(): void {
  onEvent((event) => void follow(event));
  onRefresh(() => {
    const shown = all('[data-entity][data-id]').slice(0, MOST);
    for (const element of shown) void refill(element.dataset['entity'] ?? '', element.dataset['id'] ?? '');
    refreshRegions();
  });
}

async function follow({ name, message }: LiveEvent): Promise<void> {
  const entity = entityOf(name);
  // A course's `ids` are the students of a changed roster; everywhere else they are the records themselves.
  const ids = 'id' in message ? [message.id] : 'ids' in message ? message.ids : [];
  if (name.endsWith('_deleted')) {
    for (const id of ids) for (const element of inView(entity, id)) strike(element);
    refreshRegions();
    return;
  }
  const shown = ids.filter((id) => inView(entity, id).length > 0);
  // New ones, and numbers beside them, come with the server's own rendering.
  refreshRegions();
  if (shown.length <= MOST) await Promise.all(shown.map((id) => refill(entity, id)));
}

/** Fills what is shown of one record with what is stored now. */
async function refill(entity: string, id: string): Promise<void> {
  const path = PATHS.get(entity);
  if (!path || id === '') return;
  try {
    const record = await api<Record<string, unknown>>(`${path}/${id}`);
    for (const element of inView(entity, id)) show(element, record);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (error.status === 404) for (const element of inView(entity, id)) strike(element);
    // Anything else: the next event or a reload brings it.
  }
}

function show(element: HTMLElement, record: Record<string, unknown>): void {
  const version = Number(record['version']);
  if (Number(element.dataset['version'] ?? 0) > version) return;
  element.dataset['version'] = String(version);
  let changed = false;
  for (const cell of all('[data-field]', element)) {
    const field = cell.dataset['field'] ?? '';
    if (!Object.hasOwn(record, field)) continue;
    const before = cell.textContent.trim();
    if (setField(cell, field, record[field])) {
      changed = true;
      rename(before, cell.textContent.trim());
      if (element.tagName !== 'TR') flash(cell);
    }
  }
  if (changed && element.tagName === 'TR') flash(element);
}

/** The name of a record stands over its page as well. */
function rename(before: string, now: string): void {
  if (before === '') return;
  for (const place of all('main h1, .crumbs [aria-current]'))
    if (place.textContent.trim() === before) place.textContent = now;
}

/** Crossed out first, so that nobody wonders where it went; a row then leaves. */
function strike(element: HTMLElement): void {
  if (element.classList.contains('gone')) return;
  element.classList.add('gone');
  if (element.tagName === 'TR') {
    passFocusOn(element);
    for (const link of all('a', element)) link.removeAttribute('href');
    window.setTimeout(() => element.remove(), 2_500);
  }
}
