// Which parts of a page can be drawn again by the server alone? `[data-live-region][id]`: fetched with the page, swapped by id.
import { sayEnded } from './api.ts';
import { afterPause, all, atMostEvery, one } from './dom.ts';
import { tellTimes } from './times.ts';

/** This is a whole page, for the server as well as for the browser: where marks are typed it waits for a pause of the hand. */
const refresh = one('form#sheet')
  ? afterPause(3_000, () => void fetchRegions(), 30_000)
  : atMostEvery(2_000, () => void fetchRegions());

/** Fetches the page again and swaps the regions that differ; nothing when the page has none. */
export function refreshRegions(): void {
  if (document.querySelector('[data-live-region]')) refresh();
}

async function fetchRegions(): Promise<void> {
  let text: string;
  try {
    const response = await fetch(location.href, { headers: { Accept: 'text/html' }, credentials: 'same-origin' });
    if (response.redirected && new URL(response.url).searchParams.has('ended')) sayEnded();
    if (!response.ok || response.redirected) return;
    text = await response.text();
  } catch {
    return; // The connection line says enough.
  }
  // The server's own page, escaped there like the one that is shown; scripts in it do not run.
  const page = new DOMParser().parseFromString(text, 'text/html');
  for (const region of all('[data-live-region][id]')) {
    const fresh = page.getElementById(region.id);
    if (!fresh) continue;
    for (const open of all<HTMLDetailsElement>('details[id]', region)) {
      const same = one<HTMLDetailsElement>(`#${CSS.escape(open.id)}`, fresh);
      if (same) same.open = open.open;
    }
    if (fresh.isEqualNode(region)) continue;
    // A press that has begun must find its link again when it ends, or nothing is clicked.
    if (region.matches(':active')) {
      refresh();
      continue;
    }
    // Whoever is working in it must not lose the place: it waits until the same thing can have the focus again, or they leave.
    const held = region.contains(document.activeElement) ? document.activeElement : null;
    const again = held?.id ? fresh.querySelector<HTMLElement>(`#${CSS.escape(held.id)}`) : null;
    if (held && !again?.matches('a, button')) {
      region.addEventListener('focusout', refresh, { once: true });
      continue;
    }
    region.replaceChildren(...fresh.childNodes);
    again?.focus({ preventScroll: true });
  }
  tellTimes();
}
