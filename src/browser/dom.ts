// How are elements found and made? Text only ever becomes text: nothing here parses HTML.

type Child = Node | string;

/** A new element with attributes (null and false leave one out) and children; strings become text nodes. */
export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Record<string, string | number | boolean | null> = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === false) continue;
    element.setAttribute(name, value === true ? '' : String(value));
  }
  element.append(...children);
  return element;
}

/** A decorative icon. */
export const icon = (name: string): HTMLElement => make('i', { class: `bi bi-${name}`, 'aria-hidden': 'true' });

export const all = <T extends HTMLElement = HTMLElement>(selector: string, root: ParentNode = document): T[] => [
  ...root.querySelectorAll<T>(selector),
];

// The caller knows what it put there: a selector says nothing about types.
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters
export const one = <T extends HTMLElement = HTMLElement>(selector: string, root: ParentNode = document): T | null =>
  root.querySelector<T>(selector);

/** Runs `work` soon, and at most once every `ms`; calls meanwhile are one call. */
export function atMostEvery(ms: number, work: () => void): () => void {
  let last = -Infinity;
  let waiting = false;
  return () => {
    if (waiting) return;
    waiting = true;
    window.setTimeout(
      () => {
        waiting = false;
        last = performance.now();
        work();
      },
      Math.max(0, last + ms - performance.now()),
    );
  };
}

/** Runs `work` once nothing was asked for during `ms`; who goes on asking waits for `most` at most. */
export function afterPause(ms: number, work: () => void, most = Infinity): () => void {
  let first = 0;
  let last = 0;
  let isWaiting = false;
  const look = (): void => {
    const left = Math.min(last + ms, first + most) - performance.now();
    if (left > 0) {
      window.setTimeout(look, left);
      return;
    }
    isWaiting = false;
    work();
  };
  // One timer, however often it is asked: two hundred rows ask at once.
  return () => {
    last = performance.now();
    if (isWaiting) return;
    isWaiting = true;
    first = last;
    window.setTimeout(look, ms);
  };
}

/** What only tells of the work, icons and sums, is drawn in a pause of the hand: between two keys there is time for one paint. */
export const betweenTouches = (work: () => void): (() => void) => afterPause(150, work, 1_500);

/** Runs `work` once the page as it is now is painted: whoever pressed a key does not wait for it. */
export function afterPaint(work: () => void): void {
  // A page out of sight is not painted.
  if (document.hidden) setTimeout(work);
  else requestAnimationFrame(() => setTimeout(work));
}

/** Draws the eye to what has just changed, for a moment. */
export function flash(element: HTMLElement): void {
  if (element.classList.contains('just-changed')) {
    element.classList.remove('just-changed');
    // Read, so that the browser starts the animation anew.
    element.getBoundingClientRect();
  }
  element.classList.add('just-changed');
  element.addEventListener('animationend', () => element.classList.remove('just-changed'), { once: true });
}
