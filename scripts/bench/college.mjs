// On which data is measured? The paper's data set, seeded into a fresh folder by the app's own command.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { startChild } from './children.mjs';
import { planFacts, SIZES, writeFacts } from './facts.mjs';
import { PASSWORD } from './world.mjs';

/** Runs `npm run seed` with these sizes. */
async function runSeed(app, dataDir, sizes) {
  mkdirSync(dataDir, { recursive: true });
  const flags = Object.entries(sizes).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const seed = startChild(process.execPath, [join(app, 'dist/seed/command.js'), ...flags], {
    cwd: app,
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, DATA_DIR: dataDir, SEED_PASSWORD: PASSWORD },
  });
  const how = await seed.ended;
  if (how !== 'code 0') throw new Error(`The seed failed (${how}).`);
}

/** Seeds `dataDir` and writes beside it what the generator has to know. */
export async function seedCollege(app, dataDir) {
  const today = new Date().toISOString().slice(0, 10);
  await runSeed(app, dataDir, { ...SIZES, today });
  writeFacts(dataDir, await planFacts(app, SIZES, today));
}

/** Only the staff's logins, for a college that is loaded in another way. */
export const seedLogins = (app, dataDir, today) =>
  runSeed(app, dataDir, { ...SIZES, students: 0, courses: 0, attendance: 0, results: 0, today });
