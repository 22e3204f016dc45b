// What do people notice? `node visitor.mjs URL USER PASSWORD` signs in at URL, then reads pages, sends forms and listens to
// events until its stdin ends; it prints what happened as JSON. `--once` stops after the first of each.
import { randomUUID } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { URLSearchParams } from 'node:url';
import { io } from 'socket.io-client';

const [url, username, password, once] = process.argv.slice(2);
const READERS = ['/', '/students', '/courses', '/api/students?page_size=25', '/api/stats', '/healthz'];
const WRITERS = 4;
const LISTENERS = 4;

const cookies = new Map();
const failures = [];
const waits = { get: [], post: [], reconnect: [] };
let going = true;

async function ask(kind, path, init = {}) {
  const start = performance.now();
  const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  try {
    const answer = await globalThis.fetch(url + path, {
      ...init,
      headers: { ...init.headers, ...(cookie === '' ? {} : { cookie }) },
      redirect: 'manual',
    });
    const text = await answer.text();
    for (const line of answer.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line);
      cookies.set(name, value);
    }
    waits[kind].push(performance.now() - start);
    return { status: answer.status, text, location: answer.headers.get('location') };
  } catch (error) {
    return { status: 0, text: String(error.cause ?? error), location: null };
  }
}

const tokenIn = (html) => /name="_csrf" value="([^"]+)"/.exec(html)?.[1] ?? '';

const post = (path, fields) =>
  ask('post', path, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams(fields).toString(),
  });

function expect(status, answer, what) {
  if (answer.status === status) return true;
  failures.push(`${what}: ${answer.status} ${answer.text.slice(0, 120).replace(/\s+/g, ' ')}`);
  return false;
}

async function signIn() {
  const page = await ask('get', '/login');
  const answer = await post('/login', { _csrf: tokenIn(page.text), next: '/', username, password });
  if (!expect(302, answer, 'sign-in')) throw new Error(failures.at(-1));
}

async function read(path) {
  while (going) {
    expect(200, await ask('get', path), `GET ${path}`);
    if (once) return;
    await sleep(100);
  }
}

const added = [];

async function write() {
  while (going) {
    const form = await ask('get', '/students/new');
    if (expect(200, form, 'GET /students/new')) {
      const student_code = `R-${randomUUID().slice(0, 13)}`;
      const fields = {
        _csrf: tokenIn(form.text),
        student_code,
        full_name: `Visitor ${student_code}`,
        program: 'Rehearsal',
      };
      if (expect(303, await post('/students', { ...fields, status: 'active' }), 'POST /students'))
        added.push(student_code);
    }
    if (once) return;
    await sleep(300);
  }
}

/** A browser's socket: it comes back by itself, and is to hear of everything once and in order. */
function listen() {
  const heard = [];
  const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  const socket = io(url, { transports: ['websocket'], extraHeaders: { cookie }, reconnectionDelayMax: 1000 });
  let left = 0;
  socket.on('student_added', (event) => heard.push(event.student_code));
  socket.on('disconnect', () => (left = performance.now()));
  socket.on('connect', () => {
    if (left > 0) waits.reconnect.push(performance.now() - left);
    left = 0;
  });
  return { socket, heard, connected: new Promise((done) => socket.once('hello', done)) };
}

const longest = (list) => Math.round(Math.max(0, ...list));

await signIn().catch((error) => {
  console.log(JSON.stringify({ failures: [error.message] }));
  process.exit(1);
});
const listeners = Array.from({ length: LISTENERS }, listen);
await Promise.race([Promise.all(listeners.map((one) => one.connected)), sleep(5000, undefined, { ref: false })]);
console.error('ready');
process.stdin.on('end', () => (going = false)).resume();
await Promise.all([...READERS.map(read), ...READERS.map(read), ...Array.from({ length: WRITERS }, write)]);

// What was told last is still on its way; a client that is just coming back gets it then.
const complete = () => listeners.every(({ heard }) => heard.length >= added.length);
for (let i = 0; i < 100 && !complete(); i += 1) await sleep(50);
for (const { heard } of listeners) {
  const missed = added.filter((code) => !heard.includes(code)).length;
  const doubled = heard.length - new Set(heard).size;
  const disordered = heard.join() !== listeners[0].heard.join();
  if (missed + doubled > 0 || disordered)
    failures.push(`a socket missed ${missed}, doubled ${doubled}, in order: ${!disordered}`);
}
const { text } = await ask('get', '/api/students?page_size=500&q=Visitor');
const stored = text.startsWith('{') ? JSON.parse(text).total : 0;
for (const { socket } of listeners) socket.close();

console.log(
  JSON.stringify({
    requests: waits.get.length + waits.post.length,
    added: added.length,
    stored,
    longest: { get: longest(waits.get), post: longest(waits.post), reconnect: longest(waits.reconnect) },
    reconnects: waits.reconnect.length,
    failures: failures.slice(0, 5),
    failed: failures.length,
  }),
);
