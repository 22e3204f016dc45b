// Whose session is this, and is it still young enough?
import type { SessionData } from 'express-session';

/** However busy, a session ends after a day (milliseconds). */
export const LONGEST_SESSION_MS = 24 * 3_600_000;

export interface SessionOwner {
  user_id: string;
  /** Must be the login's epoch now, else the session is over. */
  epoch: number;
}

/** Who signed in with this session; undefined when nobody did, or too long ago. */
export function sessionOwner(session: Partial<SessionData>, now = Date.now()): SessionOwner | undefined {
  const { user_id, epoch, signed_in_at } = session;
  if (user_id === undefined || epoch === undefined || signed_in_at === undefined) return undefined;
  return now - signed_in_at < LONGEST_SESSION_MS ? { user_id, epoch } : undefined;
}
