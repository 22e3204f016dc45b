// Who can't see what moves hears of it: what others do, never more than one sentence in a few seconds, and what was asked for.
import { one } from './dom.ts';

/** A screen reader needs this long for a sentence; whoever works meanwhile must not be talked over. */
const PAUSE_MS = 6_000;

let last = -Infinity;
let waiting: string[] = [];

const more = (n: number): string => (n === 0 ? '' : ` And ${String(n)} more ${n === 1 ? 'change' : 'changes'}.`);

function speak(): void {
  const place = one('[data-announce]');
  const newest = waiting.at(-1);
  if (!place || newest === undefined) return;
  place.textContent = newest + more(waiting.length - 1);
  waiting = [];
  last = performance.now();
}

/** Says politely what others did; what comes while something was just said is counted, and said with the newest. */
export function announce(sentence: string): void {
  waiting.push(sentence);
  if (waiting.length === 1) window.setTimeout(speak, Math.max(0, last + PAUSE_MS - performance.now()));
}

/** Says at once what somebody asked for themselves: a place of its own, so that it is counted among nobody's changes. */
export function answer(sentence: string): void {
  const place = one('[data-answer]');
  if (place) place.textContent = sentence;
  // What others did waits until it has been heard.
  last = performance.now();
}
