// How fast is it? `npm run bench`: seeds a fresh college, starts the built app and measures every operation, answers checked.
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeFresh } from '../fresh.mjs';
import { BadArguments, readArguments, USAGE } from './arguments.mjs';
import { stopAll } from './children.mjs';
import { seedCollege } from './college.mjs';
import { commitFigures, compareCommitted } from './committed.mjs';
import { writeTables } from './document.mjs';
import { copyApp, openBench } from './open.mjs';
import { helloRow, measureFloors } from './floors/floors.mjs';
import { describe, markdown } from './report.mjs';
import { measureGrowth } from './scale/growth.mjs';
import { NAMES, NOT_PROFILED, OTHER_PAGES, runSuite, SHORT } from './suite.mjs';
import { measureUnits } from './units/units.mjs';

const HERE = fileURLToPath(new URL('../..', import.meta.url));
const FULL = { names: NAMES, users: [1, 10, 50], seconds: 2, warmSeconds: 1 };
const QUICK = { names: SHORT, users: [50], seconds: 1.3, warmSeconds: 0.7 };
const CLIENTS = { listeners: 1_000, rounds: 40, idle: 5_000 };
/** Signing in takes a quarter of a second each, so people share these sessions. */
const SESSIONS = { full: 50, short: 10 };

const say = (text) => console.log(text);

function sizesOf(asked) {
  const profiled = { ...QUICK, names: NAMES.filter((name) => !NOT_PROFILED.includes(name)), seconds: 3 };
  const basis = asked.profile ? profiled : asked.short ? QUICK : FULL;
  return { ...basis, ...CLIENTS, users: asked.users ?? basis.users, seconds: asked.seconds ?? basis.seconds };
}

async function measure(asked, app, folder, profiles) {
  const dataDir = join(folder, 'data');
  say('Seeding a fresh college …');
  await seedCollege(app, dataDir);
  const second = join(folder, 'second');
  cpSync(dataDir, second, { recursive: true });
  const sizes = sizesOf(asked);
  const sessions = Math.min(Math.max(...sizes.users, 2), asked.short ? SESSIONS.short : SESSIONS.full);
  const bench = await openBench({ app, dataDir, sessions });
  const names = asked.only ?? sizes.names;
  let found;
  try {
    found = await runSuite({ bench, names, app, folder, profiles, sizes, say });
  } finally {
    await bench.close();
  }
  const yardstick = asked.short ? [await helloRow(sizes.seconds)] : [];
  const floors = names.includes('floors') ? await measureFloors({ app, folder, ...sizes }) : yardstick;
  const units = names.includes('units') ? await measureUnits({ app, dataDir: second }) : [];
  return { ...found, floors, units, started: bench.server.started };
}

async function grow({ scales, only, seconds = 3 }, app, folder, profiles) {
  const growth = await measureGrowth({ app, scales, folder, only, seconds, profiles, say });
  return { rows: growth.flatMap(({ rows }) => rows), growth, floors: [], units: [] };
}

async function run(asked) {
  if (asked.root === undefined && !(await makeFresh())) return 1;
  const folder = mkdtempSync(join(tmpdir(), 'studentcore-bench-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  const app = copyApp(resolve(asked.root ?? HERE), folder);
  const profiles = asked.profile ? mkdtempSync(join(tmpdir(), 'studentcore-profiles-')) : undefined;
  const found = asked.scales ? await grow(asked, app, folder, profiles) : await measure(asked, app, folder, profiles);
  say(`\n${describe(found)}`);
  if (asked.markdown) writeTables(asked.scales ? 'growth' : 'figures', markdown(found));
  if (asked.json) writeFileSync(asked.json, `${JSON.stringify(found, null, 2)}\n`);
  if (asked.commit) commitFigures([...found.rows, ...found.floors]);
  const faults = [...found.rows, ...found.units].flatMap(({ name, errors, said = [] }) =>
    errors > 0 ? [`${name}: ${String(errors)} wrong answers, for example: ${said.join(' | ')}`] : [],
  );
  if (asked.short && !asked.commit) faults.push(...compareCommitted([...found.rows, ...found.floors]));
  for (const fault of faults) console.error(fault);
  return faults.length === 0 ? 0 : 1;
}

let interrupted = false;
for (const signal of ['SIGINT', 'SIGTERM'])
  process.once(signal, () => {
    interrupted = true;
    void stopAll().then(() => process.exit(signal === 'SIGINT' ? 130 : 143));
  });

try {
  const known = [...NAMES, ...OTHER_PAGES];
  const asked = readArguments(process.argv.slice(2), known);
  if (asked.help) say(`${USAGE}\nOperations: ${known.join(', ')}`);
  else process.exitCode = await run(asked);
} catch (error) {
  await stopAll();
  const bad = error instanceof BadArguments;
  // After Ctrl+C everything that was under way fails, which is no news.
  if (!interrupted) console.error(bad ? error.message : (error.stack ?? String(error)));
  process.exitCode = bad ? 2 : 1;
}
