// Under which name does a built file lie? The build names files by their content, so browsers may keep them for ever.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import express from 'express';
import type { RequestHandler } from 'express';
import { NotFound } from '../errors.ts';

const publicDir = fileURLToPath(new URL('../../../public', import.meta.url));

export interface Assets {
  /** The URL of a built file: `app.js` → `/build/app-X7ABC.js`. */
  url: (name: string) => string;
}

type Manifest = Record<string, string>;

function readManifest(): Manifest {
  try {
    return JSON.parse(readFileSync(`${publicDir}/build/manifest.json`, 'utf8')) as Manifest;
  } catch {
    return {}; // nothing built yet: pages work without scripts
  }
}

/** Reads the build's manifest, once or (`reload`, while developing) for every page. */
export function createAssets(reload: boolean): Assets {
  const kept = readManifest();
  return {
    url: (name) => {
      const manifest = reload ? readManifest() : kept;
      return `/build/${Object.hasOwn(manifest, name) ? (manifest[name] ?? name) : name}`;
    },
  };
}

/** Built files: one year, since another content has another name. A miss must not end at the sign-in page. */
export const builtFiles = (): RequestHandler[] => [
  express.static(`${publicDir}/build`, { index: false, redirect: false, immutable: true, maxAge: '1y' }),
  (_req, _res, next) => next(new NotFound()),
];

/** Icon, web manifest, service worker: kept by the browser, but asked for again each time. */
export const publicFiles = (): RequestHandler =>
  express.static(publicDir, {
    index: false,
    redirect: false,
    setHeaders: (res) => res.setHeader('Cache-Control', 'no-cache'),
  });
