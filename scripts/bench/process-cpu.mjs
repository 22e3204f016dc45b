// How much has a process worked and how large is it? Read from /proc, threads included.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const TICKS = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

/** CPU time of a process so far in milliseconds, user and system; 0 when it is gone. */
export function cpuMs(pid) {
  try {
    const stat = readFileSync(`/proc/${String(pid)}/stat`, 'latin1');
    // The name in brackets may hold anything, so counting begins behind it: state is field 3, utime 14, stime 15.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return ((Number(fields[11]) + Number(fields[12])) * 1000) / TICKS;
  } catch {
    return 0;
  }
}

/** CPU time of all processes of the machine so far in milliseconds, waiting and sleeping left out. */
export function machineCpuMs() {
  const [, user, nice, system, , , irq, softirq] = readFileSync('/proc/stat', 'latin1').split('\n', 1)[0].split(/\s+/);
  return ([user, nice, system, irq, softirq].reduce((sum, n) => sum + Number(n), 0) * 1000) / TICKS;
}

/** Resident memory in MB (2^20 bytes), now and at its highest. */
export function memoryMb(pid) {
  const status = readFileSync(`/proc/${String(pid)}/status`, 'latin1');
  const of = (name) => Math.round(Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 0) / 1024);
  return { now: of('VmRSS'), highest: of('VmHWM') };
}
