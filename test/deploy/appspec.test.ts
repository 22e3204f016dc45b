import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { deployFiles, read, readYaml, root } from './files.ts';

interface Script {
  location: string;
  timeout: number;
  runas: string;
}
interface Appspec {
  version: number;
  os: string;
  files: { source: string; destination: string }[];
  file_exists_behavior: string;
  hooks: Record<string, Script[]>;
}
interface Buildspec {
  version: number;
  phases: Record<string, { commands: string[]; 'runtime-versions'?: Record<string, number> }>;
  artifacts: { 'base-directory': string; files: string[] };
}

const appspec = readYaml('appspec.yml') as Appspec;
const scripts = Object.values(appspec.hooks).flat();

describe('appspec.yml', () => {
  it('copies the whole artifact over whatever lies there', () => {
    expect(appspec).toMatchObject({ version: 0, os: 'linux', file_exists_behavior: 'OVERWRITE' });
    expect(appspec.files).toEqual([{ source: '/', destination: '/opt/studentcore/incoming' }]);
    expect(read('scripts/deploy/common.sh')).toContain('\nBASE=/opt/studentcore\nINCOMING=$BASE/incoming\n');
  });

  it('has the hooks that an in-place deployment runs, each one script as root', () => {
    expect(Object.keys(appspec.hooks)).toEqual([
      'ApplicationStop',
      'AfterInstall',
      'ApplicationStart',
      'ValidateService',
    ]);
    expect(Object.values(appspec.hooks).every((list) => list.length === 1)).toBe(true);
    expect(scripts.every(({ runas }) => runas === 'root')).toBe(true);
  });

  it.each(scripts)('$location can be run', ({ location }) => {
    expect(read(location)).toMatch(/^#!\/usr\/bin\/env bash\n/);
  });

  it('stops nothing, and can not fail', () => {
    expect(read('scripts/deploy/stop.sh')).not.toMatch(/systemctl|set -e|common\.sh/);
    expect(spawnSync('bash', ['scripts/deploy/stop.sh'], { cwd: root }).status).toBe(0);
  });

  it('gives the validation time to go back: two waits and a restart', () => {
    const patience = Number(/^PATIENCE=(\d+)$/m.exec(read('scripts/deploy/validate.sh'))?.[1]);
    expect(appspec.hooks['ValidateService']?.[0]?.timeout).toBeGreaterThan(2 * patience + 60);
    // Who waits for a release that never starts is still answered by the one before.
    const front = Number(/proxy_read_timeout (\d+)s;/.exec(read('scripts/deploy/front/nginx.conf'))?.[1]);
    expect(patience + 15).toBeLessThan(front);
  });
});

describe('the scripts', () => {
  it.each(deployFiles('.sh'))('%s is a script without faults of syntax and without carriage returns', (name) => {
    const { status, stderr } = spawnSync('bash', ['-n', `${root}scripts/deploy/${name}`], { encoding: 'utf8' });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(read(`scripts/deploy/${name}`)).not.toContain('\r');
  });

  it('refuse to run as a hook of nobody', () => {
    for (const name of ['install.sh', 'start.sh']) {
      const hook = spawnSync('bash', [`scripts/deploy/${name}`], {
        cwd: root,
        env: { PATH: process.env['PATH'] },
        encoding: 'utf8',
      });
      expect(hook.status).toBe(1);
      expect(hook.stderr).toBe('StudentCore: DEPLOYMENT_ID is not set: this script is a hook of CodeDeploy.\n');
    }
  });
});

describe('buildspec.yml', () => {
  const buildspec = readYaml('buildspec.yml') as Buildspec;
  const commands = Object.values(buildspec.phases).flatMap((phase) => phase.commands);

  it('runs npm scripts that exist: types, lint and tests before the build', () => {
    const { scripts: known } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const run = commands.flatMap((line) => /^npm run (\S+)$/.exec(line)?.[1] ?? []);
    expect(run).toEqual(['types', 'lint', 'test:fast', 'build']);
    expect(run.filter((name) => known[name] === undefined)).toEqual([]);
  });

  it('builds with the Node that runs it, and ships what was packed by a phase that a failure skips', () => {
    expect(buildspec.phases['install']?.['runtime-versions']).toEqual({ nodejs: 24 });
    const folder = buildspec.artifacts['base-directory'];
    expect(buildspec.phases['build']?.commands.at(-1)).toBe(`bash scripts/deploy/package.sh ${folder}`);
    expect(buildspec.phases['post_build']).toBeUndefined();
    expect(buildspec.artifacts.files).toEqual(['**/*']);
  });
});
