// Who may do what? Asked by every service where the data is chosen, again after the route asked.
import type { Context, Role } from './actor.ts';
import { Forbidden } from './errors.ts';

/** Throws Forbidden unless the actor has one of these roles. */
export function demandRole(ctx: Context, ...roles: Role[]): void {
  if (!roles.includes(ctx.actor.role)) throw new Forbidden();
}
