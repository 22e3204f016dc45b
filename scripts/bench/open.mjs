// What has to run before anything can be measured? A copy of the app, a seeded folder, the server and the generator.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startChild } from './children.mjs';
import { startServer } from './server.mjs';
import { takeSnapshot } from './snapshot.mjs';

const GENERATOR = fileURLToPath(new URL('generator.mjs', import.meta.url));

/** The app as it is now, copied to `folder`; resolves to where it lies. */
export function copyApp(root, folder) {
  const app = join(folder, 'app');
  mkdirSync(app);
  takeSnapshot(root, app);
  return app;
}

/** Server and generator on a folder that was seeded before; to be closed. */
export async function openBench({ app, dataDir, sessions, env, profile }) {
  const server = await startServer({ root: app, dataDir, env, profile });
  const generator = startChild(process.execPath, [GENERATOR], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    detached: true,
  });
  const close = async () => {
    await generator.stop();
    await server.stop();
  };
  try {
    await generator.ask('open', { dataDir, port: server.port, sessions });
  } catch (error) {
    await close();
    throw error;
  }
  return { server, generator, close };
}
