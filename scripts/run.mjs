// Runs one of the app's commands, built first when needed: `node scripts/run.mjs seed --students 50`.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { makeFresh } from './fresh.mjs';

const [name = '', ...rest] = process.argv.slice(2);
const root = new URL('..', import.meta.url);
const known = /^[a-z][a-z-]*$/.test(name);

if (known && (await makeFresh())) {
  // A command is a file of its own at the top, or the command.ts of a folder.
  const file = [`dist/${name}.command.js`, `dist/${name}/command.js`]
    .map((path) => new URL(path, root))
    .find((url) => existsSync(url));
  if (file) {
    process.argv = [process.argv[0], fileURLToPath(file), ...rest];
    await import(file.href);
  } else {
    console.error(`There is no command ${name}. Try: seed, tables.`);
    process.exitCode = 2;
  }
} else {
  if (!known) console.error('Which command? For example: node scripts/run.mjs seed');
  process.exitCode = known ? 1 : 2;
}
