// Does the bootstrap do its work? The resolved user data runs here for real, in a folder of its own instead of the root,
// with stubs for what would install packages or talk to AWS.
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/platform/config.ts';
import { userData } from './stacks.ts';

const DOMAIN = { DomainName: 'students.college.edu', CertificateEmail: 'office@college.edu' };
const PLAIN = {
  AllowPlainHttp: 'yes',
  CollegeName: "St. Mary's College – Zürich & Genève",
  CodeDeployAgentPrefix: 'latestv2',
};
const VARIANTS: [string, Record<string, string>][] = [
  ['by default', {}],
  ['with a domain', DOMAIN],
  ['over plain http', PLAIN],
];

describe.each(VARIANTS)('the user data %s', (_name, given) => {
  const script = userData(given);

  it('is a script that bash can read, with nothing left to fill in', () => {
    expect(script.startsWith('#!/bin/bash\n')).toBe(true);
    expect(spawnSync('bash', ['-n'], { input: script, encoding: 'utf8' })).toMatchObject({ status: 0, stderr: '' });
    expect(script).not.toMatch(/\$\{(AWS::|!|[A-Z][a-z]+[A-Z])/);
  });

  it('fits into what EC2 takes', () => {
    expect(Buffer.byteLength(script)).toBeLessThan(16_384);
  });

  it('shows no command as it runs, and gives no secret as an argument', () => {
    expect(script).not.toMatch(/set -[a-z]*x|xtrace|--value "?\$/);
  });
});

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'studentcore-machine-'));
  for (const folder of ['bin', 'store', 'etc/systemd/system', 'usr/local/sbin', 'tmp']) {
    mkdirSync(join(root, folder), { recursive: true });
  }
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const stub = (name: string, body: string): void => {
  writeFileSync(join(root, 'bin', name), `#!/bin/bash\necho "${name} $*" >>"$ROOT/calls"\n${body}\n`);
  chmodSync(join(root, 'bin', name), 0o755);
};

/** Parameter Store: a file for each parameter, made with what comes on stdin, and never overwritten. */
const STORE = `
while [ $# -gt 0 ]; do case "$1" in get-parameter | put-parameter) verb=$1 ;; --name) name=$2 ;; --value) from=$2 ;; esac; shift; done
file=$ROOT/store/$(tr / _ <<<"$name")
if [ -e "$ROOT/denied" ]; then echo 'An error occurred (AccessDeniedException) when calling the operation' >&2; exit 254; fi
if [ "$verb" = get-parameter ]; then
  [ -e "$file" ] || { echo 'An error occurred (ParameterNotFound) when calling the GetParameter operation' >&2; exit 254; }
  cat "$file"; echo
else
  [ ! -e "$file" ] && [ "$from" = file:///dev/stdin ] && cat >"$file" && echo '{"Version": 1}'
fi`;

function run(given: Record<string, string> = {}) {
  const here = (path: string): string => join(root, path);
  rmSync(here('calls'), { force: true });
  for (const name of ['dnf', 'cfn-signal', 'systemctl', 'useradd', 'amazon-cloudwatch-agent-ctl', 'chgrp'])
    stub(name, '');
  stub('rpm', 'exit 1');
  stub('getent', 'exit 2');
  stub('aws', STORE);
  stub('python3.12', 'mkdir -p "$3/bin"; ln -sf "$ROOT/bin/dnf" "$3/bin/pip"');
  // The installer of the agent, or the metadata.
  stub(
    'curl',
    'while [ "$1" != -o ]; do shift; done; printf "#!/bin/bash\\necho installer \\$* >>$ROOT/calls\\n" >"$2"',
  );
  // Only the root is another one; the zone files are the machine's own.
  const script = userData(given).replace(/(?<![\w.$\]-])\/(etc|opt|var|usr\/local)(?=\/)/g, `${root}/$1`);
  const { status, stdout, stderr } = spawnSync('bash', ['-s'], {
    input: script,
    encoding: 'utf8',
    env: { PATH: `${join(root, 'bin')}:${process.env['PATH'] ?? ''}`, ROOT: root, TMPDIR: here('tmp') },
  });
  const calls = read('calls').trim().split('\n');
  return { status, said: stdout + stderr, calls, signals: calls.filter((call) => call.startsWith('cfn-signal')) };
}

/** The file as systemd reads it: values may be quoted. */
const settings = (): Record<string, string> =>
  Object.fromEntries(
    read('etc/studentcore/studentcore.env')
      .trim()
      .split('\n')
      .map((line) => /^([A-Z_]+)=("?)(.*)\2$/.exec(line)!)
      .map(([, name, , value]) => [name!, value!]),
  );

describe('the bootstrap', () => {
  it('leaves a machine that can take a release, and says so to CloudFormation', () => {
    const { status, signals, calls, said } = run();
    expect([status, said]).toEqual([0, 'The machine is ready for releases.\n']);
    expect(signals).toEqual(['cfn-signal --stack the-stack --resource Instance --region us-east-1 --exit-code 0']);
    const packages = calls.find((call) => call.startsWith('dnf -y install'))?.split(' ');
    expect(packages).toEqual(
      expect.arrayContaining(['nodejs24', 'nginx', 'amazon-cloudwatch-agent', 'ruby', 'python3.12']),
    );
    expect(calls).toContain('installer auto');
    expect(calls).toContain('systemctl enable studentcore-machine.service');
    for (const folder of ['opt/studentcore/incoming', 'opt/studentcore/releases', 'var/lib/studentcore/acme']) {
      expect(statSync(join(root, folder)).isDirectory()).toBe(true);
    }
    expect(read('etc/dnf/vars/releasever')).toBe('latest\n');
    expect(readdirSync(join(root, 'tmp'))).toEqual([]);
  });

  it('writes settings that the app takes, for the address, the domain or plain http', () => {
    const faces = VARIANTS.map(([, given]) => {
      run(given);
      const config = loadConfig(settings());
      expect(config).toMatchObject({
        env: 'production',
        embedded: false,
        port: 5000,
        host: '127.0.0.1',
        trustProxy: 1,
      });
      return [config.publicUrl?.href, config.cookie.secure, config.collegeName, read('etc/studentcore/machine.env')];
    });
    const machine = (mode: string, name: string, email = ''): string =>
      `TLS_MODE=${mode}\nSERVER_NAME=${name}\nPUBLIC_ADDRESS=203.0.113.7\nCERTIFICATE_EMAIL=${email}\nACME_SERVER=\n`;
    const college = 'StudentCore College';
    expect(faces).toEqual([
      ['https://203.0.113.7/', true, college, machine('address', '203.0.113.7')],
      ['https://students.college.edu/', true, college, machine('domain', DOMAIN.DomainName, DOMAIN.CertificateEmail)],
      ['http://203.0.113.7/', false, PLAIN.CollegeName, machine('plain', '203.0.113.7')],
    ]);
  });

  it('makes long secrets, keeps them in Parameter Store, and shows none', () => {
    const { said, calls } = run();
    const { SESSION_SECRET, TRAIL_KEY, ADMIN_PASSWORD } = settings();
    expect(SESSION_SECRET).toMatch(/^[0-9a-f]{64}$/);
    expect(TRAIL_KEY).toMatch(/^[0-9a-f]{64}$/);
    expect(ADMIN_PASSWORD).toMatch(/^[A-Za-z0-9_-]{20}$/);
    const stored = ['session-secret', 'trail-key', 'first-admin-password'].map((name) =>
      read(`store/_studentcore_${name}`),
    );
    expect(stored).toEqual([SESSION_SECRET, TRAIL_KEY, ADMIN_PASSWORD]);
    expect(new Set(stored).size).toBe(3);
    for (const secret of stored) {
      expect(said).not.toContain(secret);
      expect(calls.join('\n')).not.toContain(secret);
    }
    const mode = (file: string) => statSync(join(root, 'etc/studentcore', file)).mode & 0o777;
    expect([mode('studentcore.env'), mode('machine.env')]).toEqual([0o640, 0o644]);
    expect(calls.filter((call) => call.startsWith('chgrp studentcore'))).toHaveLength(1);
  });

  it('takes the secrets that are there, also on a new machine', () => {
    writeFileSync(join(root, 'store/_studentcore_trail-key'), 'an older key of which the trail depends');
    run();
    expect(settings()['TRAIL_KEY']).toBe('an older key of which the trail depends');
    expect(read('store/_studentcore_trail-key')).toBe('an older key of which the trail depends');
  });

  it('changes nothing when it runs again, and restarts the service when a setting changed', () => {
    run();
    const before = [settings(), statSync(join(root, 'etc/studentcore/studentcore.env')).ino];
    const again = run();
    expect([settings(), statSync(join(root, 'etc/studentcore/studentcore.env')).ino]).toEqual(before);
    expect(again.calls.filter((call) => /^(installer|systemctl restart)/.test(call))).toEqual([]);

    const changed = run({ CollegeName: 'Hillside', CodeDeployAgentPrefix: 'latestv2' });
    expect(settings()['COLLEGE_NAME']).toBe('Hillside');
    expect(changed.calls).toContain('systemctl restart studentcore.service');
    expect(changed.calls).toContain('installer auto');
  });

  it('lets a release that is there renew its front', () => {
    const folder = join(root, 'opt/studentcore/current/scripts/deploy');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'front.sh'), '#!/bin/bash\necho front >>"$ROOT/calls"\n', { mode: 0o755 });
    expect(run().calls).toContain('front');
  });

  it('installs neither certbot nor Ruby where they are not needed', () => {
    const { calls } = run(PLAIN);
    expect(calls.join('\n')).not.toMatch(/python3\.12|certbot|ruby/);
    expect(run().calls.join('\n')).toContain('certbot==5.8.0');
  });
});

describe('a bootstrap that fails', () => {
  it('fails the stack at once, in one sentence that says where, and makes no new secret', () => {
    writeFileSync(join(root, 'denied'), '');
    const { status, said, signals } = run();
    expect(status).toBe(1);
    expect(said).toMatch(/AccessDenied.*\nThe bootstrap failed: line \d+: session_secret=.*\n$/s);
    expect(signals).toHaveLength(1);
    expect(signals[0]).toMatch(/--exit-code 1 --reason The bootstrap failed: line \d+: session_secret=\$\(secret/);
    expect(readdirSync(join(root, 'store'))).toEqual([]);
  });

  it('tells the stack what the command said at last, as cloud-init keeps it', () => {
    writeFileSync(join(root, 'denied'), '');
    mkdirSync(join(root, 'var/log'), { recursive: true });
    writeFileSync(
      join(root, 'var/log/cloud-init-output.log'),
      `something earlier\nAccess is ${'denied '.repeat(60)}\n`,
    );
    const { signals } = run();
    expect(signals[0]).toMatch(/bootstrap failed: line \d+: session_secret=.* \(Access is (denied ){41}/);
    expect(signals[0]).not.toMatch(/something earlier|(denied ){45}/);
  });

  it('names a time zone that does not exist', () => {
    const { status, said, signals } = run({ TimeZone: 'Europe/Nowhere' });
    expect(status).toBe(1);
    expect(said).toBe('The bootstrap failed: TimeZone Europe/Nowhere is not in the IANA time zone database.\n');
    expect(signals).toHaveLength(1);
  });
});
