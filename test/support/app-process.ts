// The app as a process of its own, on the embedded engine: for tests that end it, kill it, or load it from outside.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PASSWORD } from './app.ts';

const root = join(import.meta.dirname, '../..');

export interface AppProcess {
  child: ChildProcess;
  /** The exit code; null when it was killed. */
  ended: Promise<number | null>;
  said: () => string;
}

export const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });

/** Starts it, with an administrator `admin`, and waits until it says that it can work. */
export async function startAppProcess(port: number, dataDir: string): Promise<AppProcess> {
  const { PATH, HOME } = process.env;
  const child = spawn(process.execPath, ['--import', 'tsx', 'src/server.ts'], {
    cwd: root,
    env: {
      ...{ PATH, HOME, PORT: String(port), DATA_DIR: dataDir, BCRYPT_COST: '10', LOG_LEVEL: 'warn' },
      ...{ ADMIN_USERNAME: 'admin', ADMIN_PASSWORD: PASSWORD },
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text: Buffer) => (said += text.toString()));
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  for (let i = 0; i < 1_000 && child.exitCode === null; i += 1) {
    const ready = await fetch(`http://127.0.0.1:${String(port)}/readyz`).then(
      (answer) => answer.ok,
      () => false,
    );
    if (ready) return { child, ended, said: () => said };
    await sleep(20);
  }
  child.kill('SIGKILL');
  throw new Error(`the app did not start: ${said}`);
}
