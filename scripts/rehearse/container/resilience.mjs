// Does it come back, whatever ends it?
import { setTimeout as sleep } from 'node:timers/promises';
import { createEyes } from './delivery.mjs';

export function resilienceSteps({ machine, demand, second }) {
  const { settings, served, servesBuild, people, unnoticed } = createEyes({ machine, demand });

  const show = async (unit, property) =>
    (await machine.mustRun(['systemctl', 'show', `--property=${property}`, '--value', unit])).stdout.trim();

  /** Seconds until the build answers through the front. */
  async function back(limit) {
    const start = Date.now();
    const { build } = await second;
    while ((await served()) !== build) {
      demand(Date.now() - start < limit * 1000, `it is not back after ${limit} s`);
      await sleep(50);
    }
    return ((Date.now() - start) / 1000).toFixed(1);
  }

  async function killed() {
    const before = await show('studentcore.service', 'MainPID');
    await machine.mustRun(['systemctl', 'kill', '--kill-whom=main', '--signal=KILL', 'studentcore.service']);
    const seconds = await back(10);
    demand((await show('studentcore.service', 'MainPID')) !== before, 'it was not killed');
    return `back after ${seconds} s`;
  }

  async function stopped() {
    await machine.mustRun(['systemctl', 'stop', 'studentcore.service']);
    demand((await show('studentcore.service', 'ActiveState')) === 'inactive', 'it does not stop');
    demand((await show('studentcore.service', 'Result')) === 'success', 'it stops in anger');
    await machine.mustRun(['systemctl', 'start', 'studentcore.service']);
    return `serves ${await back(10)} s after the start`;
  }

  /** Ten seconds in which it can't start, while somebody asks: neither service nor socket may give up. */
  async function crashes() {
    const server = '/opt/studentcore/current/dist/server.js';
    const before = Number(await show('studentcore.service', 'NRestarts'));
    await machine.mustRun(['mv', server, `${server}.away`]);
    await machine.mustRun(['systemctl', 'kill', '--kill-whom=main', '--signal=KILL', 'studentcore.service']);
    const waiting = servesBuild(await second);
    await sleep(10_000);
    const tries = Number(await show('studentcore.service', 'NRestarts')) - before;
    const socket = await show('studentcore.socket', 'ActiveState');
    await machine.mustRun(['mv', `${server}.away`, server]);
    demand(socket === 'active', `the socket is ${socket}`);
    await waiting;
    return `${tries} tries, then back after ${await back(10)} s; who asked meanwhile was answered`;
  }

  async function rebooted() {
    const before = machine.read('/etc/studentcore/studentcore.env');
    const began = Date.now();
    await machine.reboot();
    await back(30);
    const seconds = ((Date.now() - began) / 1000).toFixed(0);
    const result = await (await people('--once'))();
    unnoticed(result);
    demand(result.stored > result.added, 'the records of before are gone');
    for (let i = 0; i < 100 && (await show('studentcore-machine.service', 'ActiveState')) === 'activating'; i += 1)
      await sleep(100);
    const { stdout } = await machine.run([
      'systemctl',
      'list-units',
      '--failed',
      '--no-legend',
      '--plain',
      'studentcore*',
      'nginx*',
    ]);
    demand(stdout.trim() === '', `units that failed: ${stdout.trim()}`);
    demand(machine.read('/etc/studentcore/studentcore.env') === before, 'the settings changed');
    return `serves ${seconds} s after the command, ${result.stored - result.added} records kept`;
  }

  /** The file that the CloudWatch agent reads holds each line of the journal once, and no secret. */
  async function logged() {
    await sleep(6_000);
    const file = machine.read('/var/log/studentcore/service.log');
    const lines = file.split('\n').filter((line) => line.includes('"msg":"listening"'));
    demand(lines.length > 0, 'service.log does not say that the service listens');
    demand(new Set(lines).size === lines.length, 'lines came twice');
    const journal = (await machine.run(['journalctl', '--quiet', '--output=cat', '--no-pager'])).stdout;
    const inJournal = journal.split('\n').filter((line) => line.includes('"msg":"listening"'));
    demand(inJournal.length === lines.length, `${inJournal.length} starts in the journal, ${lines.length} in the file`);
    for (const name of ['SESSION_SECRET', 'TRAIL_KEY', 'ADMIN_PASSWORD']) {
      demand(!`${file}${journal}`.includes(settings()[name]), `${name} is in the log`);
    }
    return `${file.split('\n').length - 1} lines`;
  }

  return [
    ['kill -9', killed],
    ['systemctl stop, start', stopped],
    ['a crash loop of 10 s', crashes],
    ['reboot', rebooted],
    ['the log for CloudWatch', logged],
  ];
}
