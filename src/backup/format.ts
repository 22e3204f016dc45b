// What does a backup look like? Gzip'd lines of JSON: a header, one line for each item, and a trailer that vouches for all.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { createGunzip } from 'node:zlib';
import { z } from 'zod';
import type { TableName } from '../platform/dynamo/client.ts';
import type { RawItem } from '../platform/dynamo/reads.ts';
import { keyIdOf, sealOf } from '../platform/dynamo/trail.ts';
import { StartRefused } from '../platform/start-refused.ts';

export const FORMAT = 1;

const header = z.strictObject({
  studentcore: z.literal('backup'),
  /** Of this file's shape. */
  format: z.number(),
  /** Version of the app that wrote it. */
  app: z.string(),
  /** ISO 8601: the state of the college is the one of this moment. */
  at: z.string(),
  tables: z.array(z.string()),
  /** Ids of the TRAIL_KEYs, the newest first; the keys themselves are not in a backup. */
  keys: z.array(z.string()),
});
export type Header = z.output<typeof header>;

const trailer = z.strictObject({
  /** Items by table. */
  counts: z.record(z.string(), z.number()),
  /** Over all bytes before this line. */
  sha256: z.string(),
  /** The same, under the newest TRAIL_KEY: who edits a file can't make it anew. */
  seal: z.string(),
});
export type Trailer = z.output<typeof trailer>;

export type Counts = Record<string, number>;

const sealed = (sha256: string): object => ({ backup: sha256 });

export const trailerOf = (counts: Counts, sha256: string, key: string): Trailer => ({
  counts,
  sha256,
  seal: sealOf(sealed(sha256), key),
});

/** A file that can't be restored; one line says why. */
export const damaged = (file: string, why: string): StartRefused =>
  new StartRefused(`${file} ${why}: nothing was restored.`);

async function* linesOf(file: string): AsyncGenerator<string> {
  const source = createReadStream(file);
  const text = source.pipe(createGunzip()).setEncoding('utf8');
  source.on('error', (error) => text.destroy(error));
  let rest = '';
  try {
    for await (const chunk of text as AsyncIterable<string>) {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      yield* lines;
    }
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (['ENOENT', 'EISDIR', 'EACCES', 'ENOTDIR'].includes(code)) {
      throw new StartRefused(`${file} can't be read (${code}).`);
    }
    if (!code.startsWith('Z_')) throw error;
    throw damaged(file, code === 'Z_BUF_ERROR' ? 'ends too early' : 'is no backup, or is damaged');
  } finally {
    source.destroy();
  }
  if (rest !== '') throw damaged(file, 'ends too early');
}

export interface Line {
  table: TableName;
  item: RawItem;
  /** Length of the line, in characters. */
  size: number;
}

function parse(file: string, line: string, number: number): unknown {
  try {
    return JSON.parse(line);
  } catch {
    throw damaged(file, `is damaged at line ${String(number)}`);
  }
}

function readHeader(file: string, line: string): Header {
  const parsed = header.safeParse(parse(file, line, 1));
  if (!parsed.success) throw damaged(file, 'is no backup of StudentCore');
  if (parsed.data.format !== FORMAT) {
    const { format, app } = parsed.data;
    throw damaged(file, `has format ${String(format)} of StudentCore ${app}, which this version can't read`);
  }
  return parsed.data;
}

/** The items of a file that was checked before. */
export async function* itemsOf(file: string): AsyncGenerator<Line> {
  let number = 0;
  for await (const line of linesOf(file)) {
    number += 1;
    const value = number === 1 ? undefined : parse(file, line, number);
    if (Array.isArray(value)) yield { table: value[0] as TableName, item: value[1] as RawItem, size: line.length };
  }
}

export interface Checked {
  header: Header;
  trailer: Trailer;
  /** Whether the seal could be checked: false when none of the keys made it. */
  sealChecked: boolean;
}

/** Reads a whole file and throws StartRefused unless every byte of it is as it was written. */
export async function checkFile(
  file: string,
  o: { tables: string[]; keys: string[]; progress: (what: string, done: number) => void },
): Promise<Checked> {
  const hash = createHash('sha256');
  const counts: Counts = {};
  let head: Header | undefined;
  let end: Trailer | undefined;
  let number = 0;
  for await (const line of linesOf(file)) {
    number += 1;
    if (end) throw damaged(file, 'goes on after its end');
    if (!head) {
      head = readHeader(file, line);
      const unknown = head.tables.find((table) => !o.tables.includes(table));
      if (unknown !== undefined) throw damaged(file, `has a table ${unknown}, which this version does not know`);
    } else {
      const value = parse(file, line, number);
      if (Array.isArray(value)) {
        const table = String(value[0]);
        if (!head.tables.includes(table)) throw damaged(file, `is damaged at line ${String(number)}`);
        counts[table] = (counts[table] ?? 0) + 1;
        o.progress('checked', number - 1);
      } else {
        const parsed = trailer.safeParse(value);
        if (!parsed.success) throw damaged(file, `is damaged at line ${String(number)}`);
        end = parsed.data;
        continue;
      }
    }
    hash.update(`${line}\n`);
  }
  if (!head || !end) throw damaged(file, 'ends too early');
  const { sha256, seal } = end;
  const same = head.tables.every((table) => (counts[table] ?? 0) === (end.counts[table] ?? 0));
  if (!same || hash.digest('hex') !== sha256) throw damaged(file, 'is not as it was written: its checksum is another');
  const key = o.keys.find((one) => keyIdOf(one) === head.keys[0]);
  if (key !== undefined && sealOf(sealed(sha256), key) !== seal) {
    throw damaged(file, 'is not as it was written: it was edited and given a new checksum');
  }
  return { header: head, trailer: end, sealChecked: key !== undefined };
}
