// Which pages are kept on this device, whose, and for how long? Those that the server marks, of one user, of today.
import { KEEP_HEADER, KEPT_AT, KEPT_BY, KEPT_DAY, KEPT_TITLE, LONGEST_KEPT_MS, PAGES } from '../kept-names.ts';
import { build } from './scope.ts';

const MOST = 40;
/** What was kept so lately is not fetched again. */
const FRESH_MS = 10 * 60_000;

/** Rises when somebody signs out: what was asked for before is not kept after. */
let generation = 0;
/** Between signing out and the next page that asks to keep something, nothing is kept. */
let closed = false;

export const generationNow = (): number => generation;

const namesOfPages = async (): Promise<string[]> => (await caches.keys()).filter((name) => name.startsWith(PAGES));

async function dropAllBut(kept: string | undefined): Promise<void> {
  await Promise.all((await namesOfPages()).filter((name) => name !== kept).map((name) => caches.delete(name)));
}

/** Gone, or no longer theirs or of today: what is kept of it must not stay. */
export const isGone = ({ status, headers }: Response): boolean =>
  status === 403 || status === 404 || (status === 200 && !headers.has(KEEP_HEADER));

export async function drop(url: string): Promise<void> {
  for (const name of await namesOfPages()) await (await caches.open(name)).delete(url);
}

export async function forget(): Promise<void> {
  generation += 1;
  closed = true;
  await dropAllBut(undefined);
}

const within = (pattern: RegExp, html: string): string => pattern.exec(html)?.[1] ?? '';

/** Whether the server lets this answer be kept. */
export const mayBeKept = (answer: Response): boolean =>
  answer.status === 200 && !answer.redirected && answer.headers.has(KEEP_HEADER);

/**
 * Keeps a page of the user whom the server names, if it came whole; whoever was kept before goes. `asked`: the
 * generation when the page was asked for. Returns the user, or undefined when nothing was kept.
 */
export async function keep(url: string, answer: Response, asked: number): Promise<string | undefined> {
  const user_id = answer.headers.get(KEEP_HEADER);
  if (!mayBeKept(answer) || user_id === null) return undefined;
  const html = await answer.text();
  if (!html.trimEnd().endsWith('</html>') || !html.includes(`data-user-id="${user_id}"`)) return undefined;
  const name = PAGES + user_id;
  const outdated = (): boolean => closed || asked !== generation;
  if (outdated()) return undefined;
  await dropAllBut(name);
  const cache = await caches.open(name);
  const headers = new Headers(answer.headers);
  for (const gone of ['Content-Encoding', 'Content-Length']) headers.delete(gone);
  headers.set(KEPT_AT, String(Date.now()));
  headers.set(KEPT_DAY, within(/ data-today="([^"]*)"/, html));
  headers.set(KEPT_BY, build.version);
  headers.set(KEPT_TITLE, encodeURIComponent(within(/<title>([^<]*)<\/title>/, html)));
  await cache.put(url, new Response(html, { headers }));
  if (outdated()) {
    await caches.delete(name);
    return undefined;
  }
  // The oldest goes first: what is kept again goes to the end.
  const keys = await cache.keys();
  await Promise.all(keys.slice(0, Math.max(0, keys.length - MOST)).map((key) => cache.delete(key)));
  return user_id;
}

const ageOf = (kept: Response): number => Date.now() - Number(kept.headers.get(KEPT_AT) ?? 0);

/** A kept page by its address; one that is too old goes. */
export async function find(url: string): Promise<Response | undefined> {
  for (const name of await namesOfPages()) {
    const cache = await caches.open(name);
    const kept = await cache.match(url, { ignoreVary: true });
    if (kept && ageOf(kept) <= LONGEST_KEPT_MS) return kept;
    if (kept) await cache.delete(url);
  }
  return undefined;
}

interface Round {
  user_id: string;
  day: string;
  pages: string[];
  /** Also what was kept a moment ago. */
  anew: boolean;
}

/** Fetches pages one after the other and keeps them; ends at the first sign that this is not the time or the user. */
export async function keepRound({ user_id, day, pages, anew }: Round): Promise<void> {
  closed = false;
  const asked = generation;
  const cache = await caches.open(PAGES + user_id);
  // A page that was open since yesterday says nothing about today.
  for (const key of anew ? [] : await cache.keys()) {
    const kept = await cache.match(key, { ignoreVary: true });
    if (kept && (kept.headers.get(KEPT_DAY) !== day || ageOf(kept) > LONGEST_KEPT_MS)) await cache.delete(key);
  }
  for (const page of pages.slice(0, MOST)) {
    const url = new URL(page, location.origin).href;
    const kept = await cache.match(url, { ignoreVary: true });
    if (!anew && kept && kept.headers.get(KEPT_BY) === build.version && ageOf(kept) < FRESH_MS) continue;
    const answer = await fetch(url, { headers: { Accept: 'text/html' }, redirect: 'manual', cache: 'no-store' }).catch(
      () => undefined,
    );
    if (asked !== generation) return;
    if (answer && isGone(answer)) await cache.delete(url);
    else if (!answer || (await keep(url, answer, asked)) !== user_id) return;
  }
}
