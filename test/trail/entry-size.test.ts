// A trail entry of a single mark or result fits one write unit, which holds 1 KB; and tells its event again in full.
import { PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Item } from '../../src/platform/dynamo/reads.ts';
import { eventOf } from '../../src/platform/dynamo/trail-event.ts';
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

async function newestEntry(chain: string): Promise<Item> {
  const { Items = [] } = await engine.dynamo.doc.send(
    new QueryCommand({
      TableName: engine.dynamo.table('system'),
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': `trail#${chain}` },
      ScanIndexForward: false,
      Limit: 1,
    }),
  );
  return Items[0]!;
}

/** What the engine takes for storing an item again, without its indexes. */
async function unitsOf(item: Item): Promise<number | undefined> {
  const { ConsumedCapacity } = await engine.dynamo.doc.send(
    new PutCommand({ TableName: engine.dynamo.table('system'), Item: item, ReturnConsumedCapacity: 'INDEXES' }),
  );
  return ConsumedCapacity?.Table?.CapacityUnits;
}

test('the second mark and the second result of a sheet cost one unit each, for people with long names', async () => {
  const { course_id } = await college.course({ course_code: 'PHIL-3021-2026B' });
  const student = () => college.student({ full_name: 'Maximiliane Oberhuber-Schmidt', enrolled_courses: [course_id] });
  const [one, other] = [await student(), await student()];
  const { actor } = college.system;
  const ctx = { actor: { ...actor, user_id: one.student_id, full_name: 'Prof. Dr. Marie-Luise von Hohenberg' } };
  const { attendance, results } = college.services;
  for (const { student_id } of [one, other]) {
    await attendance.add(ctx, { student_id, course_id, date: '2026-03-02', status: 'Present' });
    await results.add(ctx, { student_id, course_id, exam_type: 'assignment', number: 2, marks: 62.25, max_marks: 89 });
  }
  for (const chain of [`sheet#${course_id}#a#2026-03-02#1`, `sheet#${course_id}#r#assignment#2`]) {
    const entry = await newestEntry(chain);
    expect(entry['version']).toBe(2);
    expect(await unitsOf(entry)).toBe(1);
    expect(eventOf(entry)).toEqual(college.events.find(({ stamp }) => stamp.number === entry['number']));
  }
});

test('of a sheet that adds, changes and removes at once, each row is told by its own name', async () => {
  const { course_id, ids } = await college.classOf(3);
  const save = (status: (string | null)[]) => {
    const entries = ids.flatMap((student_id, i) =>
      status[i] === undefined ? [] : [{ student_id, status: status[i] }],
    );
    return college.services.attendance.saveSheet(college.system, course_id, '2026-03-02', 1, { entries });
  };
  await save(['Present', 'Absent']);
  await save(['Late', null, 'Present']);
  const entry = await newestEntry(`sheet#${course_id}#a#2026-03-02#1`);
  const told = eventOf(entry);
  expect(told).toEqual(college.events.find(({ stamp }) => stamp.number === entry['number']));
  const names = 'changes' in told ? told.changes.map(({ name }) => name).sort() : [];
  expect(names).toEqual(['attendance_deleted', 'attendance_marked', 'attendance_updated']);
});
