// Which register has just been taken? Says what went from the office's list of missing ones, once it was drawn again.
import { announce } from './announce.ts';
import { all, one } from './dom.ts';

const codesIn = (list: ParentNode): Set<string> =>
  new Set(all('[data-code]', list).map((line) => line.dataset['code'] ?? ''));

/** So many courses are named; more are counted. */
const NAMED = 3;

const left = (n: number): string =>
  n === 0
    ? 'No register is missing any more.'
    : `${String(n)} ${n === 1 ? 'course is' : 'courses are'} still without one.`;

export function startMissing(): void {
  const list = one('#no-register');
  if (!list) return;
  const count = (): number => Number(one('[data-missing]', list)?.dataset['missing'] ?? 0);
  let codes = codesIn(list);
  let before = count();
  new MutationObserver(() => {
    const now = codesIn(list);
    const gone = [...codes].filter((code) => !now.has(code));
    const fewer = count() < before;
    codes = now;
    before = count();
    if (!fewer) return;
    const names = gone.length > 0 && gone.length <= NAMED ? gone.join(', ') : 'More courses';
    announce(`${names} ${gone.length === 1 ? 'has' : 'have'} a register now. ${left(before)}`);
  }).observe(list, { childList: true });
}
