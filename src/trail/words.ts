// How is a fault told? In words that name the record, the field where the trail knows it, and the entry.
import type { Item } from '../platform/dynamo/reads.ts';
import { canonical } from '../platform/dynamo/trail.ts';
import type { ChainRead, Vouched } from './read-chain.ts';
import { chainInWords, postingInWords } from './records.ts';

export const BEHIND = "behind the app's back";

export const shown = (value: unknown): string =>
  value === undefined || value === null ? 'nothing' : JSON.stringify(value).slice(0, 200);

/** The fields in which a record differs from what an entry vouches for. */
export function differences(record: Item, { known = {}, version }: Vouched): string {
  const told = Object.entries(known).filter(
    ([field, value]) => canonical(value ?? null) !== canonical(record[field] ?? null),
  );
  if (told.length > 0) {
    return told
      .map(([field, value]) => `${field} is ${shown(record[field])}, the trail says ${shown(value)}`)
      .join('; ');
  }
  return `the field that differs from entry ${String(version)} is one whose value the trail does not keep`;
}

export const ofChain = (chain: string, read: ChainRead): string[] =>
  read.faults.map((fault) => `trail of ${chainInWords(chain)}: ${fault}.`);

export const unfinished = (what: string): string =>
  `${what}: a change is not finished. Start the app, which finishes it, and check again.`;

/** An owner that was read before its chain: the chain must know the entry that it calls its head. */
export function head(what: string, owner: { version: number; head: unknown }, read: ChainRead): string[] {
  if (owner.version > read.version) {
    const at = `its trail ends at entry ${String(read.version)}`;
    return [`${what} is at version ${String(owner.version)}, ${at}: the newest entries were deleted.`];
  }
  const hash = owner.version === 0 ? null : read.kept?.hashes.get(owner.version);
  return hash === (owner.head ?? null)
    ? []
    : [`${what} has another head than its entry ${String(owner.version)}: one of them was edited.`];
}

/** Whether the rows of a sheet are posted, as its item and its chain say. */
export function posting(what: string, owner: Item, read: ChainRead): string[] {
  const stored = postingInWords(owner['posted_at'], owner['posted_by']);
  if (stored === read.posted) return [];
  const [is, said] = [stored, read.posted].map((one) => (one === null ? 'not posted' : `posted ${one}`));
  return [`${what} is ${is ?? ''}, its trail says ${said ?? ''}: one of them was edited.`];
}

/** An owner that was read after its chain is at least as new. */
export const notBehind = (what: string, version: number, read: ChainRead): string[] =>
  version >= read.version
    ? []
    : [
        `${what} was put back to version ${String(version)} ${BEHIND}; its trail ends at entry ${String(read.version)}.`,
      ];
