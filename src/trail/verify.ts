// Has anybody changed the college behind the app's back? The whole trail against the whole store, in bounded memory.
import { systemClock } from '../platform/clock.ts';
import type { Checkpoint } from '../platform/dynamo/checkpoint.ts';
import type { Dynamo } from '../platform/dynamo/client.ts';
import { patiently } from '../platform/dynamo/reads.ts';
import { readCheckpoints } from './checkpoints-check.ts';
import { createCloserLook } from './closer-look.ts';
import { firstLook } from './first-look.ts';
import type { FirstLook, LookNeeds } from './first-look.ts';

export interface VerifyOptions {
  dynamo: Dynamo;
  /** TRAIL_KEY, all of them. */
  keys: string[];
  /** See LookNeeds. */
  rows: LookNeeds['rows'];
  /** Hash of a checkpoint, as the log told it: it must be there. */
  expect?: string | undefined;
  progress?: (what: string, done: number) => void;
}

export interface Verified {
  counts: FirstLook['counts'] & { checkpoints: number };
  newest: Checkpoint | undefined;
  /** What is wrong, as sentences; empty when all is well. */
  faults: string[];
  /** Chains that were looked at a second time. */
  suspects: number;
}

const AT_ONCE = 8;

/** Reads everything and changes nothing; the app may go on working meanwhile. */
export async function verifyTrail({
  dynamo,
  keys,
  rows,
  expect,
  progress = () => undefined,
}: VerifyOptions): Promise<Verified> {
  const checkpoints = await readCheckpoints(dynamo, keys, expect);
  const look = await firstLook({ dynamo, clock: systemClock, keys, checkpoints, rows, progress });
  const faults = [...checkpoints.faults];
  for (const [what, unknown] of [
    ['entries', look.unknownKeys],
    ['checkpoints', checkpoints.unknownKeys],
  ] as const) {
    for (const [id, n] of unknown) {
      faults.push(`${String(n)} ${what} were made under a key (${id}) that is not in TRAIL_KEY and can't be checked.`);
    }
  }
  if (expect !== undefined && !checkpoints.expected) {
    faults.push(`there is no checkpoint with the hash ${expect}: it was deleted, or is another college's.`);
  }
  const closer = createCloserLook({ dynamo, keys, seen: checkpoints.seen });
  const left = [...look.suspects].sort().reverse();
  const worker = async (): Promise<void> => {
    for (let chain = left.pop(); chain !== undefined; chain = left.pop()) {
      const doubtful = chain;
      faults.push(...(await patiently(() => closer(doubtful))));
      progress('doubtful chains', look.suspects.size - left.length);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return {
    counts: { ...look.counts, checkpoints: checkpoints.count },
    newest: checkpoints.newest,
    faults,
    suspects: look.suspects.size,
  };
}
