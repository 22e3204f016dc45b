// Whose time is over? Listed by the command, and erased only when it is told to.
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDynamo } from '../../src/platform/dynamo/client.ts';
import { createTables } from '../../src/platform/dynamo/create-tables.ts';
import { startEngine } from '../../src/platform/dynamo/engine.ts';
import { isDue, lastKept } from '../../src/privacy/retention.ts';
import type { Student } from '../../src/students/student.ts';
import { tables } from '../../src/tables.ts';
import { audit, scan, TRAIL_KEY } from '../support/audit.ts';
import { startCollege } from '../support/college.ts';
import { silentLog } from '../support/engine.ts';
import type { TestEngine } from '../support/engine.ts';

const YEARS_MS = 3 * 366 * 86_400_000;

let dataDir: string;
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'studentcore-retention-'));
});
afterAll(() => rm(dataDir, { recursive: true, force: true }));

const run = (...args: string[]) =>
  new Promise<{ code: number | null; out: string; err: string }>((done) => {
    const child = spawn(process.execPath, ['--import', 'tsx', 'src/retention.command.ts', ...args], {
      cwd: fileURLToPath(new URL('../..', import.meta.url)),
      env: { PATH: process.env['PATH'], DATA_DIR: dataDir, TRAIL_KEY, RETAIN_STUDENT_YEARS: '2' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let [out, err] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
    child.on('close', (code) => done({ code, out, err }));
  });

/** The tables of the folder, as the command will find them. */
async function withTables<T>(work: (engine: TestEngine) => Promise<T>): Promise<T> {
  const engine = await startEngine({ dataDir, log: silentLog });
  const dynamo = createDynamo({ endpoint: engine.endpoint, region: 'us-east-1', tablePrefix: 'studentcore-' });
  await createTables(dynamo, tables);
  try {
    return await work({ dynamo, endpoint: engine.endpoint, dataDir, tablePrefix: 'studentcore-', stop: engine.stop });
  } finally {
    dynamo.close();
    await engine.stop();
  }
}

test('lists who left long ago, erases them when asked, and nobody else', { timeout: 120_000 }, async () => {
  await withTables(async (engine) => {
    const college = await startCollege(engine, { ahead: -YEARS_MS });
    await college.student({ student_code: 'LEFT-1', full_name: 'Long Gone', status: 'graduated' });
    await college.student({ student_code: 'STAYS-1', full_name: 'Still Here' });
    college.passTime(YEARS_MS);
    await college.student({ student_code: 'LEFT-2', full_name: 'Just Gone', status: 'withdrawn' });
    college.close();
  });
  const listed = await run();
  expect(listed).toMatchObject({ code: 0, err: '' });
  expect(listed.out).toMatch(/LEFT-1 +graduated\n1 students left .* 2 years[^]*Nothing was erased/);
  expect(listed.out).not.toMatch(/LEFT-2|STAYS/);

  const erased = await run('--erase');
  expect([erased.code, erased.err]).toEqual([0, '']);
  expect(erased.out).toContain('1 erased.');
  expect((await run()).out).toContain('0 students left');
  expect((await run('--all')).code).toBe(2);
  await withTables(async (engine) => {
    const names = (await scan(engine.dynamo, 'students')).map((item) => item['full_name']);
    expect(names.sort()).toEqual(['Erased student', 'Just Gone', 'Still Here']);
    expect(JSON.stringify(await scan(engine.dynamo, 'system'))).not.toMatch(/Long Gone|LEFT-1/i);
    expect(await audit(engine.dynamo)).toEqual([]);
  });
});

test('whoever is active, was changed lately or is erased already is not due', () => {
  const before = lastKept(Date.parse('2026-11-21T12:00:00Z'), 10);
  expect(before).toBe('2016-11-21T12:00:00.000Z');
  const student = { status: 'withdrawn', updated_at: '2016-11-20T00:00:00.000Z', student_code: 'A', full_name: 'B' };
  const due = (fields: object): boolean => isDue({ ...student, ...fields } as Student, before);
  expect(due({})).toBe(true);
  expect(due({ status: 'active' })).toBe(false);
  expect(due({ updated_at: '2016-11-22T00:00:00.000Z' })).toBe(false);
  expect(due({ student_code: 'ERASED-0A1B2C3D', full_name: 'Erased student' })).toBe(false);
});
