// Which files may everybody have? Those in `public`, read once: a request for anything else costs one look into a map.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { RequestHandler, Response } from 'express';
import { NotFound } from '../errors.ts';
import { acceptsEncoding } from './encoding.ts';

export const publicDir = fileURLToPath(new URL('../../../public', import.meta.url));

/** What the build lays beside a file, best first: ending and name of the encoding. */
const PACKED = [
  ['.br', 'br'],
  ['.gz', 'gzip'],
] as const;

const BUILT_WORKER = '/build/sw.js';

interface PublicFile {
  etag: string;
  bytes: Buffer;
  packed: { encoding: string; bytes: Buffer }[];
}

function namesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => `${entry.parentPath.slice(folder.length)}/${entry.name}`);
}

function readFiles(folder: string): Map<string, PublicFile> {
  const names = namesIn(folder);
  const isPacked = (name: string): boolean => PACKED.some(([ending]) => name.endsWith(ending));
  const files = new Map<string, PublicFile>();
  for (const name of names.filter((one) => !isPacked(one))) {
    const bytes = readFileSync(folder + name);
    const packed = PACKED.filter(([ending]) => names.includes(name + ending)).map(([ending, encoding]) => ({
      encoding,
      bytes: readFileSync(folder + name + ending),
    }));
    files.set(name, {
      bytes,
      packed,
      etag: `W/"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`,
    });
  }
  // The worker of the whole site must lie at its top, and be asked for anew: it is not named by its content.
  const worker = files.get(BUILT_WORKER);
  if (worker) files.set('/sw.js', worker);
  files.delete(BUILT_WORKER);
  return files;
}

function send(res: Response, path: string, file: PublicFile): void {
  const { headers } = res.req;
  // Built files are named by their content, so they may be kept for ever; the others are asked for again each time.
  res.setHeader('Cache-Control', isBuilt(path) ? 'public, max-age=31536000, immutable' : 'no-cache');
  res.setHeader('ETag', file.etag);
  if (file.packed.length > 0) res.setHeader('Vary', 'Accept-Encoding');
  if (headers['if-none-match'] === file.etag) {
    res.status(304).end();
    return;
  }
  const packed = file.packed.find(({ encoding }) => acceptsEncoding(headers['accept-encoding'], encoding));
  if (packed) res.setHeader('Content-Encoding', packed.encoding);
  const { bytes } = packed ?? file;
  res.type(extname(path)).setHeader('Content-Length', bytes.length);
  res.end(bytes);
}

export const isBuilt = (path: string): boolean => path.startsWith('/build/');

/** Serves the files of `folder`. A built file that is not there must not end at the sign-in page. */
export function publicFiles(folder = publicDir): RequestHandler {
  const files = readFiles(folder);
  return (req, res, next) => {
    const file = files.get(req.path);
    if (file && (req.method === 'GET' || req.method === 'HEAD')) send(res, req.path, file);
    else next(isBuilt(req.path) ? new NotFound() : undefined);
  };
}
