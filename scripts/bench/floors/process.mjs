// The bare things that our figures are compared to, in a process of their own: `node process.mjs NAME`, told what to do.
import { createServer } from 'node:http';
import { performance } from 'node:perf_hooks';
import { answerQuestions } from '../children.mjs';

const listen = (server) =>
  new Promise((done) => server.listen(0, '127.0.0.1', () => done({ port: server.address().port })));

/** Express, one route, a small JSON. */
async function hello() {
  const { default: express } = await import('express');
  const app = express();
  app.get('/hello', (_req, res) => res.json({ hello: 'world', n: 1 }));
  return listen(createServer(app));
}

let broadcast;

/** WebSockets without anything on top. */
async function plainSockets() {
  const { WebSocketServer } = await import('ws');
  const server = createServer();
  const sockets = new WebSocketServer({ server });
  broadcast = (text) => sockets.clients.forEach((client) => client.send(text));
  return listen(server);
}

/** Socket.IO without anything on top. */
async function socketIo() {
  const { Server } = await import('socket.io');
  const server = createServer();
  const io = new Server(server, { serveClient: false });
  broadcast = (text) => io.emit('news', { text });
  return listen(server);
}

const cpu = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

/** `work` again and again, `atOnce` at a time: how often a second, and this process's CPU for each. */
async function loop({ atOnce, seconds }, work) {
  await work();
  const begin = performance.now();
  const before = cpu();
  let n = 0;
  const one = async () => {
    while (performance.now() - begin < seconds * 1000) {
      await work();
      n += 1;
    }
  };
  await Promise.all(Array.from({ length: atOnce }, one));
  return { perSecond: (n * 1000) / (performance.now() - begin), cpu: (cpu() - before) / n };
}

/** The AWS SDK's GetItem, nothing around it. */
async function sdkGet({ endpoint, table, key, ...how }) {
  const { DynamoDBClient } = await import('@aws-sdk/client-dynamodb');
  const { DynamoDBDocumentClient, GetCommand } = await import('@aws-sdk/lib-dynamodb');
  const client = new DynamoDBClient({
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    requestHandler: { httpAgent: { keepAlive: true, maxSockets: how.atOnce } },
  });
  const doc = DynamoDBDocumentClient.from(client);
  try {
    return await loop(how, async () => {
      const { Item } = await doc.send(new GetCommand({ TableName: table, Key: { id: key }, ConsistentRead: true }));
      if (Item?.id !== key) throw new Error('the SDK read another item');
    });
  } finally {
    client.destroy();
  }
}

/** bcrypt at the app's cost, on both cores. */
async function bcryptLoop(how) {
  const { default: bcrypt } = await import('bcrypt');
  const hash = await bcrypt.hash('studentcore-demo', 12);
  return loop(how, async () => {
    if (!(await bcrypt.compare('studentcore-demo', hash))) throw new Error('bcrypt says no');
  });
}

answerQuestions({
  hello,
  plainSockets,
  socketIo,
  sdkGet,
  bcryptLoop,
  /** One message to every client, as long as an event of ours; resolves to the moment before (monotonic ms). */
  send: (mark) => {
    const at = Number(process.hrtime.bigint()) / 1e6;
    broadcast(`${mark} ${'x'.repeat(300)}`);
    return { at };
  },
});
