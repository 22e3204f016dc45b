// Does a good release take over unnoticed, and does a bad one go away unnoticed?
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { settingsIn } from './bootstrap.mjs';
import { neverReady, withoutDependency } from './versions.mjs';

const LONGEST_WAIT_MS = 5_000;
const UNITS = ['service', 'socket'].map((kind) => `/etc/systemd/system/studentcore.${kind}`);
const MORE = ['-log.service', '-certificate.service', '-certificate.timer'].map(
  (end) => `/etc/systemd/system/studentcore${end}`,
);
const visitor = fileURLToPath(new URL('visitor.mjs', import.meta.url));

/** What delivery and resilience both look at. */
export function createEyes({ machine, demand }) {
  const settings = () => settingsIn(machine.read('/etc/studentcore/studentcore.env'));
  const certificate = machine.file('/etc/letsencrypt/live/studentcore/fullchain.pem');

  /** The build that `/healthz` names through the front. */
  async function served() {
    const url = `${settings().PUBLIC_URL}/healthz`;
    const { stdout } = await machine.run(['/usr/bin/curl', '--silent', '--insecure', '--max-time', '20', url]);
    return /"version":"[^+"]*\+([^"]*)"/.exec(stdout)?.[1];
  }

  /** `patience`: how many seconds the first certificate may take, before which nothing is served. */
  async function servesBuild({ build }, patience = 0) {
    let found = await served();
    for (let left = patience; found === undefined && left > 0; left -= 1) {
      await pause(1_000);
      found = await served();
    }
    demand(found === build, `build ${build} should serve, but it is ${found ?? 'nothing'}`);
  }

  /** People at work; `end()` sends them home and says what they noticed. */
  async function people(...more) {
    const { PUBLIC_URL, ADMIN_PASSWORD } = settings();
    const child = machine.inNetwork([process.execPath, visitor, PUBLIC_URL, 'admin', ADMIN_PASSWORD, ...more], {
      env: { ...process.env, NODE_EXTRA_CA_CERTS: certificate },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    let said = '';
    let complained = '';
    child.stdout.setEncoding('utf8').on('data', (text) => (said += text));
    const ended = new Promise((done) => child.on('close', done));
    child.stdin.on('error', () => undefined);
    await new Promise((done) => {
      child.stderr.setEncoding('utf8').on('data', (text) => {
        complained += text;
        if (complained.includes('ready')) done();
      });
      void ended.then(done);
    });
    return async () => {
      child.stdin.end();
      await ended;
      demand(said.startsWith('{'), `the visitors fell over: ${complained.trim().split('\n').slice(0, 3).join(' ')}`);
      return JSON.parse(said);
    };
  }

  function unnoticed({ requests, added, stored, longest, reconnects, failed, failures }) {
    demand(!failures.length, `${failed} of ${requests} requests failed: ${failures.join('; ')}`);
    demand(added <= stored, `${added} records were added but ${stored} are there`);
    const wait = Math.max(longest.get, longest.post);
    demand(wait < LONGEST_WAIT_MS, `somebody waited ${wait} ms`);
    const sockets =
      reconnects > 0 ? `, ${reconnects} sockets back after ${longest.reconnect} ms at most, no event lost` : '';
    return `0 of ${requests} requests failed, longest wait ${wait} ms${sockets}`;
  }

  return { settings, served, servesBuild, people, unnoticed };
}

export function deliverySteps({ machine, demand, versions, first, second }) {
  const { settings, servesBuild, people, unnoticed } = createEyes({ machine, demand });
  let deployments = 0;
  let good;

  /** What CodeDeploy does with a version: a deployment, and when it fails another one of the last good version. */
  async function deploy(version) {
    const once = async ({ folder }) => {
      const id = `d-REHEARSAL${(deployments += 1)}`;
      const agent = ['/opt/rehearsal/node/bin/node', '/opt/rehearsal/agent.mjs', folder.slice(machine.root.length), id];
      const result = await machine.run(['systemd-run', '--quiet', '--wait', '--pipe', '--collect', ...agent]);
      return { ok: result.code === 0, output: result.stdout + result.stderr };
    };
    const result = await once(version);
    if (result.ok) good = version;
    else if (good !== undefined) {
      const rollback = await once(good);
      demand(rollback.ok, `the rollback failed as well:\n${rollback.output}`);
    }
    return result;
  }

  /** Deploys while people work; returns what they noticed and what the agent said. */
  async function deployUnderLoad(version) {
    const end = await people();
    const result = await deploy(version);
    const noticed = unnoticed(await end());
    return { ...result, noticed };
  }

  const line = (output, pattern) =>
    output
      .split('\n')
      .find((one) => pattern.test(one))
      ?.replace(/^\[\w+\] /, '') ?? '';

  async function tables() {
    await machine.mustRun(['systemd-run', '--quiet', '--wait', '--pipe', '--collect',
      '--property=EnvironmentFile=/etc/studentcore/studentcore.env', '--setenv=DYNAMODB_ENDPOINT=http://127.0.0.1:8000',
      '/usr/bin/node-24', join(first.folder.slice(machine.root.length), 'dist/tables.command.js')]); // prettier-ignore
  }

  async function firstDeployment() {
    const { ok, output } = await deploy(first);
    demand(ok, `it failed:\n${output}`);
    const { stdout } = await machine.mustRun(['systemctl', 'show', '--property=MainPID,User', 'studentcore.service']);
    demand(stdout.includes('User=studentcore'), `it does not run as studentcore: ${stdout}`);
    // The certificate comes by itself, a moment later.
    for (let i = 0; i < 50 && settings().PUBLIC_URL.startsWith('https:'); i += 1) {
      if (/^The front is secure|new certificate/m.test(await log('studentcore-certificate'))) break;
      await new Promise((done) => setTimeout(done, 200));
    }
    await servesBuild(first, 30);
    return `${settings().PUBLIC_URL} serves build ${first.build.slice(0, 12)}`;
  }

  const log = async (unit) =>
    (await machine.run(['journalctl', '--quiet', '--output=cat', '--no-pager', `--unit=${unit}`])).stdout;

  async function units() {
    const { code, stderr } = await machine.run(['systemd-analyze', 'verify', ...UNITS, ...MORE]);
    demand(code === 0 && stderr === '', `systemd-analyze verify says: ${stderr.trim()}`);
    const { stdout } = await machine.run(['systemd-analyze', 'security', '--no-pager', 'studentcore.service']);
    const exposure = Number(/exposure level for \S+: ([\d.]+)/.exec(stdout)?.[1]);
    demand(exposure < 2, `studentcore.service has an exposure of ${exposure}`);
    return `verify is silent, exposure ${exposure}`;
  }

  async function signIn() {
    return unnoticed(await (await people('--once'))());
  }

  async function secondDeployment() {
    const version = await second;
    const { ok, output, noticed } = await deployUnderLoad(version);
    demand(ok, `it failed:\n${output}`);
    await servesBuild(version);
    return noticed;
  }

  async function missingDependency() {
    const bad = await withoutDependency(await second, join(versions, '3'));
    const { ok, output, noticed } = await deployUnderLoad(bad);
    demand(!ok && /FAILED AfterInstall/.test(output), `it should fail in AfterInstall, before the switch:\n${output}`);
    await servesBuild(good);
    return `${line(output, /Cannot find/)}; ${noticed}`;
  }

  async function failingValidation() {
    const bad = await neverReady(await second, join(versions, '4'));
    const { ok, output, noticed } = await deployUnderLoad(bad);
    demand(!ok && /FAILED ValidateService/.test(output), `it should fail in ValidateService:\n${output}`);
    demand(output.includes(`build ${good.build} serves again`), `it did not go back by itself:\n${output}`);
    await servesBuild(good);
    return `${
      line(output, /did not become ready/)
        .replace('StudentCore: ', '')
        .split(';')[0]
    }; ${noticed}`;
  }

  function pruned() {
    const kept = readdirSync(machine.file('/opt/studentcore/releases'));
    demand(kept.length === 3, `${kept.length} releases are kept: ${kept.join(', ')}`);
    return kept.join(', ');
  }

  return [
    ['tables', tables],
    ['version 1 deployed', firstDeployment],
    ['units as systemd sees them', units],
    ['sign-in, pages, forms and sockets through the front', signIn],
    ['version 2 built', async () => (await second).build.slice(0, 12)],
    ['version 2 deployed under load', secondDeployment],
    ['version 3, a dependency is missing: rolled back', missingDependency],
    ['version 4, validation fails: rolled back', failingValidation],
    ['old releases are pruned', () => Promise.resolve(pruned())],
  ];
}
