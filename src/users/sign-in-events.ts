// Who came in, who went, and where was somebody slowed down? One small entry each beside the chains of the trail, for admins.
import { PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { LRUCache } from 'lru-cache';
import type { Clock } from '../platform/clock.ts';
import { timestamp } from '../platform/clock.ts';
import type { Dynamo } from '../platform/dynamo/client.ts';
import { feedBackwards } from '../platform/dynamo/feed.ts';
import type { Numbers } from '../platform/dynamo/numbers.ts';
import type { Item } from '../platform/dynamo/reads.ts';
import { feedOf } from '../platform/dynamo/trail.ts';
import type { Logger } from '../platform/logger.ts';
import { SIGN_IN_WINDOW_MS } from './sign-in-limits.ts';
import type { UserDirectory } from './user-directory.ts';

export type SignInEvent = 'signed_in' | 'signed_out' | 'sign_in_slowed';

/** One event in words of today: no name is stored, so there is none to erase. */
export interface SignInLine {
  number: string;
  at: string;
  event: SignInEvent;
  /** Who did it: the name shown. */
  actor: string;
  summary: string;
  /** '' for names that nobody has. */
  user_id: string;
}

export interface SignInEvents {
  /** Never rejects: what could not be stored stands in the log, and whoever signs in does not feel it. */
  note: (event: 'signed_in' | 'signed_out', user_id: string) => Promise<void>;
  /** A wrong password or an unknown name: one line in the log, without the name. */
  failed: (username: string, request_id: string) => void;
  /** An attempt that the limits refused; stored once per login and window, for all unknown names together once. */
  slowed: (username: string) => Promise<void>;
  /** Takes the newest into memory; before anything is asked. */
  load: () => Promise<void>;
  /** The newest below a number. */
  below: (before: string | undefined, most: number) => Promise<SignInLine[]>;
  /** The newest of one user. */
  ofUser: (user_id: string, most: number) => Promise<SignInLine[]>;
}

export interface SignInEventsNeeds {
  dynamo: Dynamo;
  clock: Clock;
  numbers: Numbers;
  directory: UserDirectory;
  log: Pick<Logger, 'info' | 'warn'>;
}

const NOBODY = '';
const KEPT_DAYS = 180;
const KEPT_MONTHS = 7;
const RECENT = 500;
const DAY_S = 86_400;

interface Stored {
  number: string;
  at: string;
  event: SignInEvent;
  user_id: string;
}

const partition = (month: string): string => `sign-in#${month}`;
const pkOf = (user_id: string): string => `sign-in#${user_id === NOBODY ? 'nobody' : user_id}`;

const fromItem = (item: Item): Stored => ({
  number: String(item['number']),
  at: String(item['at']),
  event: String(item['event']) as SignInEvent,
  user_id: typeof item['entity_id'] === 'string' ? item['entity_id'] : NOBODY,
});

export function createSignInEvents({ dynamo, clock, numbers, directory, log }: SignInEventsNeeds): SignInEvents {
  // Newest first; `all` when nothing older is kept.
  let recent: Stored[] = [];
  let all = false;
  const told = new LRUCache<string, true>({ max: 10_000, ttl: SIGN_IN_WINDOW_MS, perf: clock });

  function inWords({ number, at, event, user_id }: Stored): SignInLine {
    const user = directory.get(user_id)?.record;
    const name = user?.full_name ?? 'A login that is gone';
    const whose =
      user_id === NOBODY ? 'names that nobody has' : user ? `${user.username} (${name})` : 'a login that is gone';
    const summary = {
      signed_in: `${name} signed in.`,
      signed_out: `${name} signed out.`,
      sign_in_slowed: `Signing in as ${whose} was slowed down: too many wrong attempts from one place.`,
    }[event];
    return { number, at, event, actor: event === 'sign_in_slowed' ? 'Somebody' : name, summary, user_id };
  }

  async function store(event: SignInEvent, user_id: string): Promise<void> {
    const number = numbers.take();
    numbers.settle(number, undefined); // it orders; nobody waits for it
    const stored: Stored = { number, at: timestamp(clock), event, user_id };
    try {
      await dynamo.doc.send(
        new PutCommand({
          TableName: dynamo.table('system'),
          Item: {
            pk: pkOf(user_id),
            sk: number,
            feed: partition(feedOf(number)),
            number,
            at: stored.at,
            event,
            entity: 'user',
            ...(user_id === NOBODY ? {} : { entity_id: user_id }),
            ttl: Math.floor(clock.now() / 1000) + KEPT_DAYS * DAY_S,
          },
        }),
      );
    } catch (error) {
      log.warn({ err: error, event, user_id }, 'a sign-in event could not be stored');
      return;
    }
    recent.unshift(stored);
    recent.sort((a, b) => (a.number < b.number ? 1 : -1));
    if (recent.length <= RECENT) return;
    recent.length = RECENT;
    all = false;
  }

  /** Down to what may have expired: items outlive their time a little. */
  async function* backwards(before?: string): AsyncGenerator<Stored> {
    const oldest = String((clock.now() - KEPT_DAYS * DAY_S * 1000) * 1000);
    for await (const item of feedBackwards({ dynamo, clock, partition, emptyMonths: KEPT_MONTHS }, before)) {
      const stored = fromItem(item);
      if (stored.number < oldest) return;
      yield stored;
    }
  }

  return {
    note: store,
    failed: (username, request_id) => {
      const user_id = directory.byUsername(username)?.record.user_id;
      log.info({ id: request_id, ...(user_id === undefined ? {} : { user_id }) }, 'a sign-in failed');
    },
    slowed: async (username) => {
      const user_id = directory.byUsername(username)?.record.user_id ?? NOBODY;
      if (told.has(user_id)) return;
      told.set(user_id, true);
      await store('sign_in_slowed', user_id);
    },
    load: async () => {
      const found: Stored[] = [];
      for await (const stored of backwards()) {
        found.push(stored);
        if (found.length > RECENT) break;
      }
      all = found.length <= RECENT;
      recent = found.slice(0, RECENT);
    },
    below: async (before, most) => {
      const here = recent.filter(({ number }) => before === undefined || number < before);
      if (all || here.length >= most) return here.slice(0, most).map(inWords);
      const found: Stored[] = [];
      for await (const stored of backwards(before)) {
        found.push(stored);
        if (found.length === most) break;
      }
      return found.map(inWords);
    },
    ofUser: async (user_id, most) => {
      const { Items = [] } = await dynamo.doc.send(
        new QueryCommand({
          TableName: dynamo.table('system'),
          KeyConditionExpression: 'pk = :pk',
          ExpressionAttributeValues: { ':pk': pkOf(user_id) },
          ScanIndexForward: false,
          Limit: most,
        }),
      );
      return Items.map(fromItem).map(inWords);
    },
  };
}
