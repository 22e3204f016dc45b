// Who listens? A process with many WebSockets that speak just enough Socket.IO: join, answer pings, note when news come.
import { Buffer } from 'node:buffer';
import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { answerQuestions } from './children.mjs';

const AT_ONCE = 40;
const OPEN_MS = 15_000;

/** Monotonic milliseconds, the same clock in all processes of a machine. */
const now = () => Number(process.hrtime.bigint()) / 1e6;

let sockets = [];
/** Of the news under way: what they contain, and when they came. */
let heard;

/** A text frame as clients send it: masked, shorter than 126 bytes. */
function frame(opcode, text) {
  const data = Buffer.from(text);
  const mask = randomBytes(4);
  return Buffer.concat([
    Buffer.from([0x80 | opcode, 0x80 | data.length]),
    mask,
    data.map((byte, i) => byte ^ mask[i % 4]),
  ]);
}

/** The next whole frame: opcode, text and where it ends. */
function readFrame(buffer, from) {
  if (buffer.length < from + 2) return undefined;
  let length = buffer[from + 1] & 0x7f;
  let at = from + 2;
  if (length === 126) {
    if (buffer.length < at + 2) return undefined;
    length = buffer.readUInt16BE(at);
    at += 2;
  } else if (length === 127) {
    if (buffer.length < at + 8) return undefined;
    length = Number(buffer.readBigUInt64BE(at));
    at += 8;
  }
  const end = at + length;
  return buffer.length < end ? undefined : { opcode: buffer[from] & 0x0f, from: at, end };
}

function onFrame(socket, text, joined) {
  if (text === '2') socket.write(frame(1, '3'));
  else if (text.startsWith('0{')) socket.write(frame(1, '40'));
  else if (text.startsWith('40')) joined();
  else if (text.startsWith('44')) joined(new Error(`refused: ${text.slice(2, 200)}`));
  else if (heard && text.includes(heard.mark)) {
    heard.times.push(now());
    if (heard.times.length === heard.expected) heard.done();
  }
}

/** One client. `raw`: a plain WebSocket without Socket.IO, for the floor. */
function join({ port, cookie, path, raw }) {
  return new Promise((done, fail) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    const joined = (error) => (error ? fail(error) : done(socket));
    let received;
    let upgraded = false;
    socket.setTimeout(OPEN_MS, () => upgraded || socket.destroy(new Error('no answer to the handshake')));
    socket.on('error', fail).on('close', () => fail(new Error('the connection was closed')));
    socket.on('data', (chunk) => {
      received = received ? Buffer.concat([received, chunk]) : chunk;
      let at = 0;
      if (!upgraded) {
        const end = received.indexOf('\r\n\r\n');
        if (end === -1) return;
        if (!received.latin1Slice(0, 12).endsWith('101')) {
          fail(new Error(`no WebSocket: ${received.latin1Slice(0, 60).split('\r\n')[0]}`));
          return;
        }
        upgraded = true;
        at = end + 4;
        if (raw) joined();
      }
      for (let one = readFrame(received, at); one; one = readFrame(received, at)) {
        at = one.end;
        if (one.opcode === 1) onFrame(socket, received.latin1Slice(one.from, one.end), joined);
        else if (one.opcode === 9) socket.write(frame(10, ''));
      }
      received = at === received.length ? undefined : received.subarray(at);
    });
    const key = randomBytes(16).toString('base64');
    const cookies = cookie ? `Cookie: ${cookie}\r\n` : '';
    socket.write(
      `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${String(port)}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
        `Sec-WebSocket-Key: ${key}\r\nSec-WebSocket-Version: 13\r\n${cookies}\r\n`,
    );
  });
}

answerQuestions({
  /** `count` more clients, the cookies in turn; resolves to how many there are. */
  open: async ({ port, count, cookies = [], path = '/socket.io/?EIO=4&transport=websocket', raw = false }) => {
    const todo = Array.from({ length: count }, (_, i) => cookies[i % (cookies.length || 1)]);
    const take = async () => {
      while (todo.length > 0) sockets.push(await join({ port, cookie: todo.shift(), path, raw }));
    };
    await Promise.all(Array.from({ length: AT_ONCE }, take));
    return sockets.length;
  },
  /** From now on news that contain `mark` are timed. */
  expect: ({ mark, expected }) => {
    heard = { mark, expected, times: [] };
    heard.all = new Promise((done) => (heard.done = done));
  },
  /** When they came, once all have or patience ran out. */
  heard: async ({ patience }) => {
    await Promise.race([heard.all, new Promise((done) => setTimeout(done, patience))]);
    return heard.times;
  },
  close: () => {
    for (const socket of sockets) socket.destroy();
    sockets = [];
  },
});
