// Where do sessions live? In `system`, one item each, under a digest of their id; read from memory while in use.
import { createHash } from 'node:crypto';
import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { DeleteCommand, GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { Store } from 'express-session';
import type { SessionData } from 'express-session';
import { LRUCache } from 'lru-cache';
import type { Clock } from '../clock.ts';
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
  readonly #cache = new LRUCache<string, Entry>({ max: CACHED, ttl: CACHE_MS });
  // A request that is still running when its session ends must not store or cache it again.
  readonly #ended = new LRUCache<string, true>({ max: CACHED, ttl: 10 * 60_000 });

  constructor(needs: Needs) {
    super();
    this.#needs = needs;
  }

  override get(sid: string, done: (error: unknown, session?: SessionData | null) => void): void {
    this.#read(keyOf(sid)).then(
      (entry) => {
        if (!entry) done(null, null);
        else done(null, { ...(JSON.parse(entry.json) as SessionData), stored: true });
      },
      (error: unknown) => done(error),
    );
  }

  override set(sid: string, session: SessionData, done: Done = noop): void {
    this.#write(keyOf(sid), session).then(() => done(), done);
  }

  override touch(sid: string, _session: SessionData, done: Done = noop): void {
    const key = keyOf(sid);
    const entry = this.#cache.get(key);
    const now = this.#needs.clock.now();
    if (!entry || entry.expires - IDLE_MS + TOUCH_MS > now) {
      done();
      return;
    }
    // Failing to prolong a session is no reason to fail a request that is already answered.
    this.#prolong(key, entry, now + IDLE_MS).then(
      () => done(),
      (error: unknown) => {
        this.#needs.log.warn({ err: error }, 'a session could not be prolonged');
        done();
      },
    );
  }

  override destroy(sid: string, done: Done = noop): void {
    const key = keyOf(sid);
    this.#cache.delete(key);
    this.#ended.set(key, true);
    const { dynamo } = this.#needs;
    dynamo.doc
      .send(new DeleteCommand({ TableName: dynamo.table('system'), Key: { pk: key, sk: SORT } }))
      .then(() => done(), done);
  }

  async #read(key: string): Promise<Entry | undefined> {
    if (this.#ended.has(key)) return undefined;
    const entry = this.#cache.get(key) ?? (await this.#fetch(key));
    return entry && entry.expires > this.#needs.clock.now() ? entry : undefined;
  }

  async #fetch(key: string): Promise<Entry | undefined> {
    const { dynamo } = this.#needs;
    const { Item } = await dynamo.doc.send(
      new GetCommand({ TableName: dynamo.table('system'), Key: { pk: key, sk: SORT }, ConsistentRead: true }),
    );
    if (!Item || this.#ended.has(key)) return undefined;
    // What was stored while we read is newer.
    const entry = this.#cache.get(key) ?? { json: String(Item['data']), expires: Number(Item['ttl']) * 1000 };
    this.#cache.set(key, entry);
    return entry;
  }

  async #write(key: string, session: SessionData): Promise<void> {
    const { dynamo, clock } = this.#needs;
    if (this.#ended.has(key)) return;
    const { stored, ...data } = session;
    const entry = { json: JSON.stringify(data), expires: clock.now() + IDLE_MS };
    // At once, so that the request that follows a redirect sees it.
    this.#cache.set(key, entry);
    try {
      await dynamo.doc.send(
        new PutCommand({
          TableName: dynamo.table('system'),
          Item: { pk: key, sk: SORT, data: entry.json, ttl: seconds(entry.expires) },
          ...(stored ? { ConditionExpression: 'attribute_exists(pk)' } : {}),
        }),
      );
    } catch (error) {
      this.#cache.delete(key);
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
      this.#ended.set(key, true);
    }
  }

  async #prolong(key: string, entry: Entry, expires: number): Promise<void> {
    const { dynamo } = this.#needs;
    this.#cache.set(key, { ...entry, expires }); // first, so that requests at the same time don't do it too
    try {
      await dynamo.doc.send(
        new UpdateCommand({
          TableName: dynamo.table('system'),
          Key: { pk: key, sk: SORT },
          UpdateExpression: 'SET #ttl = :ttl',
          ConditionExpression: 'attribute_exists(pk)',
          ExpressionAttributeNames: { '#ttl': 'ttl' },
          ExpressionAttributeValues: { ':ttl': seconds(expires) },
        }),
      );
    } catch (error) {
      this.#cache.delete(key);
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
    }
  }
}

const SORT = 'session';
const noop = (): void => undefined;
const seconds = (ms: number): number => Math.floor(ms / 1000);
// Who can read the table must not be able to take over a session.
const keyOf = (sid: string): string => `session#${createHash('sha256').update(sid).digest('base64url')}`;

export const createSessionStore = (needs: Needs): Store => new DynamoSessionStore(needs);
