// How does a route show a page? `res.page(view, data)` puts a view into the layout; `res.flash` says something on the next page.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ejs from 'ejs';
import type { Express as App, Request, Response } from 'express';
import type { Actor, Context } from '../actor.ts';
import type { Today } from '../clock.ts';
import type { Config } from '../config.ts';
import type { Assets } from './assets.ts';
import { csrfToken } from './csrf.ts';
import { longDay, moment } from './days.ts';
import { endWithText } from './encoding.ts';
import type { Turns } from './turns.ts';

export interface Flash {
  level: 'success' | 'warning' | 'danger';
  message: string;
}

declare module 'express-session' {
  interface SessionData {
    user_id: string;
    /** Of the login when it signed in; a session of another epoch is over. */
    epoch: number;
    /** Milliseconds since 1970. */
    signed_in_at: number;
    flash: Flash | undefined;
  }
}

declare global {
  // eslint-disable-next-line @typescript-eslint/no-namespace -- the way Express wants to be extended
  namespace Express {
    interface Request {
      /** Stands in the log and on error pages. */
      id: string;
      /** Who is signed in; undefined when nobody is. */
      actor?: Actor;
      /** The session that this request came with was ended on purpose, otherwise than by signing out here. */
      sessionEnded?: boolean;
      /** For service calls; throws Unauthenticated when nobody is signed in. */
      readonly ctx: Context;
      /** The signed-in user must change the password before anything else. */
      mustChangePassword?: boolean;
    }
    interface Response {
      /** Renders `views/<view>.ejs` inside the layout, with the status set before. */
      page: (view: string, data: PageData) => void;
      /** Says something on the page that is shown next, after a redirect. */
      flash: (level: Flash['level'], message: string) => void;
    }
  }
}

/** What a route hands to its view; everything else in `it` comes from here. */
export interface PageData {
  title: string;
  /** The browser of whoever is signed in may keep the page for when there is no network. */
  keep?: boolean;
  [name: string]: unknown;
}

/** Read by src/browser/worker: the page may be kept, for this user_id only. */
const KEEP_HEADER = 'X-Keep-Offline';

const viewsDir = fileURLToPath(new URL('../../../views', import.meta.url));
// `strict` and `it`: a view sees what it is given and nothing else; options never come from data.
const OPTIONS = { strict: true, _with: false, localsName: 'it', root: viewsDir, views: [viewsDir], cache: true };

/** All views, before anybody asks for a page: compiling one while people wait would hold up everybody. */
function compileViews(): void {
  for (const name of readdirSync(viewsDir, { recursive: true, encoding: 'utf8' })) {
    const filename = join(viewsDir, name);
    if (!name.endsWith('.ejs') || ejs.cache.get(filename)) continue;
    ejs.cache.set(filename, ejs.compile(readFileSync(filename, 'utf8'), { ...OPTIONS, filename }));
  }
}

interface Needs {
  config: Config;
  today: Today;
  assets: Assets;
  turns: Turns;
}

// Browsers treat loopback as a secure context without TLS. HTTP/1.0 needs no Host, whatever the types say.
function isSecureContext(req: Request): boolean {
  const host = (req.hostname as string | undefined) ?? '';
  return req.secure || /^(localhost|.+\.localhost|127(\.\d+){3}|\[::1\])$/.test(host);
}

function takeFlash(req: Request): Flash | null {
  // A page that a script fetches is not looked at: what is to be said waits for one that is.
  if (req.get('Sec-Fetch-Dest') === 'empty') return null;
  const flash = (req.session as Request['session'] | undefined)?.flash;
  if (!flash) return null;
  delete req.session.flash;
  return flash;
}

/** Says whose copy a browser may keep. What is said once, a refused form and its answer are not for later. */
function markKept(req: Request, res: Response, { keep, flash }: { keep?: boolean; flash: unknown }): void {
  if (keep !== true || !req.actor || req.method !== 'GET' || res.statusCode !== 200 || flash) return;
  res.setHeader(KEEP_HEADER, req.actor.user_id);
}

/** A redirect after `flash` waits until the session is stored: the browser may ask another instance next. */
function redirectAfterSave(req: Request, res: Response): void {
  const redirect = res.redirect.bind(res) as (...args: unknown[]) => void;
  res.redirect = (...args: unknown[]) => {
    req.session.save((error: unknown) => {
      if (error) req.next?.(error);
      else redirect(...args);
    });
  };
}

/** Gives every response of an app `page` and `flash`. */
export function usePages(app: App, { config, today, assets, turns }: Needs): void {
  compileViews();
  const render = (view: string, data: object): Promise<string> =>
    ejs.renderFile(`${viewsDir}/${view}.ejs`, data as ejs.Data, OPTIONS);

  // On the prototype of this app's responses, so that a request costs nothing until it shows a page.
  app.response.flash = function flash(level, message) {
    this.req.session.flash = { level, message };
    redirectAfterSave(this.req, this);
  };

  app.response.page = function page(view, data) {
    const { req } = this;
    const it = {
      actor: req.actor ?? null,
      // A token in the session of somebody who is not signed in would store that session.
      csrf: req.actor ? csrfToken(req) : '',
      path: req.path,
      query: req.query,
      college: config.collegeName,
      version: config.version,
      flash: takeFlash(req),
      asset: assets.url,
      today: today(),
      printed: longDay(today()),
      moment,
      secure: isSecureContext(req),
      openToAll: config.env === 'production' && !config.cookie.secure,
      ...data,
    };
    markKept(req, this, it);
    // Answers of the database come in bursts as requests do, so drawing has a turn of its own.
    turns.take(() => {
      if (this.destroyed) return;
      render(view, it)
        .then((body) => render('layout', { ...it, body }))
        .then((html) => endWithText(this, 'text/html', html))
        .catch((error: unknown) => req.next?.(error));
    });
  };
}
