// What do live clients cost? A broadcast to many, from the moment it is stored; and many that only sit there.
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { startChild } from './children.mjs';
import { cpuMs, memoryMb } from './process-cpu.mjs';
import { quantiles } from './quantiles.mjs';

const LISTENERS = fileURLToPath(new URL('listeners.mjs', import.meta.url));
const PATIENCE_MS = 5_000;
const PAUSE_MS = 60;
const WARM = 5;

export const startListeners = () =>
  startChild(process.execPath, [LISTENERS], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'], detached: true });

/**
 * `rounds` broadcasts, one after the other. `begin` prepares one and resolves to the text that its news contain;
 * `send` sends it and resolves to the moment from which the clients wait (monotonic milliseconds).
 */
export async function measureBroadcast({ listeners, clients, rounds, pid, begin, send }) {
  const times = [];
  const last = [];
  const errors = [];
  let before = 0;
  for (let i = 0; i < rounds + WARM; i++) {
    if (i === WARM) before = cpuMs(pid);
    const mark = await begin();
    await listeners.ask('expect', { mark, expected: clients });
    const at = await send(mark);
    const heard = await listeners.ask('heard', { patience: PATIENCE_MS });
    if (heard.length !== clients) errors.push(`${String(heard.length)} of ${String(clients)} clients heard it`);
    if (i >= WARM) {
      for (const one of heard) times.push(one - at);
      last.push(Math.max(...heard) - at);
    }
    await sleep(PAUSE_MS);
  }
  return {
    requests: rounds,
    ...quantiles(times),
    last: quantiles(last).mean,
    /** Milliseconds for each delivery; of ours the write is in it. */
    cpu: (cpuMs(pid) - before) / (rounds * clients),
    errors: errors.length,
    said: errors.slice(0, 3),
  };
}

/** Our own broadcast: a mark is written, and every member of the staff who is connected hears of it. */
export async function broadcastRow({ server, generator, profiled, clients, rounds }) {
  const listeners = startListeners();
  try {
    const cookies = await generator.ask('cookies');
    await listeners.ask('open', { port: server.port, count: clients, cookies });
    await server.ask('watchStored');
    await server.ask('reset');
    const how = {
      listeners,
      clients,
      rounds,
      pid: server.pid,
      begin: () => generator.ask('prepare', { operation: 'mark' }),
      send: async () => {
        await server.ask('stored');
        const { error, answered } = await generator.ask('sendPrepared');
        if (error !== undefined) throw new Error(error);
        // The moment at which the database had answered; without the probe's word, when the writer had.
        return (await server.ask('stored')).at(-1) ?? answered;
      },
    };
    const row = await profiled(`broadcast-${String(clients)}`, () => measureBroadcast(how));
    const { delay } = await server.ask('read');
    return { name: 'broadcast', users: clients, ...row, loopMax: delay.max };
  } finally {
    await listeners.stop();
  }
}

/** Memory of the server with so many signed-in clients that say nothing. */
export async function idleRow({ server, generator, clients }) {
  const listeners = startListeners();
  const before = memoryMb(server.pid).now;
  try {
    const cookies = await generator.ask('everybodysCookies');
    const count = await listeners.ask('open', { port: server.port, count: clients, cookies });
    await sleep(1_000);
    const { now } = memoryMb(server.pid);
    const cpu = cpuMs(server.pid);
    await sleep(2_000);
    return {
      name: 'idle-sockets',
      users: count,
      memoryMb: now,
      memoryBefore: before,
      busy: (cpuMs(server.pid) - cpu) / 2_000,
      errors: count === clients ? 0 : 1,
      said: count === clients ? [] : [`only ${String(count)} of ${String(clients)} clients got in`],
    };
  } finally {
    await listeners.stop();
  }
}
