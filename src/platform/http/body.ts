// What did a form send? Flat texts by name, in an object without prototype, so that no name can mean anything else.
import type { IncomingHttpHeaders } from 'node:http';
import express from 'express';
import type { RequestHandler } from 'express';
import { TooLarge, UnsupportedMediaType } from '../errors.ts';

export type FormBody = Record<string, string | string[]>;

const TYPE = 'application/x-www-form-urlencoded';
const LIMIT = 1024 * 1024;
// A sheet of 500 rows has seven fields a row.
const MAX_FIELDS = 20_000;

/** Parses `a=1&b=2&b=3`; a name that comes again makes a list. */
export function parseForm(text: string): FormBody {
  const body = Object.create(null) as FormBody;
  let fields = 0;
  for (const [name, value] of new URLSearchParams(text)) {
    fields += 1;
    if (fields > MAX_FIELDS) throw new TooLarge('This form has too many fields. Send it in smaller parts.');
    const before = body[name];
    if (before === undefined) body[name] = value;
    else if (Array.isArray(before)) before.push(value);
    else body[name] = [before, value];
  }
  return body;
}

const hasBody = (headers: IncomingHttpHeaders): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;

/** Reads forms into `req.body`: 413 over 1 MiB, 415 for any other kind of content. */
export const formBody = (): RequestHandler[] => [
  express.text({ type: TYPE, limit: LIMIT, defaultCharset: 'utf-8' }),
  (req, _res, next) => {
    const text: unknown = req.body;
    if (typeof text !== 'string' && hasBody(req.headers)) {
      throw new UnsupportedMediaType(`Forms are sent as ${TYPE}.`);
    }
    req.body = parseForm(typeof text === 'string' ? text : '');
    next();
  },
];
