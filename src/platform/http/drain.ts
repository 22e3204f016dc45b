// How does the server end without cutting anybody off?
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { Server as Listener } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';

/** So long a connection without a request is left open: one may be on its way, from a proxy that has not heard yet. */
const ON_ITS_WAY_MS = 1_000;
const QUIET_TURN_MS = 2;
const PATIENCE_MS = 500;

/**
 * Waits for a short turn of the event loop in which nobody new was let in. The system greets people before we do, and
 * whoever it has greeted is cut off when the listener closes: right after such a turn that is next to nobody.
 */
async function quietTurn(accepted: () => number): Promise<void> {
  const until = performance.now() + PATIENCE_MS;
  await turn(); // the rest of this one
  for (let began = performance.now(); began < until; began = performance.now()) {
    const before = accepted();
    await turn();
    if (accepted() === before && performance.now() - began < QUIET_TURN_MS) return;
  }
}

type Asked = [IncomingMessage, ServerResponse];

/** Lets requests wait, so that the event loop gets round to those at the door; call the result to serve them. */
function hold(server: Server): () => void {
  const serving = server.listeners('request') as ((...asked: Asked) => void)[];
  const held: Asked[] = [];
  server.removeAllListeners('request').on('request', (...asked: Asked) => held.push(asked));
  return () => {
    server.removeAllListeners('request');
    for (const listener of serving) server.on('request', listener);
    for (const asked of held) server.emit('request', ...asked);
  };
}

/** Ends a server: takes no new connections, lets what runs finish for `patience` milliseconds, then cuts the rest off. */
export type Drain = (patience: number) => Promise<void>;

/** To be called before the server listens, so that it knows which requests are running when it is to end. */
export function prepareDrain(server: Server): Drain {
  const running = new Set<ServerResponse>();
  let draining = false;
  let accepted = 0;
  server.on('connection', () => (accepted += 1));
  const closeAfter = (res: ServerResponse): void => {
    if (!res.headersSent) res.setHeader('Connection', 'close');
  };
  server.prependListener('request', (_req, res: ServerResponse) => {
    running.add(res);
    res.once('close', () => running.delete(res));
    if (draining) closeAfter(res);
  });

  return async (patience) => {
    draining = true;
    running.forEach(closeAfter);
    const serve = hold(server);
    await quietTurn(() => accepted);
    // Only the listener: the server's own close() also cuts off connections whose request has not been read yet.
    const closed = new Promise<void>((resolve) => Listener.prototype.close.call(server, () => resolve()));
    serve();
    const began = performance.now();
    // A connection becomes idle when its answer has gone out, which nobody tells us.
    const idle = setInterval(() => {
      if (performance.now() - began > ON_ITS_WAY_MS) server.closeIdleConnections();
    }, 50);
    const cut = setTimeout(() => server.closeAllConnections(), patience);
    await closed;
    clearInterval(idle);
    clearTimeout(cut);
  };
}
