// What helps with every form? No double submit, and the list of faults is read out first.
import { all, one } from './dom.ts';

export function startForms(): void {
  // After a refused form: the summary gets the focus, so that nobody has to look for what is wrong.
  one('[data-error-summary]')?.focus();

  document.addEventListener('submit', (event) => {
    const form = event.target as HTMLFormElement;
    if (event.defaultPrevented || form.method !== 'post') return;
    if (form.dataset['sent'] !== undefined) {
      event.preventDefault();
      return;
    }
    form.dataset['sent'] = '';
    // A disabled button would not be sent along; saying that it is busy is enough.
    for (const button of all('[type="submit"]', form)) button.setAttribute('aria-busy', 'true');
  });

  // Back from the next page: the browser shows this one as it was left.
  window.addEventListener('pageshow', (event) => {
    if (!event.persisted) return;
    for (const form of all<HTMLFormElement>('form[data-sent]')) {
      delete form.dataset['sent'];
      for (const button of all('[type="submit"]', form)) button.removeAttribute('aria-busy');
    }
  });
}

/** A window that scrolls must be reachable by keyboard, and say what it is. */
export function startScrollers(): void {
  const mark = (): void => {
    for (const scroller of all('.table-responsive, .table-scroll')) {
      const scrolls =
        scroller.scrollWidth > scroller.clientWidth + 1 ||
        (scroller.matches('.chart-table') && scroller.scrollHeight > scroller.clientHeight + 1);
      if (!scrolls) {
        scroller.removeAttribute('tabindex');
        continue;
      }
      scroller.tabIndex = 0;
      scroller.setAttribute('role', 'region');
      const caption = scroller.querySelector('caption')?.textContent.trim();
      if (!scroller.hasAttribute('aria-label')) scroller.setAttribute('aria-label', caption ?? 'Table');
    }
  };
  mark();
  window.addEventListener('resize', mark);
  // What was closed has no height: it is looked at again when it opens.
  document.addEventListener('toggle', mark, true);
}
