// What must be on the machine before it boots for the first time? What an image of Amazon Linux brings, and what stands in
// for the cloud around it.
import { cpSync, existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { command, must } from './machine.mjs';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const DEBIAN = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
const INSTALL = ['apt-get', 'install', '--yes', '--quiet', '--no-install-recommends'];

/** Installs packages by `run`, asking for the lists of packages only when they are missing or old. */
async function aptInstall(run, packages) {
  if ((await run([...INSTALL, ...packages])).code === 0) return;
  await run(['apt-get', 'update', '--quiet']);
  const { code, stdout, stderr } = await run([...INSTALL, ...packages]);
  if (code === 0) return;
  throw new Error(`${packages.join(', ')} can't be installed: ${(stderr || stdout).trim().split('\n').at(-1)}`);
}

/** What the rehearsal itself needs of this machine. */
export async function needTools() {
  if (process.getuid() !== 0) throw new Error('The rehearsal boots a container: run it as root.');
  if (!existsSync('/usr/bin/apt-get')) throw new Error('The rehearsal runs on Debian only.');
  const tools = { 'systemd-nspawn': 'systemd-container', nsenter: 'util-linux', git: 'git' };
  const missing = Object.keys(tools).filter((tool) => !existsSync(`/usr/bin/${tool}`));
  if (missing.length === 0 && existsSync('/sbin/init')) return;
  const packages = [...missing.map((tool) => tools[tool]), 'systemd-sysv'];
  await aptInstall(([program, ...args]) => command(program, args, { env: DEBIAN }), packages);
}

/** The program of a real Node 24, by way of npm. */
export async function findNode24(folder) {
  const asked = await must('npx', ['--yes', '--package', 'node@24', '--call', 'node -p process.execPath'], {
    cwd: folder,
  });
  const path = asked.stdout.trim().split('\n').at(-1);
  const { stdout } = await must(path, ['--version']);
  if (!stdout.startsWith('v24.')) throw new Error(`This should be Node 24: ${path} is ${stdout.trim()}`);
  return path;
}

const DATABASE = `[Unit]
Description=Rehearsal: stands in for DynamoDB
[Service]
ExecStart=/opt/rehearsal/dynoxide serve --host 127.0.0.1 --port 8000 --db-path /var/lib/rehearsal/dynamodb.db
StateDirectory=rehearsal
[Install]
WantedBy=multi-user.target
`;

const ADDRESS = (address) => `[Unit]
Description=Rehearsal: stands in for the elastic address
[Service]
Type=oneshot
ExecStart=/usr/sbin/ip address add ${address}/32 dev lo
[Install]
WantedBy=multi-user.target
`;

/** Lays out the container's root. */
export async function prepare(machine, { checkout, script, address, node }) {
  const { root, file, write } = machine;
  // A machine of its own: no identity, and none of the services that this one starts at boot.
  write('/etc/machine-id', '');
  write('/etc/hostname', 'rehearsal\n');
  for (const name of readdirSync(file('/etc/systemd/system'))) {
    if (/\.(wants|requires)$/.test(name)) rmSync(file(`/etc/systemd/system/${name}`), { recursive: true });
  }
  for (const path of ['/etc/fstab', '/etc/studentcore', '/opt/studentcore'])
    rmSync(file(path), { recursive: true, force: true });

  // Not booted yet, so it still has this machine's network; nothing is started.
  write('/usr/sbin/policy-rc.d', '#!/bin/sh\nexit 101\n', 0o755);
  const inside = ['--quiet', '--register=no', '--keep-unit', '--pipe', '--settings=no', `--directory=${root}`];
  await aptInstall(
    (args) =>
      command('systemd-nspawn', [...inside, '--setenv=DEBIAN_FRONTEND=noninteractive', ...args], { env: DEBIAN }),
    ['nginx-light', 'curl', 'openssl', 'iproute2', 'dbus'],
  );
  rmSync(file('/usr/sbin/policy-rc.d'));
  await must('systemctl', ['--quiet', `--root=${root}`, 'disable', 'nginx.service']);

  cpSync(here('stubs'), file('/opt/rehearsal/stubs'), { recursive: true });
  for (const name of ['dnf', 'rpm', 'aws', 'curl']) cpSync(here(`stubs/${name}`), file(`/usr/local/bin/${name}`));
  cpSync(here('stubs/cfn-signal'), file('/opt/aws/bin/cfn-signal')); // comes with the image
  cpSync(here('agent.mjs'), file('/opt/rehearsal/agent.mjs'));
  cpSync(
    fileURLToPath(import.meta.resolve('yaml/package.json')).replace(/\/package\.json$/, ''),
    file('/opt/rehearsal/node_modules/yaml'),
    {
      recursive: true,
    },
  );
  cpSync(node, file('/opt/rehearsal/node/bin/node'));
  cpSync(join(checkout, `node_modules/@dynoxide/linux-${process.arch}/dynoxide`), file('/opt/rehearsal/dynoxide'));
  writeFileSync(file('/opt/rehearsal/asked'), '');
  write('/opt/rehearsal/public-address', address);
  write('/opt/rehearsal/user-data.sh', script);
  write('/etc/systemd/system/rehearsal-dynamodb.service', DATABASE);
  write('/etc/systemd/system/rehearsal-address.service', ADDRESS(address));
  // The one setting that the rehearsal adds to the service; the instance's own settings file is left as it is made.
  write(
    '/etc/systemd/system/studentcore.service.d/rehearsal.conf',
    '[Service]\nEnvironment=DYNAMODB_ENDPOINT=http://127.0.0.1:8000\n',
  );
  await must('systemctl', [
    '--quiet',
    `--root=${root}`,
    'enable',
    'rehearsal-dynamodb.service',
    'rehearsal-address.service',
  ]);
}
