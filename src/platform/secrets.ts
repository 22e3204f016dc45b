// Which keys sign sessions and the trail when nobody set any? Made once and kept in DATA_DIR, outside production only.
import { randomBytes } from 'node:crypto';
import { chmodSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { ConfigError } from './config.ts';
import type { Config } from './config.ts';

const kept = z.object({ session_secret: z.string().min(32), trail_key: z.string().min(32) });
type Kept = z.output<typeof kept>;

const codeOf = (error: unknown): unknown => (error as NodeJS.ErrnoException).code;

function read(file: string): Kept | undefined {
  try {
    const secrets = kept.parse(JSON.parse(readFileSync(file, 'utf8')));
    chmodSync(file, 0o600);
    return secrets;
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(String(codeOf(error)))) return undefined;
    throw new ConfigError([
      `In DATA_DIR, ${file} can't be read as the keys it should hold: restore it, or set SESSION_SECRET and TRAIL_KEY.`,
    ]);
  }
}

/** Writes the whole file or none; of two processes that start at once, the first one's keys count. */
function make(dataDir: string, file: string): void {
  const draft = join(dataDir, `.secrets-${randomBytes(6).toString('hex')}`);
  const random = (): string => randomBytes(48).toString('base64url');
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    writeFileSync(draft, `${JSON.stringify({ session_secret: random(), trail_key: random() }, null, 2)}\n`, {
      mode: 0o600,
    });
    try {
      linkSync(draft, file);
    } finally {
      rmSync(draft, { force: true });
    }
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') {
      throw new ConfigError([`DATA_DIR ${dataDir} can't be written (${String(codeOf(error))}).`]);
    }
  }
}

/** The settings with both kinds of keys filled in; throws ConfigError when the folder can't hold them. */
export function ensureSecrets(config: Config): Config {
  if (config.sessionSecrets.length > 0 && config.trailKeys.length > 0) return config;
  const file = join(config.dataDir, 'secrets.json');
  if (!read(file)) make(config.dataDir, file);
  const secrets = read(file);
  if (!secrets) throw new ConfigError([`DATA_DIR ${config.dataDir} does not keep files.`]);
  return {
    ...config,
    sessionSecrets: config.sessionSecrets.length > 0 ? config.sessionSecrets : [secrets.session_secret],
    trailKeys: config.trailKeys.length > 0 ? config.trailKeys : [secrets.trail_key],
  };
}
