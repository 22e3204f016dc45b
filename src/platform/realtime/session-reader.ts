// Whose session does a handshake carry? The same middleware as for pages reads it; nothing is written, touched or sent.
import { ServerResponse } from 'node:http';
import type { IncomingMessage } from 'node:http';
import type { Request, RequestHandler, Response } from 'express';
import type { Session, SessionData } from 'express-session';

export type ReadSession = (request: IncomingMessage) => Promise<(Session & Partial<SessionData>) | undefined>;

/**
 * Reads the session of a handshake request as it is stored now. Rejects when the store can't be asked.
 * Each reading gets a view of the request: a session already read stays on the request, and a socket that
 * connects again over the same connection must not be let in by what was true before.
 */
export function sessionReader(sessionMiddleware: RequestHandler): ReadSession {
  return (request) =>
    new Promise((resolve, reject) => {
      const view = Object.create(request, {
        session: { value: undefined, writable: true, configurable: true },
        sessionID: { value: undefined, writable: true, configurable: true },
        sessionStore: { value: undefined, writable: true, configurable: true },
      }) as Request;
      // Never ended, so the middleware never gets to store the session or set a cookie.
      const response = new ServerResponse(request) as Response;
      const done = (error?: unknown): void => {
        if (error === undefined || error === null) resolve(view.session);
        else reject(error instanceof Error ? error : new Error('the session could not be read'));
      };
      void Promise.resolve(sessionMiddleware(view, response, done)).catch(done);
    });
}
