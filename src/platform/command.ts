// How does a command talk to the person who runs it? Lines on stdout, faults on stderr, progress now and then, an exit code.
import process from 'node:process';
import { startFaults, StartRefused } from './start-refused.ts';

export const say = (line: string): void => void process.stdout.write(`${line}\n`);

const EVERY_MS = 2_000;

/** Grouped by thousands: 1,200,000. */
export const thousands = (n: number): string => n.toLocaleString('en-US');

/** Says how far something is, every two seconds and not at all when it is quick. */
export function createProgress(): (what: string, done: number) => void {
  let told = Date.now();
  return (what, done) => {
    if (Date.now() - told < EVERY_MS) return;
    told = Date.now();
    say(`${what}: ${thousands(done)} …`);
  };
}

/** Lines up a table of two columns. */
export function inTwoColumns(rows: (readonly [name: string, value: string])[]): string[] {
  const width = Math.max(...rows.map(([name]) => name.length)) + 2;
  return rows.map(([name, value]) => `${name.padEnd(width)}${value}`);
}

/** The command line can't be understood. */
export class BadUsage extends StartRefused {}

/** Runs a command; `run` says the exit code: 0 for all is well, 1 for what went wrong, 2 for a wrong command line. */
export function runCommand(run: (args: string[]) => Promise<number>): void {
  run(process.argv.slice(2)).then(
    (code) => {
      process.exitCode = code;
    },
    (error: unknown) => {
      for (const line of startFaults(error)) process.stderr.write(`${line}\n`);
      process.exitCode = error instanceof BadUsage ? 2 : 1;
    },
  );
}
