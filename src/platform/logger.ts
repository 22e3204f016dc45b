// Where do log lines go, and what may stand in them? JSON lines on stdout; never names, e-mails, bodies or cookies.
import { pino } from 'pino';
import type { DestinationStream, Logger } from 'pino';
import type { LogLevel } from './config.ts';

export type { Logger } from 'pino';

interface LoggedError {
  type: string;
  message: string;
  stack: string | undefined;
  code?: unknown;
  cause?: LoggedError;
}

// Pino's own serializer copies every property: with an error of the SDK that would be whole records.
function loggedError(error: unknown, depth = 0): LoggedError | undefined {
  if (!(error instanceof Error)) {
    return error === undefined
      ? undefined
      : { type: typeof error, message: 'not an Error was thrown', stack: undefined };
  }
  const cause = depth < 3 ? loggedError(error.cause, depth + 1) : undefined;
  return {
    type: error.name,
    message: error.message,
    stack: error.stack,
    ...('code' in error ? { code: error.code } : {}),
    ...(cause ? { cause } : {}),
  };
}

/** Lines that nobody takes off our hands are dropped rather than kept for ever (bytes). */
const MOST_WAITING = 8 * 1024 * 1024;

/** Lines go to stdout, or to `destination` in tests. */
export const createLogger = (level: LogLevel, destination?: DestinationStream): Logger =>
  pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: (error: unknown) => loggedError(error) },
    },
    // Not within the request: while one piece is written the next lines gather. What is left goes out at the end.
    destination ?? pino.destination({ dest: 1, sync: false, maxLength: MOST_WAITING }),
  );
