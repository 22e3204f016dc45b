// How do we talk to DynamoDB? One tuned document client, which counts its calls and turns "does not answer" into Unavailable.
import type { DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { silenceSdk } from '../config.ts';
import { Unavailable } from '../errors.ts';
import { createGate } from './gate.ts';

export type TableName = 'users' | 'students' | 'courses' | 'attendance' | 'results' | 'system';

export interface Dynamo {
  doc: DynamoDBDocumentClient;
  /** The table's full name: prefix and name. */
  table: (name: TableName) => string;
  /** Operation (`Query`, `TransactWriteItems`, …) → how often it was asked for; retries are not counted. */
  calls: Map<string, number>;
  close: () => void;
}

export interface DynamoOptions {
  /** Undefined means AWS itself. */
  endpoint: string | undefined;
  region: string;
  tablePrefix: string;
}

// One more try begins only before this; with REQUEST_MS on top a caller never waits longer than 8 s.
const LAST_TRY_MS = 5_400;
const REQUEST_MS = 2_500;
const CONNECT_MS = 1_000;
const SOCKETS = 50;

const UNREACHABLE = new Set([
  // sockets and names
  ...['ECONNREFUSED', 'ECONNRESET', 'ECONNABORTED', 'EPIPE', 'ETIMEDOUT', 'EADDRNOTAVAIL'],
  ...['EHOSTUNREACH', 'ENETUNREACH', 'ENETDOWN', 'ENOTFOUND', 'EAI_AGAIN'],
  // the SDK's own
  ...['TimeoutError', 'RequestTimeout', 'RequestTimeoutException', 'NetworkingError', 'CredentialsProviderError'],
  // the service's
  ...['ThrottlingException', 'ThrottledException', 'Throttling', 'TooManyRequestsException', 'RequestLimitExceeded'],
  ...['ProvisionedThroughputExceededException', 'RequestThrottled', 'RequestThrottledException', 'SlowDown'],
  ...['InternalServerError', 'ServiceUnavailable', 'ServiceUnavailableException', 'TransactionInProgressException'],
]);

interface ErrorShape {
  name?: unknown;
  code?: unknown;
  $metadata?: { httpStatusCode?: number };
}

/** Whether an error says that DynamoDB can't be reached, is too slow or stays throttled (not: that it refused a write). */
export function isUnreachable(error: unknown): boolean {
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

const isAws = (endpoint: string): boolean =>
  /(^|\.)(amazonaws\.com(\.cn)?|api\.aws)$/i.test(new URL(endpoint).hostname);

function clientConfig(o: DynamoOptions): DynamoDBClientConfig {
  const agent = { keepAlive: true, maxSockets: SOCKETS };
  return {
    region: o.region,
    maxAttempts: 4,
    requestHandler: {
      connectionTimeout: CONNECT_MS,
      requestTimeout: REQUEST_MS,
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

function watch(client: DynamoDBClient, calls: Map<string, number>): void {
  // Waiting for a free socket inside the agent would count as connecting, so a burst queues here instead.
  const gate = createGate(SOCKETS);

  // Outermost: sees every call once, with its final error.
  client.middlewareStack.add(
    (next, context) => async (args) => {
      const operation = String(context['commandName']).replace(/Command$/, '');
      calls.set(operation, (calls.get(operation) ?? 0) + 1);
      context['lastTry'] = Date.now() + LAST_TRY_MS;
      if (!(await gate.enter(LAST_TRY_MS))) throw new Unavailable();
      try {
        return await next(args);
      } catch (error) {
        throw isUnreachable(error) ? unavailable(error) : error;
      } finally {
        gate.leave();
      }
    },
    { step: 'initialize', priority: 'high', name: 'unavailable', override: true },
  );

  // Inside the retries: four tries at a table that hangs must not add up to a browser that hangs.
  client.middlewareStack.add(
    (next, context) => async (args) => {
      if (Date.now() > Number(context['lastTry'])) throw unavailable(context['lastError']);
      try {
        return await next(args);
      } catch (error) {
        context['lastError'] = error; // why there was a next try
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
  watch(client, calls);
  const doc = DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });
  return {
    doc,
    table: (name) => o.tablePrefix + name,
    calls,
    close: () => {
      client.destroy(); // the document client has nothing of its own to close
    },
  };
}
