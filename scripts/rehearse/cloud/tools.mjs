// What must be installed before the cloud can be rehearsed? Python and a virtual environment with pinned versions, kept
// between runs as long as requirements.txt says the same.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { spawn } from 'node:child_process';

const requirements = fileURLToPath(new URL('../requirements.txt', import.meta.url));
const cache = fileURLToPath(new URL('../../../node_modules/.cache/studentcore/', import.meta.url));

/** Runs a program without standard input; resolves to its code and what it said. */
export function run(program, args, { cwd, env = process.env, signal } = {}) {
  return new Promise((done) => {
    const child = spawn(program, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    const said = { stdout: '', stderr: '' };
    for (const stream of ['stdout', 'stderr'])
      child[stream].setEncoding('utf8').on('data', (text) => (said[stream] += text));
    // The whole group: a shell script's own children would live on otherwise.
    const stop = () => {
      try {
        process.kill(-child.pid, 'SIGTERM');
      } catch {
        // It has just ended by itself.
      }
    };
    signal?.addEventListener('abort', stop, { once: true });
    child.on('error', (error) => done({ code: 127, ...said, stderr: error.message }));
    child.on('close', (code) => {
      signal?.removeEventListener('abort', stop);
      done({ code: code ?? 143, ...said });
    });
  });
}

const last = (text) => text.trim().split('\n').at(-1);

async function must(program, args, options) {
  const { code, stdout, stderr } = await run(program, args, options);
  if (code !== 0) throw new Error(`${program} ${args.slice(0, 4).join(' ')} failed: ${last(stderr || stdout)}`);
  return stdout;
}

/** Debian's packages, where this is root. */
async function install(missing, options) {
  if (missing.length === 0) return;
  if (process.getuid() !== 0 || !existsSync('/usr/bin/apt-get')) {
    throw new Error(`Please install ${missing.join(', ')}; as root on Debian the rehearsal does that itself.`);
  }
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  await must('apt-get', ['update', '--quiet'], { ...options, env });
  await must('apt-get', ['install', '--yes', '--quiet', '--no-install-recommends', ...missing], { ...options, env });
}

/** The folder with the programs of the virtual environment. */
export async function needTools(signal) {
  const options = { signal };
  await install(
    ['git', 'curl', 'openssl'].filter((program) => !existsSync(`/usr/bin/${program}`)),
    options,
  );
  const wanted = createHash('sha256').update(readFileSync(requirements)).digest('hex');
  const folder = join(cache, 'rehearse-venv');
  const mark = join(folder, 'complete');
  if (!existsSync(mark) || readFileSync(mark, 'utf8') !== wanted) {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(cache, { recursive: true });
    if ((await run('python3', ['-m', 'venv', folder], options)).code !== 0) {
      await install(['python3-venv'], options);
      await must('python3', ['-m', 'venv', folder], options);
    }
    const quiet = ['--quiet', '--disable-pip-version-check', '--no-input'];
    await must(join(folder, 'bin/python'), ['-m', 'pip', 'install', ...quiet, '-r', requirements], options);
    writeFileSync(mark, wanted);
  }
  return join(folder, 'bin');
}
