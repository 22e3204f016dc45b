// Is a process we wrote down once still running, and is it still the same one?
import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { kill } from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';

/** A process; `started` tells it from a later one that got the same number. Undefined where /proc is missing. */
export interface ProcessId {
  pid: number;
  started?: string | undefined;
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/** State letter and start of a process by /proc; undefined when there is no such process or no /proc. */
function stat(pid: number): { state: string; started: string } | undefined {
  const line = read(`/proc/${String(pid)}/stat`);
  if (line === undefined) return undefined;
  // The name stands in brackets and may hold anything, so count from the last bracket.
  const fields = line.slice(line.lastIndexOf(')') + 2).split(' ');
  const boot = read('/proc/sys/kernel/random/boot_id')?.trim() ?? '';
  return { state: fields[0] ?? '', started: `${boot}/${fields[19] ?? ''}` };
}

const hasProc = (): boolean => read('/proc/self/stat') !== undefined;

/** Identifies a running process, to be written down. */
export const identify = (pid: number): ProcessId => ({ pid, started: stat(pid)?.started });

/** Whether that very process is still running; a zombie is not. */
export function isRunning({ pid, started }: ProcessId): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  if (hasProc()) {
    const now = stat(pid);
    return now !== undefined && now.state !== 'Z' && now.state !== 'X' && (started ?? now.started) === now.started;
  }
  try {
    kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'; // it runs, but is somebody else's
  }
}

/** The words a process was started with; [] when that can't be known. */
export function commandLine(pid: number): string[] {
  if (hasProc())
    return (
      read(`/proc/${String(pid)}/cmdline`)
        ?.split('\0')
        .slice(0, -1) ?? []
    );
  try {
    return execFileSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' })
      .trim()
      .split(' ');
  } catch {
    return [];
  }
}

/** The numbers of all processes; only those of `candidates` where /proc is missing. */
export function processes(candidates: number[]): number[] {
  if (!hasProc()) return candidates;
  return readdirSync('/proc').map(Number).filter(Number.isSafeInteger);
}

const signal = (pid: number, name: NodeJS.Signals): void => {
  try {
    kill(pid, name);
  } catch {
    // it has gone meanwhile
  }
};

/** Asks a process to end, and makes it after `patience` milliseconds. */
export async function end(process: ProcessId, patience: number): Promise<void> {
  for (const name of ['SIGTERM', 'SIGKILL'] as const) {
    if (!isRunning(process)) return;
    signal(process.pid, name);
    const until = Date.now() + patience;
    while (Date.now() < until && isRunning(process)) await sleep(10);
  }
}
