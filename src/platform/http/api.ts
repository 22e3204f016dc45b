// How is a call of the JSON API answered? Router and checks, in the order of docs/contract.md §3, from one table of operations.
import { Router } from 'express';
import type { ErrorRequestHandler, Request, RequestHandler, Response } from 'express';
import type { Context, KeptAnswer } from '../actor.ts';
import { Forbidden, Invalid, NotFound, PreconditionRequired, Stale } from '../errors.ts';
import { given } from '../list-query.ts';
import type { Logger } from '../logger.ts';
import { parse } from '../schema.ts';
import { readJson } from './api-body.ts';
import type { JsonBody } from './api-body.ts';
import { choose, gate, methodsOf, writesAsStudent } from './api-gate.ts';
import { createReplays, keyOf } from './api-keys.ts';
import type { FindAnswer, Replays } from './api-keys.ts';
import { readParams } from './api-operation.ts';
import type { Call, Operation } from './api-operation.ts';
import { etag, NO_VERSION, seenVersion } from './api-version.ts';
import { sendDownload } from './download.ts';
import type { Download } from './download.ts';
import { endWithText } from './encoding.ts';
import { isSafe } from './origin.ts';

export interface ApiNeeds {
  /** Looks up the answer that was kept for an Idempotency-Key. */
  findAnswer: FindAnswer;
  /** The newest first; they key the digests of calls. */
  secrets: readonly string[];
  log: Pick<Logger, 'error'>;
}

/** What the address asks for, or what is wrong with it: unknown and repeated parameters are. */
function readQuery(op: Operation, query: object): Record<string, unknown> | Invalid {
  const [name] = Object.keys(query);
  if (!op.query) {
    if (name === undefined) return {};
    return new Invalid([{ field: name, message: `${name.slice(0, 60)} can't be set here. Leave it out.` }]);
  }
  try {
    return given(parse(op.query, { ...query }));
  } catch (error) {
    if (error instanceof Invalid) return error;
    throw error;
  }
}

/** Invalid when a call that takes no fields names some: what it means to say may not be what is done. */
function unasked(op: Operation, { value }: JsonBody): Invalid | undefined {
  if (op.body !== undefined || op.method !== 'POST' || value === undefined) return undefined;
  const [field] = isObject(value) ? Object.keys(value as object) : ['body'];
  if (field === undefined) return undefined;
  return new Invalid([{ field: field.slice(0, 60), message: 'This call takes no fields. Send it without a body.' }]);
}

/** The rows of a sheet say which versions were seen, also in a body with a field that no call takes. */
const unfit = (body: unknown): unknown => (isObject(body) ? { ...(body as object), 'Idempotency-Key': '' } : undefined);

/**
 * Refuses a call that must not write. The service is asked with a version that no record has, or with a body that no
 * call takes: it says 404 and 403 by itself, and else that the record is stale or the body wrong. What is then wrong is
 * 428 without If-Match, 412 with another version, or `late`.
 */
async function refuse(op: Operation, call: Call, seen: number | undefined, late: Invalid | undefined): Promise<never> {
  try {
    if (op.ifMatch === true) await op.run({ ...call, ctx: { actor: call.ctx.actor }, version: NO_VERSION });
    else if (op.look) await op.look(call);
    else if (op.method === 'GET' && op.params) await op.run(call);
    else if (op.params && op.body) await op.run({ ...call, ctx: { actor: call.ctx.actor }, body: unfit(call.body) });
  } catch (error) {
    if (late && op.ifMatch !== true && error instanceof Invalid) throw late;
    if (!(error instanceof Stale)) throw error;
    if (seen === undefined) throw new PreconditionRequired();
    const { version } = (error.current ?? {}) as { version?: unknown };
    if (!late || version !== seen) throw error;
  }
  throw late ?? new PreconditionRequired();
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
  // Not res.json: it answers 304 by the version alone, and names in an answer may change without a new version.
  endWithText(res, 'application/json', JSON.stringify(body));
}

const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value);

/** From what is left of the order on: 404 for the path, then the service; 428 and 412 in between are `refuse`'s. */
async function perform(op: Operation, req: Request, body: JsonBody, replays: Replays): Promise<KeptAnswer> {
  const params = readParams(op.params, req.params);
  const query = readQuery(op, req.query);
  const key = op.ignoresKeys === true || isSafe(req.method) ? undefined : keyOf(req);
  const seen = op.ifMatch === true ? seenVersion(req.get('if-match')) : NO_VERSION;
  const late = [query, key, unasked(op, body)].find((part) => part instanceof Invalid);

  const call = (ctx: () => Context): Call => ({
    get ctx() {
      return ctx();
    },
    params,
    query: query instanceof Invalid ? {} : query,
    // An address that can't be read names no sheet whose versions could be compared.
    body: query instanceof Invalid ? undefined : body.value,
    version: seen ?? NO_VERSION,
    req,
  });
  if (late || seen === undefined)
    return await refuse(
      op,
      call(() => req.ctx),
      seen,
      late,
    );
  const toAnswer = (result: unknown): KeptAnswer => answerOf(op, result);
  // A HEAD shows nothing of the record, so nobody is noted as having seen it.
  const run = req.method === 'HEAD' && op.look ? op.look : op.run;
  if (typeof key !== 'string') return toAnswer(await run(call(() => req.ctx)));

  const { actor } = req.ctx;
  const done = await replays.once({ user_id: actor.user_id, key, req, bytes: body.bytes }, toAnswer, (keeping) =>
    Promise.resolve(op.run(call(() => ({ actor, key: keeping })))),
  );
  if ('fresh' in done) return toAnswer(done.fresh);
  return { ...done.kept, headers: { ...done.kept.headers, 'Idempotent-Replay': 'true' } };
}

/** Notes who was shown a record. A change that is stored is answered as such, also when there is no room for the note. */
async function noteShown(op: Operation, req: Request, log: ApiNeeds['log']): Promise<void> {
  if (!op.shows || req.method === 'HEAD') return;
  const noted = op.shows({ ctx: req.ctx, params: readParams(op.params, req.params) });
  if (!noted) return;
  if (isSafe(req.method)) await noted;
  else noted.catch((error: unknown) => log.error({ err: error }, 'who was shown a record could not be noted'));
}

const NOTHING: JsonBody = { bytes: new Uint8Array(), value: undefined };

/** All operations of one path. */
function endpoint(ops: readonly Operation[], replays: Replays, log: ApiNeeds['log']): RequestHandler {
  return async (req, res) => {
    const op = choose(ops, req);
    if (!op) {
      res.status(204).set('Allow', methodsOf(ops).join(', ')).end();
      return;
    }
    const body = isSafe(req.method) ? NOTHING : await readJson(req, res, op.body === undefined);
    if (op.show) {
      op.show(req, res);
      return;
    }
    try {
      const answer = await perform(op, req, body, replays);
      if (answer.status !== 204) await noteShown(op, req, log);
      if (op.file === undefined) send(res, answer);
      else if (req.method === 'HEAD') res.type(op.file).end();
      else await sendDownload(res, answer.body as Download);
    } catch (error) {
      if (error instanceof Stale) await noteShown(op, req, log);
      // The schema would say that nothing fits; this says what to do.
      if (error instanceof Invalid && op.body && !isObject(body.value) && error.errors.every((e) => e.field === '')) {
        throw new Invalid([{ field: '', message: 'Send a JSON object.' }]);
      }
      throw error;
    }
  };
}

/** A path that is none: 413, 415 and 400 come first here too. */
const nothingHere: RequestHandler = async (req, res) => {
  if (writesAsStudent(req)) throw new Forbidden();
  if (!isSafe(req.method)) await readJson(req, res, req.method === 'DELETE');
  throw new NotFound('There is no such call. GET /api/docs lists them.');
};

/** Problem documents say more here than pages do: what is stored now, for those who lost a race. */
const explain: ErrorRequestHandler = (error: unknown, _req, _res, next) => {
  if (error instanceof Stale) next(new Stale(error.current, { ...error.extra, current: error.current }));
  else next(error);
};

const isReadable = (part: string): boolean => {
  try {
    return decodeURIComponent(part) !== '';
  } catch {
    return false;
  }
};

/** Express stops at a part of the path that it can't decode, `%zz`. Taken as it stands it is no id: 404, in its turn. */
const readable: RequestHandler = (req, _res, next) => {
  if (!req.url.includes('%')) {
    next();
    return;
  }
  const [path = '', ...query] = req.url.split('?');
  const parts = path.split('/').map((part) => (isReadable(part) ? part : encodeURIComponent(part)));
  req.url = [parts.join('/'), ...query].join('?');
  next();
};

/** Serves a table of operations, to be mounted at /api behind session and actor. Refusals go on to the error handler. */
export function createApi(table: readonly Operation[], { findAnswer, secrets, log }: ApiNeeds): Router {
  const replays = createReplays(findAnswer, secrets);
  const router = Router({ caseSensitive: true, strict: true });
  router.use(readable);
  router.use(gate(table));
  for (const path of new Set(table.map((op) => op.path))) {
    const ops = table.filter((op) => op.path === path);
    router.all(path.replaceAll(/\{(\w+)\}/g, ':$1'), endpoint(ops, replays, log));
  }
  router.use(nothingHere);
  router.use(explain);
  return router;
}
