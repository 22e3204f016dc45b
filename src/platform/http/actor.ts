// Who is asking? The session names a user; the users directory says, for every request anew, who that is now.
import type { Express, Request, RequestHandler } from 'express';
import type { Actor, Context } from '../actor.ts';
import type { Clock } from '../clock.ts';
import { Unauthenticated } from '../errors.ts';
import { sessionOwner } from './session-owner.ts';

export interface CurrentLogin {
  actor: Actor;
  epoch: number;
  must_change_password: boolean;
}

interface Needs {
  /** The active user now; undefined when removed or switched off. */
  login: (user_id: string) => CurrentLogin | undefined;
  clock: Clock;
}

/**
 * Ends the session of this request. An emptied one stays on the request, and the store keeps what has ended from
 * coming back; a regenerated one would be stored and get a cookie, although nobody is signed in.
 */
export async function endSession(req: Request): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    req.sessionStore.destroy(req.sessionID, (error: unknown) => {
      if (error) reject(error instanceof Error ? error : new Error('the session could not be ended'));
      else resolve();
    });
  });
  for (const name of Object.keys(req.session)) if (name !== 'cookie') Reflect.deleteProperty(req.session, name);
  delete req.actor;
}

export const setActor = (req: Request, login: CurrentLogin): void => {
  req.actor = login.actor;
  req.mustChangePassword = login.must_change_password;
};

/** Gives every request of an app `ctx`. */
export function useContext(app: Express): void {
  Object.defineProperty(app.request, 'ctx', {
    get(this: Request): Context {
      if (!this.actor) throw new Unauthenticated();
      return { actor: this.actor };
    },
  });
}

/** Sets `req.actor`; a session whose user is gone, or whose epoch is over, is ended. */
export function actors({ login, clock }: Needs): RequestHandler {
  return (req, _res, next) => {
    const owner = sessionOwner(req.session, clock.now());
    const current = owner && login(owner.user_id);
    if (current && current.epoch === owner.epoch) {
      setActor(req, current);
      next();
    } else if (req.session.user_id === undefined) next();
    else {
      // Not too old, but ended: signed out everywhere, a new password or role, switched off or removed.
      req.sessionEnded = owner !== undefined;
      endSession(req).then(() => next(), next);
    }
  };
}
