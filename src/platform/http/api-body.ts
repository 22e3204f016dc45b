// What JSON did a call send? Read whole, then checked in the contract's order: size 413, kind 415, readable 400.
import express from 'express';
import type { Request, RequestHandler, Response } from 'express';
import { BadRequest, UnsupportedMediaType } from '../errors.ts';

const LIMIT = 1024 * 1024;

// Takes every kind of content, so that the size comes first, and keeps the bytes for the digest of the call.
const readBytes: RequestHandler = express.raw({ type: () => true, limit: LIMIT });

const JSON_TYPE = /^application\/json\s*(?:;|$)/i;
const CHARSET = /;\s*charset\s*=\s*"?([^\s;"]*)/i;

/** JSON in UTF-8 and nothing else, or UnsupportedMediaType. */
export function demandJson(contentType: string | undefined): void {
  const type = contentType?.trim() ?? '';
  const charset = (CHARSET.exec(type)?.[1] ?? 'utf-8').toLowerCase();
  if (JSON_TYPE.test(type) && (charset === 'utf-8' || charset === 'utf8')) return;
  throw new UnsupportedMediaType('Send JSON in UTF-8, with Content-Type: application/json.');
}

/** The value in these bytes; throws BadRequest for what is not UTF-8 or not JSON. */
export function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw new BadRequest('The body is not readable JSON. Check its commas and quotes.');
  }
}

export interface JsonBody {
  bytes: Uint8Array;
  /** undefined when nothing was sent. */
  value: unknown;
}

/** Reads the body of an unsafe call; `none`: of one that has none. Throws TooLarge, UnsupportedMediaType, BadRequest. */
export async function readJson(req: Request, res: Response, none: boolean): Promise<JsonBody> {
  await new Promise<void>((resolve, reject) => {
    readBytes(req, res, (error?: unknown) => {
      if (error) reject(error instanceof Error ? error : new BadRequest('The body could not be read. Send it again.'));
      else resolve();
    });
  });
  const body: unknown = req.body;
  const bytes = body instanceof Uint8Array ? body : new Uint8Array();
  const type = req.get('content-type');
  // Nothing at all is not unreadable: the call will say what it misses.
  if (bytes.length === 0 && type === undefined) return { bytes, value: undefined };
  // Many clients name the type with every call, also where there is nothing to send.
  if (bytes.length === 0 && none) return { bytes, value: undefined };
  demandJson(type);
  return { bytes, value: parseJson(bytes) };
}
