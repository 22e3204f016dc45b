// May somebody guess again? Failed sign-ins are counted per account and address, and per address; right ones never.
import { createHash } from 'node:crypto';
import { isIPv4, isIPv6 } from 'node:net';
import { LRUCache } from 'lru-cache';
import type { Clock } from '../platform/clock.ts';
import { TooMany } from '../platform/errors.ts';
import { sameText } from '../platform/fold.ts';

// docs/contract.md §3. A guesser is slowed; neither the owner elsewhere nor a whole school behind one address is locked out.
const WINDOW_MS = 15 * 60_000;
const PER_ACCOUNT = 10;
const PER_ADDRESS = 100;
const REMEMBERED = 50_000;

interface Counter {
  limit: number;
  /** When attempts failed, oldest first (milliseconds). */
  failed: number[];
  running: number;
  waiting: (() => void)[];
}

export interface SignInLimits {
  /**
   * Lets an attempt begin, or throws TooMany. What it returns must be called once with how the attempt ended.
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

  function counter(key: string, limit: number): Counter {
    const found = counters.get(key) ?? { limit, failed: [], running: 0, waiting: [] };
    counters.set(key, found);
    return found;
  }

  function refuseIfFull({ failed, limit }: Counter): void {
    const now = clock.now();
    while (failed[0] !== undefined && failed[0] <= now - WINDOW_MS) failed.shift();
    const oldest = failed[failed.length - limit];
    if (oldest === undefined) return;
    const seconds = Math.max(1, Math.ceil((oldest + WINDOW_MS - now) / 1000));
    throw new TooMany(`Too many attempts to sign in. Try again in ${minutes(seconds)}.`, seconds);
  }

  return {
    enter: async (username, address) => {
      const network = networkOf(address);
      // Digests, because names may be of any length.
      const account = createHash('sha256')
        .update(`${sameText(username)}\n${network}`)
        .digest('base64url');
      const both = [counter(`account ${account}`, PER_ACCOUNT), counter(`address ${network}`, PER_ADDRESS)];
      for (;;) {
        both.forEach(refuseIfFull);
        const full = both.find(({ failed, running, limit }) => failed.length + running >= limit);
        if (!full) break;
        await new Promise<void>((resolve) => full.waiting.push(resolve));
      }
      for (const one of both) one.running += 1;
      return (outcome) => {
        for (const one of both) {
          one.running -= 1;
          if (outcome === 'failed') one.failed.push(clock.now());
          for (const go of one.waiting.splice(0)) go();
        }
      };
    },
  };
}

const minutes = (seconds: number): string => {
  const n = Math.ceil(seconds / 60);
  return n === 1 ? 'a minute' : `${String(n)} minutes`;
};
