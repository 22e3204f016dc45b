// How does a college get into one file, as one moment had it, while the app goes on working? It is read until two
// readings in a row find the same: then nothing moved between the end of the first and the start of the second.
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { open, rename, rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type { Dynamo, TableName } from '../platform/dynamo/client.ts';
import { isRestoreNote } from '../platform/dynamo/half-restored.ts';
import { pause, scanPages } from '../platform/dynamo/reads.ts';
import type { RawItem } from '../platform/dynamo/reads.ts';
import { canonical, keyIdOf } from '../platform/dynamo/trail.ts';
import { StartRefused } from '../platform/start-refused.ts';
import { FORMAT, trailerOf } from './format.ts';
import type { Counts, Header } from './format.ts';

export interface BackupOptions {
  dynamo: Dynamo;
  tables: TableName[];
  file: string;
  /** Version of the app. */
  app: string;
  keys: string[];
  /** Nobody else can write meanwhile: one reading will do. */
  alone: boolean;
  /** How long to wait for two readings that agree, in milliseconds from the end of the first. */
  patience: number;
  progress?: (what: string, done: number) => void;
  /** Told after each reading that did not agree with the one before. */
  again?: (moved: string[]) => void;
}

export interface Backup {
  counts: Counts;
  sha256: string;
  at: string;
  readings: number;
}

const LEAST = 4; // readings, however long one takes

/** What expires by itself is of this installation and this hour: sessions, kept answers. */
const isKept = (item: RawItem): boolean => item['ttl'] === undefined && !isRestoreNote(item['pk']?.S ?? '');

interface Reading {
  at: string;
  counts: Counts;
  /** Table → sum over its items, whatever their order. */
  sums: Map<string, bigint>;
  sha256: string;
}

/** Reads all tables into a file; the items of a table come in any order. */
async function read(o: BackupOptions, part: string): Promise<Reading> {
  const at = new Date().toISOString();
  const counts: Counts = Object.fromEntries(o.tables.map((table) => [table, 0]));
  const sums = new Map<string, bigint>();
  const whole = createHash('sha256');
  await rm(part, { force: true });
  const target = await open(part, 'wx', 0o600);
  const gzip = createGzip({ level: 5 });
  const written = pipeline(gzip, target.createWriteStream());
  written.catch(() => undefined); // awaited below, and before that by whoever waits for room

  let done = 0;
  async function write(text: string): Promise<void> {
    whole.update(text);
    if (!gzip.write(text)) await Promise.race([once(gzip, 'drain'), written]);
  }

  const [key = ''] = o.keys;
  const header: Header = {
    studentcore: 'backup',
    format: FORMAT,
    app: o.app,
    at,
    tables: o.tables,
    keys: o.keys.map(keyIdOf),
  };
  try {
    await write(`${JSON.stringify(header)}\n`);
    for (const table of o.tables) {
      let sum = 0n;
      for await (const page of scanPages(o.dynamo, table)) {
        // Attributes by name, at every depth: the same item makes the same line in every reading.
        const kept = page.filter(isKept).map((item) => `${canonical([table, item])}\n`);
        for (const line of kept) sum += createHash('sha256').update(line).digest().readBigUInt64BE();
        if (kept.length > 0) await write(kept.join(''));
        counts[table] = (counts[table] ?? 0) + kept.length;
        o.progress?.('items read', (done += kept.length));
      }
      sums.set(table, sum);
    }
    const sha256 = whole.digest('hex');
    gzip.end(`${JSON.stringify(trailerOf(counts, sha256, key))}\n`);
    await written;
    return { at, counts, sums, sha256 };
  } catch (error) {
    gzip.destroy();
    await written.catch(() => undefined);
    throw error;
  }
}

const movedBetween = (before: Reading, after: Reading): string[] =>
  [...after.sums].filter(([table, sum]) => before.sums.get(table) !== sum).map(([table]) => table);

/** Writes the file, or throws and leaves none. */
export async function backUp(o: BackupOptions): Promise<Backup> {
  const part = `${o.file}.part`;
  try {
    let last = await read(o, part);
    let readings = 1;
    const until = Date.now() + o.patience;
    for (let agreed = o.alone; !agreed;) {
      const next = await read(o, part);
      readings += 1;
      const moved = movedBetween(last, next);
      last = next;
      agreed = moved.length === 0;
      if (agreed) break;
      o.again?.(moved);
      if (readings >= LEAST && Date.now() > until) {
        throw new StartRefused(
          `The college was changed during each of ${String(readings)} readings, so there is no backup: ` +
            'try at a quieter hour, with a longer --patience, or stop the app for it.',
        );
      }
      await pause(Math.random() * 200); // out of step with whoever writes at a steady pace
    }
    await rename(part, o.file);
    return { counts: last.counts, sha256: last.sha256, at: last.at, readings };
  } catch (error) {
    await rm(part, { force: true });
    throw inWords(error, o.file);
  }
}

function inWords(error: unknown, file: string): unknown {
  const code = (error as NodeJS.ErrnoException).code;
  const unwritable = ['ENOSPC', 'EACCES', 'EROFS', 'ENOENT', 'ENOTDIR', 'EDQUOT', 'EISDIR'].includes(String(code));
  return unwritable ? new StartRefused(`${file} can't be written (${String(code)}).`) : error;
}
