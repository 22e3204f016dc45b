// A machine to rehearse on: a copy-on-write view of this one's root, in memory, booted by its own systemd in a container.
import { spawn } from 'node:child_process';
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const BOOT_MS = 90_000;
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Everything started here that has not ended. */
const running = new Set();

/** A process in a group of its own: Ctrl+C reaches the rehearsal alone, which ends the others in order. */
function start(program, args, options) {
  const child = spawn(program, args, { ...options, detached: true });
  running.add(child);
  const forget = () => running.delete(child);
  child.on('error', forget).on('close', forget);
  return child;
}

function signalAll(signal) {
  for (const { pid } of running) {
    try {
      if (pid !== undefined) process.kill(-pid, signal);
    } catch {
      // ended meanwhile
    }
  }
}

/** Ends everything started here; npm goes on installing when it is only asked. */
export function endAll() {
  signalAll('SIGTERM');
  setTimeout(() => signalAll('SIGKILL'), 2_000).unref();
}

/** Runs a command to its end, with nothing on its stdin; never throws for its exit code. */
export function command(program, args, { env = process.env, cwd, timeout = 300_000 } = {}) {
  return new Promise((done) => {
    const child = start(program, args, { env, cwd, timeout, stdio: ['ignore', 'pipe', 'pipe'] });
    const said = { stdout: '', stderr: '' };
    for (const stream of ['stdout', 'stderr']) {
      child[stream].setEncoding('utf8').on('data', (text) => (said[stream] += text));
    }
    child.on('error', (error) => done({ code: 127, ...said, stderr: error.message }));
    child.on('close', (code) => done({ code: code ?? 1, ...said }));
  });
}

/** As `command`, but a failure is an error that shows what was said last. */
export async function must(program, args, options) {
  const result = await command(program, args, options);
  if (result.code === 0) return result;
  const last = `${result.stdout}\n${result.stderr}`.trim().split('\n').slice(-12).join('\n');
  throw new Error(`${[program, ...args].join(' ').slice(0, 200)} ended with ${result.code}:\n${last}`);
}

/** The oldest child of a process; nspawn has one, the container's systemd. */
function childOf(pid) {
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const fields = readFileSync(`/proc/${name}/stat`, 'utf8').split(') ')[1].split(' ');
      if (Number(fields[1]) === pid) return Number(name);
    } catch {
      // ended meanwhile
    }
  }
  return undefined;
}

export async function createMachine(folder) {
  const base = mkdtempSync(join(folder, 'studentcore-machine-'));
  const root = join(base, 'root');
  const logFile = join(folder, 'console.log');
  await must('mount', ['-t', 'tmpfs', '-o', 'mode=0755,size=4g', 'studentcore-rehearsal', base]);
  for (const name of ['upper', 'work', 'root']) mkdirSync(join(base, name));
  await must('mount', [
    ...['-t', 'overlay', '-o', `lowerdir=/,upperdir=${join(base, 'upper')},workdir=${join(base, 'work')}`],
    ...['studentcore-rehearsal', root],
  ]);
  let nspawn;
  let ended;

  const file = (path) => join(root, path);
  const write = (path, text, mode = 0o644) => {
    mkdirSync(join(file(path), '..'), { recursive: true });
    writeFileSync(file(path), text, { mode });
  };
  const read = (path) => readFileSync(file(path), 'utf8');

  /** The container's own systemd, as a process of this machine. */
  const leader = () => (nspawn?.exitCode === null ? childOf(nspawn.pid) : undefined);

  /** Runs a command inside, as root with an empty environment. */
  const run = (args, options = {}) => {
    const pid = leader();
    if (pid === undefined) return Promise.resolve({ code: 127, stdout: '', stderr: 'The container does not run.' });
    const enter = ['--target', String(pid), '--mount', '--uts', '--ipc', '--net', '--pid', '--root', '--wd'];
    return command('nsenter', [...enter, '--', ...args], {
      ...options,
      env: { PATH, HOME: '/root', LANG: 'C.UTF-8', ...options.env },
    });
  };

  const mustRun = async (args, options) => {
    const result = await run(args, options);
    if (result.code === 0) return result;
    throw new Error(
      `${args.join(' ').slice(0, 200)} ended with ${result.code}: ${(result.stderr || result.stdout).trim()}`,
    );
  };

  /** Runs a program of this machine in the container's network, which has nothing but its loopback. */
  const inNetwork = (args, options) =>
    start('nsenter', ['--target', String(leader()), '--net', '--', ...args], options);

  /** Waits until systemd has started everything; units that failed are left to the steps. */
  async function untilUp() {
    const until = Date.now() + BOOT_MS;
    while (Date.now() < until && nspawn.exitCode === null) {
      const { stdout } = await run(['systemctl', 'is-system-running']);
      if (/^(running|degraded)/.test(stdout)) return;
      await sleep(200);
    }
    throw new Error(
      `The container does not boot: ${readFileSync(logFile, 'utf8').trim().split('\n').slice(-3).join(' ')}`,
    );
  }

  async function boot() {
    const args = [
      '--quiet',
      '--boot',
      `--directory=${root}`,
      `--machine=rehearsal-${process.pid}`,
      '--private-network',
    ];
    const own = [
      '--register=no',
      '--keep-unit',
      '--console=pipe',
      '--settings=no',
      '--resolv-conf=off',
      '--timezone=off',
    ];
    // Not by start(): destroy() ends it, after everything else.
    nspawn = spawn('systemd-nspawn', [...args, ...own, '--link-journal=no'], {
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    ended = new Promise((done) => nspawn.once('close', done));
    for (const stream of [nspawn.stdout, nspawn.stderr]) stream.on('data', (text) => appendFileSync(logFile, text));
    await untilUp();
  }

  /** nspawn ends with the machine, and leaves it to its caller to switch it on again. */
  async function reboot() {
    await run(['systemctl', 'reboot']);
    await ended;
    await boot();
  }

  /** Leaves nothing behind, whatever state it is in. */
  async function destroy() {
    if (nspawn?.exitCode === null) {
      nspawn.kill('SIGTERM'); // an orderly power-off
      const killed = setTimeout(() => {
        const pid = leader();
        if (pid !== undefined) process.kill(pid, 'SIGKILL');
      }, 10_000);
      await ended;
      clearTimeout(killed);
    }
    for (const path of [root, base]) {
      const { code } = await command('umount', [path]);
      if (code !== 0) await command('umount', ['--lazy', path]);
    }
    rmdirSync(base);
  }

  return { base, root, file, write, read, run, mustRun, inNetwork, boot, reboot, destroy };
}
