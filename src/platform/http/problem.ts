// What is a client told when something was thrown? RFC 9457 documents, and never more than is safe to show.
import type { FieldError } from '../errors.ts';
import {
  BadRequest,
  MethodNotAllowed,
  NotFound,
  Refusal,
  TooLarge,
  TooMany,
  Unavailable,
  UnsupportedMediaType,
} from '../errors.ts';
import { isUnreachable } from '../dynamo/client.ts';

export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  errors?: FieldError[];
  [member: string]: unknown;
}

export interface ProblemAnswer {
  status: number;
  headers: Record<string, string>;
  body: Problem;
}

const statusOf = (error: unknown): number | undefined => {
  const status = (error as { status?: unknown } | null | undefined)?.status;
  return error instanceof Error && typeof status === 'number' ? status : undefined;
};

/** The refusal an error stands for; undefined for a defect. Express and its parsers throw errors with a 4xx status. */
export function refusalOf(error: unknown): Refusal | undefined {
  if (error instanceof Refusal) return error;
  if (isUnreachable(error)) return new Unavailable();
  const status = statusOf(error);
  if (status === undefined || status < 400 || status > 499) return undefined;
  if (status === 404) return new NotFound();
  if (status === 413) return new TooLarge();
  if (status === 415)
    return new UnsupportedMediaType(
      'This kind of content is not understood here. Send the form from its own page, or JSON to the API.',
    );
  return new BadRequest('This request could not be read. Go back and try again.');
}

function headersOf(refusal: Refusal): Record<string, string> {
  if (refusal instanceof TooMany || refusal instanceof Unavailable) {
    return { 'Retry-After': String(Math.max(1, Math.ceil(refusal.retryAfter))) };
  }
  return refusal instanceof MethodNotAllowed ? { Allow: refusal.allow.join(', ') } : {};
}

/** Status, headers and problem document for whatever was thrown; a defect tells its number in the log and nothing else. */
export function problemOf(error: unknown, request_id?: string): ProblemAnswer {
  const number = request_id === undefined ? {} : { request_id };
  const refusal = refusalOf(error);
  if (!refusal) {
    const detail = 'Something went wrong on our side. Try again, or report it with the number of this request.';
    const body = { type: 'about:blank', title: 'Internal error', status: 500, detail, ...number };
    return { status: 500, headers: {}, body };
  }
  const { status, title, message: detail, extra } = refusal;
  const body = { type: 'about:blank', title, status, detail, ...extra, ...number };
  return { status, headers: headersOf(refusal), body };
}
