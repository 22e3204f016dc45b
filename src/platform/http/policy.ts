// Who may come here? Roles are named on the route, before anything is looked up.
import type { RequestHandler } from 'express';
import type { Role } from '../actor.ts';
import { Forbidden } from '../errors.ts';

/** Lets only these roles pass; everybody else gets 403. */
export const allow =
  (...roles: Role[]): RequestHandler =>
  (req, _res, next) => {
    next(roles.includes(req.ctx.actor.role) ? undefined : new Forbidden());
  };
