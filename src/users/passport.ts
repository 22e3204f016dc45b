// How does somebody sign in and out? One way for pages and API: limits, Passport, a new session. Nothing else knows Passport.
import type { Application, Request, Response } from 'express';
import passport from 'passport';
import type { PassportStatic } from 'passport';
import { Strategy } from 'passport-local';
import type { Clock } from '../platform/clock.ts';
import type { Config } from '../platform/config.ts';
import { TooMany, Unauthenticated } from '../platform/errors.ts';
import { endSession, setActor } from '../platform/http/actor.ts';
import { csrfToken } from '../platform/http/csrf.ts';
import type { SignInEvents } from './sign-in-events.ts';
import type { SignInLimits } from './sign-in-limits.ts';
import type { Login, UsersService } from './users.service.ts';

export interface SignInNeeds {
  users: Pick<UsersService, 'verify'>;
  limits: SignInLimits;
  events: SignInEvents;
  clock: Clock;
  cookie: Config['cookie'];
  /** Hears of sessions that end by signing out, so that their sockets end too. */
  signedOut?: ((session_id: string) => void) | undefined;
}

interface Door extends SignInNeeds {
  passport: PassportStatic;
}

// By app: tests build many in one process.
const doors = new WeakMap<Application, Door>();

/** Prepares an app for `signIn` and `signOut`. */
export function useSignIn(app: Application, needs: SignInNeeds): void {
  const own = new passport.Passport() as unknown as PassportStatic;
  own.use(
    new Strategy((username, password, done) => {
      needs.users.verify(username, password).then((login) => done(null, login ?? false), done);
    }),
  );
  doors.set(app, { ...needs, passport: own });
}

function doorOf(req: Request): Door {
  const door = doors.get(req.app);
  if (!door) throw new Error('useSignIn was not called for this app');
  return door;
}

const addressOf = (req: Request): string => req.ip ?? req.socket.remoteAddress ?? '';

function authenticate({ passport: own }: Door, username: string, password: string): Promise<Login | undefined> {
  return new Promise((resolve, reject) => {
    // Passport also looks into the URL: it is shown what was typed into the form and nothing else.
    const typed = { body: { username, password }, query: {}, headers: {} } as unknown as Request;
    const answer = (error: unknown, login?: Express.User | false | null): void => {
      if (error) reject(error instanceof Error ? error : new Error('Passport failed'));
      else resolve(login ? (login as Login) : undefined);
    };
    const middleware = own.authenticate('local', { session: false }, answer) as (
      req: Request,
      res: Response,
      next: (error: unknown) => void,
    ) => void;
    middleware(typed, undefined as unknown as Response, reject);
  });
}

/** Runs a task that checks a password; the attempt counts as failed when `failed` says so. Throws TooMany. */
export async function countedAttempt<T>(
  req: Request,
  username: string,
  task: () => Promise<T>,
  failed: (result: T) => boolean,
): Promise<T> {
  const { limits, events } = doorOf(req);
  let leave: Awaited<ReturnType<SignInLimits['enter']>>;
  try {
    leave = await limits.enter(username, addressOf(req));
  } catch (error) {
    // Not waited for: how long a refusal takes must not tell whether there is such a name.
    if (error instanceof TooMany) void events.slowed(username);
    throw error;
  }
  let outcome: 'failed' | 'other' = 'other';
  try {
    const result = await task();
    if (failed(result)) {
      outcome = 'failed';
      events.failed(username, req.id);
    }
    return result;
  } finally {
    leave(outcome);
  }
}

/** One of express-session's calls, as a promise. */
const done = (call: (callback: (error: unknown) => void) => unknown): Promise<void> =>
  new Promise((resolve, reject) => {
    call((error) => {
      if (error) reject(error instanceof Error ? error : new Error('the session could not be stored'));
      else resolve();
    });
  });

/** Gives the login a session of its own, stored before this resolves. Earlier sessions of the browser end. */
export async function beginSession(req: Request, login: Login): Promise<void> {
  await done((callback) => req.session.regenerate(callback));
  const { actor, epoch } = login;
  Object.assign(req.session, { user_id: actor.user_id, epoch, signed_in_at: doorOf(req).clock.now() });
  csrfToken(req); // made now, so that the pages that follow need not store the session again
  await done((callback) => req.session.save(callback));
  setActor(req, login);
}

/** Signs in, or throws Unauthenticated (same words for an unknown name and a wrong password) or TooMany. */
export async function signIn(req: Request, username: string, password: string): Promise<Login> {
  const door = doorOf(req);
  const login = await countedAttempt(
    req,
    username,
    () => authenticate(door, username, password),
    (found) => found === undefined,
  );
  if (!login) throw new Unauthenticated('User name or password is wrong. Check both, then try again.');
  await beginSession(req, login);
  await door.events.note('signed_in', login.actor.user_id);
  return login;
}

/** Whether the page that signs out has already cleared what was kept on the device: src/browser/leaving.ts. */
const isCleared = (body: unknown): boolean =>
  body !== null && typeof body === 'object' && 'cleared' in body && body.cleared === 'yes';

/** Ends the session of this browser and its sockets. */
export async function signOut(req: Request): Promise<void> {
  const { cookie, signedOut, events } = doorOf(req);
  const user_id = req.actor?.user_id;
  await endSession(req);
  const { name, secure } = cookie;
  req.res?.clearCookie(name, { httpOnly: true, sameSite: 'lax', path: '/', secure });
  // Our script clears the device before the form goes, and keeps the choice of colours. Where it did not run, all goes.
  if (!isCleared(req.body)) req.res?.set('Clear-Site-Data', '"storage"');
  signedOut?.(req.sessionID);
  if (user_id !== undefined) await events.note('signed_out', user_id);
}
