// What can this machine do at best? The same generator against the bare things we are made of, in the same run.
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { startChild } from '../children.mjs';
import { connectEngine, startEngine } from '../engine.mjs';
import { createConnection, request } from '../http-client.mjs';
import { cpuMs } from '../process-cpu.mjs';
import { quantiles } from '../quantiles.mjs';
import { measureBroadcast, startListeners } from '../sockets.mjs';

const PROCESS = fileURLToPath(new URL('process.mjs', import.meta.url));
const WARM = 200;
const TABLE = 'floor';
const ITEM_BYTES = 400;

const startProcess = () =>
  startChild(process.execPath, [PROCESS], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, NODE_ENV: 'production', AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
    detached: true,
  });

/** `once(i)` by `users` at a time, from this process. */
async function closedLoop({ users, seconds, pid }, once) {
  for (let i = 0; i < WARM; i++) await once(i % users);
  const times = [];
  const before = cpuMs(pid);
  const begin = performance.now();
  const person = async (i) => {
    while (performance.now() - begin < seconds * 1000) {
      const from = performance.now();
      await once(i);
      times.push(performance.now() - from);
    }
  };
  await Promise.all(Array.from({ length: users }, (_, i) => person(i)));
  const perSecond = (times.length * 1000) / (performance.now() - begin);
  return { users, perSecond, ...quantiles(times), cpu: (cpuMs(pid) - before) / times.length, errors: 0, said: [] };
}

/** Express with one route: how fast this machine is at what we do. */
export async function helloRow(seconds) {
  const child = startProcess();
  try {
    const { port } = await child.ask('hello');
    const users = 50;
    const connections = Array.from({ length: users }, () => createConnection(port));
    const text = request('GET', '/hello');
    const row = await closedLoop({ users, seconds, pid: child.pid }, async (i) => {
      const answer = await connections[i].send(text);
      if (answer.status !== 200 || !answer.body.includes('world')) throw new Error('no hello');
    });
    for (const one of connections) one.close();
    return { name: 'express-hello', ...row };
  } finally {
    await child.stop();
  }
}

async function bcryptRow(seconds) {
  const child = startProcess();
  try {
    return { name: 'bcrypt-12', users: 2, ...(await child.ask('bcryptLoop', { atOnce: 2, seconds })), errors: 0 };
  } finally {
    await child.stop();
  }
}

async function broadcastFloor(name, question, listen, clients, rounds) {
  const child = startProcess();
  const listeners = startListeners();
  let n = 0;
  try {
    const { port } = await child.ask(question);
    await listeners.ask('open', { port, count: clients, ...listen });
    const row = await measureBroadcast({
      listeners,
      clients,
      rounds,
      pid: child.pid,
      begin: () => Promise.resolve(`floor-${String((n += 1)).padStart(6, '0')}`),
      send: async (mark) => (await child.ask('send', mark)).at,
    });
    return { name, users: clients, ...row };
  } finally {
    await listeners.stop();
    await child.stop();
  }
}

const item = (id) => ({ id: { S: id }, text: { S: 'x'.repeat(ITEM_BYTES) }, version: { N: '1' } });

const put = () => ({
  Put: { TableName: TABLE, Item: item(randomUUID()), ConditionExpression: 'attribute_not_exists(id)' },
});

async function engineRows(app, folder, seconds) {
  const engine = await startEngine(app, join(folder, 'floor'));
  const child = startProcess();
  const rows = [];
  try {
    const first = connectEngine(engine.port);
    await first.call('CreateTable', {
      TableName: TABLE,
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
    });
    await first.call('PutItem', { TableName: TABLE, Item: item('one') });
    first.close();
    const { endpoint } = engine;
    for (const atOnce of [10, 50]) {
      const figures = await child.ask('sdkGet', { endpoint, table: TABLE, key: 'one', atOnce, seconds });
      rows.push({ name: 'sdk-get', users: atOnce, ...figures, errors: 0 });
    }
    for (const items of [2, 4]) {
      for (const users of [10, 50]) {
        const lines = Array.from({ length: users }, () => connectEngine(engine.port));
        const row = await closedLoop({ users, seconds, pid: process.pid }, (i) =>
          lines[i].call('TransactWriteItems', {
            TransactItems: Array.from({ length: items }, put),
            ClientRequestToken: randomUUID(),
          }),
        );
        for (const one of lines) one.close();
        rows.push({ name: `transact-${String(items)}`, ...row, cpu: undefined });
      }
    }
  } finally {
    await child.stop();
    await engine.stop();
  }
  return rows;
}

/** All floors; `folder` is for files of theirs. */
export async function measureFloors({ app, folder, seconds, listeners, rounds }) {
  return [
    await helloRow(seconds),
    ...(await engineRows(app, folder, seconds)),
    await bcryptRow(seconds),
    await broadcastFloor('broadcast-ws', 'plainSockets', { path: '/', raw: true }, listeners, rounds),
    await broadcastFloor('broadcast-socket.io', 'socketIo', {}, listeners, rounds),
  ];
}
