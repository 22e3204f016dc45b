// The versions that the rehearsal ships: two made by the commands of buildspec.yml, and two that are broken on purpose.
import { chmodSync, cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parse } from 'yaml';
import { must } from './machine.mjs';

/** What a version is known by: the folder to deploy, and the build that `/healthz` is to name. */
const version = (folder) => ({ folder, build: readFileSync(join(folder, 'BUILD_ID'), 'utf8').trim() });

/** A file that other versions share by a hard link is replaced, never written into. */
function replace(path, text) {
  rmSync(path);
  writeFileSync(path, text);
}

async function copyOf(folder, to, build) {
  await must('cp', ['-al', '--', folder, to]);
  replace(join(to, 'BUILD_ID'), `${build}\n`);
  return to;
}

/** A dependency is missing, as in the paper's experiment. */
export async function withoutDependency({ folder }, to) {
  await copyOf(folder, to, 'without-dependency');
  rmSync(join(to, 'node_modules/pino'), { recursive: true });
  return version(to);
}

/** It starts and answers, but never says that it is ready. */
export async function neverReady({ folder }, to) {
  await copyOf(folder, to, 'never-ready');
  const path = join(to, 'dist/platform/http/health.js');
  const before = readFileSync(path, 'utf8');
  const after = before.replace('await ready()', "'broken on purpose'");
  if (after === before)
    throw new Error('The rehearsal can no longer break /readyz: dist/platform/http/health.js changed.');
  replace(path, after);
  return version(to);
}

/** A copy of the checkout as it stands, as a repository of its own. */
export async function createBuilds(checkout, folder, node) {
  const source = join(folder, 'source');
  mkdirSync(source);
  const listed = await must('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: checkout });
  for (const path of listed.stdout.split('\0').filter(Boolean)) {
    mkdirSync(dirname(join(source, path)), { recursive: true });
    cpSync(join(checkout, path), join(source, path), { verbatimSymlinks: true });
    chmodSync(join(source, path), 0o644); // as a source arrives that the pipeline has sent as a zip
  }
  const tools = join(folder, 'tools');
  mkdirSync(tools);
  symlinkSync(node, join(tools, 'node'));

  const git = (...args) =>
    must('git', ['-c', 'user.name=rehearsal', '-c', 'user.email=rehearsal@localhost', ...args], { cwd: source });
  await git('init', '--quiet');
  await git('add', '--all');

  /** Commits what lies there and runs the phases of buildspec.yml, as CodeBuild would. */
  async function build(to, { skip = () => false } = {}) {
    await git('commit', '--quiet', '--allow-empty', '--message', 'rehearsal');
    const commit = (await git('rev-parse', 'HEAD')).stdout.trim();
    const spec = parse(readFileSync(join(source, 'buildspec.yml'), 'utf8'));
    const env = {
      ...process.env, // how npm reaches its registry is a matter of this machine
      PATH: `${tools}:${process.env.PATH}`,
      ...spec.env?.variables,
      CODEBUILD_BUILD_ID: 'rehearsal:1',
      CODEBUILD_RESOLVED_SOURCE_VERSION: commit,
      CODEBUILD_SRC_DIR: source,
    };
    rmSync(join(source, spec.artifacts['base-directory']), { recursive: true, force: true });
    for (const phase of ['install', 'pre_build', 'build', 'post_build']) {
      for (const line of spec.phases[phase]?.commands ?? []) {
        if (!skip(phase, line)) await must('bash', ['-c', line], { cwd: source, env, timeout: 900_000 });
      }
    }
    await must('cp', ['-a', '--', join(source, spec.artifacts['base-directory']), to]);
    return version(to);
  }
  return { build };
}
