// What does a page say that is shown without a network? That it was kept, what to do when the network is back, and on the
// page for when nothing else is there: what can be opened.
import { ApiError, readSession } from './api.ts';
import { make, one } from './dom.ts';
import { KEPT_AT, KEPT_TITLE, PAGES, WAITING_PAGE, momentOf } from './kept-names.ts';
import { liveSocket } from './live.ts';

/** The page for when nothing else is there looks so often whether the server is back. */
const LOOK_MS = 5_000;

export const isKeptPage = (): boolean => document.body.dataset['keptAt'] !== undefined;

/** Once the server can be asked, the form token of this page is made anew, and the line above it says what there is. */
export function startKeptPage(user_id: string): void {
  const back = async (): Promise<void> => {
    try {
      const { user } = await readSession();
      if (user.user_id === user_id) showBack();
      else location.reload();
    } catch (error) {
      // Still no network; a session that is over is the business of live.ts.
      if (!(error instanceof ApiError)) throw error;
    }
  };
  window.addEventListener('online', () => void back());
  void liveSocket().then((socket) => socket.on('connect', () => void back()));
}

function showBack(): void {
  const line = one('#kept');
  if (!line) return;
  // A sheet gets its newer rows by itself. Any other page is fetched when somebody wants it: nobody's place is taken.
  if (one('#sheet[data-sheet]')) {
    line.remove();
    return;
  }
  const again = make('button', { type: 'button', class: 'btn btn-sm btn-outline-secondary' }, 'Show it as it is now');
  again.addEventListener('click', () => location.reload());
  const at = momentOf(Number(document.body.dataset['keptAt']));
  one('p', line)?.replaceChildren(make('strong', {}, 'The network is back.'), ` This is how it was at ${at}. `, again);
}

interface KeptPage {
  path: string;
  title: string;
  at: number;
}

async function keptPages(): Promise<KeptPage[]> {
  const pages: KeptPage[] = [];
  for (const name of (await caches.keys()).filter((one_) => one_.startsWith(PAGES))) {
    const cache = await caches.open(name);
    for (const { url } of await cache.keys()) {
      const headers = (await cache.match(url, { ignoreVary: true }))?.headers;
      const written = decodeURIComponent(headers?.get(KEPT_TITLE) ?? '').split(' · ')[0] ?? '';
      const title = new DOMParser().parseFromString(written, 'text/html').body.textContent;
      pages.push({ path: url.slice(location.origin.length), title, at: Number(headers?.get(KEPT_AT)) });
    }
  }
  return pages.sort((a, b) => a.title.localeCompare(b.title));
}

export async function startOfflinePage(place: HTMLElement): Promise<void> {
  const look = (): void => {
    if (document.visibilityState !== 'visible') return;
    // Not the page itself: only when the server is there, it is worth asking for.
    fetch('/healthz', { cache: 'no-store' }).then(
      ({ ok }) => ok && location.reload(),
      () => undefined,
    );
  };
  window.addEventListener('online', look);
  setInterval(look, LOOK_MS);

  const pages = await keptPages();
  if (pages.length === 0) {
    place.append(make('p', {}, 'No page is kept on this device.'));
    return;
  }
  const items = pages.map(({ path, title, at }) =>
    make(
      'li',
      {},
      make('a', { href: path }, title),
      make('span', { class: 'feed-meta' }, path === WAITING_PAGE ? '' : `as it was at ${momentOf(at)}`),
    ),
  );
  place.append(make('h2', { class: 'h6' }, 'Kept on this device'), make('ul', { class: 'kept-list' }, ...items));
}
