// What stands in the columns of a long list? Read from the head that the server drew, written for rows out of the API.
import { fieldContent } from './badges.ts';
import { all } from './dom.ts';

export type Item = Record<string, unknown>;

export interface Column {
  field: string;
  label: string;
  sortable: boolean;
  number: boolean;
}

/** The columns as the head of the table names them; a sort link of the page without scripts becomes plain text. */
export function readColumns(table: HTMLTableElement): Column[] {
  return all<HTMLTableCellElement>('thead tr:first-child th', table).map((th) => {
    const label = (th.querySelector('a') ?? th).textContent.trim();
    if (th.querySelector('a')) th.textContent = label;
    th.removeAttribute('aria-sort');
    const sortable = th.dataset['sortable'] !== undefined;
    // DataTables would read it as an option of its own.
    delete th.dataset['sortable'];
    return { field: th.dataset['column'] ?? '', label, sortable, number: th.classList.contains('num') };
  });
}

/** A cell of a row that came from the API: text or a badge, the first one a link to the record. */
export function fillCell(cell: HTMLElement, field: string, item: Item, href: string, first: boolean): void {
  if (field === '') return;
  cell.dataset['field'] = field;
  const content = fieldContent(field, item[field]);
  if (!first) {
    cell.replaceChildren(content);
    return;
  }
  const link = document.createElement('a');
  link.href = href;
  link.append(content);
  cell.replaceChildren(link);
}
