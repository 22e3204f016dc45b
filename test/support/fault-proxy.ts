// What if the way to the database is bad? A plain HTTP proxy that loses, delays and refuses calls by chance, as told.
import { Agent, createServer, request as send } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Shares of all calls, 0 to 1; what is not named passes through. */
export interface Faults {
  /** Answered, but 20 to 300 ms late. */
  delay?: number;
  /** Cut off before the database has heard of it. */
  lose?: number;
  /** Done by the database, then cut off: nobody hears the answer. */
  loseAnswer?: number;
  /** 400 ProvisionedThroughputExceededException. */
  throttle?: number;
  /** 500 InternalServerError, before or after the database did it. */
  internal?: number;
  /** Of transactions: 400 TransactionCanceledException, every item TransactionConflict. */
  conflict?: number;
  /** Of BatchGetItem: 200, all keys unprocessed. */
  partial?: number;
}

export interface FaultProxy {
  endpoint: string;
  /** Replaces the faults; `{}` for none. */
  set: (faults: Faults) => void;
  /** What the network does: pass calls on, hang up on everybody at once, or say nothing at all. */
  network: (state: 'up' | 'cut' | 'silent') => void;
  /** How often each fault was done, and how many calls there were in all. */
  done: Map<keyof Faults | 'calls', number>;
  stop: () => Promise<void>;
}

/** The same faults for the same seed and order of calls (mulberry32). */
export function chance(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

async function bodyOf(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function refuse(response: ServerResponse, status: number, type: string, more: object = {}): void {
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' });
  response.end(JSON.stringify({ __type: `com.amazonaws.dynamodb.v20120810#${type}`, message: type, ...more }));
}

export async function startFaultProxy(target: string, seed = 1): Promise<FaultProxy> {
  const { hostname, port } = new URL(target);
  const agent = new Agent({ keepAlive: true, maxSockets: 200 });
  const random = chance(seed);
  const done: FaultProxy['done'] = new Map();
  let faults: Faults = {};
  let network: 'up' | 'cut' | 'silent' = 'up';
  const count = (what: keyof Faults | 'calls'): void => void done.set(what, (done.get(what) ?? 0) + 1);

  /** Which fault this call gets, if any. */
  function draw(operation: string): keyof Faults | undefined {
    let left = random();
    for (const [name, share] of Object.entries(faults) as [keyof Faults, number][]) {
      if (left < share) {
        if (name === 'conflict' && operation !== 'TransactWriteItems') return undefined;
        if (name === 'partial' && operation !== 'BatchGetItem') return undefined;
        return name;
      }
      left -= share;
    }
    return undefined;
  }

  const forward = (incoming: IncomingMessage, body: Buffer): Promise<{ answer: IncomingMessage; text: Buffer }> =>
    new Promise((resolve, reject) => {
      const { method, headers, url: path } = incoming;
      const outgoing = send({ agent, hostname, port, method, path, headers });
      outgoing.on('error', reject);
      outgoing.on('response', (answer) => {
        bodyOf(answer).then((text) => resolve({ answer, text }), reject);
      });
      outgoing.end(body);
    });

  async function pass(incoming: IncomingMessage, response: ServerResponse, body: Buffer): Promise<void> {
    const { answer, text } = await forward(incoming, body);
    response.writeHead(answer.statusCode ?? 500, answer.headers);
    response.end(text);
  }

  async function handle(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await bodyOf(incoming);
    if (network === 'silent') return; // the connection stays open and nothing is said
    const operation = String(incoming.headers['x-amz-target']).split('.').at(-1) ?? '';
    const fault = draw(operation);
    count('calls');
    if (fault) count(fault);
    const sent = JSON.parse(body.toString() || '{}') as { TransactItems?: unknown[]; RequestItems?: unknown };
    switch (fault) {
      case 'delay':
        await new Promise((resolve) => setTimeout(resolve, 20 + random() * 280));
        break;
      case 'lose':
        incoming.socket.resetAndDestroy();
        return;
      case 'loseAnswer':
        await forward(incoming, body);
        incoming.socket.destroy();
        return;
      case 'throttle':
        refuse(response, 400, 'ProvisionedThroughputExceededException');
        return;
      case 'internal':
        if (random() < 0.5) await forward(incoming, body);
        refuse(response, 500, 'InternalServerError');
        return;
      case 'conflict':
        refuse(response, 400, 'TransactionCanceledException', {
          CancellationReasons: (sent.TransactItems ?? []).map(() => ({ Code: 'TransactionConflict' })),
        });
        return;
      case 'partial':
        response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' });
        response.end(JSON.stringify({ Responses: {}, UnprocessedKeys: sent.RequestItems }));
        return;
      case undefined:
    }
    await pass(incoming, response, body);
  }

  const server = createServer((incoming, response) => {
    handle(incoming, response).catch(() => incoming.socket.destroy());
  });
  server.on('connection', (socket) => {
    if (network === 'cut') socket.resetAndDestroy();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    endpoint: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    set: (next) => {
      faults = next;
    },
    network: (state) => {
      network = state;
      // What was said to nobody is not said later: those calls are lost.
      if (state !== 'silent') server.closeAllConnections();
    },
    done,
    stop: async () => {
      agent.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
