// How does one shipment go to the server, and what does it mean when nothing comes of it?
import type { SheetSaved } from '../attendance/mark.ts';
import { api, ApiError, takeSession } from './api.ts';
import type { SessionAnswer } from './api.ts';
import type { Shipment } from './outbox-change.ts';

/** Why nothing goes out: no answer; the session ended; the password must be changed; somebody else is signed in. */
export type Trouble = 'unreachable' | 'signed-out' | 'password' | 'other-user';

const ANSWER_MS = 30_000;
/** Browsers let so much out of a page that is going. */
const KEEPALIVE_BYTES = 60_000;

class OtherUser extends ApiError {}

const isPassword = ({ problem: { type } }: ApiError): boolean =>
  typeof type === 'string' && type.endsWith('/must-change-password');

/** Throws ApiError, of status 0 when there is no answer in time, or words of somebody else than the server. */
export async function sendShipment(shipment: Shipment, user_id: string, leaving: boolean): Promise<SheetSaved> {
  const keepalive = leaving && JSON.stringify(shipment.body).length < KEEPALIVE_BYTES;
  const put = (): Promise<SheetSaved> =>
    api<SheetSaved>(shipment.sheet, {
      method: 'PUT',
      body: shipment.body,
      headers: { 'Idempotency-Key': shipment.token },
      ...(keepalive ? { keepalive } : { signal: AbortSignal.timeout(ANSWER_MS) }),
    });
  try {
    return await put().catch(async (error: unknown) => {
      if (!(error instanceof ApiError) || error.status !== 403 || isPassword(error) || !isOurs(error)) throw error;
      // Signed in again, perhaps in another tab: the form token of this page is that of an older session.
      const session = await api<SessionAnswer>('/api/session', { signal: AbortSignal.timeout(ANSWER_MS) });
      if (session.user.user_id !== user_id) throw new OtherUser(0, 'Somebody else is signed in.');
      takeSession(session);
      return await put();
    });
  } catch (error) {
    // Too late, or words that are no JSON, as of a network that wants a sign-in of its own.
    throw error instanceof ApiError ? error : new ApiError(0, 'The server did not answer.');
  }
}

/** Said by the app itself, not by something on the way to it. */
const isOurs = ({ problem }: ApiError): boolean => problem['status'] !== undefined;

/** Nothing goes out at all now. null: the answer is about this shipment alone. */
export function troubleOf(error: ApiError): Trouble | null {
  if (error instanceof OtherUser) return 'other-user';
  if (isUnclear(error)) return null;
  if (!isOurs(error) || error.status === 429 || error.status === 503) return 'unreachable';
  if (error.status === 401) return 'signed-out';
  return error.status === 403 && isPassword(error) ? 'password' : null;
}

/** What a proxy says of anybody, not of one request: sign in, too slow, too many. */
const OF_ANY_REQUEST = [401, 407, 408, 429];

/** Neither taken nor refused: the server failed at this one, or a proxy does not let it through. */
export const isUnclear = (error: ApiError): boolean =>
  isOurs(error)
    ? error.status >= 500 && error.status !== 503
    : error.status >= 400 && error.status < 500 && !OF_ANY_REQUEST.includes(error.status);

/** crypto.randomUUID is missing over plain http. */
export function newToken(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
