// Does a request come from one of our own pages? Asked of every unsafe request and of every socket's handshake.
import type { IncomingHttpHeaders } from 'node:http';
import type { RequestHandler } from 'express';
import type { Config } from '../config.ts';
import { Forbidden } from '../errors.ts';

/** Whether a method only reads (RFC 9110 §9.2.1). */
export const isSafe = (method: string): boolean => ['GET', 'HEAD', 'OPTIONS', 'TRACE'].includes(method);

type Settings = Pick<Config, 'publicUrl' | 'trustProxy'>;

const first = (header: string | string[] | undefined): string | undefined =>
  (Array.isArray(header) ? header[0] : header)?.split(',')[0]?.trim();

/** The host a request was sent to, in the shape `URL.host` has for the given scheme (no default port). */
function ownHost(headers: IncomingHttpHeaders, protocol: string, trustProxy: number): string | undefined {
  const host = (trustProxy > 0 ? first(headers['x-forwarded-host']) : undefined) ?? headers.host;
  const address = `${protocol}//${host ?? ''}`;
  return URL.canParse(address) ? new URL(address).host : undefined;
}

/**
 * True for a request of our own origin, or of a program that sends no Origin at all.
 * `null`, foreign origins and `Sec-Fetch-Site: cross-site` are not ours. Works on a plain IncomingMessage too.
 */
export function ownOrigin(req: { headers: IncomingHttpHeaders }, { publicUrl, trustProxy }: Settings): boolean {
  const { origin } = req.headers;
  if (req.headers['sec-fetch-site'] === 'cross-site') return false;
  if (origin === undefined) return true;
  if (publicUrl) return origin === publicUrl.origin;
  if (!URL.canParse(origin)) return false;
  // Only the host is compared: behind a proxy that ends TLS we can't always know the scheme.
  const { protocol, host } = new URL(origin);
  return ['http:', 'https:'].includes(protocol) && host === ownHost(req.headers, protocol, trustProxy);
}

/** Refuses unsafe requests from elsewhere with 403, before anything else is looked at. */
export const originGuard =
  (settings: Settings): RequestHandler =>
  (req, _res, next) => {
    const ok = isSafe(req.method) || ownOrigin(req, settings);
    next(
      ok ? undefined : new Forbidden('This was sent from another site. Open StudentCore itself and try again there.'),
    );
  };
