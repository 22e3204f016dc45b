// Who changed what, when? One keyed hash chain per student, course, user and sheet (docs/architecture.md, "Trail").
import { createHmac, hash as hashOf, randomBytes } from 'node:crypto';
import type { DomainEvent } from '../../events.ts';
import type { Actor } from '../actor.ts';
import type { Item } from './reads.ts';
import { putNew } from './transaction.ts';
import type { Write } from './transaction.ts';
import { payloadOf } from './trail-event.ts';
import type { Dynamo } from './client.ts';

/** What happened to one record: kept beside the hash, so that it can be blanked without breaking the chain. */
export interface TrailRow {
  /** Id of the record. */
  id: string;
  /** The record as stored after the change, without denormalised names; null when it was removed. */
  record: Item | null;
  /** Fields that changed; contact, guardian and birth data only as names, with null for both. */
  old: Item | null;
  new: Item | null;
}

export interface TrailInput {
  /** `student#<id>`, `course#<id>`, `user#<id>` or `sheet#<course_id>#<sheet>`. */
  chain: string;
  /** The version that the chain's owner has after this change. */
  version: number;
  /** Hash of the entry before, which lies on the owner; null for the first. */
  previous: string | null;
  at: string;
  actor: Actor;
  event: DomainEvent;
  entity: string;
  entity_id: string;
  rows: TrailRow[];
  /** Why a posted record was changed: kept with the details of each row, since it may tell of a person. */
  reason?: string | undefined;
  /** A step of a delete: in the chain, but not in the feed. */
  quiet?: boolean;
}

export interface TrailEntry {
  input: TrailInput;
  /** Hash of this entry: the new head, to be stored on the chain's owner. */
  head: string;
  key: { pk: string; sk: string };
  /** How many items of a transaction it takes. */
  items: number;
  /** The writes of the entry, once its number is known. */
  writes: (number: string) => Write[];
}

/** The same text for the same content, whatever the order of its keys. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const fields = value as Item;
    const parts = Object.keys(fields)
      .filter((k) => fields[k] !== undefined)
      .sort()
      .map((k) => `${JSON.stringify(k)}:${canonical(fields[k])}`);
    return `{${parts.join(',')}}`;
  }
  return JSON.stringify(value);
}

const digest = (text: string): string => hashOf('sha256', text, 'base64url');

/** What stands for a content in a hash: the same for the same content. */
export const digestOf = (content: unknown): string => digest(canonical(content));

/** Which key a hash was made under, without giving it away. */
export const keyIdOf = (key: string): string => digest(key).slice(0, 8);

/** The keyed hash of a content. */
export const sealOf = (content: unknown, key: string): string =>
  createHmac('sha256', key).update(canonical(content)).digest('base64url');

/** What the hash of a stored entry of this chain must have been made of. */
export function hashedPart(chain: string, entry: Item): Item {
  const { version, previous, at, actor, event, entity_id, rows } = entry;
  return { chain, version, previous, at, actor, event, entity_id, rows };
}

/** Versions sort as texts. */
export const trailKey = (chain: string, version: number): { pk: string; sk: string } => ({
  pk: `trail#${chain}`,
  sk: String(version).padStart(10, '0'),
});

/** The feed's partition: the month that the number stands for, so that order and partition agree. */
export const feedOf = (number: string): string => new Date(Number(number) / 1000).toISOString().slice(0, 7);

// An item holds 400 KB; details beyond this go into items of their own behind the entry.
const DETAIL_BYTES = 120_000;
const SALT_BYTES = 12;

/** What is kept of one row beside the hash, at the same place; blanked, it has no salt and nothing else. */
export interface Detail {
  salt?: string | null;
  old: Item | null;
  new: Item | null;
  /** Of an amendment. */
  reason?: string | null;
}

/** What stands for the details of a row in the hash. */
export const detailDigest = ({ salt, old, new: fresh, reason }: Detail): string =>
  digestOf([salt, old, fresh, ...(reason === undefined ? [] : [reason])]);

/** Its old and new values, and its reason, were erased. */
export const isBlank = ({ salt = null, old, new: fresh, reason }: Detail): boolean =>
  salt === null && (old ?? null) === null && (fresh ?? null) === null && (reason ?? null) === null;

function inChunks(details: Detail[]): Detail[][] {
  const chunks: Detail[][] = [];
  let size = DETAIL_BYTES + 1;
  for (const detail of details) {
    const bytes = Buffer.byteLength(JSON.stringify(detail));
    if (size + bytes > DETAIL_BYTES) {
      chunks.push([]);
      size = 0;
    }
    chunks.at(-1)?.push(detail);
    size += bytes;
  }
  return chunks;
}

/** Told of every entry that is about to be written: it may become the head of its chain. */
export type Moved = (chain: string, version: number, hash: string) => void;

/** `keys`: TRAIL_KEY, the newest first; new entries are made under the newest. */
export function createTrail(dynamo: Dynamo, keys: string[], moved: Moved = () => undefined) {
  const [key] = keys;
  if (key === undefined) throw new Error('a trail needs a key');
  const keyId = keyIdOf(key);

  /** What a change adds to its chain. The hash covers no name and no value that could identify a person. */
  function entry(input: TrailInput): TrailEntry {
    const { chain, version, previous, at, actor, event, entity, entity_id } = input;
    const salts = randomBytes(SALT_BYTES * input.rows.length); // at once: asking costs more than the bytes
    const details = input.rows.map((row, i): Detail => ({
      salt: salts.toString('base64url', i * SALT_BYTES, (i + 1) * SALT_BYTES),
      old: row.old,
      new: row.new,
      ...(input.reason === undefined ? {} : { reason: input.reason }),
    }));
    const rows = input.rows.map((row, i) => {
      const detail = details[i];
      return {
        id: row.id,
        record: row.record ? digestOf(row.record) : null,
        detail: detail && detailDigest(detail),
      };
    });
    const hashed = { chain, version, previous, at, actor: actor.user_id, event: event.name, entity_id, rows };
    const hash = sealOf(hashed, key ?? '');
    const [first = [], ...more] = inChunks(details);
    const at_key = trailKey(chain, version);
    // Below 1 KB for a single mark or result, which is what a write unit holds: nothing is said twice.
    const item = {
      ...at_key,
      version,
      previous,
      at,
      actor: actor.user_id,
      actor_name: actor.full_name,
      event: event.name,
      entity,
      entity_id,
      rows,
      hash,
      key: keyId,
      details: first,
      chunks: more.length,
      summary: event.summary,
      payload: payloadOf(event),
    };
    return {
      input,
      head: hash,
      key: at_key,
      items: 1 + more.length,
      writes: (number) => {
        moved(chain, version, hash);
        return [
          putNew(dynamo, 'system', { ...item, number, ...(input.quiet ? {} : { feed: feedOf(number) }) }, 'pk'),
          ...more.map((chunk, i) =>
            putNew(
              dynamo,
              'system',
              { pk: at_key.pk, sk: `${at_key.sk}#${String(i + 1).padStart(2, '0')}`, details: chunk },
              'pk',
            ),
          ),
        ];
      },
    };
  }

  return { entry };
}

export type Trail = ReturnType<typeof createTrail>;

/** The fields of two versions of a record that differ, old and new; `hidden` fields only by name. */
export function difference(
  before: object | null,
  after: object | null,
  hidden: ReadonlySet<string> = new Set(),
): { old: Item | null; new: Item | null } {
  const old: Item = {};
  const fresh: Item = {};
  const a = (before ?? {}) as Item;
  const b = (after ?? {}) as Item;
  for (const field of new Set([...Object.keys(a), ...Object.keys(b)])) {
    if (field === 'version' || field === 'updated_at' || field === 'created_at') continue;
    if (a[field] === b[field] || canonical(a[field] ?? null) === canonical(b[field] ?? null)) continue;
    old[field] = hidden.has(field) ? null : (a[field] ?? null);
    fresh[field] = hidden.has(field) ? null : (b[field] ?? null);
  }
  return { old: before ? old : null, new: after ? fresh : null };
}

/** Whether two versions of a record say the same. */
export const isSame = (before: object, after: object): boolean =>
  Object.keys(difference(before, after).new ?? {}).length === 0;
