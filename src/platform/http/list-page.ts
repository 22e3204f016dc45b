// How does a list page keep its search, filters and order in its links, and what if they make no sense?
import { Invalid } from '../errors.ts';
import type { Page } from '../page.ts';
import { formErrors } from './forms.ts';
import type { Messages } from './forms.ts';

type Asked = Readonly<Partial<Record<string, string>>>;

/** One heading of a sortable table. */
export interface Column {
  name: string;
  label: string;
  href: string;
  sorted: 'ascending' | 'descending' | null;
  /** Numbers stand right. */
  number: boolean;
}

/** Addresses of the same list in another order or on another page; what is empty is left out. */
export function listLinks(path: string, asked: Asked, defaultSort: string) {
  const href = (changes: Asked): string => {
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries({ ...asked, ...changes })) if (value) query.set(name, value);
    return query.size === 0 ? path : `${path}?${query.toString()}`;
  };
  const sort = asked['sort'] || defaultSort;
  const descending = asked['order'] === 'desc';
  return {
    toPage: (n: number): string => href({ page: n === 1 ? '' : String(n) }),
    column: ([name, label, kind]: readonly [name: string, label: string, kind?: 'number']): Column => ({
      name,
      label,
      number: kind === 'number',
      href: href({ sort: name, order: name === sort && !descending ? 'desc' : '', page: '' }),
      sorted: name !== sort ? null : descending ? 'descending' : 'ascending',
    }),
  };
}

/**
 * Reads one page of a list; `page` overrides the asked one. A page past the end becomes the last one, a query that is
 * refused an empty page with its messages.
 */
export function readList<T>(read: (page?: number) => Page<T>): { found: Page<T>; errors: Messages } {
  try {
    const found = read();
    if (found.items.length > 0 || found.total === 0) return { found, errors: {} };
    return { found: read(Math.ceil(found.total / found.page_size)), errors: {} };
  } catch (error) {
    if (!(error instanceof Invalid)) throw error;
    return { found: { items: [], total: 0, page: 1, page_size: 25 }, errors: formErrors(error) };
  }
}
