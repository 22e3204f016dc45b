// Where does the focus go when what had it goes away? To what stands in its place, never to the top of the page.
import { all, one } from './dom.ts';

const PRESSED = 'a[href], button:not([disabled]), input:not([type="hidden"]), summary';

/** The page itself takes the focus when nothing nearer can. */
const focusPage = (): void => one('#main')?.focus({ preventScroll: true });

const focusIn = (place: Element | null | undefined): boolean => {
  const target = place?.querySelector<HTMLElement>(PRESSED);
  target?.focus({ preventScroll: true });
  return target !== null && target !== undefined;
};

/** Call before `element` goes: if the focus is in it, a neighbour gets it. */
export function passFocusOn(element: HTMLElement): void {
  if (!element.contains(document.activeElement)) return;
  if (!focusIn(element.nextElementSibling) && !focusIn(element.previousElementSibling)) focusPage();
}

/** Call before a list is drawn again; what it answers gives the focus back to the same row or pager, or what took its place. */
export function holdPlace(table: HTMLTableElement): () => void {
  const active = document.activeElement;
  const row = active?.closest<HTMLTableRowElement>('tbody tr[data-id]');
  const paging = active?.closest('.dt-paging') !== null && active !== null;
  if (!paging && (!row || !table.contains(row))) return () => undefined;
  const place = row ? all('tbody tr[data-id]', table).indexOf(row) : 0;
  return () => {
    const now = document.activeElement;
    if (now !== null && now !== document.body && now.isConnected) return;
    if (paging && focusIn(one('.dt-paging .active'))) return;
    const rows = all('tbody tr[data-id]', table);
    const same = rows.find((one) => one.dataset['id'] === row?.dataset['id']);
    if (!focusIn(same ?? rows[Math.min(place, rows.length - 1)])) focusPage();
  };
}
