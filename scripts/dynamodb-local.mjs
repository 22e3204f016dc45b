// Does the suite also pass on AWS's own DynamoDB Local? Fetches it once with Maven, starts it in memory, runs vitest on it.
// `npm run test:dynamodb-local [-- test/store]`; needs Java 17 and, for the first time, Maven. `--short` runs a choice.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const recipe = join(root, 'scripts/dynamodb-local');
const version = '3.3.1';
const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'studentcore');
const library = join(cache, `dynamodb-local-${version}`);
const SERVER = 'software.amazon.dynamodb.services.local.main.ServerRunner';
const START_MS = 30_000;

/** Tests that this run would only repeat, each with the reason. */
const NOT_HERE = {
  'test/platform/dynamo/engine.test.ts': 'is about the embedded engine itself',
  'test/platform/http/server.test.ts': 'starts whole apps on the embedded engine',
  'test/faults/{graceful-stop,reconnect}.test.ts': 'starts whole apps on the embedded engine',
  'test/seed/command.test.ts': 'starts the command on the embedded engine',
  'test/backup/commands.test.ts': 'starts the commands on the embedded engine',
  'test/scripts/**': 'is about shell scripts',
  'test/browser/**': 'needs no database',
  'test/journey/**': 'drives a browser, no query of its own',
  'test/realtime/{admission,bounds,broadcasts,event-log,recovery,sheets}.test.ts': 'needs no database',
  'test/architecture.test.ts': 'needs no database',
};

/** The store, the services and the routes: what CI has the time for. */
const SHORT = [
  ...['store', 'students', 'courses', 'users', 'attendance', 'results', 'dashboard', 'api'].map(
    (room) => `test/${room}`,
  ),
  'test/trail/checkpoints.test.ts',
  'test/backup/drill.test.ts',
];

/** The exit code when something is missing that only root may install. */
const SKIPPED = 75;
const isRoot = process.getuid?.() === 0;

class Refused extends Error {}

const found = (program, ...args) => spawnSync(program, args, { stdio: 'ignore' }).status === 0;

/** Debian's package when we may install it; elsewhere a person has to. */
function need(program, flag, packageName) {
  if (found(program, flag)) return;
  if (isRoot && found('apt-get', '--version')) {
    console.error(`Installing ${packageName} …`);
    found('apt-get', 'update', '-qq');
    found('apt-get', 'install', '-y', '-qq', '--no-install-recommends', packageName);
  }
  if (!found(program, flag))
    throw new Refused(`${program} is missing: install it (Debian: apt-get install ${packageName}).`);
}

/** What is wrong with the files in a folder, by the pinned sums; undefined when all are there and none else is. */
function faultIn(folder) {
  const sums = readFileSync(join(recipe, 'sha256sums'), 'utf8').trim().split('\n');
  const wanted = new Map(sums.map((line) => line.split(/\s+/).reverse()));
  for (const [name, sum] of wanted) {
    if (!existsSync(join(folder, name))) return `${name} is missing`;
    const is = createHash('sha256')
      .update(readFileSync(join(folder, name)))
      .digest('hex');
    if (is !== sum) return `${name} is not the file whose sum is pinned`;
  }
  const more = readdirSync(folder).find((name) => !wanted.has(name));
  return more === undefined ? undefined : `${more} is not in the list of pinned sums`;
}

/** Brings the engine and all it needs into the cache, unless it is there. */
function fetchEngine() {
  if (existsSync(library)) {
    const fault = faultIn(library);
    if (fault === undefined) return;
    console.error(`Fetching again: in ${library}, ${fault}.`);
    rmSync(library, { recursive: true });
  }
  need('mvn', '--version', 'maven');
  console.error(`Fetching DynamoDB Local ${version} …`);
  const partial = `${library}.${process.pid}`;
  mkdirSync(partial, { recursive: true });
  try {
    const goal = ['dependency:copy-dependencies', `-DoutputDirectory=${partial}`];
    const maven = spawnSync('mvn', ['-q', '-B', '-C', '-Dstyle.color=never', ...goal], {
      cwd: recipe,
      stdio: ['ignore', 2, 2],
    });
    if (maven.status !== 0) throw new Refused('Maven could not fetch DynamoDB Local: see above.');
    const fault = faultIn(partial);
    if (fault !== undefined) throw new Refused(`What was fetched is not what is pinned: ${fault}.`);
    renameSync(partial, library);
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
}

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** Jetty listens once it can answer. */
const listens = (port) =>
  new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    const settle = (yes) => () => {
      socket.destroy();
      resolve(yes);
    };
    socket.once('connect', settle(true)).once('error', settle(false));
  });

async function startEngine() {
  const port = await freePort();
  const server = [SERVER, '-inMemory', '-disableTelemetry', '-port', String(port)];
  const child = spawn('java', ['-Xmx1g', `-Djava.library.path=${library}`, '-cp', join(library, '*'), ...server], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (said = (said + text).slice(-2_000)));
  const endpoint = `http://127.0.0.1:${port}`;
  const until = Date.now() + START_MS;
  while (Date.now() < until && child.exitCode === null) {
    if (await listens(port)) return { endpoint, child };
    await sleep(100);
  }
  child.kill('SIGKILL');
  throw new Refused(`DynamoDB Local does not start: ${said.trim()}`);
}

const given = process.argv.slice(2);
const asked = given.flatMap((one) => (one === '--short' ? SHORT : [one]));

/** The exit code of the tests. */
function runTests(endpoint) {
  const exclude = Object.keys(NOT_HERE).flatMap((pattern) => ['--exclude', pattern]);
  const vitest = ['node_modules/vitest/vitest.mjs', 'run', ...exclude, ...asked];
  const child = spawn(process.execPath, vitest, {
    cwd: root,
    env: { ...process.env, TEST_DYNAMODB_ENDPOINT: endpoint },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill('SIGTERM'));
  return new Promise((done) => child.once('close', (code) => done(code ?? 1)));
}

try {
  need('java', '-version', 'default-jre-headless');
  fetchEngine();
  const { endpoint, child } = await startEngine();
  console.log(`DynamoDB Local ${version} at ${endpoint}. Not run here:`);
  for (const [pattern, why] of Object.entries(NOT_HERE)) console.log(`  ${pattern} ${why}`);
  process.exitCode = await runTests(endpoint);
  child.kill('SIGTERM');
} catch (error) {
  if (!(error instanceof Refused)) throw error;
  console.error(isRoot ? error.message : `Skipped: ${error.message}`);
  process.exitCode = isRoot ? 1 : SKIPPED;
}
