// Under which name does a built file lie? The build names files by their content, so browsers may keep them for ever.
import { readFileSync } from 'node:fs';
import { publicDir } from './static-files.ts';

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

/** Reads the build's manifest. */
export function createAssets(): Assets {
  const manifest = readManifest();
  return { url: (name) => `/build/${Object.hasOwn(manifest, name) ? (manifest[name] ?? name) : name}` };
}
