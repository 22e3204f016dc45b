// May somebody guess again? Failed sign-ins are counted per account and address, and per address; right ones never.
import { createHash } from 'node:crypto';
import { isIPv4, isIPv6 } from 'node:net';
import { LRUCache } from 'lru-cache';
import type { Clock } from '../platform/clock.ts';
import { Busy, TooMany } from '../platform/errors.ts';
import { sameText } from '../platform/fold.ts';

// docs/contract.md §3. A guesser is slowed; neither the owner elsewhere nor a whole school behind one address is locked out.
export const SIGN_IN_WINDOW_MS = 15 * 60_000;
const PER_ACCOUNT = 10;
const PER_ADDRESS = 100;
/** An attempt that is counted costs a hash, so nobody pushes out so many within the window. */
const REMEMBERED = 50_000;
/** Behind so many others of one address there is no use in waiting. */
const MOST_WAITING = 400;

interface Counter {
  key: string;
  limit: number;
  /** When attempts failed, oldest first (milliseconds). */
  failed: number[];
  running: number;
  waiting: (() => void)[];
}

export interface SignInLimits {
  /**
   * Lets an attempt begin, or throws TooMany, or Busy when too many wait. What it returns must be called once with how the attempt ended.
   * At most as many attempts run at once as may still fail; the others wait for their outcome.
   */
  enter: (username: string, address: string) => Promise<(outcome: 'failed' | 'other') => void>;
}

/** IPv6 hands out /64 networks to one household, so that is what counts as one address. */
export function networkOf(address: string): string {
  const plain = address.replace(/%.*$/, '').toLowerCase();
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(plain)?.[1];
  if (mapped !== undefined && isIPv4(mapped)) return mapped;
  if (!isIPv6(plain)) return plain;
  // The URL parser writes addresses in their one shortest form.
  const [head = '', tail] = new URL(`http://[${plain}]`).hostname.slice(1, -1).split('::');
  const groups = (part: string | undefined): string[] => (part ? part.split(':') : []);
  const zeros = tail === undefined ? 0 : 8 - groups(head).length - groups(tail).length;
  const all = [...groups(head), ...Array<string>(zeros).fill('0'), ...groups(tail)];
  return `${all.slice(0, 4).join(':')}::/64`;
}

export function createSignInLimits(clock: Clock): SignInLimits {
  const counters = new LRUCache<string, Counter>({ max: REMEMBERED });

  /** One that is not kept yet counts nothing: who is refused must not push out what others have failed. */
  const counter = (key: string, limit: number): Counter =>
    counters.get(key) ?? { key, limit, failed: [], running: 0, waiting: [] };

  function refuseIfFull({ failed, limit }: Counter): void {
    const now = clock.now();
    while (failed[0] !== undefined && failed[0] <= now - SIGN_IN_WINDOW_MS) failed.shift();
    const oldest = failed[failed.length - limit];
    if (oldest === undefined) return;
    const seconds = Math.max(1, Math.ceil((oldest + SIGN_IN_WINDOW_MS - now) / 1000));
    throw new TooMany(`Too many attempts to sign in. Try again in ${minutes(seconds)}.`, seconds);
  }

  /** Waits until somebody before us is done: it may have failed. */
  async function wait({ waiting }: Counter): Promise<void> {
    if (waiting.length >= MOST_WAITING) throw new Busy();
    await new Promise<void>((resolve) => waiting.push(resolve));
  }

  function leave(one: Counter, outcome: 'failed' | 'other'): void {
    one.running -= 1;
    if (outcome === 'failed') one.failed.push(clock.now());
    else if (one.running === 0 && one.failed.length === 0) counters.delete(one.key);
    for (const go of one.waiting.splice(0)) go();
  }

  return {
    enter: async (username, address) => {
      const network = networkOf(address);
      // Digests, because names may be of any length.
      const account = createHash('sha256')
        .update(`${sameText(username)}\n${network}`)
        .digest('base64url');
      for (;;) {
        const both = [counter(`address ${network}`, PER_ADDRESS), counter(`account ${account}`, PER_ACCOUNT)];
        both.forEach(refuseIfFull);
        const full = both.find(({ failed, running, limit }) => failed.length + running >= limit);
        if (!full) {
          for (const one of both) {
            one.running += 1;
            counters.set(one.key, one);
          }
          return (outcome) => both.forEach((one) => leave(one, outcome));
        }
        await wait(full);
      }
    },
  };
}

const minutes = (seconds: number): string => {
  const n = Math.ceil(seconds / 60);
  return n === 1 ? 'a minute' : `${String(n)} minutes`;
};
