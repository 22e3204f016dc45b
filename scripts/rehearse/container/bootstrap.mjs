// Does the instance's user data make the machine ready, whatever happens, and keep its secrets?

const ENV_FILE = '/etc/studentcore/studentcore.env';
const SECRETS = ['SESSION_SECRET', 'TRAIL_KEY', 'ADMIN_PASSWORD'];

/** NAME=value lines, quotes taken off. */
export const settingsIn = (text) =>
  Object.fromEntries(
    [...text.matchAll(/^([A-Z_]+)=(.*)$/gm)].map(([, name, value]) => [name, value.replace(/^"(.*)"$/, '$1')]),
  );

export function bootstrapSteps({ machine, demand }) {
  const asked = () => machine.read('/opt/rehearsal/asked');
  const settings = () => settingsIn(machine.read(ENV_FILE));

  // As cloud-init does: a unit of its own, as root, with nothing on stdin.
  const run = () =>
    machine.run([
      'systemd-run',
      '--quiet',
      '--wait',
      '--pipe',
      '--collect',
      '/usr/bin/bash',
      '/opt/rehearsal/user-data.sh',
    ]);

  function nothingShown({ stdout, stderr }) {
    const shown = stdout + stderr + asked();
    for (const name of SECRETS)
      demand(!shown.includes(settings()[name]), `${name} is shown, or an argument of a command`);
  }

  async function fails() {
    machine.write('/opt/rehearsal/dnf-fails', '');
    const { code, stderr } = await run();
    await machine.run(['rm', '/opt/rehearsal/dnf-fails']);
    demand(code !== 0, 'it went on after a step that failed');
    demand(/^cfn-signal .*--exit-code 1/m.test(asked()), 'it did not signal the failure');
    return stderr.trim().split('\n').at(-1);
  }

  async function first() {
    const result = await run();
    demand(result.code === 0, `it ended with ${result.code}: ${result.stderr.trim().split('\n').at(-1)}`);
    demand(/^cfn-signal .*--exit-code 0/m.test(asked()), 'it did not signal success');
    const { stdout } = await machine.mustRun(['stat', '--format=%a %U:%G', ENV_FILE]);
    demand(stdout.trim() === '640 root:studentcore', `${ENV_FILE} is ${stdout.trim()}`);
    for (const name of SECRETS) demand((settings()[name] ?? '').length >= 20, `${name} is missing or short`);
    for (const name of ['nodejs24', 'nginx']) {
      demand(machine.read('/opt/rehearsal/packages').split('\n').includes(name), `package ${name} was not asked for`);
    }
    nothingShown(result);
    return `${ENV_FILE} is ${stdout.trim()}, no secret shown`;
  }

  async function again() {
    const before = machine.read(ENV_FILE);
    const puts = asked().match(/ssm put-parameter/g)?.length;
    const result = await run();
    demand(result.code === 0, `it ended with ${result.code}: ${result.stderr.trim().split('\n').at(-1)}`);
    demand(machine.read(ENV_FILE) === before, 'the settings changed');
    demand(asked().match(/ssm put-parameter/g)?.length === puts, 'a secret was stored again');
    nothingShown(result);
    return `${puts} secrets kept`;
  }

  return [
    ['user data, with a package that can not be had', fails],
    ['user data, on a new machine', first],
    ['user data, again', again],
  ];
}
