// What does the form above a list ask for, and when is it asked? Fields that scripts can answer load at once.
import { afterPause, all, one } from './dom.ts';

/** What the list itself keeps of the address. */
const PAGING = new Set(['sort', 'order', 'page', 'page_size']);

export const filterForm = (kind: string): HTMLFormElement | null =>
  one<HTMLFormElement>(`form[data-filter="${kind}"]`) ??
  all<HTMLFormElement>('main form[method="get"]').find((form) => form.getAttribute('action') === `/${kind}`) ??
  null;

/** A field where a code is typed; the API wants the id that it stands for. */
const standsForAnother = (field: unknown): field is HTMLInputElement =>
  field instanceof HTMLInputElement && field.dataset['standsFor'] !== undefined;

/** Only the server knows which record a newly typed code means. */
const isUnknown = (field: unknown): boolean =>
  standsForAnother(field) && field.value.trim() !== '' && field.value.trim() !== field.defaultValue;

const needsServer = (form: HTMLFormElement): boolean => [...form.elements].some(isUnknown);

/** The filters as the API takes them; what is empty is left out. */
export function filtersOf(form: HTMLFormElement): [name: string, value: string][] {
  return [...new FormData(form)].flatMap(([name, value]): [string, string][] => {
    if (typeof value !== 'string' || value.trim() === '' || PAGING.has(name)) return [];
    const field = form.elements.namedItem(name);
    return [[name, standsForAnother(field) ? (field.dataset['standsFor'] ?? '') : value.trim()]];
  });
}

/**
 * Calls `load` for what is typed or chosen. While a code stands in the form that only the server knows, letters wait for
 * Enter, and a choice is the server's to answer: the list must never show another course than the form says.
 */
export function followForm(form: HTMLFormElement, load: () => void): void {
  const soon = afterPause(250, () => {
    if (!needsServer(form)) load();
  });
  form.addEventListener('submit', (event) => {
    if (needsServer(form)) return;
    event.preventDefault();
    load();
  });
  form.addEventListener('input', ({ target }) => {
    if (target instanceof HTMLInputElement && !isUnknown(target)) soon();
  });
  form.addEventListener('change', ({ target }) => {
    if (!(target instanceof HTMLSelectElement)) return;
    if (needsServer(form)) form.requestSubmit();
    else load();
  });
}
