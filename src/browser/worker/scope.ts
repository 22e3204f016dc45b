// What does a service worker have around it? The part of it that is used here; TypeScript's own types are those of a page.

export interface Extendable extends Event {
  waitUntil: (work: Promise<unknown>) => void;
}

export interface Fetching extends Extendable {
  request: Request;
  /** The answer that the browser asked for while the worker was starting; undefined when it did not. */
  preloadResponse: Promise<Response | undefined>;
  respondWith: (answer: Promise<Response>) => void;
}

export interface Told extends Extendable {
  data: unknown;
  ports: readonly MessagePort[];
}

interface Events {
  install: Extendable;
  activate: Extendable;
  fetch: Fetching;
  message: Told;
}

interface WorkerScope {
  addEventListener: <E extends keyof Events>(name: E, listener: (event: Events[E]) => void) => void;
  skipWaiting: () => Promise<void>;
  clients: { claim: () => Promise<void> };
  registration: ServiceWorkerRegistration;
}

export const worker = globalThis as unknown as WorkerScope;

/** Set by scripts/build-browser.mjs: a name that changes with any built file, and all of them. */
declare const BUILD: { version: string; files: string[] };
export const build = BUILD;
