// Is this the password? bcrypt, with a bound on how many are computed at once and how many wait.
import bcrypt from 'bcrypt';
import { createLimit } from '../platform/limit.ts';

const PATIENCE_MS = 30_000; // a whole school signs in at eight
/** What two cores get done in that time: whoever comes behind them would wait in vain. */
const MOST_WAITING = 200;

/** In place of a hash: nobody can sign in until an admin sets a password. */
export const NO_PASSWORD = '-';

/** bcrypt reads 72 bytes and stops. */
export const MOST_BYTES = 72;

/** Whether every character can be typed: half of a character and the one that ends texts in C can not. */
export const isTypable = (password: string): boolean => !password.includes('\u0000') && password.isWellFormed();

/** Whether bcrypt reads all of it as it was typed: else a longer or another text would fit the same hash. */
export const isWhole = (password: string): boolean => Buffer.byteLength(password) <= MOST_BYTES && isTypable(password);

/** `cost`: BCRYPT_COST. At most two at once: each takes a core for a quarter of a second. */
export function createPasswords(cost: number, { waiting = MOST_WAITING } = {}) {
  const limit = createLimit(2, PATIENCE_MS, waiting);
  // For names that nobody has: it takes as long to say no.
  const nobody = bcrypt.hash('there is no such user', cost);
  return {
    /** Throws Busy when too many wait. */
    hash: (password: string): Promise<string> => {
      if (!isWhole(password)) throw new Error('a password that bcrypt would cut reached the hash');
      return limit(() => bcrypt.hash(password, cost));
    },
    /** Takes as long whatever is wrong. Throws Busy when too many wait. */
    matches: (password: string, hash: string | undefined): Promise<boolean> =>
      limit(async () => {
        const real = hash !== undefined && hash !== NO_PASSWORD && isWhole(password);
        const found = await bcrypt.compare(password, real ? hash : await nobody);
        return found && real;
      }),
  };
}

export type Passwords = ReturnType<typeof createPasswords>;
