import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Dynamo, TableName } from '../../src/platform/dynamo/client.ts';
import { createDynamo } from '../../src/platform/dynamo/client.ts';
import { startEngine } from '../../src/platform/dynamo/engine.ts';
import { silentLog } from '../support/engine.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const SMALL = ['--students', '30', '--programs', '5', '--courses', '6', '--attendance', '120', '--results', '60'];
const DAY = ['--today', '2026-11-20'];

const folders: string[] = [];
const newFolder = async () => {
  const folder = await mkdtemp(join(tmpdir(), 'studentcore-seed-'));
  folders.push(folder);
  return folder;
};
afterAll(async () => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

interface Ended {
  code: number | null;
  out: string;
  err: string;
}

/** Runs a command of the app as npm would; `killAt` ends it without warning once it has said that. */
function run(file: string, dataDir: string, args: string[], o: { env?: Record<string, string>; killAt?: string } = {}) {
  return new Promise<Ended>((done) => {
    const child = spawn(process.execPath, ['--import', 'tsx', file, ...args], {
      cwd: root,
      env: { PATH: process.env['PATH'], BCRYPT_COST: '10', DATA_DIR: dataDir, ...o.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let out = '';
    let err = '';
    child.stdout.on('data', (chunk: Buffer) => {
      out += chunk.toString();
      if (o.killAt !== undefined && out.includes(o.killAt)) child.kill('SIGKILL');
    });
    child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
    child.on('close', (code) => done({ code, out, err }));
  });
}

const seed = (dataDir: string, args: string[], o?: { env?: Record<string, string>; killAt?: string }) =>
  run('src/seed/command.ts', dataDir, args, o);

/** Everything that is stored, without what is random on purpose. */
async function stored(dataDir: string) {
  const engine = await startEngine({ dataDir, log: silentLog });
  const dynamo = createDynamo({ endpoint: engine.endpoint, region: 'us-east-1', tablePrefix: 'studentcore-' });
  try {
    const [users, students, courses, attendance, results] = await Promise.all(
      (['users', 'students', 'courses', 'attendance', 'results'] as const).map((table) => all(dynamo, table)),
    );
    return { users: users!, students: students!, courses: courses!, attendance: attendance!, results: results! };
  } finally {
    dynamo.close();
    await engine.stop();
  }
}

// Hashes are salted, and the heads of the trail's chains are keyed with this folder's own key.
const comparable = (item: Record<string, unknown>) =>
  Object.fromEntries(
    Object.entries(item)
      .filter(([name]) => name !== 'password_hash' && name !== 'trail_head')
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );

async function all(dynamo: Dynamo, table: TableName): Promise<Record<string, unknown>[]> {
  const items: Record<string, unknown>[] = [];
  let from: Record<string, unknown> | undefined;
  do {
    const page = await dynamo.doc.send(
      new ScanCommand({ TableName: dynamo.table(table), ...(from ? { ExclusiveStartKey: from } : {}) }),
    );
    items.push(...(page.Items ?? []).map(comparable));
    from = page.LastEvaluatedKey;
  } while (from);
  return items.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}

describe('npm run seed', { timeout: 120_000 }, () => {
  let first: string;
  let loaded: Ended;
  beforeAll(async () => {
    first = await newFolder();
    loaded = await seed(first, [...SMALL, ...DAY]);
  });

  it('loads what was asked for and says how far it is', async () => {
    expect(loaded).toMatchObject({ code: 0, err: '' });
    expect(loaded.out).toContain('Students: 30\n');
    expect(loaded.out).toContain('Attendance marks: 120\n');
    expect(loaded.out).toMatch(/Loaded 30 students in 5 programmes in [\d.]+ s\.\n$/);
    const { users, students, courses, attendance, results } = await stored(first);
    expect([users, students, courses, attendance, results].map((items) => items.length)).toEqual([19, 30, 6, 120, 60]);
    expect(users.map((u) => u['username']).sort()).toContain('faculty08');
    const student10 = users.find((u) => u['username'] === 'student10');
    expect(students.some((s) => s['student_id'] === student10?.['student_id'])).toBe(true);
    const marker = users.find((u) => u['username'] === 'faculty01')?.['user_id'];
    expect(courses.find((c) => String(c['course_code']).startsWith('CS101'))?.['faculty_id']).toBe(marker);
    const enrolled = new Map(students.map((s) => [s['student_id'], s['enrolled_courses'] as string[]]));
    for (const row of [...attendance, ...results]) {
      expect(enrolled.get(row['student_id'])).toContain(row['course_id']);
    }
  });

  it('changes nothing the second time and says so, also without a day', async () => {
    const before = await stored(first);
    for (const args of [[...SMALL, ...DAY], SMALL]) {
      const again = await seed(first, args);
      expect(again).toMatchObject({ code: 0, err: '' });
      expect(again.out).toBe('This data set is already loaded: nothing was changed.\n');
    }
    expect(await stored(first)).toEqual(before);
  });

  it('makes the same data for the same number and day', async () => {
    const second = await newFolder();
    await seed(second, [...SMALL, ...DAY]);
    expect(await stored(second)).toEqual(await stored(first));
  });

  it('takes an interrupted load up again and ends with the same data', async () => {
    const folder = await newFolder();
    const killed = await seed(folder, [...SMALL, ...DAY], { killAt: 'Students: 30' });
    expect(killed.code).toBeNull();
    const other = await seed(folder, [...SMALL, ...DAY, '--random', '7']);
    expect(other.code).toBe(1);
    expect(other.err).toMatch(
      /^The load of another data set was interrupted here; finish it first: .*--random 42.*\n$/,
    );
    const resumed = await seed(folder, [...SMALL, ...DAY]);
    expect(resumed).toMatchObject({ code: 0, err: '' });
    expect(await stored(folder)).toEqual(await stored(first));
  });

  it('refuses another data set on top, in one line', async () => {
    const other = await seed(first, [...SMALL, ...DAY, '--random', '7']);
    expect(other).toMatchObject({ code: 1, out: '' });
    expect(other.err).toMatch(/^This college already holds another data set \(--students 30 .*\n$/);
  });

  it('refuses flags, sizes and passwords that make no sense, before anything is opened', async () => {
    const folder = join(await newFolder(), 'never-made');
    for (const args of [['--students', 'x'], ['--pupils'], ['--students', '3', '--attendance', '99999']]) {
      const refused = await seed(folder, args);
      expect(refused).toMatchObject({ code: 2, out: '' });
      expect(refused.err.trim().split('\n')).toHaveLength(1);
    }
    const short = await seed(folder, SMALL, { env: { SEED_PASSWORD: 'short' } });
    expect(short).toMatchObject({ code: 1, out: '' });
    expect(short.err).toBe(
      "SEED_PASSWORD can't be used: A password has at least 10 characters. Choose a longer one.\n",
    );
    const poor = await seed(folder, SMALL, { env: { SEED_PASSWORD: 'password123' } });
    expect(poor.err).toMatch(
      /^SEED_PASSWORD can't be used: This is one of the passwords that guessers try first\. .*\n$/,
    );
    await expect(readFile(join(folder, 'secrets.json'))).rejects.toThrow();
  });

  it('refuses in production', async () => {
    const refused = await seed(first, SMALL, { env: { NODE_ENV: 'production' } });
    expect(refused).toMatchObject({ code: 1, out: '' });
    expect(refused.err).toBe('The demo college is never loaded in production (NODE_ENV=production).\n');
  });

  it('refuses while an app holds the folder', async () => {
    const engine = await startEngine({ dataDir: first, log: silentLog });
    try {
      for (const file of ['src/seed/command.ts', 'src/tables.command.ts']) {
        const refused = await run(file, first, []);
        expect(refused).toMatchObject({ code: 1, out: '' });
        expect(refused.err).toMatch(/^\S+ is in use by process \d+: .*\n$/);
      }
    } finally {
      await engine.stop();
    }
  });
});

describe('the first start', { timeout: 120_000 }, () => {
  it('loads the demo once and remembers it', async () => {
    const folder = await newFolder();
    expect(await seed(folder, [...SMALL, '--first-start'])).toMatchObject({ code: 0, err: '' });
    expect(await readFile(join(folder, 'first-start'), 'utf8')).toBe('demo, default password\n');
    const again = await seed(folder, ['--first-start']);
    expect(again).toMatchObject({ code: 0, out: 'This data set is already loaded: nothing was changed.\n' });
  });
});

describe('npm run tables', () => {
  it('creates what is missing, then changes nothing', async () => {
    const folder = await newFolder();
    const made = await run('src/tables.command.ts', folder, []);
    expect(made).toMatchObject({ code: 0, err: '' });
    expect(made.out).toContain('Created studentcore-students.\n');
    expect(made.out).toMatch(/All tables are active\.\n$/);
    const again = await run('src/tables.command.ts', folder, []);
    expect(again).toMatchObject({ code: 0, err: '', out: 'All 6 tables are there: nothing was changed.\n' });
  });
});
