// How does a long list get quick hands? DataTables takes over the table the server drew and asks the API page by page.
import { DataTable } from 'datatables.net-bs5';
import { answer } from './announce.ts';
import { api, ApiError } from './api.ts';
import { all, atMostEvery, flash, one } from './dom.ts';
import { holdPlace } from './focus.ts';
import { fillCell, readColumns } from './list-cells.ts';
import type { Item } from './list-cells.ts';
import { filterForm, filtersOf, followForm } from './list-filter.ts';
import { onEvent, onRefresh } from './live.ts';
import { note } from './notes.ts';

const KINDS = {
  students: { entity: 'student', id: 'student_id', none: 'No student fits this search.' },
  courses: { entity: 'course', id: 'course_id', none: 'No course fits this search.' },
  users: { entity: 'user', id: 'user_id', none: 'No user fits this search.' },
} as const;
type Kind = keyof typeof KINDS;

interface Answer {
  items: Item[];
  total: number;
  page: number;
  page_size: number;
}

/** What DataTables wants to show. */
interface Wish {
  draw: number;
  start: number;
  length: number;
  order: { column: number; dir: string }[];
}

const PAGE_SIZE = 25;

export function startTables(): void {
  for (const table of all<HTMLTableElement>('table[data-table]')) {
    const kind = table.dataset['table'] ?? '';
    if (Object.hasOwn(KINDS, kind)) takeOver(table, kind as Kind);
  }
}

function takeOver(table: HTMLTableElement, kind: Kind): void {
  const { entity, id, none } = KINDS[kind];
  const columns = readColumns(table);
  const form = filterForm(kind);
  const asked = new URLSearchParams(location.search);
  const size = Number(asked.get('page_size')) || PAGE_SIZE;
  const page = Math.max(1, Number(asked.get('page')) || 1);
  const usual = columns.findIndex((column) => column.sortable);
  const named = columns.findIndex(({ field }) => field !== '' && field === asked.get('sort'));
  const sorted = named === -1 ? usual : named;
  const rows = all('tbody tr[data-id]', table);
  const total = Number(table.dataset['total'] ?? Number.NaN);
  let last: Answer = { items: [], total: 0, page: 1, page_size: size };
  let versions = new Map(rows.map((row) => [row.dataset['id'], row.dataset['version']]));
  let running: AbortController | undefined;
  let started = false;
  /** What is drawn next answers a search. */
  let isAsked = false;

  const queryOf = (wish: Wish): URLSearchParams => {
    const query = new URLSearchParams(form ? filtersOf(form) : []);
    const [order] = wish.order;
    const field = order === undefined ? undefined : columns[order.column]?.field;
    const descending = order?.dir === 'desc';
    if (field !== undefined && field !== '' && (order?.column !== usual || descending)) {
      query.set('sort', field);
      if (descending) query.set('order', 'desc');
    }
    const number = Math.floor(wish.start / wish.length) + 1;
    if (number > 1) query.set('page', String(number));
    if (wish.length !== PAGE_SIZE) query.set('page_size', String(wish.length));
    return query;
  };

  async function fetchPage(wish: Wish, show: (answer: object) => void): Promise<void> {
    running?.abort();
    const mine = new AbortController();
    running = mine;
    const query = queryOf(wish);
    try {
      last = await api<Answer>(`/api/${kind}?${query.toString()}`, { signal: mine.signal });
      // So that a reload, the way back, and a copied address show the same list.
      const text = query.toString();
      history.replaceState(history.state, '', text === '' ? location.pathname : `${location.pathname}?${text}`);
    } catch (error) {
      if (mine.signal.aborted) return;
      isAsked = false;
      // The rows in view stay: better old ones than none.
      note(
        error instanceof ApiError ? error.message : 'The list could not be loaded. Reload the page to try again.',
        'danger',
      );
    }
    show({ draw: wish.draw, recordsTotal: last.total, recordsFiltered: last.total, data: last.items });
  }

  const text = DataTable.render.text() as unknown as { display: (value: unknown) => unknown };
  const list = new DataTable(table, {
    serverSide: true,
    // The rows of the first page are there already, and so is their number if the server said it.
    ...(rows.length > 0 && Number.isFinite(total) ? { deferLoading: total } : {}),
    ajax: (wish: unknown, show: (answer: object) => void) => void fetchPage(wish as Wish, show),
    columns: columns.map(({ field, sortable, number }) => ({
      data: field === '' ? null : field,
      defaultContent: '',
      className: number ? 'num' : '',
      orderable: sortable,
      searchable: false,
      // DataTables writes cells as HTML unless it is told that they are text. The rows that came with the page
      // are read as the HTML they are, and put back untouched.
      render: (value: unknown) => (started ? text.display(value) : value),
      // No guessing from the contents: columns must not change their side.
      type: 'string',
      createdCell: (cell: HTMLElement, _data: unknown, item: Item) => {
        if (started || rows.length === 0)
          fillCell(cell, field, item, `/${kind}/${String(item[id])}`, field === columns[0]?.field);
      },
    })),
    createdRow: (row: HTMLElement, item: unknown) => {
      if (!row.dataset['id']) {
        row.dataset['entity'] = entity;
        row.dataset['id'] = String((item as Item)[id]);
        row.dataset['version'] = String((item as Item)['version']);
      }
      [...row.children].forEach((cell, i) => {
        if (cell instanceof HTMLElement && i > 0) cell.dataset['label'] ??= columns[i]?.label ?? '';
      });
    },
    order: sorted === -1 ? [] : [[sorted, asked.get('order') === 'desc' ? 'desc' : 'asc']],
    pageLength: size,
    displayStart: (page - 1) * size,
    autoWidth: false,
    searching: false,
    layout: {
      topStart: null,
      topEnd: null,
      bottomStart: 'info',
      bottomEnd: { paging: { firstLast: false, buttons: 5 } },
    },
    language: {
      info: '_START_–_END_ of _TOTAL_',
      infoEmpty: 'None',
      emptyTable: `${none} Try fewer letters, or take a filter away.`,
      zeroRecords: `${none} Try fewer letters, or take a filter away.`,
      processing: 'Loading…',
      paginate: { previous: 'Previous', next: 'Next', first: 'First', last: 'Last' },
    },
  } as never);
  started = true;
  // The window that scrolls sideways holds the table only, not what DataTables put below it.
  const scroller = table.closest('.table-scroll, .table-responsive');
  const inner = table.closest('.dt-layout-table');
  if (scroller && inner && scroller.contains(inner)) {
    scroller.classList.remove('table-scroll', 'table-responsive');
    inner.classList.add('table-scroll');
  }
  table.classList.add('table-stack');
  // Ours replaces the pager and the note that came with the page.
  for (const pager of all('.pager')) pager.remove();

  let giveBack = holdPlace(table);
  list.on('preDraw', () => void (giveBack = holdPlace(table)));
  list.on('draw', () => {
    giveBack();
    for (const row of all('tbody tr[data-id]', table)) {
      const before = versions.get(row.dataset['id']);
      if (before !== undefined && before !== row.dataset['version']) flash(row);
    }
    versions = new Map(all('tbody tr[data-id]', table).map((row) => [row.dataset['id'], row.dataset['version']]));
  });

  // Every change of anybody draws the list again: how much there is, is only said to who has just searched.
  const info = one('.dt-info');
  info?.removeAttribute('role');
  info?.setAttribute('aria-live', 'off');
  list.on('draw', () => {
    if (isAsked) answer(`Shown: ${info?.textContent ?? ''}`);
    isAsked = false;
  });
  const toFirst = (): void => {
    isAsked = true;
    list.draw();
  };
  const again = atMostEvery(1_000, () => void list.draw('page'));
  if (form) followForm(form, toFirst);
  onEvent((event) => {
    if (!event.name.startsWith(`${entity}_`)) return;
    // A new record belongs on the first page at most; nobody's page should turn under the eyes.
    if (event.name === `${entity}_added` && list.page() !== 0) return;
    if (event.name.endsWith('_deleted')) window.setTimeout(again, 2_500);
    else again();
  });
  onRefresh(again);
}
