// The embedded engine: one per folder, never left behind, back by itself.
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Dynamo } from '../../../src/platform/dynamo/client.ts';
import { createDynamo } from '../../../src/platform/dynamo/client.ts';
import { createTables } from '../../../src/platform/dynamo/create-tables.ts';
import { ENGINE_VERSION, findEngine } from '../../../src/platform/dynamo/engine-binary.ts';
import type { Engine } from '../../../src/platform/dynamo/engine.ts';
import { EngineRefused, attachEngine, startEngine } from '../../../src/platform/dynamo/engine.ts';
import { commandLine, identify, isRunning, processes } from '../../../src/platform/dynamo/processes.ts';
import { tables } from '../../../src/tables.ts';
import { silentLog } from '../../support/engine.ts';

const GONE = 2 ** 22 + 1; // above any process number Linux gives

let dataDir: string;
let cleanUp: (() => unknown)[];

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'studentcore-engine-'));
  cleanUp = [() => rm(dataDir, { recursive: true, force: true })];
});

afterEach(async () => {
  for (const step of cleanUp.reverse()) await step();
});

async function start(folder = dataDir): Promise<Engine> {
  const engine = await startEngine({ dataDir: folder, log: silentLog });
  cleanUp.push(engine.stop);
  return engine;
}

function connect(endpoint: string): Dynamo {
  const dynamo = createDynamo({ endpoint, region: 'us-east-1', tablePrefix: 't-' });
  cleanUp.push(dynamo.close);
  return dynamo;
}

async function put(endpoint: string, pk: string): Promise<void> {
  const dynamo = connect(endpoint);
  await createTables(dynamo, tables);
  await dynamo.doc.send(new PutCommand({ TableName: dynamo.table('system'), Item: { pk, sk: '-' } }));
}

async function has(endpoint: string, pk: string): Promise<boolean> {
  const dynamo = connect(endpoint);
  const { Item } = await dynamo.doc.send(
    new GetCommand({ TableName: dynamo.table('system'), Key: { pk, sk: '-' }, ConsistentRead: true }),
  );
  return Item !== undefined;
}

/** The engines that have this test's file open. */
const engines = (): number[] =>
  processes([]).filter((pid) => commandLine(pid).includes(join(dataDir, 'studentcore.db')) && isRunning(identify(pid)));

async function until(what: () => boolean | Promise<boolean>, patience: number): Promise<number> {
  const from = Date.now();
  while (!(await what())) {
    if (Date.now() - from > patience) throw new Error(`did not happen within ${String(patience)} ms`);
    await sleep(20);
  }
  return Date.now() - from;
}

/** Another process that starts the engine on the same folder; resolves with what it said. */
async function otherApp(mode = 'stay'): Promise<{ child: ChildProcess; said: string }> {
  const fixture = join(import.meta.dirname, 'owner.fixture.ts');
  const child = spawn(process.execPath, ['--import', 'tsx', fixture, dataDir, mode], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  cleanUp.push(() => child.kill('SIGKILL'));
  const [chunk] = (await once(child.stdout, 'data')) as [Buffer];
  return { child, said: chunk.toString().trim() };
}

async function endByForce(child: ChildProcess): Promise<void> {
  const exit = once(child, 'exit');
  child.kill('SIGKILL');
  await exit;
}

describe('running', () => {
  it('listens on loopback only and keeps its data over a restart', async () => {
    const first = await start();
    expect(first.endpoint).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    await put(first.endpoint, 'kept');
    await first.stop();
    const second = await start();
    expect(await has(second.endpoint, 'kept')).toBe(true);
  });

  it('lets nobody else read the file', async () => {
    const engine = await start();
    await put(engine.endpoint, 'secret');
    const files = (await readdir(dataDir)).filter((name) => name.startsWith('studentcore.db'));
    expect(files).toContain('studentcore.db');
    for (const name of files) expect((await stat(join(dataDir, name))).mode & 0o077).toBe(0);
  });

  it('ends with stop(), its log folded into the file', async () => {
    const engine = await start();
    await put(engine.endpoint, 'one');
    expect(engines()).toHaveLength(1);
    await engine.stop();
    await engine.stop(); // twice is once
    expect(engines()).toEqual([]);
    expect(await readdir(dataDir)).not.toContain('studentcore.db-wal');
  });

  it('is not left behind by an app that exits without stopping it', async () => {
    const { child, said } = await otherApp('exit');
    expect(said).toMatch(/^endpoint /);
    if (child.exitCode === null) await once(child, 'exit');
    await until(() => engines().length === 0, 2_000);
  });

  it('makes the folder when it is missing', async () => {
    const engine = await start(join(dataDir, 'a', 'b'));
    await put(engine.endpoint, 'deep');
  });
});

describe('one engine a folder', () => {
  it('refuses a second start with one line that names the process', async () => {
    await start();
    const refusal = await startEngine({ dataDir, log: silentLog }).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(EngineRefused);
    expect((refusal as Error).message).toBe(
      `${dataDir} is in use by process ${String(process.pid)}: stop that first, or set DATA_DIR to another folder.`,
    );
  });

  it('refuses by another name of the folder too', async () => {
    await start();
    const alias = `${dataDir}-alias`;
    await symlink(dataDir, alias);
    cleanUp.push(() => rm(alias));
    await expect(startEngine({ dataDir: alias, log: silentLog })).rejects.toThrow(EngineRefused);
  });

  it('refuses another process', async () => {
    await start();
    const { said } = await otherApp();
    expect(said).toContain(`in use by process ${String(process.pid)}`);
  });

  it('lets exactly one of many simultaneous starts win, over a stale lock as well', async () => {
    await writeFile(join(dataDir, 'engine.4.lock'), JSON.stringify({ owner: { pid: GONE } }));
    const apps = await Promise.all(Array.from({ length: 5 }, () => otherApp()));
    expect(apps.filter(({ said }) => said.startsWith('endpoint '))).toHaveLength(1);
    expect(apps.filter(({ said }) => said.includes('is in use by process'))).toHaveLength(4);
    expect(engines()).toHaveLength(1);
    for (const { child } of apps) if (child.exitCode === null) await endByForce(child);
  });

  it.each([
    ['a process that is gone', JSON.stringify({ owner: { pid: GONE } })],
    ['a process whose number was given again', JSON.stringify({ owner: { pid: process.pid, started: 'before/1' } })],
    ['one that gave it back', '{}'],
  ])('takes over the lock of %s', async (_what, record) => {
    await writeFile(join(dataDir, 'engine.1.lock'), record);
    const engine = await start();
    await put(engine.endpoint, 'mine');
    expect(attachEngine(dataDir)).toBe(engine.endpoint);
  });

  it('takes over a lock that a power cut left empty', async () => {
    await writeFile(join(dataDir, 'engine.1.lock'), '');
    const engine = await start();
    expect(attachEngine(dataDir)).toBe(engine.endpoint);
  });

  it('leaves a bounded number of lock files', async () => {
    for (let round = 0; round < 5; round += 1) await (await start()).stop();
    expect((await readdir(dataDir)).filter((name) => name.includes('lock')).length).toBeLessThanOrEqual(2);
  });

  it('gives the folder back when the start fails', async () => {
    await writeFile(
      join(dataDir, 'studentcore.db'),
      'this is no database, and long enough to be looked at as one'.repeat(99),
    );
    await expect(startEngine({ dataDir, log: silentLog })).rejects.toThrow(/does not start on .*studentcore\.db: \S/);
    await rm(join(dataDir, 'studentcore.db'));
    await put((await start()).endpoint, 'now');
  });
});

describe('after a crash', () => {
  it('starts on the folder of an app that was killed, with all its data, and no engine stays behind', async () => {
    const { child, said } = await otherApp();
    await put(said.replace('endpoint ', ''), 'survivor');
    await endByForce(child);
    const engine = await start();
    expect(await has(engine.endpoint, 'survivor')).toBe(true);
    await until(() => engines().length === 1, 2_000);
  });

  it('stops an engine that outlived its app', async () => {
    const orphan = spawn(findEngine(), ['serve', '--port', '0', '--db-path', join(dataDir, 'studentcore.db')], {
      stdio: 'ignore',
    });
    cleanUp.push(() => orphan.kill('SIGKILL'));
    const ended = once(orphan, 'exit');
    await until(() => engines().length === 1, 2_000);
    await start();
    await ended;
    expect(engines()).toHaveLength(1);
  });

  it('leaves a stranger alone that got the number of the old engine', async () => {
    const stranger = spawn('sleep', ['60']);
    cleanUp.push(() => stranger.kill('SIGKILL'));
    const engine = { ...identify(stranger.pid!), port: 1 };
    await writeFile(join(dataDir, 'engine.1.lock'), JSON.stringify({ owner: { pid: GONE }, engine }));
    await start();
    expect(isRunning(engine)).toBe(true);
  });

  it('is back within 5 s on the same address when the engine is killed, again and again', async () => {
    const { endpoint } = await start();
    await put(endpoint, 'before');
    for (let round = 0; round < 3; round += 1) {
      const [pid] = engines();
      process.kill(pid!, 'SIGKILL');
      const took = await until(() => has(endpoint, 'before').catch(() => false), 5_000);
      expect(took).toBeLessThan(5_000);
      await until(() => engines().length === 1 && !engines().includes(pid!), 1_000);
    }
  });

  it('ends for good when stopped while it is coming back', async () => {
    const engine = await start();
    process.kill(engines()[0]!, 'SIGKILL');
    await until(() => engines().length === 0, 1_000).catch(() => undefined); // it may be back already
    await engine.stop();
    await sleep(300);
    expect(engines()).toEqual([]);
    expect(attachEngine(dataDir)).toBeUndefined();
  });
});

describe('attaching', () => {
  it('finds the engine of a living app and nothing else', async () => {
    expect(attachEngine(dataDir)).toBeUndefined();
    expect(attachEngine(join(dataDir, 'missing'))).toBeUndefined();
    const { child, said } = await otherApp();
    expect(`endpoint ${String(attachEngine(dataDir))}`).toBe(said);
    await endByForce(child);
    expect(attachEngine(dataDir)).toBeUndefined();
  });
});

describe('the program', () => {
  it('is refused in one line when DYNOXIDE_BIN names none', () => {
    expect(() => findEngine('/nowhere/dynoxide')).toThrow(
      new EngineRefused('DYNOXIDE_BIN is /nowhere/dynoxide, which is not a program that can be run.'),
    );
  });

  it('is refused in one line that says what to install or to set when the machine has none', () => {
    let message = '';
    try {
      findEngine(undefined, 'darwin-riscv');
    } catch (error) {
      message = (error as Error).message;
    }
    expect(message).toContain(`npm i --no-save @dynoxide/darwin-riscv@${ENGINE_VERSION}`);
    expect(message).toContain('DYNOXIDE_BIN');
    expect(message).toContain('DYNAMODB_ENDPOINT');
    expect(message).not.toContain('\n');
  });

  it('is the version that package.json installs', () => {
    const { optionalDependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as {
      optionalDependencies: Record<string, string>;
    };
    expect(optionalDependencies['@dynoxide/linux-x64']).toBe(ENGINE_VERSION);
  });
});
