// Runs one of the app's commands, built first when needed: `node scripts/run.mjs seed --students 50`.
import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { makeFresh } from './fresh.mjs';

const [name = '', ...rest] = process.argv.slice(2);
const root = new URL('..', import.meta.url);
const known = /^[a-z][a-z-]*$/.test(name);

/** The names of all commands that were built. */
const commands = () => {
  const files = readdirSync(new URL('dist', root), { recursive: true });
  return files
    .flatMap((file) => /^(?:([a-z-]+)\.command|([a-z-]+)[/\\]command)\.js$/.exec(file)?.slice(1) ?? [])
    .filter(Boolean)
    .filter((one) => one !== 'platform')
    .sort();
};

if (known && (await makeFresh())) {
  // A command is a file of its own at the top, or the command.ts of a folder.
  const file = [`dist/${name}.command.js`, `dist/${name}/command.js`]
    .map((path) => new URL(path, root))
    .find((url) => existsSync(url));
  if (file) {
    process.argv = [process.argv[0], fileURLToPath(file), ...rest];
    await import(file.href);
  } else {
    console.error(`There is no command ${name}. Try: ${commands().join(', ')}.`);
    process.exitCode = 2;
  }
} else {
  if (!known) console.error('Which command? For example: node scripts/run.mjs seed');
  process.exitCode = known ? 1 : 2;
}
