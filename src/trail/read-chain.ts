// Is one chain whole? Its entries are read in order: no gap, each linked to the one before, each as it was hashed.
import type { EventName } from '../events.ts';
import type { Item } from '../platform/dynamo/reads.ts';
import { detailDigest, hashedPart, isBlank, keyIdOf, sealOf } from '../platform/dynamo/trail.ts';
import type { Detail } from '../platform/dynamo/trail.ts';
import { postingInWords } from './records.ts';

/** What a chain says last about a record. */
export interface Vouched {
  /** Digest of the record as stored; null when it was removed. */
  digest: string | null;
  /** Version of the entry that says so. */
  version: number;
  /** The values that are known from old and new, when all was kept; fields kept only by name are missing. */
  known: Item | undefined;
}

/** All that a chain ever said, for a closer look. */
export interface Kept {
  /** Version → hash of the entry. */
  hashes: Map<number, string>;
  /** Record → what each entry about it says, oldest first. */
  history: Map<string, Vouched[]>;
}

export interface ChainRead {
  /** Version and hash of the last entry; 0 and null without any. */
  version: number;
  hash: string | null;
  entries: number;
  faults: string[];
  /** Record → what was said last about it. */
  rows: Map<string, Vouched>;
  kept: Kept | undefined;
  /** Of a sheet: since when and by whom its rows are posted, as `postingInWords`; null when they are not. */
  posted: string | null;
  /** How many details were blanked: allowed, since the hash does not need them. */
  blanked: number;
  /** Ids of keys that signed entries and are not known here → how many entries. */
  unknownKeys: Map<string, number>;
}

export interface Expected {
  version: number;
  hash: string;
  /** The checkpoint that saw this entry. */
  checkpoint: number;
}

interface Told {
  id: string;
  record: string | null;
  detail: string;
}

const POSTED: EventName = 'results_posted';
const WITHDRAWN: EventName = 'results_withdrawn';
const MAIN = /^\d{10}$/;
const PART = /^(\d{10})#(\d{2})$/;

export interface ReadOptions {
  /** TRAIL_KEY: each may have signed some of the entries. */
  keys: string[];
  /** What a checkpoint saw of this chain. */
  expected?: Expected | undefined;
  /** Keep everything: to look closer, and to name the field of a record that differs. */
  keep?: boolean;
}

/** Takes the items of one chain in order of their sort keys; `end` says what was found. */
export function createChainReader(chain: string, { keys, expected, keep = false }: ReadOptions) {
  const byId = new Map(keys.map((key) => [keyIdOf(key), key]));
  const read: ChainRead = {
    version: 0,
    hash: null,
    entries: 0,
    faults: [],
    rows: new Map(),
    kept: keep ? { hashes: new Map(), history: new Map() } : undefined,
    posted: null,
    blanked: 0,
    unknownKeys: new Map(),
  };
  // The entry whose details are still being read.
  let open: { entry: Item; details: Detail[]; parts: number } | undefined;

  const wrong = (version: number, what: string): void => void read.faults.push(`entry ${String(version)} ${what}`);

  function take(item: Item): void {
    const sk = String(item['sk']);
    if (MAIN.test(sk)) {
      finish();
      takeEntry(item, Number(sk));
      return;
    }
    const [, of, n] = PART.exec(sk) ?? [];
    if (open && Number(of) === Number(open.entry['sk']) && Number(n) === open.parts + 1) {
      open.details.push(...((item['details'] ?? []) as Detail[]));
      open.parts += 1;
    } else {
      read.faults.push(`has an item "${sk}" that belongs to no entry: it was inserted, or its entry deleted`);
    }
  }

  function takeEntry(entry: Item, version: number): void {
    const gap = version - read.version - 1;
    const from = String(read.version + 1);
    if (gap === 1) read.faults.push(`entry ${from} is missing: it was deleted`);
    if (gap > 1) read.faults.push(`entries ${from} to ${String(version - 1)} are missing: they were deleted`);
    if (entry['version'] !== version) {
      wrong(version, `is entry ${String(entry['version'])}, put in its place`);
    } else if (gap === 0 && (entry['previous'] ?? null) !== read.hash) {
      wrong(version, 'does not follow from the entry before: one of the two was exchanged or inserted');
    }
    checkHash(entry, version);
    if (expected?.version === version && expected.hash !== entry['hash']) {
      wrong(version, `is not the one that checkpoint ${String(expected.checkpoint)} saw: the chain was rewritten`);
    }
    read.version = version;
    read.hash = String(entry['hash']);
    read.kept?.hashes.set(version, read.hash);
    read.entries += 1;
    if (entry['event'] === POSTED) read.posted = postingInWords(entry['at'], entry['actor']);
    if (entry['event'] === WITHDRAWN) read.posted = null;
    open = { entry, details: [...((entry['details'] ?? []) as Detail[])], parts: 0 };
  }

  function checkHash(entry: Item, version: number): void {
    const id = String(entry['key']);
    const key = byId.get(id);
    if (key !== undefined) {
      if (sealOf(hashedPart(chain, entry), key) !== entry['hash']) {
        wrong(version, 'is not what was hashed: it was edited, or inserted');
      }
    } else {
      read.unknownKeys.set(id, (read.unknownKeys.get(id) ?? 0) + 1);
    }
  }

  function finish(): void {
    if (!open) return;
    const { entry, details, parts } = open;
    open = undefined;
    const version = Number(entry['sk']);
    const told = Array.isArray(entry['rows']) ? (entry['rows'] as Told[]) : [];
    if (parts !== Number(entry['chunks'])) wrong(version, 'lacks a part of its details: it was deleted');
    else if (details.length !== told.length) wrong(version, 'has other details than it was hashed with');
    told.forEach((row, i) => {
      const detail = details[i];
      if (!detail) return;
      if (isBlank(detail)) read.blanked += 1;
      else if (detailDigest(detail) !== row.detail) {
        wrong(version, `tells other old or new values of ${row.id} than it was hashed with`);
      }
      const vouched = { digest: row.record, version, known: keep ? known(row, detail) : undefined };
      read.rows.set(row.id, vouched);
      read.kept?.history.set(row.id, [...(read.kept.history.get(row.id) ?? []), vouched]);
    });
  }

  /** What is known of a record after this entry; a field kept only by name is known no more. */
  function known(row: Told, detail: Detail): Item {
    if (isBlank(detail)) return {};
    const before = detail.old === null ? {} : (read.rows.get(row.id)?.known ?? {});
    const after = new Map(Object.entries(before));
    for (const [field, value] of Object.entries(detail.new ?? {})) {
      if (value === null && (detail.old?.[field] ?? null) === null) after.delete(field);
      else after.set(field, value);
    }
    return Object.fromEntries(after);
  }

  function end(): ChainRead {
    finish();
    if (expected && expected.version > read.version) {
      const lost =
        read.version + 1 === expected.version
          ? `entry ${String(expected.version)} is`
          : `entries ${String(read.version + 1)} to ${String(expected.version)} are`;
      read.faults.push(
        `${lost} gone: the end of the chain was cut off, checkpoint ${String(expected.checkpoint)} saw it`,
      );
    }
    return read;
  }

  return { take, end };
}

export type ChainReader = ReturnType<typeof createChainReader>;
