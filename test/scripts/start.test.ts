import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isStale } from '../../scripts/fresh.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));

let dataDir: string;
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'studentcore-start-'));
});
afterAll(() => rm(dataDir, { recursive: true, force: true }));

const freePort = () =>
  new Promise<number>((done) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => done(port));
    });
  });

function start(port: number) {
  // From another folder and without a terminal, as a service would.
  const child = spawn(join(root, 'scripts/start.sh'), [], {
    cwd: tmpdir(),
    env: { PATH: process.env['PATH'], HOME: tmpdir(), DATA_DIR: dataDir, PORT: String(port), BCRYPT_COST: '10' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  const hear = (chunk: Buffer) => (text += chunk.toString());
  child.stdout.on('data', hear);
  child.stderr.on('data', hear);
  const ended = new Promise<number | null>((done) => child.on('close', done));
  return { child, ended, text: () => text };
}

async function untilReady(port: number, app: ReturnType<typeof start>) {
  const began = Date.now();
  while (Date.now() - began < 60_000 && app.child.exitCode === null) {
    const answer = await fetch(`http://127.0.0.1:${String(port)}/readyz`).catch(() => undefined);
    if (answer?.status === 200) return Date.now() - began;
    await sleep(50);
  }
  throw new Error(`not ready: ${app.text()}`);
}

// A build in the middle of the tests would pull the files away under the others: scripts/test.sh has built before.
describe.skipIf(isStale())('./scripts/start.sh', { timeout: 180_000 }, () => {
  it('loads the demo once, prints address and logins, refuses a second app, and ends on a signal', async () => {
    const port = await freePort();
    const first = start(port);
    await untilReady(port, first);
    expect(first.text()).toContain('Attendance marks: 1,200\n');
    expect(first.text()).toContain(`StudentCore opens at http://127.0.0.1:${String(port)} (Ctrl+C stops it).\n`);
    expect(first.text()).toMatch(/Demo logins: admin, .* Password: studentcore-demo\n/);
    const signedIn = await fetch(`http://127.0.0.1:${String(port)}/api/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ username: 'student01', password: 'studentcore-demo' }),
    });
    expect(signedIn.status).toBe(201);

    const second = start(await freePort());
    expect(await second.ended).toBe(1);
    expect(second.text()).toContain(' is in use by process ');

    first.child.kill('SIGINT');
    expect(await first.ended).toBe(0);

    const again = start(port);
    const took = await untilReady(port, again);
    expect(again.text()).not.toContain('Attendance marks');
    expect(again.text()).toContain('Demo logins: admin');
    expect(took).toBeLessThan(15_000);
    again.child.kill('SIGTERM');
    expect(await again.ended).toBe(0);
  });
});
