// Where do sessions live? In `system`, one item each, under a digest of their id; read from memory while in use.
import { createHash } from 'node:crypto';
import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { DeleteCommand, GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { Store } from 'express-session';
import type { SessionData } from 'express-session';
import { LRUCache } from 'lru-cache';
import type { Clock } from '../clock.ts';
import { isUnreachable } from '../dynamo/client.ts';
import type { Dynamo } from '../dynamo/client.ts';
import type { Logger } from '../logger.ts';

declare module 'express-session' {
  interface SessionData {
    /** Came from the store: storing it again must not bring it back after a sign-out. */
    stored?: true;
  }
}

/** A session that nobody used for so long is over. */
export const IDLE_MS = 8 * 3_600_000;
const TOUCH_MS = 5 * 60_000;
// Another process may have ended a session: so long this one may not notice.
const CACHE_MS = 60_000;
const CACHED = 20_000;

interface Entry {
  json: string;
  /** Milliseconds since 1970, as stored: TTL deletion is late on AWS and absent locally. */
  expires: number;
}

interface Needs {
  dynamo: Dynamo;
  clock: Clock;
  log: Pick<Logger, 'warn'>;
}

type Done = (error?: unknown) => void;

class DynamoSessionStore extends Store {
  readonly #needs: Needs;
  readonly #cache: LRUCache<string, Entry>;
  // A request that is still running when its session ends must not store or cache it again.
  readonly #ended = new LRUCache<string, true>({ max: CACHED, ttl: 10 * 60_000 });

  constructor(needs: Needs) {
    super();
    this.#needs = needs;
    // An old entry stays until a newer one is read: it is what holds while the table can't be asked.
    this.#cache = new LRUCache({ max: CACHED, ttl: CACHE_MS, noDeleteOnStaleGet: true, perf: needs.clock });
  }

  override get(sid: string, done: (error: unknown, session?: SessionData | null) => void): void {
    const answer = (entry: Entry | undefined): void => {
      const found = entry && this.#holds(sid, entry);
      done(null, found ? { ...(JSON.parse(entry.json) as SessionData), stored: true } : null);
    };
    const entry = this.#cache.get(sid);
    if (entry || this.#ended.has(sid)) answer(entry);
    else {
      this.#fetch(sid)
        .catch((error: unknown) => this.#lastKnown(sid, error))
        .then(answer, (error: unknown) => done(error));
    }
  }

  override set(sid: string, session: SessionData, done: Done = noop): void {
    this.#write(sid, session).then(() => done(), done);
  }

  override touch(sid: string, _session: SessionData, done: Done = noop): void {
    const entry = this.#cache.get(sid, { allowStale: true });
    const now = this.#needs.clock.now();
    if (!entry || entry.expires - IDLE_MS + TOUCH_MS > now) {
      done();
      return;
    }
    // Failing to prolong a session is no reason to fail a request that is already answered.
    this.#prolong(sid, entry, now + IDLE_MS).then(
      () => done(),
      (error: unknown) => {
        this.#needs.log.warn({ err: error }, 'a session could not be prolonged');
        done();
      },
    );
  }

  override destroy(sid: string, done: Done = noop): void {
    this.#cache.delete(sid);
    this.#ended.set(sid, true);
    const { dynamo } = this.#needs;
    dynamo.doc.send(new DeleteCommand({ TableName: dynamo.table('system'), Key: keyOf(sid) })).then(() => done(), done);
  }

  #holds(sid: string, entry: Entry): boolean {
    return !this.#ended.has(sid) && entry.expires > this.#needs.clock.now();
  }

  /** Without the table a session goes on as it was: whoever signed out or was switched off is known in memory. */
  #lastKnown(sid: string, error: unknown): Entry {
    const entry = isUnreachable(error) ? this.#cache.get(sid, { allowStale: true }) : undefined;
    if (!entry) throw error;
    return entry;
  }

  async #fetch(sid: string): Promise<Entry | undefined> {
    const { dynamo } = this.#needs;
    const { Item } = await dynamo.doc.send(
      new GetCommand({ TableName: dynamo.table('system'), Key: keyOf(sid), ConsistentRead: true }),
    );
    if (!Item || this.#ended.has(sid)) return undefined;
    // What was stored while we read is newer.
    const entry = this.#cache.get(sid) ?? { json: String(Item['data']), expires: Number(Item['ttl']) * 1000 };
    this.#cache.set(sid, entry);
    return entry;
  }

  async #write(sid: string, session: SessionData): Promise<void> {
    const { dynamo, clock } = this.#needs;
    if (this.#ended.has(sid)) return;
    const { stored, ...data } = session;
    const entry = { json: JSON.stringify(data), expires: clock.now() + IDLE_MS };
    // At once, so that the request that follows a redirect sees it.
    this.#cache.set(sid, entry);
    try {
      await dynamo.doc.send(
        new PutCommand({
          TableName: dynamo.table('system'),
          Item: { ...keyOf(sid), data: entry.json, ttl: seconds(entry.expires) },
          ...(stored ? { ConditionExpression: 'attribute_exists(pk)' } : {}),
        }),
      );
    } catch (error) {
      this.#cache.delete(sid);
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
      this.#ended.set(sid, true);
    }
  }

  async #prolong(sid: string, entry: Entry, expires: number): Promise<void> {
    const { dynamo } = this.#needs;
    this.#cache.set(sid, { ...entry, expires }); // first, so that requests at the same time don't do it too
    try {
      await dynamo.doc.send(
        new UpdateCommand({
          TableName: dynamo.table('system'),
          Key: keyOf(sid),
          UpdateExpression: 'SET #ttl = :ttl',
          ConditionExpression: 'attribute_exists(pk)',
          ExpressionAttributeNames: { '#ttl': 'ttl' },
          ExpressionAttributeValues: { ':ttl': seconds(expires) },
        }),
      );
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) this.#cache.delete(sid);
      else {
        this.#cache.set(sid, entry);
        throw error;
      }
    }
  }
}

const noop = (): void => undefined;
const seconds = (ms: number): number => Math.floor(ms / 1000);
// Who can read the table must not be able to take over a session.
const keyOf = (sid: string): { pk: string; sk: string } => ({
  pk: `session#${createHash('sha256').update(sid).digest('base64url')}`,
  sk: 'session',
});

export const createSessionStore = (needs: Needs): Store => new DynamoSessionStore(needs);
