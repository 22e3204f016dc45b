// Does anybody notice that the app is stopped and started again under load? Not behind a proxy that waits for a connection.
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, createServer, request as send } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { PASSWORD } from '../support/app.ts';
import { freePort, startAppProcess } from '../support/app-process.ts';
import type { AppProcess } from '../support/app-process.ts';
import { createBrowser } from '../support/browser.ts';

vi.setConfig({ testTimeout: 120_000 });

const PEOPLE = 16;
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** What concerns one connection only is not passed on. */
const withoutHops = (headers: IncomingHttpHeaders): IncomingHttpHeaders =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !['connection', 'keep-alive'].includes(name)));

let dataDir: string;
let port: number;
let app: AppProcess;
let proxy: Server;

beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'studentcore-stop-'));
  port = await freePort();
  app = await startAppProcess(port, dataDir);
});
afterEach(async () => {
  proxy.closeAllConnections();
  proxy.close();
  app.child.kill('SIGTERM');
  await app.ended;
  rmSync(dataDir, { recursive: true, force: true });
});

/** Tries for 30 s to get a connection; whatever fails after that is passed on as 502. */
async function startProxy(keepAlive: boolean): Promise<string> {
  const agent = new Agent({ keepAlive, maxSockets: 100 });
  function pass(incoming: IncomingMessage, body: Buffer, response: ServerResponse, until: number): void {
    const { method, url: path } = incoming;
    const headers = withoutHops(incoming.headers);
    const outgoing = send({ agent, host: '127.0.0.1', port, method, path, headers });
    outgoing.on('response', (answer) => {
      response.writeHead(answer.statusCode ?? 502, withoutHops(answer.headers));
      answer.on('error', () => response.destroy()).pipe(response);
    });
    outgoing.on('error', (error: NodeJS.ErrnoException) => {
      const notConnected = error.code === 'ECONNREFUSED';
      if (notConnected && Date.now() < until) setTimeout(() => pass(incoming, body, response, until), 20);
      else if (response.headersSent) response.destroy();
      else response.writeHead(502).end(`${String(error.code)} ${String(outgoing.reusedSocket)}`);
    });
    outgoing.end(body);
  }
  proxy = createServer((incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => pass(incoming, Buffer.concat(chunks), response, Date.now() + 30_000));
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${String((proxy.address() as AddressInfo).port)}`;
}

it.each([
  ['a connection for every request', false],
  ['connections that are kept', true],
])('not one request fails over three restarts, with %s', async (_how, keepAlive) => {
  const browser = createBrowser(await startProxy(keepAlive));
  expect((await browser.signIn('admin', PASSWORD)).status).toBe(302);
  await browser.api('POST', '/api/students', { student_code: 'first', full_name: 'First', program: 'BSc' });
  const failed: string[] = [];
  let done = 0;
  let over = false;
  const people = Array.from({ length: PEOPLE }, async (_, who) => {
    for (let i = 0; !over; i += 1) {
      const body = { student_code: `${String(who)}-${String(i)}`, full_name: 'Somebody', program: 'BSc' };
      const answer = await (i % 3 === 0 ? browser.api('POST', '/api/students', body) : browser.get('/students'));
      if (answer.status >= 300) failed.push(`${String(answer.status)} ${answer.text.slice(0, 80)}`);
      else done += 1;
    }
  });
  const ends: { code: number | null; ms: number }[] = [];
  for (let i = 0; i < 3; i += 1) {
    await pause(1_000);
    const asked = Date.now();
    app.child.kill('SIGTERM');
    ends.push({ code: await app.ended, ms: Date.now() - asked });
    app = await startAppProcess(port, dataDir);
  }
  over = true;
  await Promise.all(people);
  console.log({ done, ends });
  expect(failed).toEqual([]);
  expect(done).toBeGreaterThan(100);
  for (const { code, ms } of ends) expect([code, ms < 10_000]).toEqual([0, true]);
});
