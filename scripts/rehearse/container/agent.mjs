// One deployment as the CodeDeploy agent does it, in place and without a load balancer: `node agent.mjs BUNDLE ID`.
// It exits with 1 and one line when an event fails; it undoes nothing, a rollback is another deployment.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parse } from 'yaml';

const HOME = '/opt/codedeploy-agent';
const GROUP = join(HOME, 'deployment-root', 'rehearsal-group');
const LAST_INSTALLED = join(HOME, 'last-installed');
const CLEANUP = join(HOME, 'cleanup');
const EVENTS = [
  ...['ApplicationStop', 'DownloadBundle', 'BeforeInstall', 'Install', 'AfterInstall'],
  ...['ApplicationStart', 'ValidateService'],
];
const HOOKS = ['ApplicationStop', 'BeforeInstall', 'AfterInstall', 'ApplicationStart', 'ValidateService'];

const [bundle, id] = process.argv.slice(2);
const archive = join(GROUP, id, 'deployment-archive');

const readIf = (path) => (fs.existsSync(path) ? fs.readFileSync(path, 'utf8').trim() : '');

function appspecOf(folder) {
  const spec = parse(fs.readFileSync(join(folder, 'appspec.yml'), 'utf8'));
  if (spec.version !== 0.0) throw new Error(`appspec.yml has version ${spec.version}, which must be 0.0`);
  if (spec.os !== 'linux') throw new Error(`appspec.yml is for ${spec.os}, not for linux`);
  for (const name of Object.keys(spec.hooks ?? {})) {
    if (!HOOKS.includes(name)) throw new Error(`appspec.yml names a hook that does not exist: ${name}`);
  }
  return spec;
}

/** Runs one script: no stdin, a process group of its own, the agent's folder, none of the service's settings. */
function runScript(folder, event, { location, timeout = 3600, runas }) {
  const script = join(folder, location);
  if (!fs.existsSync(script)) throw new Error(`${event}: there is no script ${location}`);
  if (!(fs.statSync(script).mode & 0o100)) fs.chmodSync(script, 0o755);
  const [program, args] = runas && runas !== 'root' ? ['su', [runas, '-c', script]] : [script, []];
  return new Promise((done, failed) => {
    const child = spawn(program, args, {
      cwd: HOME,
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe'],
      env: {
        PATH: process.env.PATH,
        LIFECYCLE_EVENT: event,
        DEPLOYMENT_ID: id,
        APPLICATION_NAME: 'rehearsal',
        DEPLOYMENT_GROUP_NAME: 'rehearsal',
        DEPLOYMENT_GROUP_ID: 'rehearsal-group',
        BUNDLE_COMMIT: '',
      },
    });
    child.stdin.destroy();
    let tooLate = false;
    const timer = setTimeout(() => {
      tooLate = true;
      process.kill(-child.pid, 'SIGTERM');
      setTimeout(() => failed(new Error(`${event}: ${location} did not end within ${timeout} s`)), 1000);
    }, timeout * 1000);
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => process.stdout.write(text.replace(/^(?=.)/gm, `[${event}] `)));
    }
    child.on('error', (error) => failed(new Error(`${event}: ${location} can't be run: ${error.message}`)));
    // Not `exit`: a child left in the background that keeps the output open holds the event up.
    child.on('close', (code) => {
      clearTimeout(timer);
      if (tooLate) return;
      if (code === 0) done();
      else failed(new Error(`${event}: ${location} ended with ${code}`));
    });
  });
}

async function runHooks(folder, event) {
  for (const script of appspecOf(folder).hooks?.[event] ?? []) await runScript(folder, event, script);
}

/** Every file that the appspec wants copied: [from, to]; a folder's contents go into the destination. */
function copies({ files = [] }) {
  const pairs = [];
  for (const { source, destination } of files) {
    const from = resolve(join(archive, source));
    if (!fs.statSync(from).isDirectory()) pairs.push([from, join(destination, from.split('/').at(-1))]);
    else {
      for (const entry of fs.readdirSync(from, { recursive: true, withFileTypes: true })) {
        if (entry.isDirectory()) continue;
        const path = join(entry.parentPath, entry.name);
        pairs.push([path, join(destination, path.slice(from.length))]);
      }
    }
  }
  const targets = new Set(pairs.map(([, to]) => to));
  if (targets.size < pairs.length) throw new Error('Install: the appspec copies two files to one place');
  return pairs;
}

function install() {
  const spec = appspecOf(archive);
  for (const path of readIf(CLEANUP).split('\n').filter(Boolean)) fs.rmSync(path, { force: true });
  const pairs = copies(spec);
  for (const [from, to] of pairs) {
    if (fs.existsSync(to) && spec.file_exists_behavior !== 'OVERWRITE') {
      throw new Error(`Install: ${to} exists already and was not made by a deployment`);
    }
    fs.mkdirSync(dirname(to), { recursive: true });
    fs.copyFileSync(from, to);
    fs.chmodSync(to, fs.statSync(from).mode);
  }
  fs.writeFileSync(CLEANUP, pairs.map(([, to]) => to).join('\n'));
  // Noted here, not at the end of the deployment.
  fs.writeFileSync(LAST_INSTALLED, archive);
}

async function event(name) {
  if (name === 'ApplicationStop') {
    const last = readIf(LAST_INSTALLED);
    if (last !== '') await runHooks(last, name);
  } else if (name === 'DownloadBundle') {
    fs.cpSync(bundle, archive, { recursive: true, preserveTimestamps: true });
    appspecOf(archive);
  } else if (name === 'Install') install();
  else await runHooks(archive, name);
}

fs.mkdirSync(GROUP, { recursive: true });
for (const name of EVENTS) {
  const start = Date.now();
  try {
    await event(name);
  } catch (error) {
    console.log(`FAILED ${error.message}`);
    process.exit(1);
  }
  console.log(`${name} took ${((Date.now() - start) / 1000).toFixed(1)} s`);
}
