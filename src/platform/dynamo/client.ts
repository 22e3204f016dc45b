// How do we talk to DynamoDB? One tuned document client, which counts its calls and turns "does not answer" into Unavailable.
import type { DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { silenceSdk } from '../config.ts';
import { Unavailable } from '../errors.ts';
import { createGate } from './gate.ts';
import type { Gate } from './gate.ts';
import { createOutage, PROBE_MS } from './outage.ts';
import type { Outage } from './outage.ts';
import { retries } from './retries.ts';
import { sendAsText } from './wire.ts';

export type TableName = 'users' | 'students' | 'courses' | 'attendance' | 'results' | 'system';

export interface Dynamo {
  doc: DynamoDBDocumentClient;
  /** The table's full name: prefix and name. */
  table: (name: TableName) => string;
  /** Operation (`Query`, `TransactWriteItems`, …) → how often it was asked for; retries are not counted. */
  calls: Map<string, number>;
  /** From now on people wait for the answers: silence is taken for an outage within a second. */
  hurry: () => void;
  close: () => void;
}

export interface DynamoOptions {
  /** Undefined means AWS itself. */
  endpoint: string | undefined;
  region: string;
  tablePrefix: string;
  /** How long one request may take, in milliseconds, for commands that nobody waits for at a screen. */
  requestMs?: number;
}

// One more try begins only before this; with REQUEST_MS on top a caller never waits longer than 8 s.
const LAST_TRY_MS = 5_400;
const REQUEST_MS = 2_400;
const CONNECT_MS = 1_000;
const SOCKETS = 50;

const UNREACHABLE = new Set([
  // sockets and names
  ...['ECONNREFUSED', 'ECONNRESET', 'ECONNABORTED', 'EPIPE', 'ETIMEDOUT', 'EADDRNOTAVAIL'],
  ...['EHOSTUNREACH', 'ENETUNREACH', 'ENETDOWN', 'ENOTFOUND', 'EAI_AGAIN'],
  // the SDK's own
  ...['TimeoutError', 'RequestTimeout', 'RequestTimeoutException', 'NetworkingError', 'CredentialsProviderError'],
  // the service's
  ...['InternalServerError', 'ServiceUnavailable', 'ServiceUnavailableException'],
]);

/** It is there, but has too much to do. */
const BUSY = new Set([
  ...['ThrottlingException', 'ThrottledException', 'Throttling', 'TooManyRequestsException', 'RequestLimitExceeded'],
  ...['ProvisionedThroughputExceededException', 'RequestThrottled', 'RequestThrottledException', 'SlowDown'],
  ...['TransactionInProgressException'],
]);

interface ErrorShape {
  name?: unknown;
  code?: unknown;
  $metadata?: { httpStatusCode?: number };
}

/** Whether an error says that DynamoDB can't be reached, is too slow or stays throttled (not: that it refused a write). */
export const isUnreachable = (error: unknown): boolean =>
  isGone(error) || (error instanceof Error && BUSY.has(error.name));

/** Whether an error says that nobody is there, or that whoever is there can do nothing. */
function isGone(error: unknown): boolean {
  if (error instanceof Unavailable) return true;
  if (!(error instanceof Error)) return false;
  const { name, code, $metadata } = error as ErrorShape;
  const serverFault = ($metadata?.httpStatusCode ?? 0) >= 500;
  return serverFault || UNREACHABLE.has(String(name)) || UNREACHABLE.has(String(code));
}

function unavailable(cause: unknown): Unavailable {
  if (cause instanceof Unavailable) return cause;
  const error = new Unavailable();
  error.cause = cause;
  return error;
}

export const isAws = (endpoint: string): boolean =>
  /(^|\.)(amazonaws\.com(\.cn)?|api\.aws)$/i.test(new URL(endpoint).hostname);

function clientConfig(o: DynamoOptions): DynamoDBClientConfig {
  const agent = { keepAlive: true, maxSockets: SOCKETS };
  return {
    region: o.region,
    retryStrategy: retries,
    requestHandler: {
      connectionTimeout: CONNECT_MS,
      requestTimeout: o.requestMs ?? REQUEST_MS,
      throwOnRequestTimeout: true, // otherwise a slow answer is only warned about
      httpAgent: agent,
      httpsAgent: agent,
    },
    ...(o.endpoint === undefined ? {} : { endpoint: o.endpoint }),
    ...(o.endpoint === undefined || isAws(o.endpoint)
      ? {}
      : { credentials: { accessKeyId: 'local', secretAccessKey: 'local' } }),
  };
}

/** Asks by connections of its own whether anybody answers. */
function prober(o: DynamoOptions): { probe: () => Promise<boolean>; close: () => void } {
  const client = new DynamoDBClient(clientConfig(o));
  const question = { TableName: `${o.tablePrefix}system`, Key: { pk: { S: 'probe' }, sk: { S: '-' } } };
  return {
    probe: async () => {
      const abortSignal = AbortSignal.timeout(PROBE_MS);
      const tooLate = new Promise<boolean>((resolve) => abortSignal.addEventListener('abort', () => resolve(false)));
      const answer = client.send(new GetItemCommand(question), { abortSignal }).then(
        () => true,
        (error: unknown) => !abortSignal.aborted && !isGone(error),
      );
      return await Promise.race([answer, tooLate]);
    },
    close: () => client.destroy(),
  };
}

/** Steps of every call that do nothing for us: a copy for a log that nobody keeps, SDK versions, traces of Lambda. */
const NEEDLESS = ['loggerMiddleware', 'getUserAgentMiddleware', 'recursionDetectionMiddleware'];

/** How one call went so far. It goes along with what the steps hand on: their context may be that of many calls. */
interface Watched {
  watched?: { lastTry: number; lastError?: unknown };
}

function watch(client: DynamoDBClient, calls: Map<string, number>, outage: Outage, gate: Gate): void {
  // Outermost: sees every call once, with its final error.
  client.middlewareStack.add(
    (next, context) => async (args) => {
      const operation = String(context['commandName']).replace(/Command$/, '');
      calls.set(operation, (calls.get(operation) ?? 0) + 1);
      const watched = { lastTry: Date.now() + LAST_TRY_MS };
      if (!(await gate.enter(LAST_TRY_MS))) throw new Unavailable();
      try {
        return await next({ ...args, ...{ watched } });
      } catch (error) {
        throw isUnreachable(error) ? unavailable(error) : error;
      } finally {
        gate.leave();
      }
    },
    { step: 'initialize', priority: 'high', name: 'unavailable', override: true },
  );

  // Inside the retries: ten tries at a table that hangs must not add up to a browser that hangs.
  client.middlewareStack.add(
    (next) => async (args) => {
      const { watched } = args as Watched;
      if (watched && Date.now() > watched.lastTry) throw unavailable(watched.lastError);
      try {
        return await outage.attempt(() => next(args));
      } catch (error) {
        if (watched) watched.lastError = error; // why there was a next try
        throw error;
      }
    },
    { step: 'finalizeRequest', priority: 'low', name: 'lastTry', override: true },
  );
}

/** Opens the client; nothing is sent before the first command. */
export function createDynamo(o: DynamoOptions): Dynamo {
  silenceSdk();
  const client = new DynamoDBClient(clientConfig(o));
  const calls = new Map<string, number>();
  const { probe, close } = prober(o);
  const outage = createOutage({ isGone, probe });
  const { requestHandler } = client.config;
  const records = new DynamoDBClient({ ...clientConfig(o), requestHandler, cacheMiddleware: true });
  // Waiting for a free socket inside the agent would count as connecting, so a burst queues here instead.
  const gate = createGate(SOCKETS);
  for (const one of [client, records]) {
    for (const name of NEEDLESS) one.middlewareStack.remove(name);
    watch(one, calls, outage, gate);
  }
  const doc = DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });
  sendAsText(doc, records);
  return {
    doc,
    table: (name) => o.tablePrefix + name,
    calls,
    hurry: outage.hurry,
    close: () => {
      client.destroy(); // the document client has nothing of its own to close
      close();
    },
  };
}
