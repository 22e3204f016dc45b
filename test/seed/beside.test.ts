import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestEngine } from '../support/engine.ts';
import type { TestEngine } from '../support/engine.ts';
import { startCollege } from '../support/college.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const SIZES = '--students 8 --programs 2 --courses 2 --attendance 9 --results 5 --today 2026-11-20'.split(' ');

let engine: TestEngine;
beforeAll(async () => {
  engine = await startTestEngine();
});
afterAll(() => engine.stop());

function seed(args: string[], { dataDir, endpoint, tablePrefix } = engine) {
  return new Promise<{ code: number | null; text: string }>((done) => {
    const child = spawn(process.execPath, ['--import', 'tsx', 'src/seed/command.ts', ...args], {
      cwd: root,
      env: {
        PATH: process.env['PATH'],
        BCRYPT_COST: '10',
        DATA_DIR: dataDir,
        DYNAMODB_ENDPOINT: endpoint,
        TABLE_PREFIX: tablePrefix,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let text = '';
    const hear = (chunk: Buffer) => (text += chunk.toString());
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    child.on('close', (code) => done({ code, text }));
  });
}

describe('a college that is not empty', { timeout: 120_000 }, () => {
  it('is left alone by the first start, takes the demo when asked, and keeps its admin', async () => {
    const before = await startCollege(engine);
    await before.services.users.ensureFirstAdmin('admin', 'a password of my own');
    const mine = await before.student({ full_name: 'Somebody Real' });
    before.close();

    expect(await seed([...SIZES, '--first-start'])).toMatchObject({ code: 0 });
    expect(await readFile(join(engine.dataDir, 'first-start'), 'utf8')).toBe('own data\n');
    const untouched = await startCollege(engine);
    expect(untouched.services.students.list(untouched.system, {}).total).toBe(1);
    untouched.close();

    expect(await seed(SIZES)).toMatchObject({ code: 0 });
    const { services, system, close } = await startCollege(engine);
    try {
      expect(services.students.get(system, mine.student_id)).toEqual(mine);
      expect(services.students.list(system, {}).total).toBe(9);
      expect(await services.users.verify('admin', 'a password of my own')).toBeDefined();
      expect(await services.users.verify('admin', 'studentcore-demo')).toBeUndefined();
      const teacher = await services.users.verify('faculty01', 'studentcore-demo');
      const student = await services.users.verify('student01', 'studentcore-demo');
      expect(student?.actor.student_id).toBeTruthy();
      const [first] = services.courses.list(system, {}).items;
      expect(first?.faculty_id).toBe(teacher?.actor.user_id);
      const stats = services.stats.stats(system);
      expect(stats).toMatchObject({ attendance: { total: 9 }, results: { total: 5 }, courses: { total: 2 } });
    } finally {
      close();
    }
  });

  it('does not get back what was removed from the demo', async () => {
    const before = await startCollege(engine);
    const { services, system } = before;
    const mine = services.students.list(system, { q: 'S0003' }).items[0]!;
    await services.students.remove(system, mine.student_id, mine.version);
    expect((await seed(SIZES)).text).toBe('This data set is already loaded: nothing was changed.\n');
    before.close();
    const after = await startCollege(engine);
    expect(after.services.students.list(after.system, {}).total).toBe(8);
    after.close();
  });

  it('refuses, before anything is written, a code that belongs to another record', async () => {
    const other = await startTestEngine();
    const college = await startCollege(other);
    await college.student({ student_code: 's0003' });
    college.close();
    const refused = await seed(SIZES, other);
    expect(refused.code).toBe(1);
    expect(refused.text).toMatch(/^The code s0003 belongs to a record of your own\. .*\n$/);
    const after = await startCollege(other);
    expect(after.services.students.list(after.system, {}).total).toBe(1);
    expect(after.services.courses.list(after.system, {}).total).toBe(0);
    after.close();
    await other.stop();
  });
});
