// Who gets a socket, and who may keep it? Whoever is signed in, for as long as that session and that login hold.
import { createHash } from 'node:crypto';
import type { Clock } from '../platform/clock.ts';
import { MustChangePassword, TooMany, Unauthenticated } from '../platform/errors.ts';
import { refusalOf } from '../platform/http/problem.ts';
import { sessionOwner } from '../platform/http/session-owner.ts';
import type { Logger } from '../platform/logger.ts';
import type { ReadSession } from '../platform/realtime/session-reader.ts';
import type { Login, UsersService } from '../users/users.service.ts';
import { userRoom } from './sockets.ts';
import type { AppServer, AppSocket } from './sockets.ts';

/** One login on many screens is fine, one that opens sockets without end is not. */
const MAX_SOCKETS_OF_USER = 500;
/** A session that ran out unnoticed ends its sockets after this long at the latest. */
const READ_AGAIN_MS = 10 * 60_000;
/** How long a sign-out is remembered, for a handshake that read the session just before. */
const REMEMBER_MS = 60_000;

export interface AdmissionNeeds {
  io: AppServer;
  users: Pick<UsersService, 'login'>;
  readSession: ReadSession;
  clock: Clock;
  log: Logger;
}

export interface Admission {
  /** Whether the login of a socket still holds; brings `socket.data.actor` up to date. */
  holds: (socket: AppSocket) => boolean;
  /** Ends a socket whose login or session is over. */
  end: (socket: AppSocket) => void;
  /** Ends a user's sockets: all of them, or those whose login does not hold any more. */
  endUser: (user_id: string, which: 'all' | 'invalid') => void;
  /** Ends the sockets of one session. */
  endSession: (session_id: string) => void;
  /** To be called now and then: ends what nobody told us of. */
  check: () => void;
}

export function createAdmission({ io, users, readSession, clock, log }: AdmissionNeeds): Admission {
  // One handshake a connection: a client that asks again before the answer would cost a reading each time.
  const taken = new WeakSet<object>();
  const signedOut = new Map<string, number>();

  io.use((socket, next) => {
    if (taken.has(socket.conn)) {
      next(new Error('This connection has a socket already.'));
      return;
    }
    taken.add(socket.conn);
    enter(socket).then(
      () => {
        socket.once('disconnect', () => taken.delete(socket.conn));
        next();
      },
      (error: unknown) => {
        taken.delete(socket.conn);
        const refusal = refusalOf(error);
        if (refusal && refusal.status < 500) {
          const { message, status, title } = refusal;
          next(Object.assign(new Error(message), { data: { status, title } }));
        } else {
          // A client that is refused stays away; one whose connection closes tries again, which is what is wanted here.
          log.warn({ err: error }, 'a socket could not be checked');
          socket.conn.close();
          next(new Error('closed')); // never sent; Socket.IO forgets the socket
        }
      },
    );
  });

  async function enter(socket: AppSocket): Promise<void> {
    const { user_id, epoch, session_id } = await ownerOf(socket);
    const login = users.login(user_id);
    if (login?.epoch !== epoch) throw new Unauthenticated();
    if (login.must_change_password) throw new MustChangePassword();
    if ((io.of('/').adapter.rooms.get(userRoom(user_id))?.size ?? 0) >= MAX_SOCKETS_OF_USER) {
      throw new TooMany('This login is open too often. Close some windows.', 60);
    }
    socket.data.actor = login.actor;
    socket.data.epoch = epoch;
    socket.data.session = digest(session_id);
    socket.data.seen = clock.now();
  }

  async function ownerOf(socket: AppSocket): Promise<{ user_id: string; epoch: number; session_id: string }> {
    const session = await readSession(socket.request);
    const owner = session && sessionOwner(session, clock.now());
    if (!owner) throw new Unauthenticated();
    return { ...owner, session_id: session.id };
  }

  function holds(socket: AppSocket): boolean {
    const { actor, epoch, session } = socket.data;
    const login = users.login(actor.user_id);
    if (!login || !sameRights(login, socket) || login.epoch !== epoch || signedOut.has(session)) return false;
    socket.data.actor = login.actor;
    return true;
  }

  function end(socket: AppSocket): void {
    socket.emit('server_message', { level: 'signed_out', message: 'You have been signed out. Sign in again.' });
    socket.disconnect(true);
  }

  function endUser(user_id: string, which: 'all' | 'invalid'): void {
    for (const socket_id of [...(io.of('/').adapter.rooms.get(userRoom(user_id)) ?? [])]) {
      const socket = io.of('/').sockets.get(socket_id);
      if (socket && (which === 'all' || !holds(socket))) end(socket);
    }
  }

  // A session can run out, or be ended by another process. Not being able to ask is no reason to end it.
  async function readAgain(socket: AppSocket): Promise<void> {
    socket.data.seen = clock.now();
    try {
      const { user_id, epoch } = await ownerOf(socket);
      if (user_id !== socket.data.actor.user_id || epoch !== socket.data.epoch) end(socket);
    } catch (error) {
      if (error instanceof Unauthenticated) end(socket);
    }
  }

  return {
    holds,
    end,
    endUser,
    endSession: (session_id) => {
      const session = digest(session_id);
      signedOut.set(session, clock.now());
      for (const socket of [...io.of('/').sockets.values()]) if (socket.data.session === session) end(socket);
    },
    check: () => {
      const now = clock.now();
      for (const [session, at] of signedOut) if (at < now - REMEMBER_MS) signedOut.delete(session);
      for (const socket of [...io.of('/').sockets.values()]) {
        if (!holds(socket)) end(socket);
        else if (socket.data.seen < now - READ_AGAIN_MS) void readAgain(socket);
      }
    },
  };
}

const digest = (session_id: string): string => createHash('sha256').update(session_id).digest('base64url');

const sameRights = ({ actor, must_change_password }: Login, { data }: AppSocket): boolean =>
  !must_change_password && actor.role === data.actor.role && actor.student_id === data.actor.student_id;
