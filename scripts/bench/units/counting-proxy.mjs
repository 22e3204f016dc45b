// How many read and write units does a request take? A proxy before the engine that asks for ConsumedCapacity and adds it up.
import { Buffer } from 'node:buffer';
import { createServer } from 'node:http';
import { connectEngine } from '../engine.mjs';

const LINES = 20;

const READS = new Set(['GetItem', 'BatchGetItem', 'Query', 'Scan', 'TransactGetItems']);
const WRITES = new Set(['PutItem', 'UpdateItem', 'DeleteItem', 'BatchWriteItem', 'TransactWriteItems']);

const sum = (consumed) => [consumed ?? []].flat().reduce((n, { CapacityUnits }) => n + CapacityUnits, 0);

async function textOf(stream) {
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

/** `endpoint` is what the app is given; `take` resolves to what was consumed since it was last asked. */
export async function startCountingProxy(enginePort) {
  let units = { read: 0, write: 0, calls: 0 };
  const idle = Array.from({ length: LINES }, () => connectEngine(enginePort));
  const waiting = [];
  const line = async () => idle.pop() ?? (await new Promise((done) => waiting.push(done)));
  const giveBack = (one) => {
    const next = waiting.shift();
    if (next) next(one);
    else idle.push(one);
  };

  async function handle(req, res) {
    const operation = String(req.headers['x-amz-target']).split('.').at(-1);
    const input = JSON.parse(await textOf(req));
    const counted = READS.has(operation) || WRITES.has(operation);
    const one = await line();
    try {
      const asked = counted ? { ...input, ReturnConsumedCapacity: 'INDEXES' } : input;
      const { status, text } = await one.ask(operation, asked);
      if (counted && status === 200) {
        units[READS.has(operation) ? 'read' : 'write'] += sum(JSON.parse(text).ConsumedCapacity);
        units.calls += 1;
      }
      res.writeHead(status, { 'Content-Type': 'application/x-amz-json-1.0' }).end(text);
    } catch (error) {
      res.writeHead(500).end(String(error));
    } finally {
      giveBack(one);
    }
  }

  const server = createServer((req, res) => void handle(req, res));
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  return {
    endpoint: `http://127.0.0.1:${String(server.address().port)}`,
    take: () => {
      const taken = units;
      units = { read: 0, write: 0, calls: 0 };
      return taken;
    },
    close: () => {
      for (const one of idle) one.close();
      server.closeAllConnections();
      return new Promise((done) => server.close(done));
    },
  };
}
