// What is sent, what came back, and what of it reached the tables?
import { Agent, request } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';
import type { Dynamo } from '../../src/platform/dynamo/client.ts';

export interface Sent {
  method: string;
  path: string;
  headers: Record<string, string>;
  body?: string | Buffer | undefined;
}

export interface Got {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
}

// A kept connection may be closed by the server just when the next call begins.
const agent = new Agent({ keepAlive: false });

/** Sends bytes as they are: no header is added, no path made better. */
export const send = (url: string, { method, path, headers, body }: Sent): Promise<Got> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url);
    const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
    const call = request({ agent, hostname, port, method, path, headers: { ...headers, ...length } }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('error', reject);
      answer.on('end', () => {
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text: Buffer.concat(chunks).toString() });
      });
    });
    call.on('error', reject);
    call.end(body);
  });

interface Part {
  Item?: { pk?: unknown };
  Key?: { pk?: unknown };
}

/**
 * Sessions are touched by whoever is signed in, refused or not. Who opened a record is written a moment after it was
 * answered, so it may come while a later call is refused.
 */
const isBesides = ({ Item, Key }: Part): boolean =>
  [Item?.pk, Key?.pk].some((pk) => typeof pk === 'string' && /^(session|access)#/.test(pk));

function partsOf(name: string, input: object): Part[] {
  if (name === 'TransactWriteCommand') {
    const { TransactItems } = input as { TransactItems: Record<string, Part>[] };
    return TransactItems.filter((item) => !item['ConditionCheck']).flatMap((item) => Object.values(item));
  }
  if (name === 'BatchWriteCommand') {
    const { RequestItems } = input as { RequestItems: Record<string, Record<string, Part>[]> };
    return Object.values(RequestItems).flatMap((requests) => requests.flatMap((one) => Object.values(one)));
  }
  return /^(Put|Update|Delete)Command$/.test(name) ? [input] : [];
}

/** Counts from now on what was really written, sessions and the list of readers apart. */
export function countWrites(dynamo: Dynamo): () => number {
  let written = 0;
  const through = dynamo.doc.send.bind(dynamo.doc) as (command: unknown, ...rest: unknown[]) => Promise<unknown>;
  dynamo.doc.send = (async (command: { constructor: { name: string }; input: object }, ...rest: unknown[]) => {
    const answer = await through(command, ...rest);
    written += partsOf(command.constructor.name, command.input).filter((part) => !isBesides(part)).length;
    return answer;
  }) as typeof dynamo.doc.send;
  return () => written;
}
