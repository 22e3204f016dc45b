// Where do scripts, styles and fonts come from without a network? Named by their content, they never change: kept is right.
import { FILES } from '../kept-names.ts';
import { build } from './scope.ts';

/** Tabs and kept pages of earlier builds still ask for their files; older builds than these have gone. */
const BUILDS = 3;

/** The page for when nothing else is there. */
const OFFLINE_PAGE = '/offline';

/** All files of this build, before the worker takes over; most are in the browser's own cache already. */
export async function fetchFiles(): Promise<void> {
  const cache = await caches.open(FILES + build.version);
  await cache.addAll([...build.files, new Request(OFFLINE_PAGE, { cache: 'no-store', credentials: 'omit' })]);
}

export async function dropOldFiles(): Promise<void> {
  const names = (await caches.keys()).filter((name) => name.startsWith(FILES) && name !== FILES + build.version);
  await Promise.all(names.slice(0, Math.max(0, names.length - (BUILDS - 1))).map((name) => caches.delete(name)));
}

/** Of any build that is still here. */
export async function fileFor(request: Request): Promise<Response> {
  // What is kept was fetched in the encoding of this browser: Vary says nothing new.
  return (await caches.match(request, { ignoreVary: true })) ?? fetch(request);
}

export async function offlinePage(): Promise<Response> {
  const kept = await caches.match(OFFLINE_PAGE, { cacheName: FILES + build.version, ignoreVary: true });
  if (!kept) return Response.error();
  return new Response(kept.body, { status: 503, headers: kept.headers });
}
