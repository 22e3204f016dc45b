// May this call go on? The checks that come before anything is looked up: signed in, password, token, role, method.
import type { Request, RequestHandler } from 'express';
import { Forbidden, MethodNotAllowed, MustChangePassword, SessionEnded, Unauthenticated } from '../errors.ts';
import type { Operation } from './api-operation.ts';
import { csrfMatches } from './csrf.ts';
import { isSafe } from './origin.ts';

/** HEAD is GET without the body. */
const methodOf = (req: Request): string => (req.method === 'HEAD' ? 'GET' : req.method);

const mayCall = (op: Operation, req: Request): boolean =>
  op.roles === 'signed out' || (req.actor !== undefined && op.roles.includes(req.actor.role));

/** A student changes nothing, not even at addresses that do not exist (docs/contract.md §3, roles). */
export const writesAsStudent = (req: Request): boolean => req.actor?.role === 'student' && !isSafe(req.method);

/** Signed out 401 · password must be changed 403 · CSRF 403. Foreign origins were refused before. */
export function gate(table: readonly Operation[]): RequestHandler {
  // What is open early has no variable parts in its path, so comparing texts is enough.
  const early = table.filter((op) => op.roles === 'signed out' || op.beforePasswordChange === true);
  return (req, _res, next) => {
    const op = early.find((one) => one.path === req.path && one.method === methodOf(req));
    if (op?.roles !== 'signed out') {
      if (!req.actor) throw req.sessionEnded === true ? new SessionEnded() : new Unauthenticated();
      if (req.mustChangePassword === true && op?.beforePasswordChange !== true) throw new MustChangePassword();
      if (!isSafe(req.method) && !csrfMatches(req, req.get('x-csrf-token'))) {
        throw new Forbidden('Send the header X-CSRF-Token with the csrf_token of GET /api/session.');
      }
    }
    next();
  };
}

/** The methods of one path, as `Allow` lists them. */
export const methodsOf = (ops: readonly Operation[]): string[] => [
  ...ops.flatMap((op) => (op.method === 'GET' ? ['GET', 'HEAD'] : [op.method])),
  'OPTIONS',
];

/** The operation of a path that is called: role 403, then 405. undefined when only the methods are asked for. */
export function choose(ops: readonly Operation[], req: Request): Operation | undefined {
  const op = ops.find((one) => one.method === methodOf(req));
  // Who may call nothing here does not learn what others may.
  const may = op ? mayCall(op, req) : ops.some((one) => mayCall(one, req)) && !writesAsStudent(req);
  if (!may) throw new Forbidden();
  if (!op && req.method !== 'OPTIONS') throw new MethodNotAllowed(methodsOf(ops));
  return op;
}
