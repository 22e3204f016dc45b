// The commands as somebody types them: exit codes, one clear line, and the running app beside them.
import { spawn } from 'node:child_process';
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDynamo } from '../../src/platform/dynamo/client.ts';
import { startEngine } from '../../src/platform/dynamo/engine.ts';
import type { Engine } from '../../src/platform/dynamo/engine.ts';
import { scan } from '../support/audit.ts';
import { silentLog } from '../support/engine.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const TRAIL_KEY = 'a trail key of the commands that is long enough';

let folder: string;
let data: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'studentcore-commands-'));
  data = join(folder, 'data');
  const small = ['--students', '20', '--programs', '4', '--courses', '5', '--attendance', '80', '--results', '40'];
  const seeded = await run('src/seed/command.ts', data, [...small, '--today', '2026-11-20']);
  expect(seeded.err).toBe('');
}, 120_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

interface Ended {
  code: number | null;
  out: string;
  err: string;
}

const run = (file: string, dataDir: string, args: string[], env: Record<string, string> = {}) =>
  new Promise<Ended>((done) => {
    const child = spawn(process.execPath, ['--import', 'tsx', file, ...args], {
      cwd: root,
      env: { PATH: process.env['PATH'], BCRYPT_COST: '10', DATA_DIR: dataDir, TRAIL_KEY, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let out = '';
    let err = '';
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
    child.on('close', (code) => done({ code, out, err }));
  });

const verify = (dataDir: string, args: string[] = [], env = {}) =>
  run('src/verify-trail.command.ts', dataDir, args, env);
const backup = (dataDir: string, ...args: string[]) => run('src/backup.command.ts', dataDir, args);
const restore = (dataDir: string, ...args: string[]) => run('src/restore.command.ts', dataDir, args);

/** An engine that holds the folder as a running app does. */
async function asApp<T>(dataDir: string, work: (engine: Engine) => Promise<T>): Promise<T> {
  const engine = await startEngine({ dataDir, log: silentLog });
  try {
    return await work(engine);
  } finally {
    await engine.stop();
  }
}

test('verify, back up, restore, verify: each says what it did and exits with 0', { timeout: 120_000 }, async () => {
  const file = join(folder, 'college.gz');
  expect(await verify(data)).toMatchObject({
    code: 0,
    err: '',
    out: expect.stringMatching(/faults +0\n[^]*All is well/),
  });
  const made = await backup(data, file);
  expect(made).toMatchObject({
    code: 0,
    err: '',
    out: expect.stringMatching(/students +20\n[^]*SHA-256 +[0-9a-f]{64}\n/),
  });
  expect((await stat(file)).mode & 0o777).toBe(0o600);

  const target = join(folder, 'restored');
  const back = await restore(target, file);
  expect(back).toMatchObject({ code: 0, err: '', out: expect.stringContaining('Restored.') });
  expect(await verify(target)).toMatchObject({ code: 0, err: '' });

  expect(await restore(target, file)).toMatchObject({
    code: 1,
    out: '',
    err: expect.stringMatching(/is not empty: [^\n]*\n$/),
  });
  expect(await backup(data, file)).toMatchObject({
    code: 1,
    err: expect.stringMatching(/is there already: [^\n]*\n$/),
  });

  const elsewhere = join(folder, 'other-key');
  const warned = await run('src/restore.command.ts', elsewhere, [file], {
    TRAIL_KEY: 'quite another key that is as long as that one',
  });
  expect(warned).toMatchObject({
    code: 0,
    out: expect.stringContaining('WARNING  The backup was made under another TRAIL_KEY'),
  });
  expect(await verify(elsewhere, [], { TRAIL_KEY: 'quite another key that is as long as that one' })).toMatchObject({
    code: 1,
    out: expect.stringMatching(/FAULT {2}\d+ entries were made under a key/),
  });
});

test('commands that read go beside a running app, a restore is refused there', { timeout: 120_000 }, async () => {
  const file = join(folder, 'beside.gz');
  await asApp(data, async (engine) => {
    expect(await verify(data)).toMatchObject({ code: 0 });
    expect(await backup(data, file)).toMatchObject({ code: 0, out: expect.stringMatching(/readings +2\n/) });
    expect(await restore(data, file)).toMatchObject({
      code: 1,
      err: expect.stringMatching(/is in use by process \d+/),
    });

    const dynamo = createDynamo({ endpoint: engine.endpoint, region: 'us-east-1', tablePrefix: 'studentcore-' });
    const [student] = await scan(dynamo, 'students');
    await dynamo.doc.send(
      new UpdateCommand({
        TableName: dynamo.table('students'),
        Key: { student_id: student!['student_id'] },
        UpdateExpression: 'SET full_name = :name',
        ExpressionAttributeValues: { ':name': 'Mallory' },
      }),
    );
    dynamo.close();
    const found = await verify(data);
    expect(found.code).toBe(1);
    expect(found.out).toMatch(
      /^FAULT {2}student \S+ \(\S+\) was edited behind the app's back: full_name is "Mallory"/m,
    );
    expect(found.out).toMatch(/faults +1\n/);
  });
});

test('what can not be done leaves no trace and one line', { timeout: 120_000 }, async () => {
  const nowhere = join(folder, 'nowhere');
  expect(await verify(nowhere)).toMatchObject({
    code: 1,
    out: '',
    err: expect.stringMatching(/^There is no college in [^\n]*\n$/),
  });
  expect(await backup(nowhere, join(folder, 'x.gz'))).toMatchObject({ code: 1 });
  const bad = join(folder, 'bad.gz');
  await writeFile(bad, 'no backup');
  expect(await restore(nowhere, bad)).toMatchObject({
    code: 1,
    err: expect.stringMatching(/^[^\n]*is no backup, or is damaged: nothing was restored\.\n$/),
  });
  expect((await readdir(folder)).includes('nowhere')).toBe(false);
  expect(await backup(data)).toMatchObject({ code: 2, err: expect.stringContaining('Try: npm run backup -- FILE') });
  expect(await restore(data)).toMatchObject({ code: 2, err: expect.stringContaining('Try: npm run restore -- FILE') });
  expect(await verify(data, ['--nonsense'])).toMatchObject({
    code: 2,
    err: expect.stringContaining('Try: npm run verify-trail'),
  });
});
