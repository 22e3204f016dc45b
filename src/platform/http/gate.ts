// What may be seen before signing in, or before a new password was chosen? Nothing but the way to do so.
import type { Request, RequestHandler } from 'express';
import { AddressTooLong, MethodNotAllowed } from '../errors.ts';

/** The front server takes no more either; headers of more than 16 KiB are refused by Node with 431. */
const LONGEST_ADDRESS = 8_000;

/** A path of our own to go on to after signing in; anything else becomes '/'. */
export function ownPath(next: unknown): string {
  if (typeof next !== 'string' || next.length > 2_000) return '/';
  // Browsers take `//host`, `/\host` and tabs or line breaks in between for another site.
  // eslint-disable-next-line no-control-regex
  if (!/^\/(?![/\\])[^\\\u0000-\u0020\u007f]*$/.test(next)) return '/';
  return /^\/(login|logout)([/?#]|$)/.test(next) ? '/' : next;
}

const reads = (req: Request): boolean => req.method === 'GET' || req.method === 'HEAD';

/** Pages are read and posted; forms know nothing else. */
export const pageMethods: RequestHandler = (req, _res, next) => {
  next(reads(req) || req.method === 'POST' ? undefined : new MethodNotAllowed(['GET', 'HEAD', 'POST']));
};

/** `OPTIONS *` and the like ask for no page: sessions and routes know paths only. */
export const hasPath: RequestHandler = (req, res, next) => {
  if (req.url.length > LONGEST_ADDRESS) next(new AddressTooLong());
  else if (req.path.startsWith('/')) next();
  else res.status(400).type('text/plain').send('The address of a page begins with a slash.\n');
};

/** Sends who is not signed in to the sign-in page, and from there back to where they wanted. */
export const signedIn: RequestHandler = (req, res, next) => {
  if (req.actor) {
    next();
    return;
  }
  const query = new URLSearchParams(reads(req) ? { next: ownPath(req.originalUrl) } : {});
  // The sign-in page then removes what this browser keeps for when there is no network.
  if (req.sessionEnded === true) query.set('ended', 'yes');
  res.redirect(302, query.size > 0 ? `/login?${query.toString()}` : '/login');
};

/** Whoever must change the password gets nowhere else first. */
export const passwordChanged: RequestHandler = (req, res, next) => {
  if (req.mustChangePassword !== true || ['/account', '/logout'].includes(req.path)) next();
  else res.redirect(reads(req) ? 302 : 303, '/account');
};
