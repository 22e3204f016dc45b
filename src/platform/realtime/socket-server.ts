// How do sockets get in? One Socket.IO server on the app's own port, with bounds on everything a client may send.
import type { IncomingMessage, Server as HttpServer } from 'node:http';
import type { Duplex } from 'node:stream';
import { Server } from 'socket.io';
import type { DefaultEventsMap } from 'socket.io';
import { recoveryAdapter } from './recovery-adapter.ts';
import { createTurnstile } from './turnstile.ts';

const PATH = '/socket.io';
const MAX_MESSAGE_BYTES = 64 * 1024;
/** A connection that never signs in is closed after this long. */
const HANDSHAKE_MS = 10_000;
/** More than this waiting to be written means that the client doesn't read. */
const MAX_WAITING = { packets: 2_000, bytes: 4 * 1024 * 1024 };
const GRACE_MS = 500;

export interface SocketServerNeeds {
  server: HttpServer;
  /** Whether a request comes from our own pages or from no page at all. */
  ownOrigin: (request: IncomingMessage) => boolean;
  /** Whether the events after an offset can still be told. */
  knows: (offset: string) => boolean;
  /** How long a client may be away and still come back. */
  awayMs: number;
}

export interface SocketServer<In extends DefaultEventsMap, Out extends DefaultEventsMap, Data> {
  io: Server<In, Out, Record<string, never>, Data>;
  /** Cuts every connection in the way that makes clients come back, and lets nobody in any more. */
  close: () => Promise<void>;
}

/** A Socket.IO server with recovery by offset. Who may stay is the caller's business (`io.use`). */
export function createSocketServer<In extends DefaultEventsMap, Out extends DefaultEventsMap, Data>({
  server,
  ownOrigin,
  knows,
  awayMs,
}: SocketServerNeeds): SocketServer<In, Out, Data> {
  let closing = false;
  const turnstile = createTurnstile();
  // Upgraded connections are no longer the HTTP server's: whoever does not answer a close is cut off here.
  const upgraded = new Set<Duplex>();
  server.on('upgrade', (_request, connection: Duplex) => {
    upgraded.add(connection);
    connection.once('close', () => upgraded.delete(connection));
  });

  const io: SocketServer<In, Out, Data>['io'] = new Server(server, {
    path: PATH,
    serveClient: false,
    maxHttpBufferSize: MAX_MESSAGE_BYTES,
    connectTimeout: HANDSHAKE_MS,
    adapter: recoveryAdapter(knows),
    connectionStateRecovery: { maxDisconnectionDuration: awayMs, skipMiddlewares: false },
    // CORS does not guard WebSockets, so the origin is checked here, for every transport.
    allowRequest: (request, answer) => {
      turnstile(() => {
        const fine = !closing && ownOrigin(request);
        answer(fine ? null : closing ? 'The server is restarting.' : 'This origin is not allowed.', fine);
      });
    },
  });

  async function close(): Promise<void> {
    closing = true;
    // Not io.close(): that would close the HTTP server as well, which is not ours.
    io.engine.close();
    const until = Date.now() + GRACE_MS;
    while (upgraded.size > 0 && Date.now() < until) await new Promise((resolve) => setTimeout(resolve, 10));
    for (const connection of upgraded) connection.destroy();
  }

  return { io, close };
}

/** What engine.io keeps of a connection; its buffer is not part of its published types. */
interface Waiting {
  writeBuffer?: { data?: string | { length: number } }[];
}

/** Whether a client reads so slowly that what waits for it would grow without bound. */
export function isBehind(connection: object): boolean {
  const { writeBuffer = [] } = connection as Waiting;
  if (writeBuffer.length > MAX_WAITING.packets) return true;
  return writeBuffer.reduce((sum, { data }) => sum + (data?.length ?? 0), 0) > MAX_WAITING.bytes;
}
