// How is a call of the JSON API checked and answered? In the order that CONTRACT.md §3 fixes, from one table of operations.
import { Router } from 'express';
import type { ErrorRequestHandler, Request, RequestHandler, Response } from 'express';
import type { Context, IdempotencyKey, KeptAnswer } from '../actor.ts';
import {
  Forbidden,
  Invalid,
  MethodNotAllowed,
  MustChangePassword,
  NotFound,
  PreconditionRequired,
  Stale,
  Unauthenticated,
} from '../errors.ts';
import { parse } from '../schema.ts';
import { readJson } from './api-body.ts';
import { createReplays, keyOf } from './api-keys.ts';
import type { FindAnswer, Replays } from './api-keys.ts';
import { readParams } from './api-operation.ts';
import type { Call, Operation } from './api-operation.ts';
import { etag, NO_VERSION, seenVersion } from './api-version.ts';
import { csrfMatches } from './csrf.ts';
import { isSafe } from './origin.ts';

export interface ApiNeeds {
  findAnswer: FindAnswer;
  /** Newest first; key the digests of calls. */
  secrets: readonly string[];
}

/** HEAD is GET without the body. */
const methodOf = (req: Request): string => (req.method === 'HEAD' ? 'GET' : req.method);

const isOpen = (op: Operation | undefined): boolean => op?.roles === 'signed out';

const mayCall = (op: Operation, req: Request): boolean =>
  op.roles === 'signed out' || (req.actor !== undefined && op.roles.includes(req.actor.role));

/** Signed out 401 · password must be changed 403 · CSRF 403. Origins were looked at before the session was. */
function gate(table: readonly Operation[]): RequestHandler {
  // Only paths without variable parts are open early, so comparing texts is enough.
  const find = (req: Request) => table.find((op) => op.path === req.path && op.method === methodOf(req));
  return (req, _res, next) => {
    const op = find(req);
    if (!isOpen(op)) {
      if (!req.actor) throw new Unauthenticated();
      if (req.mustChangePassword === true && op?.beforePasswordChange !== true) throw new MustChangePassword();
      if (!isSafe(req.method) && !csrfMatches(req, req.get('x-csrf-token'))) {
        throw new Forbidden('Send the header X-CSRF-Token with the csrf_token of GET /api/session.');
      }
    }
    next();
  };
}

const allowed = (ops: readonly Operation[]): string[] => [
  ...ops.flatMap((op) => (op.method === 'GET' ? ['GET', 'HEAD'] : [op.method])),
  'OPTIONS',
];

/** Role 403, before anything is looked up, then 405. undefined when only the methods were asked for. */
function choose(ops: readonly Operation[], req: Request): Operation | undefined {
  const op = ops.find((one) => one.method === methodOf(req));
  // Who may do nothing here does not learn what others may; a student changes nothing anywhere.
  const may = op ? mayCall(op, req) : ops.some((one) => mayCall(one, req)) && !writesAsStudent(req);
  if (!may) throw new Forbidden();
  if (op) return op;
  if (req.method === 'OPTIONS') return undefined;
  throw new MethodNotAllowed(allowed(ops));
}

const writesAsStudent = (req: Request): boolean => req.actor?.role === 'student' && !isSafe(req.method);

/** What the address asks for, or what is wrong with it: unknown and repeated parameters are, too. */
function readQuery(op: Operation, query: object): Record<string, unknown> | Invalid {
  if (!op.query) {
    const [name] = Object.keys(query);
    return name === undefined
      ? {}
      : new Invalid([{ field: name, message: `${name.slice(0, 60)} can't be set here.` }]);
  }
  try {
    return parse(op.query, { ...query });
  } catch (error) {
    if (error instanceof Invalid) return error;
    throw error;
  }
}

function answerOf(op: Operation, result: unknown): KeptAnswer {
  const headers: Record<string, string> = {};
  if (op.version) headers['ETag'] = etag(op.version(result));
  if (op.location) headers['Location'] = `/api${op.location(result)}`;
  return { status: op.status, headers, body: op.status === 204 ? null : result };
}

function send(res: Response, { status, headers, body }: KeptAnswer): void {
  res.status(status).set(headers);
  if (status === 204) {
    res.end();
    return;
  }
  // Not res.json: it would answer 304 by the version alone, and names in an answer may change without it.
  const text = JSON.stringify(body);
  res.set({ 'Content-Type': 'application/json; charset=utf-8', 'Content-Length': String(Buffer.byteLength(text)) });
  res.end(text);
}

/** Something that is wrong but ranks last (422): an unusable key or query. The rest of the checks go first. */
async function runLate(op: Operation, call: Call, late: Invalid): Promise<never> {
  const harmless = op.method === 'GET' && op.params !== undefined;
  if (op.ifMatch === true) await runUnseen(op, call, call.version === NO_VERSION ? undefined : call.version, late);
  else if (harmless) await op.run(call);
  throw late;
}

/**
 * Runs a call that must not write: 404 and 403 come from the service, which then finds that NO_VERSION is not the
 * version of the record. What is left is the refusal: 428 without If-Match, 412 with another version than `seen`, else `late`.
 */
async function runUnseen(op: Operation, call: Call, seen: number | undefined, late: Invalid | undefined) {
  try {
    await op.run({ ...call, ctx: { actor: call.ctx.actor }, version: NO_VERSION });
  } catch (error) {
    if (!(error instanceof Stale)) throw error;
    const { version } = (error.current ?? {}) as { version?: unknown };
    if (late && seen === version) throw late;
    throw error;
  }
  throw new PreconditionRequired();
}
