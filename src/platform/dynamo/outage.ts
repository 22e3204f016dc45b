// Is the database there at all? A circuit breaker over all tries: when it is gone, nobody waits for it to say so again.
// It opens after many failed tries in a row, or when nothing at all is answered any more; then one try now and then asks.
import { BrokenCircuitError, circuitBreaker, handleWhen } from 'cockatiel';
import { setImmediate as turn } from 'node:timers/promises';
import { Unavailable } from '../errors.ts';

export interface Outage {
  /** Sends one try. Throws Unavailable at once while the database is known to be gone. */
  attempt: <T>(send: () => Promise<T>) => Promise<T>;
  /** From now on silence counts, too: before, while tables are made or loaded, an engine may take its time. */
  hurry: () => void;
}

export interface OutageNeeds {
  /** Whether an error says that the database is gone; that it refuses or throttles is an answer. */
  isGone: (error: Error) => boolean;
  /** Asks for something small that must be answered soon; any answer will do. */
  probe: () => Promise<boolean>;
}

/** At 30 % faults one try in two million is the last of twelve failed ones. */
const FAILED_IN_A_ROW = 12;
/** With the probe's patience on top a request still gets its 503 within a second. */
const SILENT_MS = 500;
export const PROBE_MS = 300;
const TRY_AGAIN_MS = 500;
/** A probe that took so much longer says that this process was busy itself. */
const LATE_MS = 150;

const now = (): number => performance.now();
const rest = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms).unref());

export function createOutage({ isGone, probe }: OutageNeeds): Outage {
  /** Tries that wait for their answer, the oldest first. */
  const waiting = new Set<{ since: number; giveUp: (error: Error) => void }>();
  let heardAt = 0;
  let hurried = false;
  let watching = false;
  let silent = false;
  let failed = 0;

  const breaker = circuitBreaker(handleWhen(isGone), {
    halfOpenAfter: TRY_AGAIN_MS,
    breaker: {
      state: undefined,
      success: () => {
        failed = 0;
        silent = false;
      },
      failure: () => {
        failed += 1;
        return silent || failed >= FAILED_IN_A_ROW;
      },
    },
  });

  /** Gives up whatever waits once nobody has been answered for long and a probe is not answered either. */
  async function watch(): Promise<void> {
    for (;;) {
      const [oldest] = waiting;
      if (!oldest) return;
      const left = Math.max(heardAt, oldest.since) + SILENT_MS - now();
      if (left > 0) {
        await rest(left);
        await turn(); // answers that came while this process was busy are read first
        continue;
      }
      const asked = now();
      if (await probe()) heardAt = now();
      else if (now() - asked < PROBE_MS + LATE_MS && heardAt < asked) {
        silent = true;
        for (const { giveUp } of waiting) giveUp(new Unavailable());
        waiting.clear();
      }
    }
  }

  function answered<T>(send: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const mine = { since: now(), giveUp: reject };
      waiting.add(mine);
      const settle = (): void => void waiting.delete(mine);
      send().then(
        (answer) => {
          settle();
          heardAt = now();
          resolve(answer);
        },
        (error: unknown) => {
          settle();
          const said = error instanceof Error ? error : new Error(String(error));
          if (!isGone(said)) heardAt = now();
          reject(said);
        },
      );
      if (!hurried || watching) return;
      watching = true;
      void watch().finally(() => (watching = false));
    });
  }

  return {
    hurry: () => {
      hurried = true;
    },
    attempt: async <T>(send: () => Promise<T>): Promise<T> => {
      // A refusal is an answer, and a success for the breaker.
      const outcome = await breaker
        .execute(() =>
          answered(send).then(
            (value) => ({ value }),
            (error: unknown) => {
              if (!(error instanceof Error) || isGone(error)) throw error;
              return { error };
            },
          ),
        )
        .catch((error: unknown) => {
          throw error instanceof BrokenCircuitError ? new Unavailable() : error;
        });
      if ('error' in outcome) throw outcome.error;
      return outcome.value;
    },
  };
}
