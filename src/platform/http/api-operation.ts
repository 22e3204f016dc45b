// What is one call of the JSON API? The router, the order of checks and the OpenAPI document all come from a table of these.
import type { Request, Response } from 'express';
import { z } from 'zod';
import type { Context, Role } from '../actor.ts';
import { NotFound } from '../errors.ts';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

export const EVERYBODY: readonly Role[] = ['admin', 'faculty', 'student'];
export const STAFF: readonly Role[] = ['admin', 'faculty'];
export const ADMINS: readonly Role[] = ['admin'];

/** One call as a handler sees it: everything about HTTP has been checked before. */
export interface Call {
  /** Throws Unauthenticated when read by a call that nobody signed in for. */
  readonly ctx: Context;
  /** From the path; ids are well-formed. */
  params: Record<string, string>;
  /** What the operation's query schema makes of the address. */
  query: Record<string, unknown>;
  /** Readable JSON; whether it fits is the service's business. */
  body: unknown;
  /** From If-Match; -1, which no record has, when the header can't be read or is missing. */
  version: number;
  req: Request;
}

export interface Operation<R = unknown> {
  /** Never changes: clients are generated from it. */
  id: string;
  tag: string;
  method: Method;
  /** As OpenAPI writes it, under /api: `/students/{student_id}`. */
  path: string;
  /** Who may call it; 'signed out' means that no login is needed. */
  roles: readonly Role[] | 'signed out';
  summary: string;
  description?: string;
  /** May be called by somebody who has to change the password first. */
  beforePasswordChange?: boolean;
  /** The variable parts of the path; what does not fit is a path that does not exist. */
  params?: z.ZodObject;
  query?: z.ZodObject;
  body?: z.ZodType;
  /** Needs the version the caller has seen. */
  ifMatch?: boolean;
  /** Does not keep answers for `Idempotency-Key`. */
  ignoresKeys?: boolean;
  /** What it answers when all goes well. */
  status: 200 | 201 | 204;
  answer?: z.ZodType;
  /** Refusals of its own, beside those that every call knows: status and what it means here. */
  refusals?: Partial<Record<401 | 403 | 404 | 409 | 412 | 422 | 429, string>>;
  /** Calls the service; what it returns is the answer. */
  run: (call: Call) => R | Promise<R>;
  /** Of a call that leaves a note or writes without body: only looks, whether there is such a record for this actor. */
  look?: (call: Call) => unknown;
  /** Notes that the actor was shown the record: as the answer, or by a 412, which says what is stored now. */
  shows?: (call: Pick<Call, 'ctx' | 'params'>) => Promise<void> | undefined;
  /** The version of what is answered, for ETag. */
  // Written as methods, so that an operation of students fits into a table of all.
  version?(result: R): number;
  /** Where the new record is, under /api. */
  location?(result: R): string;
  /** What `run` answers is a file of this type, sent as it is made. */
  file?: string;
  /** Sends a page instead of JSON. */
  show?: (req: Request, res: Response) => void;
}

/** Lets the compiler see what a service returns, and forgets it for the table. */
export const operation = <R>(one: Operation<R>): Operation => one;

// Made once: a schema is compiled when it is used for the first time.
const NO_PARTS = z.strictObject({});

/** Throws NotFound for parts of a path that can't be: ids, dates, exam types. */
export function readParams(schema: z.ZodObject | undefined, params: Record<string, unknown>): Record<string, string> {
  const read = (schema ?? NO_PARTS).safeParse(params);
  if (!read.success) throw new NotFound();
  return read.data;
}
