// What happens at the college while this page is open? One socket; whoever is interested listens here.
import type { Socket } from 'socket.io-client';
import type { EventName } from '../events.ts';
import type { ClientMessages, OwnMessage, ServerMessages, StaffMessage } from '../realtime/messages.ts';
import { ApiError, readSession, signInAddress } from './api.ts';
import { one } from './dom.ts';
import { note } from './notes.ts';
import { withDays } from './times.ts';

export type LiveSocket = Socket<ServerMessages, ClientMessages>;

/** An event as it arrived, with its name. */
export interface LiveEvent {
  name: EventName;
  message: StaffMessage | OwnMessage;
  /** Done by the person who looks at this page. */
  own: boolean;
}

type Listener = (event: LiveEvent) => void;

const EVENT =
  /^(student|course|user)_(added|updated|deleted)$|^attendance_(marked|updated|deleted)$|^result_(added|updated|deleted)$|^results_(posted|withdrawn)$/;
const isEventName = (name: string): name is EventName => EVENT.test(name);

/** A short break needs no words: phones lose and find their network all day. */
const SILENT_MS = 1_500;

const listeners = new Set<Listener>();
const refreshers = new Set<() => void>();
let socketReady: (socket: LiveSocket) => void;
const socketPromise = new Promise<LiveSocket>((done) => (socketReady = done));

/** Hears every event this login may hear. */
export const onEvent = (listener: Listener): void => void listeners.add(listener);
/** Called when events may have been missed: whatever is shown should be fetched again. */
export const onRefresh = (refresh: () => void): void => void refreshers.add(refresh);
/** The socket, once it was made (it may not be connected yet). */
export const liveSocket = (): Promise<LiveSocket> => socketPromise;

let hasEnded = false;
let askInPlace: (() => void) | undefined;

/** A sheet says what happens instead when this login has ended; also when that was before it was ready. */
export function whenSignedOut(action: () => void): void {
  askInPlace = action;
  if (hasEnded) action();
}

/** The page leads to the sign-in. One with a sheet stays: something may be typed there already. */
function atSignedOut(): void {
  hasEnded = true;
  if (askInPlace) askInPlace();
  else if (!one('form#sheet[data-sheet]')) location.assign(signInAddress());
}

const refreshAll = (): void => {
  for (const refresh of refreshers) refresh();
};

export async function startLive(user_id: string): Promise<void> {
  // Loaded after the page stands: nothing on it waits for the socket.
  const { io } = await import('socket.io-client');
  const socket: LiveSocket = io({ path: '/socket.io', reconnectionDelay: 500, reconnectionDelayMax: 5_000 });
  socketReady(socket);

  socket.onAny((name: string, message: unknown) => {
    if (!isEventName(name)) return;
    const said = message as StaffMessage | OwnMessage;
    const own = 'user_id' in said.by && said.by.user_id === user_id;
    sayEvent(name, said, own);
    for (const listener of listeners) listener({ name, message: said, own });
  });

  socket.on('server_message', ({ message, level }) => {
    if (level === 'refresh') refreshAll();
    else if (level === 'signed_out') void checkSession(socket);
    else note(message, level === 'warning' || level === 'danger' ? level : 'event');
  });

  watchConnection(socket);
}

/** A note of what happened. Sheets save row by row: one's own say so themselves, another's are one note that counts. */
function sayEvent(name: EventName, said: StaffMessage | OwnMessage, own: boolean): void {
  const isSheet = 'ids' in said && !name.startsWith('course');
  if (isSheet && (own || isOpenHere(said))) return;
  note(withDays(said.summary), own ? 'own' : 'event', own ? '' : said.by.full_name, isSheet ? topicOf(said) : '');
}

/** The sheet that is looked at shows its own news, row by row. */
function isOpenHere(said: object): boolean {
  const { courseId, date, period, examType, number } = one('#sheet[data-sheet]')?.dataset ?? {};
  const of = said as Record<string, unknown>;
  if (courseId === undefined || of['course_id'] !== courseId) return false;
  return date === undefined
    ? of['exam_type'] === examType && of['number'] === Number(number)
    : of['date'] === date && of['period'] === Number(period);
}

function topicOf(said: object): string {
  const { by, course_id, date, period, exam_type, number } = said as Record<string, unknown>;
  return JSON.stringify([by, course_id, date, period, exam_type, number]);
}

/** Says so when the connection stays lost, and when it is back. */
function watchConnection(socket: LiveSocket): void {
  const line = one('#connection');
  const say = (text: string): void => {
    if (line && line.textContent !== text) line.textContent = text;
  };
  let timer = 0;
  let leaving = false;
  window.addEventListener('pagehide', () => (leaving = true));
  // Who signs out is leaving as well: the server's news of it must not overtake the way to the sign-in.
  window.addEventListener('submit', ({ target }) => {
    if (target instanceof HTMLFormElement && target.matches('[action="/logout"]')) {
      leaving = true;
      socket.disconnect();
    }
  });
  window.addEventListener('pageshow', (event) => {
    leaving = false;
    // Shown from the browser's memory: what happened meanwhile was not heard.
    if (event.persisted) {
      socket.connect();
      refreshAll();
    }
  });

  socket.on('connect', () => {
    window.clearTimeout(timer);
    say('');
  });
  socket.on('disconnect', (reason) => {
    if (leaving || reason === 'io client disconnect') return;
    timer = window.setTimeout(() => say('No connection. This may be out of date.'), SILENT_MS);
    // The server ended it on purpose: this login may be over, then nobody reconnects for us.
    if (reason === 'io server disconnect') void checkSession(socket);
  });
  socket.on('connect_error', (error: Error & { data?: { status?: number } }) => {
    // Refused by the server, not by the network: Socket.IO does not try again by itself.
    // 403 is a password that must be changed first: the next page tries again.
    if (!socket.active && error.data?.status !== 403) void checkSession(socket, error.message);
  });
}

let checking = false;

/** Is this login still good? Then the socket comes back; else the page leads to the sign-in. */
async function checkSession(socket: LiveSocket, why = ''): Promise<void> {
  if (checking) return;
  checking = true;
  try {
    const { user } = await readSession();
    if (user.user_id !== document.body.dataset['userId']) location.reload();
    else window.setTimeout(() => socket.connect(), why === '' ? 500 : 10_000);
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) {
      socket.disconnect();
      atSignedOut();
    } else window.setTimeout(() => socket.connect(), 3_000);
  } finally {
    checking = false;
  }
}
