// How does the embedded engine run? One Dynoxide per DATA_DIR, on a loopback port, kept alive as long as the app lives.
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, realpathSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findEngine, parentDeathLeash } from './engine-binary.ts';
import type { Lock, LockRecord } from './engine-lock.ts';
import { readLock, takeLock } from './engine-lock.ts';
import { EngineRefused } from './engine-refused.ts';
import type { ProcessId } from './processes.ts';
import { commandLine, end, identify, isRunning, processes } from './processes.ts';

export { EngineRefused } from './engine-refused.ts';

export interface Engine {
  /** Stays the same when the engine is restarted. */
  endpoint: string;
  /** Ends the engine, which folds its log into the file, and gives the folder back. */
  stop: () => Promise<void>;
}

/** The part of a logger that is needed here. */
export interface EngineLog {
  debug: (fields: object, message: string) => void;
  info: (fields: object, message: string) => void;
  warn: (fields: object, message: string) => void;
  error: (fields: object, message: string) => void;
}

const HOST = '127.0.0.1';
const START_MS = 5_000;
const STOP_MS = 5_000;
const LONGEST_PAUSE_MS = 2_000;
const SETTLED_MS = 10_000;

const ignore = (): void => undefined;

const databaseFile = (dataDir: string): string => join(dataDir, 'studentcore.db');
const logFile = (dataDir: string): string => join(dataDir, 'engine.log');
const address = (port: number): string => `http://${HOST}:${String(port)}`;

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, HOST, () => {
      const bound = server.address();
      server.close(() => {
        resolve(typeof bound === 'object' && bound ? bound.port : 0);
      });
    });
  });
}

const answers = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host: HOST, port, timeout: 500 });
    const settle = (yes: boolean) => (): void => {
      socket.destroy();
      resolve(yes);
    };
    socket.once('connect', settle(true)).once('error', settle(false)).once('timeout', settle(false));
  });

function said(dataDir: string): string {
  try {
    return readFileSync(logFile(dataDir), 'utf8').trim();
  } catch {
    return '';
  }
}

function launch(program: string, dataDir: string, port: number): ChildProcess {
  // To a file, not a pipe: an orphan that writes to a broken pipe would die before it has folded its log.
  const output = openSync(logFile(dataDir), 'w', 0o600);
  const serve = ['serve', '--host', HOST, '--port', String(port), '--db-path', databaseFile(dataDir)];
  const [first = program, ...rest] = [...parentDeathLeash(), program, ...serve];
  try {
    // A group of its own: Ctrl-C in the terminal must reach the app alone, which still has answers to write.
    const child = spawn(first, rest, { stdio: ['ignore', output, output], detached: true });
    child.on('error', ignore); // whoever waits sees it by isAlive
    child.unref();
    return child;
  } finally {
    closeSync(output);
  }
}

const isAlive = (child: ChildProcess): boolean =>
  child.pid !== undefined && child.exitCode === null && child.signalCode === null;

/** Waits until the child, and nobody else, listens on the port. */
async function untilReady(child: ChildProcess, dataDir: string, port: number): Promise<boolean> {
  const until = Date.now() + START_MS;
  while (Date.now() < until && isAlive(child)) {
    if (said(dataDir).includes('listening') && (await answers(port))) return isAlive(child);
    await sleep(5);
  }
  return false;
}

/** Engines that run on this folder's file without an owner: left behind by an app that was killed. */
function orphans(dataDir: string, before: LockRecord | undefined): ProcessId[] {
  const path = databaseFile(dataDir);
  return processes(before?.engine ? [before.engine.pid] : [])
    .filter((pid) => {
      const words = commandLine(pid);
      return words.includes('serve') && words[words.indexOf('--db-path') + 1] === path;
    })
    .map(identify)
    .filter(isRunning);
}

async function stopOrphans(dataDir: string, before: LockRecord | undefined, log: EngineLog): Promise<void> {
  for (const orphan of orphans(dataDir, before)) {
    log.warn({ pid: orphan.pid }, 'stopping the engine that an earlier run left behind');
    await end(orphan, STOP_MS);
    if (isRunning(orphan)) {
      throw new EngineRefused(`Process ${String(orphan.pid)} still has ${databaseFile(dataDir)} open: stop it first.`);
    }
  }
}

async function firstStart(program: string, dataDir: string): Promise<{ child: ChildProcess; port: number }> {
  let reason = '';
  // The port was free a moment ago; if somebody was faster, take another.
  for (let attempt = 0; attempt < 3; attempt += 1) {
    const port = await freePort();
    const child = launch(program, dataDir, port);
    if (await untilReady(child, dataDir, port)) return { child, port };
    child.kill('SIGKILL');
    reason = said(dataDir).split('\n').at(-1) ?? '';
  }
  throw new EngineRefused(
    `The embedded database engine does not start on ${databaseFile(dataDir)}: ${reason === '' ? 'it says nothing' : reason}`,
  );
}

function supervise(o: {
  program: string;
  dataDir: string;
  port: number;
  first: ChildProcess;
  lock: Lock;
  log: EngineLog;
}): Engine {
  let child = o.first;
  let pause = 0;
  let startedAt = Date.now();
  const stopping = new AbortController();
  const isStopping = (): boolean => stopping.signal.aborted;

  // A full disk must not end the app for a note that only helps to attach or to tidy up.
  const note = ({ pid }: ChildProcess): void => {
    try {
      if (pid !== undefined) o.lock.note({ ...identify(pid), port: o.port });
    } catch (error) {
      o.log.warn({ err: error }, 'the lock file of the database engine could not be written');
    }
  };

  const watch = (): void => {
    note(child);
    child.once('exit', () => void restart());
    if (!isAlive(child)) void restart();
  };

  /** One try to have the engine back; false when it failed or is no longer wanted. */
  const tryAgain = async (): Promise<boolean> => {
    try {
      child = launch(o.program, o.dataDir, o.port);
      startedAt = Date.now();
      if (await untilReady(child, o.dataDir, o.port)) return true;
      child.kill('SIGKILL');
      if (!isStopping()) o.log.error({ said: said(o.dataDir) }, 'the database engine does not start, trying again');
    } catch (error) {
      o.log.error({ err: error }, 'the database engine does not start, trying again');
    }
    return false;
  };

  // Never gives up: an engine that is gone is a 503, an engine that is not tried again is a phone call.
  const restart = async (): Promise<void> => {
    if (isStopping()) return;
    o.log.error({ code: child.exitCode, signal: child.signalCode }, 'the database engine ended, starting it again');
    if (Date.now() - startedAt > SETTLED_MS) pause = 0;
    do {
      await sleep(pause, undefined, { signal: stopping.signal }).catch(ignore);
      if (isStopping()) return;
      pause = Math.min(Math.max(pause * 2, 100), LONGEST_PAUSE_MS);
    } while (!(await tryAgain()));
    if (isStopping()) return; // and stop() ends the child
    o.log.info({ pid: child.pid, port: o.port }, 'the database engine is back');
    watch();
  };

  const onExit = (): void => {
    child.kill('SIGTERM');
  };
  process.once('exit', onExit);
  watch();

  let stopped: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    stopping.abort();
    if (child.pid !== undefined && isAlive(child)) await end(identify(child.pid), STOP_MS);
    process.off('exit', onExit);
    o.lock.release();
  };
  return { endpoint: address(o.port), stop: () => (stopped ??= stop()) };
}

/** Starts the engine on a folder, made if missing. Throws EngineRefused with one line that says what to do. */
export async function startEngine(o: { dataDir: string; log: EngineLog }): Promise<Engine> {
  const program = findEngine();
  const dataDir = openFolder(o.dataDir);
  const { lock, before } = await takeLock(dataDir);
  try {
    await stopOrphans(dataDir, before, o.log);
    // Made here so that nobody else on the machine can read it; the engine gives its side files the same mode.
    closeSync(openSync(databaseFile(dataDir), 'a', 0o600));
    const { child, port } = await firstStart(program, dataDir);
    o.log.debug({ pid: child.pid, port }, 'the database engine runs');
    return supervise({ program, dataDir, port, first: child, lock, log: o.log });
  } catch (error) {
    lock.release();
    throw error;
  }
}

function openFolder(path: string): string {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    return realpathSync(path); // two names of one folder are one folder
  } catch (error) {
    throw new EngineRefused(`DATA_DIR ${path} can't be used: ${(error as Error).message}`);
  }
}

/** The address of the engine that a living app runs on this folder, for commands that only read. */
export function attachEngine(dataDir: string): string | undefined {
  const record = readLock(dataDir);
  if (!record?.owner || !isRunning(record.owner) || !record.engine) return undefined;
  return address(record.engine.port);
}
