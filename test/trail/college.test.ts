// Does a verification of a college that works, that was large, or that changed its key, accuse nobody?
import { afterAll, beforeAll, expect, test } from 'vitest';
import { pause } from '../../src/platform/dynamo/reads.ts';
import { verifyTrail } from '../../src/trail/verify.ts';
import { audit, TRAIL_KEY } from '../support/audit.ts';
import { startCollege } from '../support/college.ts';
import type { College } from '../support/college.ts';
import { startTestEngine } from '../support/engine.ts';
import type { TestEngine } from '../support/engine.ts';

let engine: TestEngine;
let college: College;
beforeAll(async () => {
  engine = await startTestEngine();
  college = await startCollege(engine);
});
afterAll(async () => {
  college.close();
  await engine.stop();
});

const verify = (keys = [TRAIL_KEY]) => verifyTrail({ dynamo: engine.dynamo, rows: 'by course', keys });
const DAY = '2026-03-02';

test('sheets of several transactions, with details in several items, are whole', { timeout: 60_000 }, async () => {
  const { services, system } = college;
  const { course_id, ids } = await college.classOf(100);
  const save = (remarks: string) =>
    services.attendance.saveSheet(system, course_id, DAY, 1, {
      entries: ids.map((student_id) => ({ student_id, status: 'Present', remarks })),
    });
  await save('ä'.repeat(480));
  await save('x'.repeat(480));
  const { faults, counts } = await verify();
  expect(faults).toEqual([]);
  expect(counts.records).toBe(201);
});

test('while people save, rename, enrol and remove, nobody is accused', { timeout: 60_000 }, async () => {
  const { services, system } = college;
  const { course_id, ids } = await college.classOf(30);
  let ended = false;
  const statuses = ['Present', 'Absent', 'Late'] as const;
  let saves = 0;
  const marking = async (period: number): Promise<void> => {
    for (let n = 0; !ended; n += 1) {
      const entries = ids.slice(5).map((student_id, i) => ({ student_id, status: statuses[(n + i) % 3] }));
      await services.attendance.saveSheet(system, course_id, DAY, period, { entries });
      saves += 1;
      await pause(100); // faster than anybody saves
    }
  };
  const office = async (): Promise<void> => {
    for (let n = 0; !ended; n += 1) {
      const { student_id } = await college.student({ enrolled_courses: [course_id] });
      await services.attendance.saveSheet(system, course_id, DAY, 9, { entries: [{ student_id, status: 'Late' }] });
      const renamed = await services.students.change(system, student_id, 1, { full_name: `Renamed ${String(n)}` });
      await services.students.remove(system, student_id, renamed.version);
      await college.checkpoint();
      await pause(100);
    }
  };
  const work = Promise.all([marking(1), marking(2), office()]);
  for (let round = 0; round < 3; round += 1) expect((await verify()).faults).toEqual([]);
  ended = true;
  await work;
  expect(saves).toBeGreaterThan(10);
  expect((await verify()).faults).toEqual([]);
  expect(await audit(engine.dynamo)).toEqual([]);
});

test('a course and a student that were removed leave chains that end rightly', async () => {
  const { services, system } = college;
  const { course_id, ids } = await college.classOf(3);
  const entries = ids.map((student_id) => ({ student_id, marks: 7 }));
  await services.results.saveSheet(system, course_id, 'quiz', 1, { max_marks: 10, entries });
  await services.students.remove(system, ids[0]!, services.students.get(system, ids[0]!).version);
  await services.courses.remove(system, course_id, services.courses.get(system, course_id).version);
  expect((await verify()).faults).toEqual([]);
});

test(
  'a sheet whose save a crash left unfinished says so, until the app has finished it',
  { timeout: 60_000 },
  async () => {
    const { course_id, ids } = await college.classOf(100);
    college.dieAt(3);
    const entries = ids.map((student_id) => ({ student_id, status: 'Present' }));
    await college.services.attendance.saveSheet(college.system, course_id, DAY, 1, { entries }).catch(() => undefined);
    expect(college.dead()).toBe(true);
    expect((await verify()).faults).toEqual([
      `attendance sheet of course ${course_id} on ${DAY}, period 1: a change is not finished. ` +
        'Start the app, which finishes it, and check again.',
    ]);
    college.close();
    college = await startCollege(engine);
    expect((await verify()).faults).toEqual([]);
  },
);

test('a key that was exchanged is still good beside the new one; without it nothing is vouched for', async () => {
  const next = 'another trail key that is long enough too';
  college.close();
  college = await startCollege(engine, { env: { TRAIL_KEY: `${next},${TRAIL_KEY}` } });
  const { student_id } = await college.student();
  await college.services.students.change(college.system, student_id, 1, { program: 'MSc' });
  await college.checkpoint();
  expect((await verify([next, TRAIL_KEY])).faults).toEqual([]);
  const { faults } = await verify([next]);
  expect(faults.join('\n')).toMatch(/\d+ entries were made under a key \([\w-]{8}\) that is not in TRAIL_KEY/);
  expect(faults).toHaveLength(2); // entries and checkpoints
});
