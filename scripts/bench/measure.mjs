// What does an operation cost? One measurement: the generator's figures, and the work of server and engine meanwhile.
import { cpus } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { cpuMs, machineCpuMs, memoryMb } from './process-cpu.mjs';
import { describeProfile } from './profile.mjs';

/** Reads statistics while others write: they must never be older than the last answered write. */
const WATCH = { operation: 'stats', users: 1, rate: 10 };

/** `profiles`: a folder for CPU profiles, if they are wanted. */
export function createMeter({ server, generator, app, profiles, warmSeconds, say }) {
  const warm = new Set();
  const work = () => ({
    server: cpuMs(server.pid),
    engine: cpuMs(server.engine),
    generator: cpuMs(generator.pid),
    machine: machineCpuMs(),
    at: performance.now(),
  });

  /** How much of the machine somebody else used between two moments, in percent. */
  function busyElsewhere(before, after) {
    const of = (who) => after[who] - before[who];
    const theirs = of('machine') - of('server') - of('engine') - of('generator');
    return Math.max(0, Math.round((100 * theirs) / (of('at') * cpus().length)));
  }

  /** Runs a task, with a profile of the server when they are wanted. */
  async function profiled(name, task) {
    if (!profiles) return task();
    const file = join(profiles, `${name}.cpuprofile`);
    await server.ask('startProfile');
    const figures = await task();
    await server.ask('stopProfile', file);
    say(describeProfile(file, { root: app, requests: figures.requests, name }));
    return figures;
  }

  /**
   * Runs an operation and resolves to its row. Before the first time it is run unmeasured, so that code is compiled.
   * `beside`: another operation meanwhile, whose row is `besideRow`. `watched`: statistics are checked meanwhile.
   */
  async function measure({ name, operation = name, users, seconds, rate, count, beside, watched }) {
    const asked = { operation, users, seconds, rate, count };
    if (!warm.has(operation)) await generator.ask('run', { operation, users, seconds: warmSeconds, rate });
    warm.add(operation);
    const companions = [beside, watched ? WATCH : undefined].filter((one) => one !== undefined);
    await server.ask('reset');
    const before = work();
    const [figures, ...meanwhile] = await profiled(`${name.replace('/', '-')}-${String(users)}`, async () => {
      const all = await Promise.all([asked, ...companions].map((one) => generator.ask('run', { seconds, ...one })));
      return Object.assign(all, { requests: all[0].requests });
    });
    const after = work();
    const { delay, busy } = await server.ask('read');
    const perRequest = (who) => (after[who] - before[who]) / figures.requests;
    const row = {
      name,
      users,
      ...figures,
      errors: figures.errors + meanwhile.reduce((n, { errors }) => n + errors, 0),
      said: [...figures.said, ...meanwhile.flatMap(({ said }) => said)],
      cpu: perRequest('server'),
      engineCpu: perRequest('engine'),
      generatorCpu: perRequest('generator'),
      others: busyElsewhere(before, after),
      loopMax: delay.max,
      loopP99: delay.p99,
      busy,
      memoryMb: memoryMb(server.pid).now,
    };
    return beside ? { ...row, besideRow: { name: beside.name, users: beside.users, ...meanwhile[0] } } : row;
  }

  return { measure, profiled };
}
