// Does the app start, refuse to start, and end as a service manager and a person at a terminal expect?
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { createBrowser } from '../../support/browser.ts';

vi.setConfig({ testTimeout: 90_000 }); // whole processes start here, on machines that are busy with other tests

const root = join(import.meta.dirname, '../../..');
const folder = mkdtempSync(join(tmpdir(), 'studentcore-server-'));
const running = new Set<ChildProcess>();
let folders = 0;

afterEach(() => {
  for (const child of running) child.kill('SIGKILL');
  running.clear();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const freshFolder = (): string => join(folder, String((folders += 1)));

interface Started {
  child: ChildProcess;
  out: () => string;
  err: () => string;
  /** The exit code; null when it was killed. */
  ended: Promise<number | null>;
  /** The address, once it listens. */
  listening: () => Promise<string>;
}

const app = [process.execPath, '--import', 'tsx', 'src/server.ts'];

/** `socket`: handed over as file 3, the way systemd does it. */
function start(env: Record<string, string>, socket?: number): Started {
  const { PATH = '', HOME = '' } = process.env;
  const [program = '', ...words] = socket === undefined ? app : ['sh', '-c', 'LISTEN_PID=$$ exec "$0" "$@"', ...app];
  const child = spawn(program, words, {
    cwd: root,
    env: { PATH, HOME, PORT: '0', BCRYPT_COST: '10', ...env },
    stdio: ['ignore', 'pipe', 'pipe', socket ?? 'ignore'],
  });
  running.add(child);
  let out = '';
  let err = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (err += text));
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  return {
    child,
    out: () => out,
    err: () => err,
    ended,
    listening: async () => {
      for (let i = 0; i < 1_000 && child.exitCode === null; i += 1) {
        const address = /^StudentCore is at (http\S+)$/m.exec(out)?.[1];
        if (address !== undefined) return address;
        await sleep(20);
      }
      throw new Error(`it did not start: ${err}${out}`);
    },
  };
}

const lines = (text: string): string[] => text.split('\n').filter((line) => line !== '');

describe('the first start', () => {
  it('makes an administrator, tells the password once, and ends cleanly when asked to', async () => {
    const DATA_DIR = freshFolder();
    const first = start({ DATA_DIR });
    const url = await first.listening();
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    const password = /^\s+password:\s+(\S+)$/m.exec(first.out())?.[1] ?? '';
    expect(password.length).toBeGreaterThanOrEqual(16);
    const browser = createBrowser(url);
    expect((await browser.signIn('admin', password)).status).toBe(302);
    expect((await browser.get('/')).location).toBe('/account');

    first.child.kill('SIGTERM');
    expect(await first.ended).toBe(0);
    expect(first.err()).toBe('');

    const second = start({ DATA_DIR });
    const again = createBrowser(await second.listening());
    expect(second.out()).not.toContain('password');
    // Keys are kept, so who was signed in still is.
    for (const [name, value] of browser.cookies) again.cookies.set(name, value);
    expect((await again.get('/account')).status).toBe(200);
    second.child.kill('SIGINT');
    expect(await second.ended).toBe(0);
  });

  it('takes the administrator it is given', async () => {
    const started = start({ DATA_DIR: freshFolder(), ADMIN_USERNAME: 'root', ADMIN_PASSWORD: 'a password of mine' });
    const browser = createBrowser(await started.listening());
    expect(started.out()).not.toContain('password');
    expect((await browser.signIn('root', 'a password of mine')).location).toBe('/');
    expect((await browser.get('/account')).status).toBe(200);
  });
});

describe('a socket of systemd', () => {
  it('is taken instead of a port', async () => {
    const socket = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => socket.once('listening', resolve));
    const { port } = socket.address() as AddressInfo;
    const { fd } = (socket as unknown as { _handle: { fd: number } })._handle;
    const { listening } = start({ DATA_DIR: freshFolder(), LISTEN_FDS: '1', PORT: '1' }, fd);
    expect(await listening()).toBe(`http://127.0.0.1:${String(port)}`);
    socket.close();
    expect((await fetch(`http://127.0.0.1:${String(port)}/healthz`)).status).toBe(200);
  });
});

describe('a start that can not work', () => {
  async function refused(env: Record<string, string>): Promise<string[]> {
    const started = start(env);
    expect(await started.ended).toBe(1);
    expect(started.err()).not.toMatch(/\n\s+at /);
    return lines(started.err());
  }

  it('says what is wrong with each variable', async () => {
    const said = await refused({ DATA_DIR: freshFolder(), PORT: 'x', TIME_ZONE: 'nowhere' });
    expect(said).toHaveLength(2);
    expect(said[0]).toMatch(/^PORT /);
    expect(said[1]).toMatch(/^TIME_ZONE /);
  });

  it('says that the port is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    const port = String((other.address() as AddressInfo).port);
    const said = await refused({ DATA_DIR: freshFolder(), PORT: port });
    expect(said).toEqual([expect.stringContaining(`PORT ${port} on HOST 127.0.0.1 is taken`)]);
    other.close();
  });

  it('says that HOST is not ours', async () => {
    expect(await refused({ DATA_DIR: freshFolder(), HOST: '203.0.113.7' })).toEqual([
      expect.stringContaining('HOST 203.0.113.7'),
    ]);
  });

  it('says that another one has the data', async () => {
    const DATA_DIR = freshFolder();
    const first = start({ DATA_DIR });
    const url = await first.listening();
    expect(await refused({ DATA_DIR })).toEqual([expect.stringContaining(DATA_DIR)]);
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
  });

  it('says that the engine is missing', async () => {
    const said = await refused({ DATA_DIR: freshFolder(), DYNOXIDE_BIN: '/nowhere/dynoxide' });
    expect(said).toEqual([expect.stringContaining('DYNOXIDE_BIN')]);
  });

  it('says that DynamoDB does not answer', async () => {
    const said = await refused({ DATA_DIR: freshFolder(), DYNAMODB_ENDPOINT: 'http://127.0.0.1:9' });
    expect(said).toEqual([expect.stringMatching(/^DynamoDB does not answer.*DYNAMODB_ENDPOINT/)]);
  });
});

describe('the end', () => {
  it('lets a request finish, tells the connection to close, and takes no new ones', async () => {
    const started = start({ DATA_DIR: freshFolder() });
    const url = await started.listening();
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname).setEncoding('utf8');
    let answer = '';
    socket.on('data', (text: string) => (answer += text));
    const closed = new Promise((resolve) => socket.once('close', resolve));
    const type = 'application/x-www-form-urlencoded';
    socket.write(`POST /login HTTP/1.1\r\nHost: a\r\nContent-Type: ${type}\r\nContent-Length: 7\r\n\r\na=1`);
    await sleep(500); // it is under way now, and waits for the rest
    started.child.kill('SIGTERM');
    while (!started.out().includes('"stopping"')) await sleep(20);
    await expect(fetch(`${url}/healthz`)).rejects.toThrow();
    socket.write('&b=2');
    await closed;
    expect(answer).toMatch(/^HTTP\/1\.1 403 /);
    expect(answer).toMatch(/\r\nConnection: close\r\n/);
    expect(await started.ended).toBe(0);
  });

  it('does not wait for connections that nobody uses', async () => {
    const started = start({ DATA_DIR: freshFolder() });
    const { hostname, port } = new URL(await started.listening());
    const idle = connect(Number(port), hostname);
    await new Promise((resolve) => idle.once('connect', resolve));
    idle.on('error', () => undefined);
    idle.write('GET /healthz HTTP/1.1\r\nHost: a\r\n'); // never finished
    const asked = Date.now();
    started.child.kill('SIGTERM');
    expect(await started.ended).toBe(0);
    expect(Date.now() - asked).toBeLessThan(10_000);
    idle.destroy();
  });
});
