// The restore drill: a college into a file, the file into another engine, and everything is as it was.
import { readFile, stat, writeFile, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { createHash } from 'node:crypto';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { backUp } from '../../src/backup/backup.ts';
import { checkFile } from '../../src/backup/format.ts';
import { restore } from '../../src/backup/restore.ts';
import type { Dynamo, TableName } from '../../src/platform/dynamo/client.ts';
import { pause } from '../../src/platform/dynamo/reads.ts';
import { canonical } from '../../src/platform/dynamo/trail.ts';
import { tables } from '../../src/tables.ts';
import { verifyTrail } from '../../src/trail/verify.ts';
import { audit, recountStats, scan, TRAIL_KEY } from '../support/audit.ts';
import { startCollege } from '../support/college.ts';
import type { College } from '../support/college.ts';
import { startTestEngine } from '../support/engine.ts';
import type { TestEngine } from '../support/engine.ts';

const names = tables.map(({ name }) => name);
const DAY = '2026-03-02';
let folder: string;
let source: TestEngine;
let college: College;
const targets: TestEngine[] = [];

async function newTarget(): Promise<TestEngine> {
  const target = await startTestEngine();
  targets.push(target);
  return target;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'studentcore-backup-'));
  source = await startTestEngine();
  college = await startCollege(source);
  const { services, system } = college;
  await services.users.ensureFirstAdmin('admin', 'correct horse battery');
  const { course_id, ids } = await college.classOf(60, { course_name: 'Ωmega – „Prüfung“ 😀' });
  const present = ids.map((student_id) => ({ student_id, status: 'Present', remarks: 'ä\n"\\u2028 €' }));
  await services.attendance.saveSheet(system, course_id, DAY, 1, { entries: present });
  const marks = ids.map((student_id, i) => ({ student_id, marks: i + 0.123456 }));
  await services.results.saveSheet(system, course_id, 'final', 1, { max_marks: 89, entries: marks });
  await services.results.post(system, course_id, 'final', 1, { posted: true });
  const amended = { max_marks: 89, reason: 'Added up wrong', entries: [{ student_id: ids[0], marks: 1 }] };
  await services.results.saveSheet(system, course_id, 'final', 1, amended);
  const gone = await college.student();
  await services.students.remove(system, gone.student_id, gone.version);
  await college.checkpoint();
  // A session and a kept answer, which are not of the college.
  const put = (Item: Record<string, unknown>) =>
    source.dynamo.doc.send(new PutCommand({ TableName: source.dynamo.table('system'), Item }));
  await put({ pk: 'session#abc', sk: 'session', data: '{}', ttl: 4_000_000_000 });
  await put({ pk: 'key#user', sk: 'key', answer: '{}', ttl: 4_000_000_000 });
});
afterAll(async () => {
  college.close();
  for (const engine of [source, ...targets]) await engine.stop();
  await rm(folder, { recursive: true, force: true });
});

const fileNamed = (name: string): string => join(folder, name);
const take = (file: string, o: Partial<Parameters<typeof backUp>[0]> = {}) =>
  backUp({
    dynamo: source.dynamo,
    tables: names,
    file,
    app: '0.1.0',
    keys: [TRAIL_KEY],
    alone: false,
    patience: 20_000,
    ...o,
  });
const check = (file: string, keys = [TRAIL_KEY]) => checkFile(file, { tables: names, keys, progress: () => undefined });
const bring = async (file: string, target: TestEngine) =>
  restore({ dynamo: target.dynamo, tables: names, file, checked: await check(file) });

/** Everything that lies in a table, in an order of its own. */
async function all(dynamo: Dynamo, table: TableName): Promise<string[]> {
  const items = await scan(dynamo, table);
  return items
    .filter((item) => item['ttl'] === undefined)
    .map(canonical)
    .sort();
}

async function demandSame(target: TestEngine): Promise<void> {
  for (const table of names) expect(await all(target.dynamo, table)).toEqual(await all(source.dynamo, table));
}

test('a college comes back as it was: items, trail, totals, and the app works on it', async () => {
  const file = fileNamed('drill.gz');
  const made = await take(file);
  expect(made.readings).toBe(2);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(made.counts).toMatchObject({ users: 1, students: 60, courses: 1, attendance: 60, results: 60 });

  const target = await newTarget();
  expect(await bring(file, target)).toMatchObject({ resumed: false });
  await demandSame(target);
  expect((await scan(target.dynamo, 'system')).filter((item) => item['ttl'] !== undefined)).toEqual([]);
  expect(await audit(target.dynamo)).toEqual([]);
  expect(await recountStats(target.dynamo)).toMatchObject({ attendance: 60, results: { total: 60 } });
  const verified = await verifyTrail({ dynamo: target.dynamo, rows: 'by course', keys: [TRAIL_KEY] });
  expect(verified.faults).toEqual([]);
  expect(verified.counts.checkpoints).toBeGreaterThan(0);

  const again = await startCollege(target);
  const { student_id } = await again.student();
  await again.services.students.change(again.system, student_id, 1, { program: 'MSc' });
  await again.checkpoint();
  again.close();
  expect(await audit(target.dynamo)).toEqual([]);
  expect((await verifyTrail({ dynamo: target.dynamo, rows: 'by course', keys: [TRAIL_KEY] })).faults).toEqual([]);
});

test('a backup taken while people work is a whole college, or none', { timeout: 90_000 }, async () => {
  const { services, system } = college;
  const { course_id, ids } = await college.classOf(10);
  const work = { ended: false };
  let saves = 0;
  const done = (async () => {
    for (let n = 0; !work.ended; n += 1) {
      const entries = ids.map((student_id) => ({ student_id, status: n % 2 === 0 ? 'Late' : 'Absent' }));
      await services.attendance.saveSheet(system, course_id, DAY, 2, { entries });
      const { student_id } = await college.student({ enrolled_courses: [course_id] });
      await services.students.change(system, student_id, 1, { enrolled_courses: [] });
      saves += 1;
      await pause(1_000 + Math.random() * 1_500);
    }
  })();
  const file = fileNamed('busy.gz');
  try {
    await take(file, { patience: 60_000 });
  } finally {
    work.ended = true;
    await done;
  }
  expect(saves).toBeGreaterThan(0);
  const target = await newTarget();
  await bring(file, target);
  expect(await audit(target.dynamo)).toEqual([]);
  expect((await verifyTrail({ dynamo: target.dynamo, rows: 'by course', keys: [TRAIL_KEY] })).faults).toEqual([]);
});

test('who never stops writing gets one clear line and no file', { timeout: 60_000 }, async () => {
  const work = { ended: false };
  const done = (async () => {
    while (!work.ended) await college.student();
  })();
  const file = fileNamed('never.gz');
  try {
    await expect(take(file, { patience: 0 })).rejects.toThrow(
      /^The college was changed during each of \d+ readings, so there is no backup: try at a quieter hour/,
    );
  } finally {
    work.ended = true;
    await done;
  }
  expect((await readdir(folder)).filter((name) => name.startsWith('never'))).toEqual([]);
});

test('a target that is not empty is refused, and stays as it was', async () => {
  const file = fileNamed('full.gz');
  await take(file, { alone: true });
  const target = await newTarget();
  const other = await startCollege(target);
  await other.student();
  other.close();
  const before = await all(target.dynamo, 'system');
  await expect(bring(file, target)).rejects.toThrow(/is not empty: a backup is restored into empty tables only/);
  expect(await all(target.dynamo, 'system')).toEqual(before);
});

test('a restore that was interrupted is noticed by the app, refused for another file, and taken up again', async () => {
  const file = fileNamed('half.gz');
  await take(file, { alone: true });
  const target = await newTarget();
  const { doc } = target.dynamo;
  const send = doc.send.bind(doc) as (command: unknown) => Promise<unknown>;
  let sent = 0;
  doc.send = (async (command: object) => {
    if (command.constructor.name === 'TransactWriteItemsCommand' && (sent += 1) > 2) throw new Error('the power went');
    return await send(command);
  }) as typeof doc.send;
  await expect(bring(file, target)).rejects.toThrow('the power went');
  doc.send = send as typeof doc.send;

  await expect(startCollege(target)).rejects.toThrow(/This college is half restored/);
  await college.student();
  const other = fileNamed('other.gz');
  await take(other, { alone: true });
  await expect(bring(other, target)).rejects.toThrow(/hold a part of another backup/);
  expect(await bring(file, target)).toMatchObject({ resumed: true });
  expect(await audit(target.dynamo)).toEqual([]);
  expect((await verifyTrail({ dynamo: target.dynamo, rows: 'by course', keys: [TRAIL_KEY] })).faults).toEqual([]);
  (await startCollege(target)).close();
});

test('a file that was cut, damaged, edited or made by another version is refused before anything is written', async () => {
  const file = fileNamed('good.gz');
  await take(file, { alone: true });
  const bytes = await readFile(file);
  const text = gunzipSync(bytes).toString();
  const lines = text.trimEnd().split('\n');
  const refused = async (content: Buffer | string, why: RegExp, keys?: string[]): Promise<void> => {
    const bad = fileNamed('bad.gz');
    await writeFile(bad, typeof content === 'string' ? gzipSync(content) : content);
    await expect(check(bad, keys)).rejects.toThrow(why);
  };
  await refused(bytes.subarray(0, bytes.length - 30), /ends too early/);
  await refused(bytes.subarray(0, 0), /ends too early|is no backup/);
  await refused(Buffer.from('no gzip at all'), /is no backup, or is damaged/);
  const flipped = Buffer.from(bytes);
  flipped[Math.floor(bytes.length / 2)]! ^= 1;
  await refused(flipped, /damaged|not as it was written/);
  await refused(`${lines.slice(0, -1).join('\n')}\n`, /ends too early/);
  await refused(`${[...lines.slice(0, 5), ...lines.slice(6)].join('\n')}\n`, /its checksum is another/);
  await refused(`${[lines[0], lines[2], lines[1], ...lines.slice(3)].join('\n')}\n`, /its checksum is another/);
  await refused(text.replace('"Late"', '"Present"').replace('BSc', 'MSc'), /its checksum is another/);
  await refused(`${text}${lines[1]!}\n`, /goes on after its end/);
  await refused(text.replace('"format":1', '"format":2'), /has format 2 of StudentCore 0\.1\.0/);
  await refused(text.replace('"students"', '"pupils"'), /has a table pupils/);
  await refused('{"hello":"world"}\n', /is no backup of StudentCore/);
  await refused(`${lines[0]!}\n${lines[1]!.slice(0, -5)}\n`, /damaged at line 2/);

  // Whoever edits it and makes the checksum anew lacks the key.
  const body = `${lines.slice(0, -1).join('\n').replace('BSc', 'MSc')}\n`;
  const end = JSON.parse(lines.at(-1)!) as { sha256: string };
  const sha256 = createHash('sha256').update(body).digest('hex');
  await refused(`${body}${JSON.stringify({ ...end, sha256 })}\n`, /was edited and given a new checksum/);
  await expect(check(fileNamed('nobody.gz'))).rejects.toThrow(/can't be read \(ENOENT\)/);
  await expect(check(file, ['another trail key that is long enough too'])).resolves.toMatchObject({
    sealChecked: false,
  });
});

test('a place that can not be written is told in one line', async () => {
  await expect(take(join(folder, 'no', 'such', 'folder.gz'), { alone: true })).rejects.toThrow(
    /can't be written \(ENOENT\)/,
  );
});
