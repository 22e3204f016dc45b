// How does the rehearsal reach the emulated cloud? Starts it in a process of its own, and ends it whatever happens.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../emulator.py', import.meta.url));

/** The emulator on a free port. It ends when its standard input does, so also when this process is killed. */
export async function startEmulator(bin, folder) {
  const child = spawn(join(bin, 'python'), [program, folder], {
    stdio: ['pipe', 'ignore', 'pipe'],
    env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' },
  });
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text) => (complaint = (complaint + text).slice(-4_000)));
  const ended = new Promise((done) => child.on('exit', done));
  const address = join(folder, 'address');
  for (let waited = 0; !existsSync(address); waited += 100) {
    if (child.exitCode !== null || waited > 60_000) {
      child.kill();
      throw new Error(`The emulator did not start: ${complaint.trim().split('\n').at(-1)}`);
    }
    await sleep(100);
  }
  const url = readFileSync(address, 'utf8').trim();
  const call = async (path, body) => {
    const init = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
    const answer = await globalThis.fetch(`${url}/rehearsal/${path}`, init);
    if (!answer.ok) throw new Error(`The emulator answered ${path} with ${String(answer.status)}: ${complaint.trim()}`);
    return answer.json();
  };
  return {
    url,
    /** Stack name → logical id → {Type, Properties, PhysicalResourceId}. */
    resources: () => call('resources'),
    failNext: (what) => call('next', what),
    setStatus: (name, status) => call('stack', { name, status }),
    stop: async () => {
      child.stdin.end();
      await ended;
    },
  };
}
