// The own account: who I am here, and a new password.
import { Router } from 'express';
import type { Request, Response } from 'express';
import { Invalid } from '../platform/errors.ts';
import type { FieldError } from '../platform/errors.ts';
import { beginSession, countedAttempt, signOut } from './passport.ts';
import type { Login, UsersService } from './users.service.ts';

const ROLE_NAMES = { admin: 'Administrator', faculty: 'Faculty', student: 'Student' } as const;

const FIELDS = ['current_password', 'new_password', 'confirm_password'] as const;

const isWrongPassword = (errors: FieldError[]): boolean => errors.some(({ field }) => field === 'current_password');

/** First message of each field, for the form. */
const byField = (errors: FieldError[]): Record<string, string> =>
  Object.fromEntries(errors.toReversed().map(({ field, message }) => [field, message]));

export function accountRoutes(users: UsersService): Router {
  const router = Router();

  function show(req: Request, res: Response, errors: FieldError[] = []): void {
    const { actor } = req.ctx;
    res.status(errors.length > 0 ? 422 : 200).page('account', {
      title: 'Account',
      role: ROLE_NAMES[actor.role],
      // What administrators may read of everybody, they may read of themselves.
      email: actor.role === 'admin' ? users.get(req.ctx, actor.user_id).email : undefined,
      must_change: req.mustChangePassword === true,
      errors: byField(errors),
    });
  }

  router.get('/account', (req, res) => show(req, res));

  router.post('/account', async (req, res) => {
    const { actor } = req.ctx;
    const first = req.mustChangePassword === true;
    const body = req.body as Record<string, unknown>;
    // As they were typed: a password may begin or end with a space.
    const typed = Object.fromEntries(FIELDS.map((field) => [field, body[field]]));
    // Whoever found a screen unlocked must not guess faster here than at the door.
    const result = await countedAttempt<Login | Invalid>(
      req,
      actor.username,
      () => users.changeOwnPassword(req.ctx, typed).catch(invalid),
      (done) => done instanceof Invalid && isWrongPassword(done.errors),
    );
    if (result instanceof Invalid) {
      show(req, res, result.errors);
      return;
    }
    await beginSession(req, result);
    res.flash('success', 'Your password has been changed. You were signed out everywhere else.');
    res.redirect(303, first ? '/' : '/account');
  });

  router.post('/account/sign-out', async (req, res) => {
    const { actor } = req.ctx;
    await users.endSessions({ actor }, actor.user_id);
    await signOut(req);
    res.redirect(303, '/login');
  });

  return router;
}

function invalid(error: unknown): Invalid {
  if (error instanceof Invalid) return error;
  throw error;
}
