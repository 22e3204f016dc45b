// Is this the password? bcrypt, with a bound on how many are computed at once.
import bcrypt from 'bcrypt';
import { createLimit } from '../platform/limit.ts';

const PATIENCE_MS = 30_000; // a whole school signs in at eight

/** In place of a hash: nobody can sign in until an admin sets a password. */
export const NO_PASSWORD = '-';

/** `cost`: BCRYPT_COST. At most two at once: each takes a core for a quarter of a second. */
export function createPasswords(cost: number) {
  const limit = createLimit(2, PATIENCE_MS);
  // For names that nobody has: it takes as long to say no.
  const nobody = bcrypt.hash('there is no such user', cost);
  return {
    hash: (password: string): Promise<string> => limit(() => bcrypt.hash(password, cost)),
    matches: (password: string, hash: string | undefined): Promise<boolean> =>
      limit(async () => {
        const real = hash !== undefined && hash !== NO_PASSWORD;
        const found = await bcrypt.compare(password, real ? hash : await nobody);
        return found && real;
      }),
  };
}

export type Passwords = ReturnType<typeof createPasswords>;
