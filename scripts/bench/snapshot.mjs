// What exactly is measured? A copy of the built app, so that a build that begins meanwhile changes nothing.
import { cpSync, existsSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';

/** Copies what `npm start` needs to `folder`; dependencies are linked. */
export function takeSnapshot(root, folder) {
  for (const name of ['dist', 'views', 'public', 'package.json', 'BUILD_ID']) {
    const from = join(root, name);
    if (existsSync(from)) cpSync(from, join(folder, name), { recursive: true });
    else if (name === 'dist') throw new Error(`${from} is missing: build it first.`);
  }
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
}
