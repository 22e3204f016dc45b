// Do random histories, or nonsense sent to every route, find a fault when they go on for longer than in the suite?
// `npm run histories -- --operations 20000 --seed 7`, `npm run fuzz -- --calls 100 --seed 7`; without a seed another one each time.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

/** What each searches, how much of it by default, and where the tests read it from. */
const SEARCHES = {
  histories: { folder: 'test/model', amount: 'operations', byDefault: '10000', most: 1_000_000 },
  // So many calls for each operation and role.
  fuzz: { folder: 'test/fuzz', amount: 'calls', byDefault: '100', most: 100_000 },
};

const [name = '', ...args] = process.argv.slice(2);
const search = SEARCHES[name];
const refuse = (why) => {
  console.error(why);
  process.exit(2);
};
if (!search) refuse(`What shall be searched: ${Object.keys(SEARCHES).join(' or ')}?`);
const { folder, amount, byDefault, most } = search;

function read() {
  try {
    return parseArgs({ args, options: { [amount]: { type: 'string', default: byDefault }, seed: { type: 'string' } } });
  } catch {
    return refuse(`That is not understood. Try: npm run ${name} -- --${amount} ${byDefault} --seed 7`);
  }
}
const { values } = read();
const seed = values.seed ?? String(Math.floor(Math.random() * 1e9));
const whole = (text) => /^\d{1,10}$/.test(text);
if (!whole(values[amount]) || Number(values[amount]) < 1 || Number(values[amount]) > most) {
  refuse(`--${amount} takes a number from 1 to ${most}.`);
}
if (!whole(seed)) refuse('--seed takes a whole number.');

console.log(`Seed ${seed}: npm run ${name} -- --${amount} ${values[amount]} --seed ${seed}`);
const env = { ...process.env };
env[`${name.toUpperCase()}_${amount.toUpperCase()}`] = values[amount];
env[`${name.toUpperCase()}_SEED`] = seed;
const child = spawn(process.execPath, ['node_modules/vitest/vitest.mjs', 'run', folder], {
  cwd: fileURLToPath(new URL('..', import.meta.url)),
  env,
  stdio: 'inherit',
});
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill('SIGTERM'));
child.on('close', (code) => {
  process.exitCode = code ?? 1;
});
