// What may a browser do with our pages? Only what comes from here: no inline code, no frames, nothing kept by proxies.
import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import helmet from 'helmet';
import type { HelmetOptions } from 'helmet';
import type { RequestHandler } from 'express';
import type { Config } from '../config.ts';

const self = ["'self'"];
const none = ["'none'"];

/** What helmet sets is the same for every answer: it is asked once, and not thirteen times a request. */
function headersOf(settings: HelmetOptions): [string, string][] {
  const req = new IncomingMessage(new Socket());
  const res = new ServerResponse(req);
  helmet(settings)(req, res, () => undefined);
  return Object.entries(res.getHeaders()).map(([name, value]) => [name, String(value)]);
}

/** `secure`: whether the app is reached over TLS, where browsers may be told to insist on it. */
export function securityHeaders({ cookie: { secure } }: Config): RequestHandler {
  const headers = headersOf({
    contentSecurityPolicy: {
      useDefaults: false, // they contain upgrade-insecure-requests, which breaks plain http
      directives: {
        defaultSrc: none,
        scriptSrc: self,
        styleSrc: self,
        imgSrc: [...self, 'data:'], // Bootstrap draws its ticks and arrows with data: images
        fontSrc: self,
        connectSrc: self,
        manifestSrc: self,
        workerSrc: self,
        formAction: self,
        frameAncestors: none,
        baseUri: none,
      },
    },
    // With no-referrer browsers would send `Origin: null` with our own forms.
    referrerPolicy: { policy: 'same-origin' },
    strictTransportSecurity: secure ? { maxAge: 31_536_000, includeSubDomains: false } : false,
    crossOriginOpenerPolicy: secure, // browsers ignore it over plain http, and complain
    originAgentCluster: secure,
    xFrameOptions: { action: 'deny' },
  });
  headers.push(['Permissions-Policy', 'camera=(), microphone=(), geolocation=(), payment=(), usb=()']);
  return (_req, res, next) => {
    for (const [name, value] of headers) res.setHeader(name, value);
    next();
  };
}

/** For everything about people: after a sign-out the back button shows nothing. */
export const neverStored: RequestHandler = (_req, res, next) => {
  res.set('Cache-Control', 'no-store');
  next();
};
