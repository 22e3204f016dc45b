// What stands between a browser and the app? A plain proxy that answers in its place, keeps answers to itself, or is not there.
import { createServer, request as send } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';

export interface Front {
  url: string;
  /** Answers everything with this status and a page of its own; null: passes it on. */
  answer: (status: number | null) => void;
  /** What is sent by this method is done by the app, and its answer told to nobody. */
  withhold: (method: string | null) => void;
  /** Calls that were passed on, 'PUT /api/…'. */
  passed: string[];
  /** The body of this path is changed on the way to the browser. */
  change: (path: string, edit: (text: string) => string) => void;
  stop: () => Promise<void>;
}

async function textOf(stream: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

export async function startFront(target: string): Promise<Front> {
  const { hostname, port } = new URL(target);
  const edits = new Map<string, (text: string) => string>();
  const passed: string[] = [];
  let status: number | null = null;
  let silent: string | null = null;

  async function pass(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET', url = '/' } = incoming;
    const edit = edits.get(url);
    const headers = { ...incoming.headers, ...(edit ? { 'accept-encoding': 'identity', 'if-none-match': '' } : {}) };
    const body = await textOf(incoming);
    passed.push(`${method} ${url}`);
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      send({ hostname, port, method, path: url, headers }, resolve).on('error', reject).end(body);
    });
    if (edit) {
      const text = edit((await textOf(answer)).toString());
      response.writeHead(answer.statusCode ?? 500, { ...answer.headers, 'content-length': Buffer.byteLength(text) });
      response.end(text);
    } else if (silent === method) await textOf(answer);
    else {
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(response);
    }
  }

  const server = createServer((incoming, response) => {
    if (status !== null) {
      response.writeHead(status, { 'content-type': 'text/html' }).end(`<h1>Answered with ${String(status)}</h1>`);
      return;
    }
    pass(incoming, response).catch(() => incoming.socket.destroy());
  });
  server.on('upgrade', (incoming, socket, head) => {
    const { method = 'GET', url = '/', rawHeaders } = incoming;
    const lines = rawHeaders.map((text, n) => (n % 2 === 0 ? `${text}: ` : `${text}\r\n`)).join('');
    const other = connect(Number(port), hostname, () => {
      other.write(`${method} ${url} HTTP/1.1\r\n${lines}\r\n`);
      other.write(head);
      other.pipe(socket).pipe(other);
    });
    for (const end of [socket, other]) end.on('error', () => (socket.destroy(), other.destroy()));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    answer: (next) => (status = next),
    withhold: (method) => {
      silent = method;
    },
    passed,
    change: (path, edit) => void edits.set(path, edit),
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
