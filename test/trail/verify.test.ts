// Who changes the tables behind the app's back: is it found, and named?
import { DeleteCommand, GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { TableName } from '../../src/platform/dynamo/client.ts';
import { queryAll } from '../../src/platform/dynamo/reads.ts';
import type { Item } from '../../src/platform/dynamo/reads.ts';
import { verifyTrail } from '../../src/trail/verify.ts';
import { audit, scan, TRAIL_KEY } from '../support/audit.ts';
import { startCollege } from '../support/college.ts';
import type { College } from '../support/college.ts';
import { startTestEngine } from '../support/engine.ts';
import type { TestEngine } from '../support/engine.ts';

let engine: TestEngine;
let college: College;
/** What tampering changed, to be put back: the next test starts from a true store. */
let before: { table: TableName; key: Item; item: Item | undefined }[] = [];

const KEYS: Record<TableName, string[]> = {
  users: ['user_id'],
  students: ['student_id'],
  courses: ['course_id'],
  attendance: ['attendance_id'],
  results: ['result_id'],
  system: ['pk', 'sk'],
};

const get = async (table: TableName, key: Item): Promise<Item> => {
  const { Item: item } = await engine.dynamo.doc.send(
    new GetCommand({ TableName: engine.dynamo.table(table), Key: key, ConsistentRead: true }),
  );
  if (!item) throw new Error(`nothing to tamper with: ${table} ${JSON.stringify(key)}`);
  return item;
};

async function remember(table: TableName, key: Item): Promise<void> {
  const item = await get(table, key).catch(() => undefined);
  before.unshift({ table, key, item });
}

async function edit(table: TableName, key: Item, fields: Item): Promise<void> {
  await remember(table, key);
  const names = Object.keys(fields);
  await engine.dynamo.doc.send(
    new UpdateCommand({
      TableName: engine.dynamo.table(table),
      Key: key,
      UpdateExpression: `SET ${names.map((_, i) => `#n${String(i)} = :v${String(i)}`).join(', ')}`,
      ExpressionAttributeNames: Object.fromEntries(names.map((name, i) => [`#n${String(i)}`, name])),
      ExpressionAttributeValues: Object.fromEntries(names.map((name, i) => [`:v${String(i)}`, fields[name]])),
    }),
  );
}

async function put(table: TableName, item: Item): Promise<void> {
  await remember(table, Object.fromEntries(KEYS[table].map((name) => [name, item[name]])));
  await engine.dynamo.doc.send(new PutCommand({ TableName: engine.dynamo.table(table), Item: item }));
}

async function remove(table: TableName, key: Item): Promise<void> {
  await remember(table, key);
  await engine.dynamo.doc.send(new DeleteCommand({ TableName: engine.dynamo.table(table), Key: key }));
}

const verify = (keys = [TRAIL_KEY], expected?: string) =>
  verifyTrail({ dynamo: engine.dynamo, rows: 'by course', keys, expect: expected });
const faults = async (): Promise<string[]> => (await verify()).faults;
const entry = (chain: string, version: number): Item => ({
  pk: `trail#${chain}`,
  sk: String(version).padStart(10, '0'),
});
const entriesOf = (chain: string): Promise<Item[]> =>
  queryAll(engine.dynamo, 'system', {
    KeyConditionExpression: 'pk = :pk',
    ExpressionAttributeValues: { ':pk': `trail#${chain}` },
  });

const DAY = '2026-03-02';
let course_id: string;
let ids: string[];
let sheet: string;

beforeAll(async () => {
  engine = await startTestEngine();
  college = await startCollege(engine);
  ({ course_id, ids } = await college.classOf(4));
  sheet = `sheet#${course_id}#a#${DAY}#1`;
  const { system, services } = college;
  for (const status of ['Present', 'Absent', 'Late'] as const) {
    const entries = ids.map((student_id) => ({ student_id, status }));
    await services.attendance.saveSheet(system, course_id, DAY, 1, { entries });
  }
  const results = ids.map((student_id, i) => ({ student_id, marks: 40 + i }));
  await services.results.saveSheet(system, course_id, 'final', 1, { max_marks: 100, entries: results });
  await services.users.ensureFirstAdmin('admin', 'correct horse battery');
});
afterAll(async () => {
  college.close();
  await engine.stop();
});

beforeEach(() => {
  before = [];
});
afterEach(async () => {
  for (const { table, key, item } of before) {
    const TableName = engine.dynamo.table(table);
    if (item) await engine.dynamo.doc.send(new PutCommand({ TableName, Item: item }));
    else await engine.dynamo.doc.send(new DeleteCommand({ TableName, Key: key }));
  }
  expect(await faults()).toEqual([]);
});

const markOf = async (student_id: string): Promise<Item> =>
  (await scan(engine.dynamo, 'attendance')).find((mark) => mark['student_id'] === student_id)!;
const resultOf = async (student_id: string): Promise<Item> =>
  (await scan(engine.dynamo, 'results')).find((result) => result['student_id'] === student_id)!;

test('a true college has no fault, and its counts are those of the tables', async () => {
  const { counts, faults: found } = await verify();
  expect(found).toEqual([]);
  expect(await audit(engine.dynamo)).toEqual([]);
  const system = await scan(engine.dynamo, 'system');
  const entries = system.filter((item) => String(item['pk']).startsWith('trail#') && item['hash'] !== undefined);
  expect(counts.entries).toBe(entries.length);
  expect(counts.chains).toBe(new Set(entries.map((one) => one['pk'])).size);
  expect(counts.records).toBe(1 + 1 + 4 + 4 + 4); // admin, course, students, marks, results
});

test('an edited mark is named, with its field', async () => {
  const { attendance_id } = await markOf(ids[0]!);
  await edit('attendance', { attendance_id }, { status: 'Present' });
  const found = await faults();
  expect(found[0]).toContain(`(${String(attendance_id)}) was edited behind the app's back`);
  expect(found[0]).toContain('status is "Present", the trail says "Late"');
  expect(found[1]).toContain('its totals are'); // who edits a mark and forgets the sheet is seen twice
  expect(found).toHaveLength(2);
});

test('an edited grade is named, with its field', async () => {
  const { result_id } = await resultOf(ids[1]!);
  await edit('results', { result_id }, { grade: 'A+', marks: 99 });
  const found = (await faults()).join('\n');
  expect(found).toContain(`(${String(result_id)})`);
  expect(found).toContain('grade is "A+", the trail says "D"');
  expect(found).toContain('marks is 99, the trail says 41');
});

test('edited totals of a sheet are named', async () => {
  await edit('system', { pk: `sheet#${course_id}`, sk: `a#${DAY}#1` }, { counts: { Present: 4 } });
  const [only, ...rest] = await faults();
  expect(only).toContain(`attendance sheet of course ${course_id} on ${DAY}, period 1: its totals are`);
  expect(rest).toEqual([]);
});

test("a student's edited name, and an edited private field, are named", async () => {
  const [student_id] = ids;
  await edit('students', { student_id }, { full_name: 'Somebody Else' });
  expect((await faults())[0]).toContain('full_name is "Somebody Else", the trail says "Student');
  await edit('students', { student_id }, { full_name: before[0]!.item!['full_name'], guardian_name: 'Mallory' });
  expect((await faults())[0]).toMatch(
    /the field that differs from entry \d+ is one whose value the trail does not keep/,
  );
});

test("an admin's exchanged password hash and a raised role are found", async () => {
  const [admin] = await scan(engine.dynamo, 'users');
  await edit('users', { user_id: admin!['user_id'] }, { password_hash: '$2b$10$somebodyelse' });
  expect((await faults())[0]).toContain('user admin');
  await edit('users', { user_id: admin!['user_id'] }, { role: 'faculty' });
  expect((await faults())[0]).toContain('role is "faculty", the trail says "admin"');
});

test('a deleted entry is named', async () => {
  await remove('system', entry(sheet, 2));
  expect((await faults())[0]).toBe(
    `trail of attendance sheet of course ${course_id} on ${DAY}, period 1: entry 2 is missing: it was deleted.`,
  );
});

test('an edited entry is named, also when only its old and new values were', async () => {
  await edit('system', entry(sheet, 2), { actor: 'somebody-else' });
  expect((await faults())[0]).toContain('entry 2 is not what was hashed: it was edited, or inserted');
  const { details } = await get('system', entry(sheet, 3));
  const changed = (details as Item[]).map((one, i) => (i === 1 ? { ...one, new: { status: 'Present' } } : one));
  await edit('system', entry(sheet, 3), { details: changed });
  expect((await faults()).join('\n')).toContain('entry 3 tells other old or new values of');
});

test('a detail that was blanked is no fault, and is counted', async () => {
  const { details } = await get('system', entry(sheet, 3));
  const blanked = (details as Item[]).map((one, i) => (i === 1 ? { old: null, new: null } : one));
  await edit('system', entry(sheet, 3), { details: blanked });
  expect(await verify()).toMatchObject({ faults: [], counts: { blanked: 1 } });
});

test('an inserted entry is named', async () => {
  const last = await get('system', entry(sheet, 3));
  await put('system', { ...last, ...entry(sheet, 4), version: 4, previous: last['hash'] });
  const found = (await faults()).join('\n');
  expect(found).toContain('entry 4 is not what was hashed');
  expect(found).toContain('its trail ends at entry 4');
});

test('two entries that changed places are named', async () => {
  const [two, three] = [await get('system', entry(sheet, 2)), await get('system', entry(sheet, 3))];
  await put('system', { ...three, sk: two['sk'] });
  await put('system', { ...two, sk: three['sk'] });
  const found = (await faults()).join('\n');
  expect(found).toContain('entry 2 is entry 3, put in its place');
  expect(found).toContain('entry 3 is entry 2, put in its place');
});

test('a mark that was deleted, with and without its entry, is named', async () => {
  const { attendance_id } = await markOf(ids[2]!);
  await remove('attendance', { attendance_id });
  expect((await faults())[0]).toContain(`(${String(attendance_id)}) of entry 3 was deleted behind the app's back`);
  await remove('system', entry(sheet, 3));
  const found = (await faults()).join('\n');
  expect(found).toContain('the newest entries were deleted');
  expect(found).toContain(String(attendance_id));
});

test('a mark of no course at all is found by either way of reading', async () => {
  const mark = await markOf(ids[2]!);
  const attendance_id = '00000000-0000-5000-8000-000000000003';
  await put('attendance', { ...mark, attendance_id, course_id: 'no-such-course' });
  for (const rows of ['by course', 'scan'] as const) {
    const { faults: found } = await verifyTrail({ dynamo: engine.dynamo, rows, keys: [TRAIL_KEY] });
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(`(${attendance_id}) was inserted behind the app's back`);
  }
});

test('a mark that was inserted is named', async () => {
  const mark = await markOf(ids[2]!);
  await put('attendance', { ...mark, attendance_id: '00000000-0000-5000-8000-000000000001', student_id: 'x' });
  expect((await faults())[0]).toContain("(00000000-0000-5000-8000-000000000001) was inserted behind the app's back");
});

test('a student that was inserted, and one put back after its removal, are named', async () => {
  const gone = await college.student();
  const item = await get('students', { student_id: gone.student_id });
  await college.services.students.remove(college.system, gone.student_id, gone.version);
  await put('students', { ...item, student_id: '00000000-0000-4000-8000-000000000002' });
  await put('students', item);
  const found = await faults();
  expect(found).toHaveLength(2);
  expect(found[0]).toContain('(00000000-0000-4000-8000-000000000002) has no trail: it was inserted');
  expect(found[1]).toContain('is there although its trail says that it was removed');
});

test('a record put back to an older version, with its head, is named', async () => {
  const student = await college.student();
  const old = await get('students', { student_id: student.student_id });
  await college.services.students.change(college.system, student.student_id, 1, { program: 'MSc' });
  await put('students', old);
  const found = (await faults()).join('\n');
  expect(found).toContain("was put back to version 1 behind the app's back; its trail ends at entry 2");
  expect(found).toContain('program is "BSc", the trail says "MSc"');
});

test('the newest entries of a chain, cut off with the head of their record, are shown by a checkpoint only', async () => {
  const student = await college.student();
  const { student_id } = student;
  const old = await get('students', { student_id });
  await college.services.students.change(college.system, student_id, 1, { program: 'MSc' });
  const [, second] = await entriesOf(`student#${student_id}`);
  await put('students', old);
  await remove('system', entry(`student#${student_id}`, 2));
  expect(await faults()).toEqual([]); // nothing else can know

  await put('students', before.find(({ table }) => table === 'students')!.item!);
  await put('system', second!);
  await college.checkpoint();
  await put('students', old);
  await remove('system', entry(`student#${student_id}`, 2));
  expect((await faults())[0]).toMatch(
    new RegExp(`student ${student_id}: entry 2 is gone: the end of the chain was cut off, checkpoint \\d+ saw it`),
  );
});

test('a student removed with the whole trail is shown by a checkpoint', async () => {
  const { student_id } = await college.student();
  await college.checkpoint();
  await remove('students', { student_id });
  await remove('system', entry(`student#${student_id}`, 1));
  expect((await faults())[0]).toContain(`student ${student_id}: entry 1 is gone`);
});

test('an edited, a deleted and an exchanged checkpoint are named', async () => {
  await college.student();
  await college.checkpoint();
  await college.student();
  await college.checkpoint();
  const all = (await scan(engine.dynamo, 'system')).filter(({ pk }) => pk === 'checkpoint');
  const n = all.length;
  const key = (number: number) => ({ pk: 'checkpoint', sk: String(number).padStart(10, '0') });
  const lines = String((await get('system', key(n)))['lines']);
  await edit('system', key(n), { lines: lines.replace(/^\d+/, '9') });
  expect((await faults())[0]).toContain(`checkpoint ${String(n)} (`);
  expect((await faults())[0]).toContain('is not what was sealed: it was edited');
  await edit('system', key(n), { lines });
  await remove('system', key(n - 1));
  expect((await faults())[0]).toBe(`checkpoint ${String(n - 1)} is missing: deleted behind the app's back`);
});

test('all checkpoints deleted are missed by whoever has the line of the log', async () => {
  await college.student();
  await college.checkpoint();
  const { newest } = await verify();
  expect((await verify([TRAIL_KEY], newest!.hash)).faults).toEqual([]);
  const all = (await scan(engine.dynamo, 'system')).filter(({ pk }) => pk === 'checkpoint');
  for (const { pk, sk } of all) await remove('system', { pk, sk });
  expect((await verify([TRAIL_KEY], newest!.hash)).faults[0]).toContain('there is no checkpoint with the hash');
});

test('a posting that was taken back or made up behind its back, and a reason that was edited, are named', async () => {
  const { system, services } = college;
  const key = { pk: `sheet#${course_id}`, sk: 'r#midterm#1' };
  const chain = `${key.pk}#${key.sk}`;
  const enter = (marks: number, reason?: string) =>
    services.results.saveSheet(system, course_id, 'midterm', 1, {
      ...(reason === undefined ? {} : { reason }),
      entries: ids.map((student_id) => ({ student_id, marks })),
    });
  await enter(40);
  await services.results.post(system, course_id, 'midterm', 1, { posted: true });
  await enter(41, 'The key was wrong');
  expect(await faults()).toEqual([]);

  const sheet_ = await get('system', key);
  const { posted_at, posted_by, ...withdrawn } = sheet_;
  await put('system', withdrawn);
  const what = `results sheet of course ${course_id}, midterm 1`;
  const since = `since ${String(posted_at)} by ${String(posted_by)}`;
  expect(await faults()).toEqual([`${what} is not posted, its trail says posted ${since}: one of them was edited.`]);
  await put('system', { ...sheet_, posted_by: 'somebody else' });
  expect((await faults()).join()).toContain('by somebody else, its trail says posted');
  await put('system', sheet_);
  const free = { pk: key.pk, sk: 'r#final#1' };
  await edit('system', free, { posted_at, posted_by });
  expect((await faults()).join()).toContain(`final 1 is posted ${since}, its trail says not posted`);
  await put('system', before[0]!.item!);

  const at = await entriesOf(chain).then((all) => all.at(-1)!);
  const details = at['details'] as Item[];
  await put('system', { ...at, details: details.map((one, i) => (i === 1 ? { ...one, reason: 'Because' } : one)) });
  expect((await faults()).join()).toMatch(/entry 3 tells other old or new values/);
  await put('system', {
    ...at,
    details: details.map(({ id, salt, old, new: fresh }) => ({ id, salt, old, new: fresh })),
  });
  expect((await faults()).join()).toMatch(/entry 3 tells other old or new values/);
  const blank = { salt: null, old: null, new: null };
  await put('system', { ...at, details: details.map(({ id }) => ({ id, ...blank })) });
  expect(await faults(), 'erased with the values, which is no fault').toEqual([]);
  await put('system', at);
});
