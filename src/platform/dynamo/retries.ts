// How often is a call to DynamoDB tried, and after what pause? Ten times at the most, sooner and with jitter.
// The SDK's own way spends a budget of tries that a bad hour uses up; here `outage.ts` ends the tries when nothing answers.
import type { DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { backoff, pause } from './reads.ts';

type Provided = Exclude<NonNullable<DynamoDBClientConfig['retryStrategy']>, (...args: never[]) => unknown>;
type Strategy = Extract<Provided, { acquireInitialRetryToken: unknown }>;
type Token = Awaited<ReturnType<Strategy['acquireInitialRetryToken']>>;

/** At 30 % faults one call in 170,000 fails ten times. */
export const TRIES = 10;

const token = (tries: number): Token => ({ getRetryCount: () => tries, getRetryDelay: () => 0 });

/** The pause before a try, in milliseconds: who is throttled comes back later. */
const before = (tries: number, throttled: boolean): number =>
  throttled ? backoff(tries, 25, 800) : backoff(tries, 10, 100);

export const retries: Strategy = {
  acquireInitialRetryToken: () => Promise.resolve(token(0)),
  refreshRetryTokenForRetry: async (last, { errorType }) => {
    const tries = last.getRetryCount() + 1;
    const again = errorType === 'TRANSIENT' || errorType === 'THROTTLING' || errorType === 'SERVER_ERROR';
    if (!again || tries >= TRIES) throw new Error('not to be tried again');
    await pause(before(tries, errorType === 'THROTTLING'));
    return token(tries);
  },
  recordSuccess: () => undefined,
};
