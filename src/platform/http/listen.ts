// Where does the server listen?
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Config } from '../config.ts';
import { StartRefused } from '../start-refused.ts';

type Where = Pick<Config, 'port' | 'host' | 'listenFd'>;

function refused(error: NodeJS.ErrnoException, { port, host, listenFd }: Where): Error {
  if (listenFd !== undefined)
    return new StartRefused('The socket that the service manager handed over can not be used.');
  const where = `PORT ${String(port)} on HOST ${host}`;
  switch (error.code) {
    case 'EADDRINUSE':
      return new StartRefused(`${where} is taken: stop what listens there, or set another PORT.`);
    case 'EACCES':
      return new StartRefused(`${where} is not allowed to this user: set a PORT from 1024 on.`);
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new StartRefused(`HOST ${host} is not an address of this machine.`);
    default:
      return error;
  }
}

const urlOf = (address: string | AddressInfo | null): string => {
  if (address === null || typeof address === 'string') return address ?? 'the socket handed over';
  const host = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return `http://${host}:${String(address.port)}`;
};

// A thousand screens that come back at once must find a place in the line; the system may have a lower limit.
const BACKLOG = 4_096;

/** Starts listening; returns the address. A fault that a person can repair is thrown as StartRefused. */
export function listen(server: Server, where: Where): Promise<string> {
  // A slow sender is cut off; an idle connection outlives the 60 s of a load balancer in front.
  server.headersTimeout = 15_000;
  server.requestTimeout = 60_000;
  server.keepAliveTimeout = 75_000;
  return new Promise((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException): void => reject(refused(error, where));
    server.once('error', failed);
    const listening = (): void => {
      server.off('error', failed);
      resolve(urlOf(server.address()));
    };
    if (where.listenFd !== undefined) server.listen({ fd: where.listenFd }, listening);
    else server.listen({ port: where.port, host: where.host, backlog: BACKLOG }, listening);
  });
}
