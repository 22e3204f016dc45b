// Which browser is this? A signed cookie names a session; nobody gets one before signing in.
import type { RequestHandler } from 'express';
import session from 'express-session';
import type { Store } from 'express-session';
import type { Config } from '../config.ts';

/** The cookie ends with the browser; how long the session lives is the store's and `sessionOwner`'s business. */
export const sessions = (config: Config, store: Store): RequestHandler =>
  session({
    name: config.cookie.name,
    secret: config.sessionSecrets,
    store,
    resave: false,
    saveUninitialized: false,
    cookie: { httpOnly: true, sameSite: 'lax', path: '/', secure: config.cookie.secure },
  });
