// Are the checkpoints whole, and what did the newest one see of each chain?
import { allCheckpoints, headsOf, isGenuine } from '../platform/dynamo/checkpoint.ts';
import type { Checkpoint } from '../platform/dynamo/checkpoint.ts';
import type { Dynamo } from '../platform/dynamo/client.ts';
import { keyIdOf } from '../platform/dynamo/trail.ts';
import type { Expected } from './read-chain.ts';

export interface CheckpointsRead {
  count: number;
  newest: Checkpoint | undefined;
  /** Chain → where it stood when it was last seen. */
  seen: Map<string, Expected>;
  faults: string[];
  unknownKeys: Map<string, number>;
  /** Whether the one that was asked for is among them. */
  expected: boolean;
}

/** Reads all checkpoints in order; what it keeps grows with the number of chains, not of checkpoints. */
export async function readCheckpoints(dynamo: Dynamo, keys: string[], expect?: string): Promise<CheckpointsRead> {
  const read: CheckpointsRead = {
    count: 0,
    newest: undefined,
    seen: new Map(),
    faults: [],
    unknownKeys: new Map(),
    expected: false,
  };
  const ids = new Set(keys.map(keyIdOf));
  for await (const { sk, checkpoint, lines } of allCheckpoints(dynamo)) {
    const number = Number(sk);
    const name = `checkpoint ${String(number)}`;
    const due = (read.newest?.ordinal ?? 0) + 1;
    if (number > due) read.faults.push(`${missing(due, number - 1)} missing: deleted behind the app's back`);
    if (checkpoint.ordinal !== number) read.faults.push(`${name} is another one, put in its place`);
    else if (number === due && checkpoint.previous !== (read.newest?.hash ?? null)) {
      read.faults.push(`${name} does not follow from the one before: one of the two was exchanged`);
    }
    const genuine = isGenuine(checkpoint, lines, keys);
    if (genuine === false) read.faults.push(`${name} (${checkpoint.at}) is not what was sealed: it was edited`);
    if (!ids.has(checkpoint.key)) {
      read.unknownKeys.set(checkpoint.key, (read.unknownKeys.get(checkpoint.key) ?? 0) + 1);
    }
    if (genuine !== false) learn(read, number, lines);
    read.newest = { ...checkpoint, ordinal: number };
    read.count += 1;
    read.expected ||= genuine === true && checkpoint.hash === expect;
  }
  return read;
}

const missing = (from: number, to: number): string =>
  from === to ? `checkpoint ${String(from)} is` : `checkpoints ${String(from)} to ${String(to)} are`;

function learn({ seen, faults }: CheckpointsRead, number: number, lines: string[]): void {
  for (const piece of lines) {
    for (const { chain, version, hash } of headsOf(piece)) {
      const before = seen.get(chain);
      if (before && before.version > version) {
        const was = `version ${String(before.version)} in checkpoint ${String(before.checkpoint)}`;
        faults.push(`the chain of ${chain} went back from ${was} to ${String(version)} in ${String(number)}`);
      } else {
        seen.set(chain, { version, hash, checkpoint: number });
      }
    }
  }
}
