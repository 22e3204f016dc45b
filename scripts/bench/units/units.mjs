// What would it cost on AWS? Read and write units of each operation, counted by the engine, one request at a time.
import { startEngine } from '../engine.mjs';
import { openBench } from '../open.mjs';
import { startCountingProxy } from './counting-proxy.mjs';

const SESSIONS = 2;
const TIMES = 20;
/** `warm`: once before, uncounted, as a session that is in use. */
const STEPS = [
  { name: 'first request of a session', operation: 'fetch', times: SESSIONS, users: SESSIONS },
  { name: 'student fetch', operation: 'fetch' },
  { name: 'list, search, page turn', operation: 'search' },
  { name: 'statistics', operation: 'stats' },
  { name: 'page: list', operation: 'page-list' },
  { name: 'page: student', operation: 'page-student' },
  { name: 'page: dashboard', operation: 'page-dashboard' },
  { name: 'sheet opened, cold', operation: 'sheet-cold' },
  { name: 'attendance mark', operation: 'mark' },
  { name: 'result', operation: 'result' },
  { name: 'class sheet of 60', operation: 'sheet-save' },
  { name: 'sign-in', operation: 'sign-in', times: 4 },
];

/** Sessions are in memory from their sign-in on; ended ones are asked for again, as after a restart. */
async function count({ proxy, generator }, { name, operation, times = TIMES, users = 1 }) {
  proxy.take();
  const { errors, said } = await generator.ask('run', { operation, users, count: times });
  const { read, write, calls } = proxy.take();
  return { name, read: read / times, write: write / times, calls: calls / times, errors, said };
}

/** `dataDir`: a freshly seeded folder that nobody else uses. */
export async function measureUnits({ app, dataDir }) {
  const engine = await startEngine(app, dataDir);
  const proxy = await startCountingProxy(engine.port);
  const rows = [];
  try {
    const env = { DYNAMODB_ENDPOINT: proxy.endpoint };
    const before = await openBench({ app, dataDir, sessions: SESSIONS, env });
    const sessions = await before.generator.ask('sessions');
    await before.close();
    const bench = await openBench({ app, dataDir, sessions, env });
    try {
      for (const step of STEPS) rows.push(await count({ proxy, generator: bench.generator }, step));
      const seen = await bench.generator.ask('rowsSeen');
      rows.find(({ name }) => name === 'sheet opened, cold').rows = seen / TIMES;
    } finally {
      await bench.close();
    }
  } finally {
    await proxy.close();
    await engine.stop();
  }
  return rows;
}
