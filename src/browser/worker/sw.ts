// What happens when the network is gone? Files come from here, pages from the server whenever it answers anything at all.
// Only then, a page that was kept for this user is shown, and says so. What is no GET, API, sockets and exports are passed on.
import { momentOf, KEPT_AT, WAITING_PAGE } from '../kept-names.ts';
import type { ToWorker } from '../kept-names.ts';
import { dropOldFiles, fetchFiles, fileFor, offlinePage } from './files.ts';
import { drop, find, forget, generationNow, isGone, keep, keepRound, mayBeKept } from './pages.ts';
import { worker } from './scope.ts';
import type { Fetching } from './scope.ts';

/** A server that says nothing for so long can't be reached, where a page is kept. */
const PATIENCE_MS = 6_000;

const TAKE_OVER_MS = [1_000, 3_000, 9_000];

/** Nobody looks at their answers as pages, or they are files. */
const NO_PAGE = /^\/(api|socket\.io|healthz|readyz|logout)(\/|$)|\/export$/;

worker.addEventListener('install', (event) => {
  // Files are named by their content and pages come from the server: a new worker breaks no open page.
  event.waitUntil(fetchFiles().then(takeOver));
});

/**
 * Asked in a moment in which the old worker is just busy, Chromium leaves it until somebody opens the next page
 * (https://github.com/w3c/ServiceWorker/issues/916): so it is asked again, and a few times only.
 */
async function takeOver(): Promise<void> {
  for (const ms of TAKE_OVER_MS) setTimeout(() => void worker.skipWaiting(), ms);
  await worker.skipWaiting();
}

worker.addEventListener('activate', (event) => {
  // While the worker is starting, the browser asks for the page itself.
  const { navigationPreload } = worker.registration as Partial<ServiceWorkerRegistration>;
  event.waitUntil(Promise.all([dropOldFiles(), navigationPreload?.enable(), worker.clients.claim()]));
});

worker.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== 'GET' || url.origin !== location.origin || request.headers.has('Range')) return;
  if (url.pathname.startsWith('/build/')) event.respondWith(fileFor(request));
  else if (request.mode === 'navigate')
    event.respondWith(NO_PAGE.test(url.pathname) ? fromServer(event) : pageFor(event, url));
});

worker.addEventListener('message', (event) => {
  const told = event.data as ToWorker;
  if (told.type === 'keep') event.waitUntil(keepRound(told));
  else event.waitUntil(forget().then(() => event.ports[0]?.postMessage('forgotten')));
});

/** What the browser asked for meanwhile is not asked for twice. */
const fromServer = async (event: Fetching): Promise<Response> =>
  (await event.preloadResponse) ?? (await fetch(event.request));

async function pageFor(event: Fetching, url: URL): Promise<Response> {
  const address = url.origin + url.pathname + url.search;
  const asked = generationNow();
  const network = (async (): Promise<Response> => {
    const answer = await fromServer(event);
    // An answer that breaks off is not kept, and the page itself says so.
    if (mayBeKept(answer)) event.waitUntil(keep(address, answer.clone(), asked).catch(() => undefined));
    else if (isGone(answer)) event.waitUntil(drop(address));
    return answer;
  })();
  const failed = network.catch(() => undefined);
  const late = new Promise<'late'>((done) => setTimeout(() => done('late'), PATIENCE_MS));
  const first = await Promise.race([failed, late]);
  if (first instanceof Response) return first;
  const kept = await find(address);
  if (kept) return asKept(kept, url);
  return (first === 'late' ? await failed : undefined) ?? (await offlinePage());
}

/** The page with a line that says what it is. */
async function asKept(kept: Response, { pathname }: URL): Promise<Response> {
  const at = Number(kept.headers.get(KEPT_AT));
  const why = navigator.onLine ? 'StudentCore can’t be reached.' : 'You are offline.';
  // The list of what waits is made by the device itself: it is as it is now.
  const how = pathname === WAITING_PAGE ? '' : ` This is how it was at ${momentOf(at)}.`;
  const line = `<aside class="kept no-print" id="kept" aria-label="Connection"><div class="container-xl"><p><i class="bi bi-wifi-off" aria-hidden="true"></i> <strong>${why}</strong>${how}</p></div></aside>`;
  const html = (await kept.text())
    .replace('<body ', `<body data-kept-at="${String(at)}" `)
    .replace('<main id="main"', `${line}<main id="main"`);
  return new Response(html, { headers: kept.headers });
}
