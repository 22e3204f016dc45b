// How does a client that was cut off come back? By its offset alone: nothing is kept for it, so nothing leaks and a restart is no loss.
import { randomBytes } from 'node:crypto';
import { Adapter } from 'socket.io-adapter';
import type { Session } from 'socket.io-adapter';

// As Socket.IO makes them. A client names its own, so its shape is checked; it opens nothing.
const PID = /^[\w-]{1,64}$/;

/** What a recovered socket starts with in `socket.data`: the number of the last event its client processed. */
export interface Recovered {
  since?: string;
}

/**
 * The stock in-memory adapter with a recovery of our own. `knows` says whether what came after an offset can still be told;
 * if not, the client gets a new session (`socket.recovered` is false).
 * The stock recovery would bring old rooms back and send before the middleware has asked who this is: here
 * a socket comes back without rooms, and what it missed is chosen on connection.
 */
export function recoveryAdapter(knows: (offset: string) => boolean): typeof Adapter {
  return class RecoveryAdapter extends Adapter {
    override persistSession(): void {
      // Nothing to keep: see restoreSession.
    }

    override restoreSession(pid: string, offset: string): Promise<Session> {
      if (!PID.test(pid) || !knows(offset)) return Promise.reject(new Error('can not be recovered'));
      const data: Recovered = { since: offset };
      const sid = randomBytes(15).toString('base64url');
      return Promise.resolve({ sid, pid, rooms: [], data, missedPackets: [] });
    }
  };
}
