// What does this browser keep for when there is no network? Starts the worker, tells it what to fetch, and clears it away.
import { whenEnded } from './api.ts';
import { afterPause, one } from './dom.ts';
import { PAGES, WAITING_PAGE } from './kept-names.ts';
import type { ToWorker } from './kept-names.ts';
import { isKeptPage, startKeptPage } from './kept-page.ts';
import { onEvent } from './live.ts';
import { followWho, tellWho } from './tabs.ts';

const FORGET_MS = 2_000;
/** After the last change on a sheet, its kept copy is fetched again. */
const SETTLED_MS = 4_000;

// Over plain http there is no worker and nothing is kept; the footer says so.
const workers = 'serviceWorker' in navigator ? navigator.serviceWorker : undefined;

const here = (): string => location.pathname + location.search;

/** For every page of somebody who is signed in. */
export function startOffline(user_id: string): void {
  // Also where nothing is kept: what is typed in the other tabs is somebody else's.
  followWho(user_id);
  // A kept page says who was signed in, not who is.
  if (!isKeptPage()) tellWho(user_id);
  if (!workers) return;
  void dropOthers(user_id);
  whenEnded(() => void forgetPages());
  const start = (): void => void registerWorker(user_id);
  // Nothing on the page waits for it.
  const soon = (): unknown =>
    'requestIdleCallback' in window ? requestIdleCallback(start, { timeout: 4_000 }) : setTimeout(start, 1_000);
  if (document.readyState === 'complete') soon();
  else window.addEventListener('load', soon);
  if (isKeptPage()) startKeptPage(user_id);
}

async function registerWorker(user_id: string): Promise<void> {
  if (!workers) return;
  try {
    await workers.register('/sw.js', { updateViaCache: 'none' });
    const { active } = await workers.ready;
    if (!active) return;
    const { today: day = '' } = document.body.dataset;
    const keep = (pages: string[], anew: boolean): void =>
      active.postMessage({ type: 'keep', user_id, day, pages, anew } satisfies ToWorker);
    const list = one('[data-keep-offline]')?.dataset['keepOffline'];
    if (list !== undefined && !isKeptPage()) keep([here(), WAITING_PAGE, ...(JSON.parse(list) as string[])], false);
    if (one('#sheet[data-sheet]')) keepUpToDate(() => keep([here()], true));
  } catch {
    // Refused by the browser's settings, or the network went: everything works without it.
  }
}

/** A kept sheet follows what is saved on it, by whomever, once that has settled. */
function keepUpToDate(fetchAgain: () => void): void {
  let due = false;
  const settled = (): void => {
    if (due) fetchAgain();
    due = false;
  };
  const soon = afterPause(SETTLED_MS, settled);
  onEvent(({ message }) => {
    if (!('course_id' in message) || !location.pathname.includes(message.course_id)) return;
    due = true;
    soon();
  });
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'hidden') settled();
  });
}

/** What is kept here of somebody else goes. */
async function dropOthers(user_id: string): Promise<void> {
  for (const name of await caches.keys())
    if (name.startsWith(PAGES) && name !== PAGES + user_id) await caches.delete(name);
}

/** No page stays on this device, and none that is on its way arrives. */
export async function forgetPages(): Promise<void> {
  if (!workers) return;
  const active = workers.controller ?? (await workers.getRegistration())?.active;
  const { port1, port2 } = new MessageChannel();
  const told = new Promise<void>((done) => {
    port1.onmessage = () => done();
    setTimeout(done, active ? FORGET_MS : 0);
  });
  active?.postMessage({ type: 'forget' } satisfies ToWorker, [port2]);
  await told;
  // Also where the worker said nothing.
  await dropOthers('');
}
