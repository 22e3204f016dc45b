// Is anything lost when the app or its engine is killed while people write? `npm run chaos [-- --rounds 5 --random 1]`
// Twenty times: kill -9 under load, start again, then everything acknowledged, every total and every chain is looked at.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { register } from 'tsx/esm/api';
import { makeFresh } from './fresh.mjs';

register();
const { audit, recountStats, TRAIL_KEY } = await import('../test/support/audit.ts');
const { createBrowser } = await import('../test/support/browser.ts');
const { chance } = await import('../test/support/fault-proxy.ts');
const { startWorker } = await import('../test/support/workload.ts');
const { createDynamo } = await import('../src/platform/dynamo/client.ts');
const { attachEngine } = await import('../src/platform/dynamo/engine.ts');
const { commandLine, processes } = await import('../src/platform/dynamo/processes.ts');
const { queryAll } = await import('../src/platform/dynamo/reads.ts');

const PASSWORD = 'a password for chaos';
const READY_MS = 20_000;
const JOBS_MS = 30_000;
/** One course is so large that its whole sheet is saved by a job. */
const SIZES = [105, 12, 12, 12, 12];

const root = fileURLToPath(new URL('..', import.meta.url));
const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '20' }, random: { type: 'string', default: '1' } },
});
const rounds = Number(values.rounds);
if (!Number.isInteger(rounds) || rounds < 1 || rounds > 200) {
  console.error('--rounds takes a number from 1 to 200.');
  process.exit(2);
}
if (!(await makeFresh())) process.exit(1);

const random = chance(Number(values.random));
const dataDir = mkdtempSync(join(tmpdir(), 'studentcore-chaos-'));
const port = await new Promise((resolve) => {
  const server = createServer().listen(0, '127.0.0.1', () => {
    const { port } = server.address();
    server.close(() => resolve(port));
  });
});
const url = `http://127.0.0.1:${port}`;
const browser = createBrowser(url);
const counts = { acknowledged: 0, unanswered: 0, times: [] };
const faults = [];
let app;

function start() {
  const { PATH = '', HOME = '' } = process.env;
  app = spawn(process.execPath, ['dist/server.js'], {
    cwd: root,
    env: {
      ...{ PATH, HOME, DATA_DIR: dataDir, PORT: String(port), BCRYPT_COST: '10', LOG_LEVEL: 'fatal', TRAIL_KEY },
      ...{ ADMIN_USERNAME: 'admin', ADMIN_PASSWORD: PASSWORD },
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

const ended = (child) =>
  new Promise((done) => ((child.exitCode ?? child.signalCode) === null ? child.once('exit', done) : done()));

/** How long it takes until the app says that it can work, in milliseconds. */
async function untilReady() {
  const began = performance.now();
  while (performance.now() - began < READY_MS) {
    const status = await browser.get('/readyz').then(
      (answer) => answer.status,
      () => 0,
    );
    if (status === 200) return Math.round(performance.now() - began);
    await sleep(20);
  }
  throw new Error('the app was not ready within 20 s');
}

/** The engines that have this run's file open. */
const engines = () => processes([]).filter((pid) => commandLine(pid).includes(join(dataDir, 'studentcore.db')));

const KINDS = {
  app: async () => {
    app.kill('SIGKILL');
    await ended(app);
    start();
  },
  engine: () => {
    for (const pid of engines()) process.kill(pid, 'SIGKILL');
  },
  both: async () => {
    for (const pid of engines()) process.kill(pid, 'SIGKILL');
    await KINDS.app();
  },
};

// Between two rounds nobody begins anything new, and what was begun is sent again until it is acknowledged.
let paused = false;
let over = false;
const busy = new Set();
async function employ(worker) {
  while (!over) {
    if (paused) await sleep(10);
    else {
      const work = worker.work().catch((error) => faults.push(error.message));
      busy.add(work);
      await work;
      busy.delete(work);
    }
  }
}

/** Everything is where it belongs, with nobody writing. Returns the number of engines. */
async function look(workers) {
  for (const { check } of workers) await check();
  const dynamo = createDynamo({ endpoint: attachEngine(dataDir), region: 'us-east-1', tablePrefix: 'studentcore-' });
  try {
    const question = { KeyConditionExpression: 'pk = :job', ExpressionAttributeValues: { ':job': 'job' } };
    const until = Date.now() + JOBS_MS;
    while ((await queryAll(dynamo, 'system', question)).length > 0 && Date.now() < until) await sleep(100);
    faults.push(...(await audit(dynamo)));
    const { json: stats } = await browser.api('GET', '/api/stats');
    const counted = await recountStats(dynamo);
    for (const [name, is, want] of [
      ['students', stats.students.total, counted.students.total],
      ['courses', stats.courses.total, counted.courses],
      ['attendance', stats.attendance.total, counted.attendance],
      ['results', JSON.stringify(stats.results), JSON.stringify(counted.results)],
    ]) {
      if (is !== want) faults.push(`the total of ${name} is ${is}, a recount says ${want}`);
    }
  } finally {
    dynamo.close();
  }
  const running = engines().length;
  if (running !== 1) faults.push(`${running} engines hold the file`);
  return running;
}

const cells = (...texts) =>
  console.log(texts.map((text, i) => String(text).padStart([5, 8, 14, 10, 11, 8, 7][i])).join(''));

try {
  start();
  await untilReady();
  const signedIn = await browser.signIn('admin', PASSWORD);
  if (signedIn.status !== 302) throw new Error(`signing in answered ${signedIn.status}`);
  const workers = await Promise.all(SIZES.map((size) => startWorker({ browser: () => browser, random, counts, size })));
  const working = workers.map(employ);
  cells('round', 'killed', 'acknowledged', 'resent', 'ready (ms)', 'engines', 'faults');
  for (let round = 1; round <= rounds; round += 1) {
    const before = { ...counts };
    await sleep(200 + random() * 1_300);
    const kind = Object.keys(KINDS)[Math.floor(random() * 3)];
    await KINDS[kind]();
    const ready = await untilReady();
    await sleep(200);
    paused = true;
    await Promise.all(busy);
    const running = await look(workers);
    for (const { problems } of workers) faults.push(...problems.splice(0));
    cells(
      round,
      kind,
      counts.acknowledged - before.acknowledged,
      counts.unanswered - before.unanswered,
      ready,
      running,
      faults.length,
    );
    if (faults.length > 0) break;
    paused = false;
  }
  over = true;
  await Promise.all(working);
} catch (error) {
  over = true;
  faults.push(error.message);
} finally {
  app?.kill('SIGTERM');
  if (app) await ended(app);
  if (engines().length > 0) faults.push('an engine was left behind');
  rmSync(dataDir, { recursive: true, force: true });
}
for (const fault of faults.slice(0, 20)) console.error(`FAULT ${fault}`);
console.log(
  faults.length === 0
    ? `Nothing lost: ${counts.acknowledged} calls acknowledged, ${counts.unanswered} sent again, ${rounds} rounds.`
    : `${faults.length} faults, the first of them above. The same run: --rounds ${rounds} --random ${values.random}`,
);
process.exitCode = faults.length === 0 ? 0 : 1;
