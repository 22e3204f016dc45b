// Is what a kept answer says true when it is given again, although the first call got no clear answer?
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Context } from '../../src/platform/actor.ts';
import { Unavailable } from '../../src/platform/errors.ts';
import { audit } from '../support/audit.ts';
import { isWrite, startCollege } from '../support/college.ts';
import type { College } from '../support/college.ts';
import { startTestEngine } from '../support/engine.ts';
import type { TestEngine } from '../support/engine.ts';

let engine: TestEngine;
let college: College;

beforeEach(async () => {
  engine = await startTestEngine();
  college = await startCollege(engine);
});
afterEach(async () => {
  college.line.before = () => undefined;
  college.line.after = () => undefined;
  await expect.poll(college.openJobs).toBe(0);
  expect(await audit(engine.dynamo)).toEqual([]);
  college.close();
  await engine.stop();
});

// Of a sheet of 100 rows: its job is stored, and its rows in two steps, before.
const LAST_STEP = 4;
const KEY = '11111111-1111-4111-8111-111111111111';
const keyed = (): Context => ({
  actor: college.system.actor,
  key: { key: KEY, request: 'digest', answer: (body) => ({ status: 200, headers: {}, body }) },
});
const again = () => college.services.keys.find(college.system.actor.user_id, KEY);

/** The answer of the n-th write gets lost, and nothing is answered for so long. */
function lose(n: number, ms: number): void {
  let writes = 0;
  let until = 0;
  college.line.before = () => {
    if (Date.now() < until) throw new Unavailable();
  };
  college.line.after = (command) => {
    if (isWrite(command)) writes += 1;
    if (writes !== n || until > 0) return;
    until = Date.now() + ms;
    throw new Unavailable();
  };
}

test('a record whose answer got lost is known here before its kept answer is given', async () => {
  lose(1, 200);
  const fields = { student_code: 'S-1', full_name: 'Ann', program: 'BSc' };
  await expect(college.services.students.add(keyed(), fields)).rejects.toThrow(Unavailable);
  expect(college.services.students.list(college.system, {}).total).toBe(0);
  await new Promise((resolve) => setTimeout(resolve, 250));
  // Sooner than the second after which it would have been asked for anyway.
  expect(await again()).toMatchObject({ answer: { status: 200 } });
  expect(college.services.students.list(college.system, {}).total).toBe(1);
  expect(college.events.map(({ name }) => name)).toEqual(['student_added']);
});

test('while that can not be known, the kept answer is not given either', async () => {
  let asked = 0;
  lose(1, 0);
  const after = college.line.after;
  college.line.before = (command) => {
    // The kept answer can be read; the trail that would tell can not.
    if (command === 'GetCommand') asked += 1;
    if (command === 'GetCommand' && asked !== 2) throw new Unavailable();
  };
  college.line.after = after;
  const fields = { student_code: 'S-1', full_name: 'Ann', program: 'BSc' };
  await expect(college.services.students.add(keyed(), fields)).rejects.toThrow(Unavailable);
  await expect(again()).rejects.toThrow(Unavailable);
  college.line.before = () => undefined;
  await expect.poll(() => college.services.students.list(college.system, {}).total, { timeout: 5_000 }).toBe(1);
});

test('a large sheet that was interrupted is saved to its last row before its kept answer is given', async () => {
  const { course_id, ids } = await college.classOf(100);
  const { attendance } = college.services;
  const entries = ids.map((student_id) => ({ student_id, status: 'Present' }));
  lose(2, 50);
  const save = attendance.saveSheet(keyed(), course_id, '2026-01-05', 1, { entries });
  await expect(save).rejects.toThrow(Unavailable);
  await new Promise((resolve) => setTimeout(resolve, 60));
  expect(await again()).toMatchObject({ answer: { status: 200, body: { created: 100, version: 1 } } });
  const sheet = await attendance.sheet(college.system, course_id, '2026-01-05', 1);
  expect([sheet.version, sheet.entries.filter((e) => e.status === 'Present').length]).toEqual([1, 100]);
});

test('a large sheet whose last step got no answer is known here before its kept answer is given', async () => {
  const { course_id, ids } = await college.classOf(100);
  const { attendance } = college.services;
  const entries = ids.map((student_id) => ({ student_id, status: 'Present' }));
  // The job is gone with its last step: nothing is left to run, but memory has not heard of it.
  lose(LAST_STEP, 50);
  const save = attendance.saveSheet(keyed(), course_id, '2026-01-05', 1, { entries });
  await expect(save).rejects.toThrow(Unavailable);
  expect(await college.openJobs()).toBe(0);
  await new Promise((resolve) => setTimeout(resolve, 60));
  expect(await again()).toMatchObject({ answer: { status: 200, body: { created: 100, version: 1 } } });
  const sheet = await attendance.sheet(college.system, course_id, '2026-01-05', 1);
  expect([sheet.version, sheet.entries.filter((e) => e.status === 'Present').length]).toEqual([1, 100]);
});

test('a delete that was interrupted is finished before its kept answer is given', async () => {
  const { course_id, ids } = await college.classOf(2);
  const { attendance, students } = college.services;
  const entries = ids.map((student_id) => ({ student_id, status: 'Present' }));
  await attendance.saveSheet(college.system, course_id, '2026-01-05', 1, { entries });
  lose(2, 50);
  await expect(students.remove(keyed(), ids[0] ?? '', 1)).rejects.toThrow(Unavailable);
  await new Promise((resolve) => setTimeout(resolve, 60));
  expect(await again()).toMatchObject({ answer: { status: 200 } });
  expect(await college.openJobs()).toBe(0);
  expect((await attendance.sheet(college.system, course_id, '2026-01-05', 1)).version).toBe(2);
});
