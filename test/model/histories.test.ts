// Do the services do what a model of them does, whatever happens in whatever order? `npm run histories` asks for longer.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { startTestEngine } from '../support/engine.ts';
import { demandSame } from './compare.ts';
import { anyOperation } from './operations.ts';
import type { Operation } from './operations.ts';
import { createWorld } from './world.ts';
import type { World } from './world.ts';

/** In total; one history has up to LENGTH of them. */
const OPERATIONS = Number(process.env['HISTORIES_OPERATIONS'] ?? 1_000);
const SEED = Number(process.env['HISTORIES_SEED'] ?? 1_996);
const LENGTH = 250;
/** For the whole search for a shorter history that fails as well. */
const SHRINKING_MS = 60_000;

/** Lives through a history; the process ends in the middle of it and another one goes on. */
async function live(world: World, history: Operation[]): Promise<void> {
  const middle = Math.floor(history.length / 2);
  for (const [i, { run }] of history.entries()) {
    await run(world);
    if (i !== middle) continue;
    await world.restart();
    await demandSame(world);
  }
  await demandSame(world);
  world.journal.push('the process ends and another one starts');
  await world.restart();
  await demandSame(world);
}

const timeout = 60_000 + OPERATIONS * 100 + SHRINKING_MS;

test(`${String(OPERATIONS)} random operations end where the model ends`, { timeout }, async () => {
  let done = 0;
  let histories = 0;
  let failed: { journal: string[]; error: unknown } | undefined;
  let until = Infinity;
  const property = fc.asyncProperty(
    fc.noBias(fc.array(anyOperation, { maxLength: LENGTH, size: 'max' })),
    async (history) => {
      if (failed ? Date.now() > until : done >= OPERATIONS) return;
      const engine = await startTestEngine();
      const world = await createWorld(engine);
      try {
        await live(world, history);
      } catch (error) {
        if (!failed) until = Date.now() + SHRINKING_MS;
        failed = { journal: world.journal, error };
        throw error;
      } finally {
        if (!failed) [done, histories] = [done + history.length, histories + 1];
        world.college.close();
        await engine.stop();
      }
    },
  );
  // As many as it takes: a history has 125 operations on the average.
  const { seed } = await fc.check(property, { seed: SEED, numRuns: 20 + OPERATIONS / 50, endOnFailure: false });
  if (failed) {
    const { journal, error } = failed;
    const story = journal.map((line, i) => `${String(i + 1).padStart(4)}. ${line}`).join('\n');
    const again = `npm run histories -- --operations ${String(OPERATIONS)} --seed ${String(seed)}`;
    throw new Error(`This history ends elsewhere. Seed ${String(seed)}: ${again}\n${story}\n`, { cause: error });
  }
  console.log(
    `${String(histories)} histories, ${String(done)} operations, seed ${String(seed)}: all as the model says.`,
  );
  expect(done).toBeGreaterThanOrEqual(OPERATIONS);
});
