// Where is the program of the embedded engine on this machine?
import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { arch, platform } from 'node:process';
import { engineProgram } from '../config.ts';
import { EngineRefused } from './engine-refused.ts';

/** The version of @dynoxide/* that is known to work; package.json pins the same. */
export const ENGINE_VERSION = '1.2.1';

const OTHERWISE =
  'or set DYNAMODB_ENDPOINT, for example to http://127.0.0.1:8000 after "docker run -p 8000:8000 amazon/dynamodb-local"';

/** The path of the engine, or EngineRefused with one line that says what to install or to set. */
export function findEngine(chosen = engineProgram(), machine = `${platform}-${arch}`): string {
  if (chosen !== undefined && chosen !== '') {
    try {
      accessSync(chosen, constants.X_OK);
      return chosen;
    } catch {
      throw new EngineRefused(`DYNOXIDE_BIN is ${chosen}, which is not a program that can be run.`);
    }
  }
  const name = `@dynoxide/${machine}`;
  try {
    const home = dirname(createRequire(import.meta.url).resolve(`${name}/package.json`));
    const program = join(home, platform === 'win32' ? 'dynoxide.exe' : 'dynoxide');
    accessSync(program, constants.R_OK);
    return program;
  } catch {
    throw new EngineRefused(
      `The embedded database engine is not installed: run "npm i --no-save ${name}@${ENGINE_VERSION}", ` +
        `or set DYNOXIDE_BIN to a dynoxide program, ${OTHERWISE}.`,
    );
  }
}

let leash: string[] | undefined;

/**
 * What to put before the engine's command line so that the kernel ends it when this process dies, even by kill -9.
 * Linux with util-linux only; elsewhere the next start takes the orphan over.
 */
export function parentDeathLeash(): string[] {
  if (leash) return leash;
  const command = ['setpriv', '--pdeathsig', 'TERM'];
  const works = platform === 'linux' && spawnSync('setpriv', ['--pdeathsig', 'TERM', 'true']).status === 0;
  leash = works ? command : [];
  return leash;
}
