// Can a change without a reason slip past a posting, however the two meet?
import { afterEach, beforeEach, expect, test } from 'vitest';
import { queryAll } from '../../src/platform/dynamo/reads.ts';
import type { Item } from '../../src/platform/dynamo/reads.ts';
import { Invalid, NotFound, Unavailable } from '../../src/platform/errors.ts';
import { verifyTrail } from '../../src/trail/verify.ts';
import { audit, scan, TRAIL_KEY } from '../support/audit.ts';
import { isWrite, startCollege } from '../support/college.ts';
import type { College } from '../support/college.ts';
import { startTestEngine } from '../support/engine.ts';
import type { TestEngine } from '../support/engine.ts';

let engine: TestEngine;
let college: College;
const others: College[] = [];

beforeEach(async () => {
  engine = await startTestEngine();
  college = await startCollege(engine);
});
afterEach(async () => {
  college.line.before = () => undefined;
  await expect.poll(college.openJobs).toBe(0);
  expect(await audit(engine.dynamo)).toEqual([]);
  const { faults } = await verifyTrail({ dynamo: engine.dynamo, rows: 'by course', keys: [TRAIL_KEY] });
  expect(faults).toEqual([]);
  for (const one of [college, ...others.splice(0)]) one.close();
  await engine.stop();
});

/** The same college in another process, with a memory of its own. */
async function elsewhere(): Promise<College> {
  const other = await startCollege(engine);
  others.push(other);
  return other;
}

const save = (at: College, course_id: string, ids: string[], marks: number, reason?: string) =>
  at.services.results.saveSheet(at.system, course_id, 'final', 1, {
    ...(reason === undefined ? {} : { reason }),
    entries: ids.map((student_id) => ({ student_id, marks })),
  });
const post = (at: College, course_id: string, posted = true) =>
  at.services.results.post(at.system, course_id, 'final', 1, { posted });
const marksOf = async (course_id: string): Promise<(number | null)[]> =>
  (await college.services.results.sheet(college.system, course_id, 'final', 1)).entries.map((row) => row.marks);
const entriesOf = (course_id: string): Promise<Item[]> =>
  queryAll(engine.dynamo, 'system', {
    KeyConditionExpression: 'pk = :pk',
    ExpressionAttributeValues: { ':pk': `trail#sheet#${course_id}#r#final#1` },
  });

/** Just before the next write is sent. */
function beforeNextWrite(task: () => Promise<unknown>): void {
  college.line.before = async (command) => {
    if (!isWrite(command)) return;
    college.line.before = () => undefined;
    await task();
  };
}

test('a change that was on its way when another process posted is refused, and one with a reason is an amendment', async () => {
  const { course_id, ids } = await college.classOf(2);
  await save(college, course_id, ids, 40);
  const other = await elsewhere();
  beforeNextWrite(() => post(other, course_id));
  await expect(save(college, course_id, ids, 90)).rejects.toThrow(Invalid);
  expect(await marksOf(course_id)).toEqual([40, 40]);

  await post(other, course_id, false);
  beforeNextWrite(() => post(other, course_id));
  await save(college, course_id, ids, 50, 'Wrong key');
  const entries = await entriesOf(course_id);
  expect(entries.map((entry) => entry['event'])).toEqual([
    'result_added',
    'results_posted',
    'results_withdrawn',
    'results_posted',
    'result_updated',
  ]);
  expect(entries.at(-1)?.['details']).toMatchObject([{ reason: 'Wrong key' }, { reason: 'Wrong key' }]);
  expect(college.events.at(-1)).toMatchObject({ name: 'result_updated', amended: true });
});

test('single changes, removals and new results meet a posting: each is before it, or refused', async () => {
  const { course_id, ids } = await college.classOf(20);
  await save(college, course_id, ids.slice(0, 10), 40);
  const { results } = college.services;
  const { items } = await results.list(college.system, { course_id });
  const changes = ids.map((student_id, i): Promise<unknown> => {
    const old = items.find((one) => one.student_id === student_id);
    if (!old) return results.add(college.system, { student_id, course_id, exam_type: 'final', marks: 1 });
    return i % 2 === 0
      ? results.change(college.system, old.result_id, 1, { marks: 77 })
      : results.remove(college.system, old.result_id, 1);
  });
  const outcomes = await Promise.allSettled(changes.toSpliced(7, 0, post(college, course_id)));
  const entries = await entriesOf(course_id);
  expect(entries.at(-1)?.['event'], 'nothing came after it').toBe('results_posted');
  const refused = outcomes.flatMap((one) => (one.status === 'rejected' ? [one.reason as unknown] : []));
  expect(refused.every((error) => error instanceof Invalid)).toBe(true);
  expect(refused.length).toBe(20 - (entries.length - 2));
});

test('a posting waits for a large save that is under way, and counts what it stored', async () => {
  const { course_id, ids } = await college.classOf(120);
  let sent = 0;
  let posting: Promise<{ count: number }> | undefined;
  college.line.before = (command) => {
    if (isWrite(command) && (sent += 1) === 2) posting = post(college, course_id);
  };
  await save(college, course_id, ids, 60);
  expect(await posting).toMatchObject({ posted: true, count: 120, version: 2 });
});

test('a large save that hangs is finished before the posting, also by another process', async () => {
  const { course_id, ids } = await college.classOf(120);
  let sent = 0;
  college.line.before = (command) => {
    if (isWrite(command) && (sent += 1) >= 2) throw new Unavailable();
  };
  await expect(save(college, course_id, ids, 60)).rejects.toThrow(Unavailable);
  const other = await elsewhere();
  expect(await post(other, course_id)).toMatchObject({ count: 120, version: 2 });
});

test('an amendment of a large sheet keeps its reason through a crash at any step', async () => {
  const { course_id, ids } = await college.classOf(120);
  await save(college, course_id, ids, 60);
  await post(college, course_id);
  for (const [n, marks] of [
    [2, 70],
    [3, 71],
    [4, 72],
  ] as const) {
    const reason = `Question 4 was struck at ${String(marks)}`;
    college.dieAt(n);
    await expect(save(college, course_id, ids, marks, reason)).rejects.toThrow();
    college.close();
    college = await startCollege(engine);
    expect(new Set(await marksOf(course_id))).toEqual(new Set([marks]));
    const all = await entriesOf(course_id);
    const details = all.flatMap((entry) => entry['details'] as Item[]).filter((detail) => detail['reason'] === reason);
    expect(details).toHaveLength(120);
    const sheets = (await scan(engine.dynamo, 'system')).filter((item) => item['posted_at'] !== undefined);
    expect(sheets).toHaveLength(1);
  }
});

test('an empty sheet is not posted into a course that is going', async () => {
  const { course_id } = await college.classOf(1);
  const other = await elsewhere();
  beforeNextWrite(() => other.services.courses.remove(other.system, course_id, 1));
  await expect(post(college, course_id)).rejects.toThrow(NotFound);
});
