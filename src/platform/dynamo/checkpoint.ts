// What is a checkpoint? The heads of the chains that moved since the one before, sealed: who cuts off the newest entries
// of a chain together with its owner's head, which the chain alone could not show, contradicts a checkpoint.
import { createHash } from 'node:crypto';
import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { Dynamo } from './client.ts';
import { queryAll } from './reads.ts';
import type { Item } from './reads.ts';
import { keyIdOf, sealOf } from './trail.ts';

/** Where a chain stood: its newest entry. */
export interface Head {
  chain: string;
  version: number;
  hash: string;
}

/** A checkpoint as it lies in `system`. */
export interface Checkpoint {
  /** 1, 2, 3 … (not `number`: that one belongs to the feed's index). */
  ordinal: number;
  at: string;
  /** Hash of the checkpoint before; null for the first. */
  previous: string | null;
  /** How many heads. */
  count: number;
  /** How many items behind this one hold further heads. */
  chunks: number;
  /** SHA-256 over the lines of all heads. */
  heads: string;
  hash: string;
  /** Id of the key that sealed it. */
  key: string;
}

const PARTITION = 'checkpoint';
const CHUNK_BYTES = 300_000; // an item holds 400 KB

const padded = (n: number): string => String(n).padStart(10, '0');

export const checkpointKey = (number: number) => ({ pk: PARTITION, sk: padded(number) });
const chunkPartition = (number: number): string => `${PARTITION}#${padded(number)}`;
export const isCheckpointKey = (pk: string): boolean => pk === PARTITION || pk.startsWith(`${PARTITION}#`);

const lineOf = ({ chain, version, hash }: Head): string => `${String(version)} ${hash} ${chain}\n`;

export function headsOf(lines: string): Head[] {
  return lines
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [version = '', hash = ''] = line.split(' ', 2);
      return { version: Number(version), hash, chain: line.slice(version.length + hash.length + 2) };
    });
}

function inChunks(heads: Head[]): string[] {
  const chunks: string[] = [''];
  for (const head of heads) {
    const line = lineOf(head);
    // A line is plain ASCII: as many bytes as characters.
    if ((chunks.at(-1) ?? '').length + line.length > CHUNK_BYTES) chunks.push('');
    chunks.push((chunks.pop() ?? '') + line);
  }
  return chunks;
}

const digestOfLines = (chunks: string[]): string => {
  const hash = createHash('sha256');
  for (const chunk of chunks) hash.update(chunk);
  return hash.digest('base64url');
};

const sealed = ({ ordinal, at, previous, count, heads }: Omit<Checkpoint, 'hash' | 'key' | 'chunks'>) => ({
  checkpoint: ordinal,
  at,
  previous,
  count,
  heads,
});

/** The checkpoint that follows `before`, and the items that hold it. */
export function nextCheckpoint(before: Checkpoint | undefined, at: string, heads: Head[], key: string) {
  const chunks = inChunks(heads);
  const [lines = '', ...more] = chunks;
  const ordinal = (before?.ordinal ?? 0) + 1;
  const content = { ordinal, at, previous: before?.hash ?? null, count: heads.length, heads: digestOfLines(chunks) };
  const checkpoint: Checkpoint = {
    ...content,
    chunks: more.length,
    hash: sealOf(sealed(content), key),
    key: keyIdOf(key),
  };
  return {
    checkpoint,
    items: [
      { ...checkpointKey(ordinal), ...checkpoint, lines },
      ...more.map((chunk, i) => ({ pk: chunkPartition(ordinal), sk: padded(i + 1), lines: chunk })),
    ] as Item[],
  };
}

/** Whether its content, with these lines, is what was sealed; undefined when none of the keys is the one it names. */
export function isGenuine(checkpoint: Checkpoint, lines: string[], keys: string[]): boolean | undefined {
  if (digestOfLines(lines) !== checkpoint.heads) return false;
  const key = keys.find((one) => keyIdOf(one) === checkpoint.key);
  return key === undefined ? undefined : sealOf(sealed(checkpoint), key) === checkpoint.hash;
}

/** The newest checkpoint, or undefined before the first. */
export async function newestCheckpoint(dynamo: Dynamo): Promise<Checkpoint | undefined> {
  const { Items = [] } = await dynamo.doc.send(
    new QueryCommand({ ...ofPartition(dynamo, PARTITION), ScanIndexForward: false, Limit: 1 }),
  );
  return Items[0] as Checkpoint | undefined;
}

/** A checkpoint with what it was stored as. */
export interface StoredCheckpoint {
  sk: string;
  checkpoint: Checkpoint;
  /** All lines of its heads, in the pieces that hold them. */
  lines: string[];
}

/** All checkpoints, oldest first, one at a time. */
export async function* allCheckpoints(dynamo: Dynamo): AsyncGenerator<StoredCheckpoint> {
  let from: Item | undefined;
  do {
    const answer = await dynamo.doc.send(
      new QueryCommand({ ...ofPartition(dynamo, PARTITION), ExclusiveStartKey: from }),
    );
    for (const item of answer.Items ?? []) {
      const checkpoint = item as unknown as Checkpoint;
      const more = checkpoint.chunks > 0 ? await queryAll(dynamo, 'system', moreOf(dynamo, checkpoint.ordinal)) : [];
      const lines = [item, ...more].map((piece) => String(piece['lines']));
      yield { sk: String(item['sk']), checkpoint, lines };
    }
    from = answer.LastEvaluatedKey;
  } while (from);
}

const ofPartition = (dynamo: Dynamo, pk: string) => ({
  TableName: dynamo.table('system'),
  KeyConditionExpression: 'pk = :pk',
  ExpressionAttributeValues: { ':pk': pk },
  ConsistentRead: true,
});

const moreOf = (dynamo: Dynamo, number: number) => ofPartition(dynamo, chunkPartition(number));
