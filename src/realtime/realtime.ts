// How do browsers see what happens while it happens? Events from the bus go out to sockets, by room, numbered and in order.
import type { Server as HttpServer } from 'node:http';
import type { RequestHandler } from 'express';
import type { StoredEvent } from '../events.ts';
import { TooMany } from '../platform/errors.ts';
import { ownOrigin } from '../platform/http/origin.ts';
import type { Platform } from '../platform/platform.ts';
import { createBucket } from '../platform/realtime/bucket.ts';
import { sessionReader } from '../platform/realtime/session-reader.ts';
import { createSocketServer, isBehind } from '../platform/realtime/socket-server.ts';
import type { UsersService } from '../users/users.service.ts';
import type { ErasureService } from '../privacy/erasure.service.ts';
import { createAdmission } from './admission.ts';
import { ownMessage, staffMessage, staffRoom, studentsOf } from './broadcasts.ts';
import { catchUp } from './catch-up.ts';
import { AWAY_MS, createEventLog } from './event-log.ts';
import type { Answer, ClientMessages, MessageLevel, ServerMessages } from './messages.ts';
import { refusedBy } from './problem.ts';
import { createSheets } from './sheets.ts';
import type { SheetsNeeds } from './sheets.ts';
import { studentRoom } from './sockets.ts';
import type { AppSocket, SocketData } from './sockets.ts';

export interface RealtimeNeeds {
  server: HttpServer;
  platform: Pick<Platform, 'bus' | 'clock' | 'config' | 'log'>;
  services: { users: Pick<UsersService, 'login'>; erasure?: Pick<ErasureService, 'listen'> } & SheetsNeeds['services'];
  sessionMiddleware: RequestHandler;
  /** How often it looks after its sockets (milliseconds). */
  pace?: { beat: number; slow: number };
}

export interface Realtime {
  /** Fills the log at start, before anybody connects: what the trail has of the last LOG_MS, and the newest event before it. */
  loadLog: (events: StoredEvent[]) => void;
  /** Ends all sockets of a user. */
  endSessions: (user_id: string) => void;
  /** Ends the sockets of one session, e.g. at sign-out. */
  endSession: (session_id: string) => void;
  /** Tells everybody who is connected. Not an event: whoever is away does not get it later. */
  serverMessage: (message: string, level?: MessageLevel) => void;
  /** How much is kept at the moment. */
  counts: () => { sockets: number; rooms: number; events: number; sheets: number };
  /** Cuts all connections so that clients come back by themselves, to the next process. */
  close: () => Promise<void>;
}

const PACE = { beat: 30_000, slow: 5_000 };
/** Client events: typing through the rows of a sheet stays far below. */
const BURST = 40;
const PER_SECOND = 10;
/** Refused client events after which a socket is cut off. */
const PATIENCE = 300;

export function createRealtime({
  server,
  platform,
  services,
  sessionMiddleware,
  pace = PACE,
}: RealtimeNeeds): Realtime {
  const { bus, clock, config } = platform;
  const log = createEventLog(clock);
  const { io, close } = createSocketServer<ClientMessages, ServerMessages, SocketData>({
    server,
    ownOrigin: (request) => ownOrigin(request, config),
    knows: (offset) => log.knows(offset),
    awayMs: AWAY_MS,
  });
  const sockets = io.of('/');
  const readSession = sessionReader(sessionMiddleware);
  const admission = createAdmission({ io, users: services.users, readSession, clock, log: platform.log });
  const sheets = createSheets({ io, services, log: platform.log });

  sockets.on('connection', (socket) => {
    // The login may have ended since the handshake read it.
    if (!admission.holds(socket)) {
      admission.end(socket);
      return;
    }
    limitEvents(socket);
    socket.on('sheet_open', (...args) => void sheets.open(socket, args[0], answerOf(args)));
    socket.on('sheet_close', (...args) => sheets.close(socket, args[0], answerOf(args)));
    socket.once('disconnect', () => sheets.left(socket));
    catchUp(socket, log, clock);
  });

  function limitEvents(socket: AppSocket): void {
    const bucket = createBucket(clock, BURST, PER_SECOND);
    const patience = createBucket(clock, PATIENCE, 1);
    socket.use((packet, next) => {
      if (bucket.take()) {
        next();
        return;
      }
      const tooMany = new TooMany('That was too fast. Wait a moment.', 1);
      answerOf(packet)?.({ ok: false, problem: refusedBy(tooMany, platform.log) });
      if (!patience.take()) socket.disconnect(true);
    });
  }

  // Rooms without a socket are never emitted to: nobody is there, and nothing is kept for them.
  function tell(event: StoredEvent): void {
    const { number } = event.stamp;
    const { rooms } = sockets.adapter;
    const room = staffRoom(event);
    if (rooms.has(room)) sockets.to(room).emit(event.name, staffMessage(event), number);
    for (const student_id of studentsOf(event)) {
      const own = rooms.has(studentRoom(student_id)) ? ownMessage(event, student_id) : undefined;
      if (own) sockets.to(studentRoom(student_id)).emit(own.name, own.message, number);
    }
  }

  const unlisten = bus.listen((event) => {
    if (!log.add(event)) return;
    // First whoever must not hear it any more.
    if (event.name === 'user_updated' || event.name === 'user_deleted') admission.endUser(event.id, 'invalid');
    tell(event);
    if (event.name === 'student_deleted') endStudent(event.id);
    sheets.changed(event);
  });

  services.erasure?.listen(log.retell);

  function endStudent(student_id: string): void {
    for (const socket_id of [...(sockets.adapter.rooms.get(studentRoom(student_id)) ?? [])]) {
      const socket = sockets.sockets.get(socket_id);
      if (socket) admission.end(socket);
    }
  }

  // A client that hears little must not fall out of the log while it listens: its offset is moved on.
  let beaten = log.newest();
  const beat = setInterval(() => {
    admission.check();
    if (log.newest() === beaten) return;
    beaten = log.newest();
    sockets.emit('hello', { at: new Date(clock.now()).toISOString() }, beaten);
  }, pace.beat).unref();

  // Closed without a word, so that the client comes back and catches up once it reads again.
  const slow = setInterval(() => {
    for (const { conn } of [...sockets.sockets.values()]) if (isBehind(conn)) conn.close(true);
  }, pace.slow).unref();

  return {
    loadLog: log.load,
    endSessions: (user_id) => admission.endUser(user_id, 'all'),
    endSession: admission.endSession,
    serverMessage: (message, level = 'info') => sockets.emit('server_message', { message, level }),
    counts: () => ({
      sockets: sockets.sockets.size,
      rooms: sockets.adapter.rooms.size,
      events: log.size(),
      sheets: sheets.size(),
    }),
    close: async () => {
      unlisten();
      clearInterval(beat);
      clearInterval(slow);
      await close();
    },
  };
}

/** The acknowledgement a client may have asked for. */
function answerOf(args: unknown[]): ((answer: Answer) => void) | undefined {
  const last = args.at(-1);
  return typeof last === 'function' ? (last as (answer: Answer) => void) : undefined;
}
