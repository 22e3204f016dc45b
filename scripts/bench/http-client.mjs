// How do we send many requests cheaply? HTTP/1.1 over one kept-alive socket, one request at a time, next to no work.
// Node's own client costs as much as a small answer of the server, and both share the machine.
import { Buffer } from 'node:buffer';
import { connect } from 'node:net';
import { gunzipSync } from 'node:zlib';

const PATIENCE_MS = 60_000;
const BLANK = Buffer.from('\r\n\r\n');

/** Whatever came in chunks, as one; undefined while the last one is missing. */
function dechunk(buffer, from) {
  const parts = [];
  for (let at = from; ;) {
    const end = buffer.indexOf('\r\n', at, 'latin1');
    if (end === -1) return undefined;
    const size = parseInt(buffer.latin1Slice(at, end), 16);
    const next = end + 2 + size + 2;
    if (buffer.length < next) return undefined;
    if (size === 0) return { body: Buffer.concat(parts), next };
    parts.push(buffer.subarray(end + 2, end + 2 + size));
    at = next;
  }
}

/** The first answer in the buffer, or undefined while it is not complete. */
export function readAnswer(buffer) {
  const end = buffer.indexOf(BLANK);
  if (end === -1) return undefined;
  const head = buffer.latin1Slice(0, end + 2);
  const lower = head.toLowerCase();
  const status = Number(head.slice(9, 12));
  const from = end + 4;
  const at = lower.indexOf('\r\ncontent-length:');
  if (at !== -1) {
    const next = from + parseInt(lower.slice(at + 17), 10);
    return buffer.length < next ? undefined : { status, head, body: buffer.subarray(from, next), next };
  }
  if (!lower.includes('\r\ntransfer-encoding: chunked')) return { status, head, body: Buffer.alloc(0), next: from };
  const found = dechunk(buffer, from);
  return found && { status, head, ...found };
}

/** The value of a header of an answer, or undefined. */
export function header(answer, name) {
  const at = answer.head.toLowerCase().indexOf(`\r\n${name.toLowerCase()}:`);
  if (at === -1) return undefined;
  const from = at + name.length + 3;
  return answer.head.slice(from, answer.head.indexOf('\r\n', from)).trim();
}

/** The body of an answer as text, compressed or not. */
export const textOf = (answer) =>
  (header(answer, 'content-encoding') === 'gzip' ? gunzipSync(answer.body) : answer.body).toString();

/** The text of a request. */
export function request(method, path, headers = {}, body = undefined) {
  const lines = [`${method} ${path} HTTP/1.1`, 'Host: 127.0.0.1'];
  for (const [name, value] of Object.entries(headers)) lines.push(`${name}: ${value}`);
  if (body !== undefined) {
    lines.push('Content-Type: application/json', `Content-Length: ${String(Buffer.byteLength(body))}`);
  }
  return `${lines.join('\r\n')}\r\n\r\n${body ?? ''}`;
}

/** One connection, opened when needed and again when the other side closed it between two requests. */
export function createConnection(port) {
  let socket;
  let pending;
  let received;

  function settle(error, answer) {
    const waiting = pending;
    pending = undefined;
    received = undefined;
    if (error) waiting?.reject(error);
    else waiting?.resolve(answer);
  }

  function onData(chunk) {
    if (!pending) return;
    received = received ? Buffer.concat([received, chunk]) : chunk;
    const answer = readAnswer(received);
    if (answer) settle(undefined, answer);
  }

  function open() {
    const mine = connect({ port, host: '127.0.0.1', noDelay: true });
    const ended = (error) => {
      if (mine !== socket) return;
      socket = undefined;
      settle(error instanceof Error ? error : new Error('the connection was closed'));
    };
    mine.on('data', onData).on('error', ended).on('close', ended).on('end', ended);
    mine.setTimeout(PATIENCE_MS, () => mine.destroy(new Error('no answer within a minute')));
    return mine;
  }

  return {
    /** Sends a request and resolves to its answer: status, head and body. */
    send: (text) =>
      new Promise((resolve, reject) => {
        pending = { resolve, reject };
        socket ??= open();
        socket.write(text);
      }),
    close: () => {
      const mine = socket;
      socket = undefined;
      mine?.destroy();
    },
  };
}
