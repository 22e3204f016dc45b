// How do many items get into the engine quickly? As a DynamoDB export, which the engine imports without a service in between.
import { spawn } from 'node:child_process';
import { createWriteStream, mkdirSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { connectEngine } from '../engine.mjs';

const LINES = 50_000; // of one file; the engine reads a file as a whole

/** An attribute as DynamoDB's protocol writes it. */
function marshal(value) {
  if (typeof value === 'string') return { S: value };
  if (typeof value === 'number') return { N: String(value) };
  if (typeof value === 'boolean') return { BOOL: value };
  if (value === null) return { NULL: true };
  if (Array.isArray(value)) return { L: value.map(marshal) };
  return { M: marshalItem(value) };
}

export const marshalItem = (item) =>
  Object.fromEntries(
    Object.entries(item).flatMap(([name, value]) => (value === undefined ? [] : [[name, marshal(value)]])),
  );

/** Writes items (as the protocol has them) below `folder`, table by table. */
export function createExport(folder) {
  const open = new Map();

  async function fileFor(table) {
    const now = open.get(table) ?? { files: 0, lines: LINES };
    open.set(table, now);
    if (now.lines === LINES) {
      await end(now);
      now.files += 1;
      now.lines = 0;
      mkdirSync(join(folder, table, 'data'), { recursive: true });
      now.stream = createWriteStream(join(folder, table, 'data', `${String(now.files)}.json`));
    }
    now.lines += 1;
    return now.stream;
  }

  async function end({ stream }) {
    stream?.end();
    if (stream) await once(stream, 'finish');
  }

  return {
    add: async (table, item) => {
      const stream = await fileFor(table);
      if (!stream.write(`${JSON.stringify({ Item: item })}\n`)) await once(stream, 'drain');
    },
    close: async () => {
      for (const one of open.values()) await end(one);
    },
  };
}

/** Every item that an engine has, and how its tables are made. */
export async function dump(port, add) {
  const line = connectEngine(port);
  const schema = [];
  const { TableNames } = await line.call('ListTables', {});
  for (const TableName of TableNames) {
    schema.push(await line.call('DescribeTable', { TableName }));
    let ExclusiveStartKey;
    do {
      const more = ExclusiveStartKey ? { ExclusiveStartKey } : {};
      const { Items, LastEvaluatedKey } = await line.call('Scan', { TableName, ...more });
      for (const item of Items) await add(TableName, item);
      ExclusiveStartKey = LastEvaluatedKey;
    } while (ExclusiveStartKey);
  }
  line.close();
  return schema;
}

/** Makes a database file of an export. */
export async function importExport(app, { folder, schema, output }) {
  const { findEngine } = await import(pathToFileURL(join(app, 'dist/platform/dynamo/engine-binary.js')).href);
  const file = join(folder, '..', 'schema.json');
  writeFileSync(file, JSON.stringify(schema));
  const args = ['import', '--source', folder, '--schema', file, '--output', output, '--force'];
  const child = spawn(findEngine(), args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk) => (said += chunk));
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`The engine could not import the college: ${said.trim().split('\n').at(-1)}`);
}
