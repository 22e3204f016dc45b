// Was this call made before? With an Idempotency-Key a repeat gets the first answer again, and nothing happens twice.
import { createHmac } from 'node:crypto';
import type { Request } from 'express';
import type { IdempotencyKey, KeptAnswer } from '../actor.ts';
import { Invalid, KeyUsed, Refusal, Unavailable } from '../errors.ts';

/** The answer kept for this user and key, with the digest of the call that got it. */
export type FindAnswer = (user_id: string, key: string) => Promise<{ request: string; answer: KeptAnswer } | undefined>;

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

const invalidKey = (): Invalid =>
  new Invalid([
    { field: 'Idempotency-Key', message: 'Idempotency-Key is a UUID, made anew for each thing to be done.' },
  ]);

const otherCall = (): Invalid =>
  new Invalid([
    { field: 'Idempotency-Key', message: 'This Idempotency-Key was used for another call. Make a new one.' },
  ]);

/** The key of a call in lower case; undefined without one, Invalid for one that is no UUID. */
export function keyOf(req: Request): string | Invalid | undefined {
  const sent = req.get('idempotency-key');
  if (sent === undefined) return undefined;
  return UUID.test(sent.trim()) ? sent.trim().toLowerCase() : invalidKey();
}

export interface KeyedCall {
  user_id: string;
  key: string;
  req: Request;
  bytes: Uint8Array;
}

/**
 * `secrets`: the newest first. The digest is keyed because bodies may hold passwords: what lies in the table
 * for 14 days must be worth nothing to a guesser.
 */
export function createReplays(find: FindAnswer, secrets: readonly string[]) {
  function digest({ req, bytes }: KeyedCall, secret: string): string {
    const hmac = createHmac('sha256', secret);
    hmac.update(JSON.stringify(['api call', req.method, req.originalUrl, req.get('if-match') ?? null]));
    return hmac.update(bytes).digest('base64url');
  }

  /** The answer this call got before; throws Invalid when the key was used for another call. */
  async function earlier(call: KeyedCall): Promise<KeptAnswer | undefined> {
    const kept = await find(call.user_id, call.key);
    if (!kept) return undefined;
    if (!secrets.some((secret) => digest(call, secret) === kept.request)) throw otherCall();
    return kept.answer;
  }

  /** Answers a repeat with what is kept; else runs the call, which keeps its answer in its own transaction. */
  async function once<T>(
    call: KeyedCall,
    answer: IdempotencyKey['answer'],
    run: (key: IdempotencyKey) => Promise<T>,
  ): Promise<{ kept: KeptAnswer } | { fresh: T }> {
    const before = await earlier(call);
    if (before) return { kept: before };
    try {
      return { fresh: await run({ key: call.key, request: digest(call, secrets[0] ?? ''), answer }) };
    } catch (error) {
      // The same call may have been stored meanwhile; then its record is why this one was refused.
      if (!(error instanceof KeyUsed || error instanceof Refusal)) throw error;
      const meanwhile = await earlier(call);
      if (meanwhile) return { kept: meanwhile };
      throw error instanceof KeyUsed ? new Unavailable() : error;
    }
  }

  return { once };
}

export type Replays = ReturnType<typeof createReplays>;
