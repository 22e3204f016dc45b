// How is a socket told that something was refused? As the JSON API words it.
import { problemOf } from '../platform/http/problem.ts';
import type { Logger } from '../platform/logger.ts';
import type { Problem } from './messages.ts';

/** The problem document for whatever was thrown; a defect is logged. */
export function refusedBy(error: unknown, log: Logger): Problem {
  const { status, body } = problemOf(error);
  if (status >= 500 && status !== 503) log.error({ err: error }, 'a socket event failed');
  return body;
}
