// Does it stay as fast when the college grows? The same operations on 250 students and on many times as many.
import { join } from 'node:path';
import { createMeter } from '../measure.mjs';
import { openBench } from '../open.mjs';
import { memoryMb } from '../process-cpu.mjs';
import { describeProfile } from '../profile.mjs';
import { OTHER_PAGES } from '../suite.mjs';
import { loadScale } from './load.mjs';

const STEPS = [
  { name: 'fetch', users: 10 },
  { name: 'stats', users: 10 },
  { name: 'list', users: 10 },
  { name: 'turn', users: 10 },
  { name: 'sorted', users: 1 },
  { name: 'search', users: 1 },
  { name: 'search', users: 10 },
  { name: 'page-list', users: 10 },
  { name: 'page-student', users: 10 },
  { name: 'page-dashboard', users: 10 },
  ...OTHER_PAGES.map((name) => ({ name, users: 1 })),
  { name: 'sheet-open', users: 1 },
  { name: 'sheet-save', users: 1, watched: true },
  { name: 'mark', users: 10, watched: true },
];
const SESSIONS = 6;

/** One scale: its rows, how long the start took, and how much memory it needed. */
async function measureScale({ app, scale, folder, only, seconds, profiles, say }) {
  const dataDir = join(folder, `scale-${String(scale)}`);
  await loadScale({ app, scale, dataDir, say });
  const profile = profiles && join(profiles, `start-${String(scale)}.cpuprofile`);
  const bench = await openBench({ app, dataDir, sessions: SESSIONS, profile });
  if (profile) say(describeProfile(profile, { root: app, requests: 1, name: `the start at scale ${String(scale)}` }));
  const rows = [];
  try {
    const { server, generator } = bench;
    const ready = memoryMb(server.pid).now;
    const meter = createMeter({ ...bench, app, profiles, warmSeconds: 0.5, say });
    for (const step of STEPS.filter(({ name }) => !only || only.includes(name))) {
      rows.push(await meter.measure({ ...step, seconds }));
      say(`  ${step.name}, ${String(step.users)} users`);
    }
    const { errors } = await generator.ask('readBack', { everybody: false });
    rows.push({ name: 'read-back', errors: errors.length, said: errors.slice(0, 3) });
    const memory = memoryMb(server.pid);
    return { scale, students: 250 * scale, rows, started: server.started, readyMb: ready, highestMb: memory.highest };
  } finally {
    await bench.close();
  }
}

export async function measureGrowth({ scales, ...how }) {
  const growth = [];
  for (const scale of scales) {
    how.say(`Scale ${String(scale)}`);
    growth.push(await measureScale({ ...how, scale }));
  }
  return growth;
}
