import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isStale } from '../../scripts/fresh.mjs';
import { read, root } from './files.ts';

const { dependencies, devDependencies, optionalDependencies } = JSON.parse(read('package.json')) as Record<
  'dependencies' | 'devDependencies' | 'optionalDependencies',
  Record<string, string>
>;

const run = ([program = '', ...args]: string[], env: NodeJS.ProcessEnv = {}) =>
  spawnSync(program, args, { cwd: tmpdir(), env: { PATH: process.env['PATH'], ...env }, encoding: 'utf8' });

// How npm reaches its registry is a matter of this machine.
const packaging = { ...process.env, CODEBUILD_RESOLVED_SOURCE_VERSION: 'abc123' };

// A build in the middle of the tests would pull the files away under the others: scripts/test.sh has built before.
describe.skipIf(isStale())('scripts/deploy/package.sh', { timeout: 300_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'studentcore-package-'));
  const script = join(root, 'scripts/deploy/package.sh');
  const check = ['node', join(folder, 'scripts/deploy/check.mjs')];
  const before = statSync(join(root, 'node_modules')).mtimeMs;
  beforeAll(() => {
    const { status, stderr } = run(['bash', script, folder], packaging);
    if (status !== 0) throw new Error(stderr);
  }, 300_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('packs hooks that can be run, whatever modes the source came with', () => {
    const hooks = readdirSync(join(folder, 'scripts/deploy')).filter((name) => name.endsWith('.sh'));
    expect(hooks.length).toBeGreaterThan(4);
    for (const name of hooks) expect(statSync(join(folder, 'scripts/deploy', name)).mode & 0o777).toBe(0o755);
  });

  it('packs what runs, and nothing else', () => {
    expect(readdirSync(folder).sort()).toEqual(
      [
        ...['BUILD_ID', 'LICENSE', 'appspec.yml', 'dist', 'node_modules', 'package-lock.json', 'package.json'],
        ...['public', 'scripts', 'views'],
      ].sort(),
    );
    expect(readdirSync(join(folder, 'scripts'))).toEqual(['deploy']);
    expect(readFileSync(join(folder, 'BUILD_ID'), 'utf8')).toBe('abc123\n');
    expect(existsSync(join(folder, 'public/build/manifest.json'))).toBe(true);
  });

  it('packs the dependencies without tools, local engine and links, and leaves those of the checkout alone', () => {
    const has = (name: string): boolean => existsSync(join(folder, 'node_modules', name));
    expect(Object.keys(dependencies).filter((name) => !has(name))).toEqual([]);
    // Types of Node come along with a dependency that lists them by mistake.
    const tools = Object.keys(devDependencies).filter((name) => name !== '@types/node');
    expect([...tools, ...Object.keys(optionalDependencies)].filter(has)).toEqual([]);
    const everything = readdirSync(folder, { recursive: true, withFileTypes: true });
    expect(everything.filter((entry) => entry.isSymbolicLink())).toEqual([]);
    expect(statSync(join(root, 'node_modules')).mtimeMs).toBe(before);
  });

  it('packs a release that can tell whether it will run', () => {
    expect(run(check)).toMatchObject({ status: 0, stdout: '', stderr: '' });
    const refused = run(check, { NODE_ENV: 'production', TRAIL_KEY: 'k'.repeat(32) });
    expect(refused.status).toBe(1);
    expect(refused.stderr).toMatch(/^SESSION_SECRET is missing: .*\n$/);

    const dependency = join(folder, 'node_modules/pino');
    renameSync(dependency, `${dependency}-away`);
    const broken = run(check);
    renameSync(`${dependency}-away`, dependency);
    expect(broken.status).toBe(1);
    expect(broken.stderr).toMatch(/^Cannot find (package|module) .*pino.*\n$/);
  });

  it('refuses a folder that holds something, and says so in a line', () => {
    const again = run(['bash', script, folder], packaging);
    expect(again.status).toBe(1);
    expect(again.stderr).toBe(`${folder} is not empty: name a new folder, or empty it.\n`);
    expect(run(['bash', script]).stderr).toMatch(/^Which folder\? .*\n$/);
  });
});
