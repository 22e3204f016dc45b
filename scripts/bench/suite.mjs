// What is measured, in which order? Reads on the fresh college first, then writes, sheets, sign-in and live clients.
import { createMeter } from './measure.mjs';
import { broadcastRow, idleRow } from './sockets.mjs';

const READS = ['fetch', 'list', 'list-gzip', 'search', 'turn', 'sorted', 'stats'];
const PAGES = ['page-list', 'page-list-gzip', 'page-student', 'page-dashboard'];
/** Pages that are measured where a college grows; --only may name them anywhere. */
export const OTHER_PAGES = [
  'page-courses',
  'page-course',
  'page-roster',
  'page-attendance',
  'page-results',
  'page-users',
  'page-missing',
  'page-form',
];
const WRITES = ['mark', 'mark-today', 'result'];
/** Everything that --only may name. */
export const NAMES = [
  ...READS,
  ...PAGES,
  ...WRITES,
  'sheet-save',
  'sheet-save-20/s',
  'sheet-open',
  'sign-in',
  'refused',
  'broadcast',
  'idle-sockets',
  'floors',
  'units',
];
/** A profile of the server says nothing about these. */
export const NOT_PROFILED = ['idle-sockets', 'floors', 'units'];
/** CI has half a minute: the operations whose CPU is watched, at 50 users. */
export const SHORT = [
  'fetch',
  'list',
  'search',
  'stats',
  'page-list',
  'page-student',
  'page-dashboard',
  'mark',
  'result',
];

const BESIDE_SIGN_IN = { name: 'fetch-during-sign-in', operation: 'fetch', users: 5, rate: 50 };

/** The lasting half of a row's settings: how many users, how they come. */
function stepsOf(name, users) {
  if (name === 'sheet-save') return [{ name, users: 1, watched: true }];
  if (name === 'sheet-save-20/s') return [{ name, operation: 'sheet-save', users: 10, rate: 20, watched: true }];
  // Ten thousand refusals in all; then good input again, on a server that must be none the worse for them.
  if (name === 'refused') {
    return [
      { name, users: 50, count: 10_000 },
      { name: 'fetch-after-refused', operation: 'fetch', users: 50 },
    ];
  }
  if (name === 'sign-in') return users.map((n) => ({ name, users: n, beside: BESIDE_SIGN_IN }));
  return users.map((n) => ({ name, users: n, watched: WRITES.includes(name) }));
}

/**
 * Measures the named operations on the running app and resolves to the rows. `bench` is what `openBench` gave; `sizes` says how many
 * clients listen and how many sit idle.
 */
export async function runSuite({ bench, names, app, profiles, sizes, say }) {
  const { server, generator } = bench;
  const meter = createMeter({ ...bench, app, profiles, warmSeconds: sizes.warmSeconds, say });
  const rows = [];
  const add = (row) => {
    const { besideRow, ...own } = row;
    rows.push(own, ...(besideRow ? [besideRow] : []));
    say(`  ${own.name}, ${String(own.users)} users`);
  };
  const { seconds } = sizes;
  for (const name of names) {
    if (['broadcast', 'idle-sockets', 'floors', 'units'].includes(name)) continue;
    for (const step of stepsOf(name, sizes.users)) add(await meter.measure({ ...step, seconds }));
  }
  if (names.includes('broadcast'))
    add(await broadcastRow({ ...bench, profiled: meter.profiled, clients: sizes.listeners, rounds: sizes.rounds }));
  if (rows.some(({ name }) => WRITES.includes(name) || name.startsWith('sheet-save') || name === 'broadcast')) {
    const { errors, ...found } = await generator.ask('readBack', { everybody: true });
    rows.push({ name: 'read-back', errors: errors.length, said: errors.slice(0, 3) });
    say(`  read back ${String(found.marks)} marks and ${String(found.results)} results`);
  }
  if (names.includes('idle-sockets')) add(await idleRow({ server, generator, clients: sizes.idle }));
  return { rows };
}
