// The way in and out: the sign-in form, which works before there is a session, and signing out.
import { Router } from 'express';
import type { Request, Response } from 'express';
import type { Config } from '../platform/config.ts';
import { Forbidden, TooMany, Unauthenticated, Unavailable } from '../platform/errors.ts';
import type { Refusal } from '../platform/errors.ts';
import { csrfMatches } from '../platform/http/csrf.ts';
import { earlyToken, earlyTokenMatches } from '../platform/http/early-token.ts';
import { ownPath } from '../platform/http/gate.ts';
import { problemOf } from '../platform/http/problem.ts';
import { fieldOf, textOf } from '../platform/http/texts.ts';
import { signIn, signOut } from './passport.ts';

type SignInConfig = Pick<Config, 'cookie' | 'sessionSecrets'>;

/** As it was typed: a password may begin or end with a space. */
function passwordOf(body: Record<string, unknown>): string {
  const value = body['password'];
  return typeof value === 'string' ? value : '';
}

const isRefused = (error: unknown): error is Refusal =>
  [Unauthenticated, TooMany, Forbidden, Unavailable].some((kind) => error instanceof kind);

export function signInRoutes(config: SignInConfig): Router {
  const router = Router();

  function form(req: Request, res: Response, next: string, username = '', refusal?: Refusal): void {
    const { status, headers } = refusal ? problemOf(refusal) : { status: 200, headers: {} };
    res.status(status).set(headers);
    res.page('login', {
      title: 'Sign in',
      actor: null, // also where another tab has signed in meanwhile
      csrf: earlyToken(req, res, config),
      next,
      username,
      problem: refusal?.message ?? null,
      ended: req.query['ended'] === 'yes',
    });
  }

  router.get('/login', (req, res) => {
    const next = ownPath(req.query['next']);
    if (req.actor) res.redirect(302, next);
    else form(req, res, next);
  });

  router.post('/login', async (req, res) => {
    const body = req.body as Record<string, unknown>;
    const next = ownPath(fieldOf(body, 'next'));
    const username = textOf(body, 'username');
    try {
      if (!earlyTokenMatches(req, body['_csrf'], config)) {
        throw new Forbidden('This form was too old, or your browser refused its cookie. Try again.');
      }
      await signIn(req, username, passwordOf(body));
    } catch (error) {
      if (!isRefused(error)) throw error;
      form(req, res, next, username, error);
      return;
    }
    res.redirect(302, next);
  });

  router.post('/logout', async (req, res) => {
    const body = req.body as Record<string, unknown>;
    if (req.actor) {
      if (!csrfMatches(req, body['_csrf'])) throw new Forbidden('This form is too old. Go back, reload and try again.');
      await signOut(req);
    }
    res.redirect(302, '/login');
  });

  return router;
}
