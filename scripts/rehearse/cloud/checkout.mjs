// What does the rehearsal deploy? A clone of this checkout with its present files as a commit, so that a change can be
// rehearsed before it is committed, and a later version be made without touching anything here.
import { cpSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from './tools.mjs';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const AUTHOR = ['-c', 'user.name=rehearsal', '-c', 'user.email=rehearsal@localhost', '-c', 'commit.gpgsign=false'];

// The checkout may belong to another user than the one who rehearses.
const ENV = { ...process.env, GIT_CONFIG_COUNT: '1', GIT_CONFIG_KEY_0: 'safe.directory', GIT_CONFIG_VALUE_0: '*' };

async function git(cwd, ...args) {
  const { code, stdout, stderr } = await run('git', args, { cwd, env: ENV });
  if (code !== 0) throw new Error(`git ${args[0]} failed: ${stderr.trim()}`);
  return stdout;
}

const names = (list) => list.split('\0').filter(Boolean);

export async function createCheckout(folder) {
  const path = join(folder, 'checkout');
  await git(root, 'clone', '--quiet', '--no-hardlinks', root, path);
  for (const name of names(await git(root, 'ls-files', '-z', '--deleted'))) rmSync(join(path, name));
  for (const name of names(await git(root, 'ls-files', '-z', '--modified', '--others', '--exclude-standard'))) {
    if (!existsSync(join(root, name))) continue;
    mkdirSync(dirname(join(path, name)), { recursive: true });
    cpSync(join(root, name), join(path, name));
  }
  const commit = async (message) => {
    await git(path, 'add', '--all');
    await git(path, ...AUTHOR, 'commit', '--quiet', '--allow-empty', '--message', message);
    return (await git(path, 'rev-parse', 'HEAD')).trim();
  };
  return {
    path,
    first: await commit('rehearsal: what lies here now'),
    /** A next version; returns its commit. */
    next: (what) => {
      writeFileSync(join(path, 'VERSION'), `${what}\n`);
      return commit(`rehearsal: ${what}`);
    },
  };
}
