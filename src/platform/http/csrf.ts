// Did this unsafe request come from one of our own pages? A token lies in the session and in every form.
import { randomBytes, timingSafeEqual } from 'node:crypto';
import { csrfSync } from 'csrf-sync';
import type { Request, RequestHandler } from 'express';
import { Forbidden } from '../errors.ts';
import { isSafe } from './origin.ts';

const SIZE = 32;

const { generateToken, getTokenFromState } = csrfSync({ size: SIZE });

const xor = (a: Buffer, b: Buffer): Buffer => Buffer.from(a.map((byte, i) => byte ^ (b[i] ?? 0)));

/**
 * The token for forms and for `X-CSRF-Token`. It is masked anew each time: pages are compressed, and the size of a page
 * that always held the same secret beside what a visitor typed would give it away (BREACH).
 */
export function csrfToken(req: Request): string {
  const secret = Buffer.from(generateToken(req), 'hex');
  const mask = randomBytes(SIZE);
  return Buffer.concat([mask, xor(mask, secret)]).toString('base64url');
}

/** Whether `token` was made for this session. */
export function csrfMatches(req: Request, token: unknown): boolean {
  const stored = getTokenFromState(req);
  if (typeof token !== 'string' || typeof stored !== 'string') return false;
  const sent = Buffer.from(token, 'base64url');
  if (sent.length !== 2 * SIZE) return false;
  return timingSafeEqual(xor(sent.subarray(0, SIZE), sent.subarray(SIZE)), Buffer.from(stored, 'hex'));
}

/** For pages: every unsafe request carries the token as field `_csrf` or as header. */
export const csrfGuard: RequestHandler = (req, _res, next) => {
  const body = req.body as Record<string, unknown> | undefined;
  const ok = isSafe(req.method) || csrfMatches(req, body?.['_csrf'] ?? req.get('x-csrf-token'));
  next(
    ok
      ? undefined
      : new Forbidden('This form is too old, or did not come from this site. Go back, reload and try again.'),
  );
};
