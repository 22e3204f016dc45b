// Can this release run here? Loads every module that the server needs and checks the settings, without starting anything.
import { readFile } from 'node:fs/promises';
import process from 'node:process';

const dist = new URL('../../dist/', import.meta.url);

try {
  const server = await readFile(new URL('server.js', dist), 'utf8');
  const needed = [...server.matchAll(/ from "(\.\/[^"]+)"/g)].map(([, path]) => new URL(path, dist));
  if (needed.length === 0) throw new Error('dist/server.js imports nothing, so it is not what the build makes.');
  for (const url of needed) await import(url.href);
  const { loadConfig } = await import(new URL('platform/config.js', dist).href);
  loadConfig();
} catch (error) {
  // A fault of the settings has one line a variable; of a module that does not load the first line says which.
  for (const line of error.faults ?? [String(error.message).split('\n')[0]]) console.error(line);
  process.exitCode = 1;
}
