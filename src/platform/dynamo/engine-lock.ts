// Whose is this DATA_DIR? One process at a time may run an engine on it.
import { readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pid } from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { EngineRefused } from './engine-refused.ts';
import type { ProcessId } from './processes.ts';
import { identify, isRunning } from './processes.ts';

/*
 * The lock is a row of files, engine.1.lock, engine.2.lock, …; the highest counts. Who finds the highest one's owner
 * gone makes the next, which only one can do. Removing a stale file and making it anew would not do: between the look
 * and the removal another start may have made its own.
 */
const FILE = /^engine\.(\d+)\.lock$/;
const file = (dataDir: string, n: number): string => join(dataDir, `engine.${String(n)}.lock`);
const draft = (dataDir: string, n: number): string => `${file(dataDir, n)}.new`;

export interface LockRecord {
  /** Undefined when it was given back. */
  owner?: ProcessId;
  engine?: ProcessId & { port: number };
}

export interface Lock {
  /** Writes down which engine runs, so that others can attach to it or stop it after a crash. */
  note: (engine: LockRecord['engine']) => void;
  release: () => void;
}

function numbers(dataDir: string): number[] {
  try {
    return readdirSync(dataDir)
      .map((name) => Number(FILE.exec(name)?.[1]))
      .filter(Number.isSafeInteger);
  } catch {
    return []; // no such folder yet
  }
}

function readRecord(path: string): LockRecord | 'unreadable' {
  try {
    const record: unknown = JSON.parse(readFileSync(path, 'utf8'));
    return typeof record === 'object' && record !== null ? record : 'unreadable';
  } catch {
    return 'unreadable';
  }
}

// A file is empty for the instant between its making and its writing; after that it is the rest of a power cut.
function isFresh(path: string): boolean {
  try {
    return Math.abs(Date.now() - statSync(path).mtimeMs) < 2_000;
  } catch {
    return false;
  }
}

const last = (dataDir: string): number => Math.max(0, ...numbers(dataDir));

/** What the lock says now, whether its owner still runs or not. */
export function readLock(dataDir: string): LockRecord | undefined {
  const n = last(dataDir);
  const record = n === 0 ? 'unreadable' : readRecord(file(dataDir, n));
  return record === 'unreadable' ? undefined : record;
}

function refuse(dataDir: string, owner: number | undefined): never {
  const who = owner === undefined ? 'another start' : `process ${String(owner)}`;
  throw new EngineRefused(`${dataDir} is in use by ${who}: stop that first, or set DATA_DIR to another folder.`);
}

function make(path: string, record: LockRecord): boolean {
  try {
    writeFileSync(path, JSON.stringify(record), { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw new EngineRefused(`DATA_DIR can't be written: ${(error as Error).message}`);
  }
}

function heldLock(dataDir: string, n: number, owner: ProcessId): Lock {
  const path = file(dataDir, n);
  const write = (record: LockRecord): void => {
    writeFileSync(draft(dataDir, n), JSON.stringify(record), { mode: 0o600 });
    renameSync(draft(dataDir, n), path);
  };
  return {
    note: (engine) => {
      write(engine ? { owner, engine } : { owner });
    },
    // Kept as an empty record: numbers must never begin again while somebody is looking.
    release: () => {
      try {
        write({});
      } catch {
        // The folder is gone or full; a dead owner's lock is taken over anyway.
      }
    },
  };
}

export interface Taken {
  lock: Lock;
  /** What a dead owner left, its engine perhaps still running. */
  before: LockRecord | undefined;
}

/** One try; undefined when somebody else moved meanwhile and it's worth looking again. */
function tryLock(dataDir: string, owner: ProcessId): Taken | undefined {
  const n = last(dataDir);
  const record = n === 0 ? {} : readRecord(file(dataDir, n));
  if (record === 'unreadable' && isFresh(file(dataDir, n))) return undefined;
  const before = record === 'unreadable' ? undefined : record;
  if (before?.owner && isRunning(before.owner)) return refuse(dataDir, before.owner.pid);

  if (!make(file(dataDir, n + 1), { owner })) return undefined;
  if (last(dataDir) > n + 1) {
    rmSync(file(dataDir, n + 1), { force: true }); // slept so long that others came and went
    return undefined;
  }
  // The one before stays, so that whoever lists the folder right now can't miss both.
  for (const old of numbers(dataDir)) if (old < n) rmSync(file(dataDir, old), { force: true });
  rmSync(draft(dataDir, n), { force: true });
  return { lock: heldLock(dataDir, n + 1, owner), before };
}

/** Takes the folder for this process, or throws EngineRefused when a living one has it. */
export async function takeLock(dataDir: string): Promise<Taken> {
  const owner = identify(pid);
  for (let tries = 0; tries < 200; tries += 1) {
    const taken = tryLock(dataDir, owner);
    if (taken) return taken;
    await sleep(25);
  }
  return refuse(dataDir, undefined);
}
