// How is the server started? As `npm start` does it, on a folder of its own, with the probe loaded before it.
import { openSync, readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { startChild } from './children.mjs';
import { createConnection, request } from './http-client.mjs';

const PROBE = fileURLToPath(new URL('probe.mjs', import.meta.url));
const START_MS = 600_000;

export const freePort = () =>
  new Promise((done, fail) => {
    const server = createServer();
    server.once('error', fail);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => done(port));
    });
  });

/** The flags of `npm start`, so that what is measured is what runs. */
function startFlags(root) {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const [node, ...words] = scripts.start.split(' ');
  const file = words.at(-1);
  if (node !== 'node' || !file.endsWith('.js'))
    throw new Error(`npm start is "${scripts.start}", not node and a file.`);
  return words;
}

/** The engine that the server runs on its folder, by the lock file; undefined when it uses another one. */
export function enginePid(dataDir) {
  const records = readdirSync(dataDir)
    .filter((name) => /^engine\.\d+\.lock$/.test(name))
    .map((name) => JSON.parse(readFileSync(join(dataDir, name), 'utf8') || '{}'));
  return records.find(({ engine }) => engine)?.engine;
}

async function isReady(port) {
  const connection = createConnection(port);
  try {
    return (await connection.send(request('GET', '/readyz'))).status === 200;
  } catch {
    return false;
  } finally {
    connection.close();
  }
}

/**
 * Starts the server and resolves once it is ready; `started` is how long that took in milliseconds.
 * `profile`: a file for a CPU profile of the start, which then takes longer.
 */
export async function startServer({ root, dataDir, env = {}, profile }) {
  const port = await freePort();
  const log = join(dataDir, 'server.log');
  const output = openSync(log, 'a');
  const begin = performance.now();
  const server = startChild(process.execPath, ['--import', PROBE, ...startFlags(root)], {
    cwd: root,
    stdio: ['ignore', output, output, 'ipc'],
    env: {
      ...process.env,
      PORT: String(port),
      DATA_DIR: dataDir,
      ...(profile ? { BENCH_PROFILE_START: 'yes' } : {}),
      ...env,
    },
    detached: true, // Ctrl+C reaches the bench alone, which then stops it
  });
  let over;
  void server.ended.then((how) => (over = how));
  while (!(await isReady(port))) {
    if (over !== undefined || performance.now() - begin > START_MS) {
      await server.stop();
      const said = readFileSync(log, 'utf8').trim().split('\n').slice(-3).join('\n');
      throw new Error(`The server did not start (${over ?? 'no answer'}): ${said}`);
    }
    await sleep(10);
  }
  const started = performance.now() - begin;
  if (profile) await server.ask('stopProfile', profile);
  return { ...server, port, started, engine: enginePid(dataDir)?.pid };
}
