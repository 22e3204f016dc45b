// Did the sign-in form come from our own page, before there is a session? A token bound to a short-lived random cookie.
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Request, Response } from 'express';
import type { Config } from '../config.ts';

const HOUR_MS = 3_600_000;
const NONCE = /^[\w-]{32}$/;

type Settings = Pick<Config, 'cookie' | 'sessionSecrets'>;

const cookieName = ({ cookie }: Settings): string => `${cookie.secure ? '__Host-' : ''}studentcore.form`;

function nonceOf(req: Request, name: string): string | undefined {
  const cookies = (req.get('cookie') ?? '').split(';').map((pair) => pair.trim());
  const value = cookies.find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1);
  return value !== undefined && NONCE.test(value) ? value : undefined;
}

const tokenFor = (nonce: string, secret: string): Buffer =>
  createHmac('sha256', secret).update(`sign-in form ${nonce}`).digest();

/** The token for a form; its cookie is set, or prolonged when another tab has one. Nothing is stored. */
export function earlyToken(req: Request, res: Response, settings: Settings): string {
  const name = cookieName(settings);
  const nonce = nonceOf(req, name) ?? randomBytes(24).toString('base64url');
  res.cookie(name, nonce, {
    httpOnly: true,
    sameSite: 'lax',
    path: '/',
    secure: settings.cookie.secure,
    maxAge: HOUR_MS,
  });
  return tokenFor(nonce, settings.sessionSecrets[0] ?? '').toString('base64url');
}

/** Whether `token` belongs to the cookie that came along, under any of the secrets in use. */
export function earlyTokenMatches(req: Request, token: unknown, settings: Settings): boolean {
  const nonce = nonceOf(req, cookieName(settings));
  if (nonce === undefined || typeof token !== 'string') return false;
  const sent = Buffer.from(token, 'base64url');
  return settings.sessionSecrets.some((secret) => {
    const wanted = tokenFor(nonce, secret);
    return sent.length === wanted.length && timingSafeEqual(sent, wanted);
  });
}
