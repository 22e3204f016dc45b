// Is everything that is stored true? Recounts every total, guard, roster and trail chain from a scan of all tables.
import { createHash, createHmac } from 'node:crypto';
import type { Dynamo, TableName } from '../../src/platform/dynamo/client.ts';
import { scanAll } from '../../src/platform/dynamo/reads.ts';
import type { Item } from '../../src/platform/dynamo/reads.ts';

/** The key that test/support/app.ts signs trails with. */
export const TRAIL_KEY = 'a trail key that only tests know well';

const text = (value: unknown): string => String(value);

/** Written anew on purpose: keys sorted, undefined left out, numbers as JSON writes them. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  const members = Object.entries(value).filter(([, v]) => v !== undefined);
  members.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([k, v]) => `${JSON.stringify(k)}:${canonical(v)}`).join(',')}}`;
}

const digest = (of: unknown): string => createHash('sha256').update(canonical(of)).digest('base64url');

export async function scan(dynamo: Dynamo, table: TableName): Promise<Item[]> {
  const items: Item[] = [];
  for await (const item of scanAll(dynamo, table)) items.push(item);
  return items;
}

const without = (item: Item, ...fields: string[]): Item =>
  Object.fromEntries(Object.entries(item).filter(([field]) => !fields.includes(field)));

const NAMES = ['student_code', 'student_name', 'course_code', 'course_name'];
const fold = (s: unknown): string => text(s).trim().normalize('NFKC').toLowerCase();

interface Everything {
  users: Item[];
  students: Item[];
  courses: Item[];
  attendance: Item[];
  results: Item[];
  system: Item[];
}

async function everything(dynamo: Dynamo): Promise<Everything> {
  return {
    users: await scan(dynamo, 'users'),
    students: await scan(dynamo, 'students'),
    courses: await scan(dynamo, 'courses'),
    attendance: await scan(dynamo, 'attendance'),
    results: await scan(dynamo, 'results'),
    system: await scan(dynamo, 'system'),
  };
}

const under = (all: Everything, prefix: string): Item[] =>
  all.system.filter((item) => text(item['pk']).startsWith(prefix));

function sheetOf(row: Item): string {
  return row['status'] === undefined
    ? `${text(row['course_id'])}#r#${text(row['exam_type'])}#${text(row['number'])}`
    : `${text(row['course_id'])}#a#${text(row['date'])}#${text(row['period'])}`;
}

function tally(rows: Item[]): Record<string, number> {
  const counts: Record<string, number> = {};
  const add = (key: string, n: number): void => {
    counts[key] = (counts[key] ?? 0) + n;
  };
  for (const row of rows) {
    if (row['status'] !== undefined) add(text(row['status']), 1);
    else {
      add(text(row['grade']), 1);
      add('sum', Math.round(Number(row['percentage']) * 100));
    }
  }
  return counts;
}

const notZero = (counts: Record<string, number>): Record<string, number> =>
  Object.fromEntries(Object.entries(counts).filter(([, n]) => n !== 0));

function auditRows(all: Everything, faults: string[]): void {
  const students = new Set(all.students.map((s) => s['student_id']));
  const courses = new Set(all.courses.map((c) => c['course_id']));
  const bySheet = new Map<string, Item[]>();
  for (const row of [...all.attendance, ...all.results]) {
    const id = text(row['attendance_id'] ?? row['result_id']);
    if (row['version'] === undefined) faults.push(`${id} is a torso: ${JSON.stringify(row)}`);
    if (!students.has(row['student_id'])) faults.push(`${id} is an orphan of student ${text(row['student_id'])}`);
    if (!courses.has(row['course_id'])) faults.push(`${id} is an orphan of course ${text(row['course_id'])}`);
    const sheet = sheetOf(row);
    bySheet.set(sheet, [...(bySheet.get(sheet) ?? []), row]);
  }
  for (const item of under(all, 'sheet#')) {
    const id = `${text(item['pk']).slice('sheet#'.length)}#${text(item['sk'])}`;
    const rows = bySheet.get(id) ?? [];
    bySheet.delete(id);
    if (item['job'] !== undefined) faults.push(`sheet ${id} is still closed`);
    const counts = canonical(notZero(item['counts'] as Record<string, number>));
    const recounted = canonical(notZero(tally(rows)));
    if (counts !== recounted) faults.push(`sheet ${id} says ${counts}, the rows say ${recounted}`);
    const newest = Math.max(0, ...rows.map((row) => Number(row['version'])));
    if (newest > Number(item['version'])) faults.push(`a row is newer than sheet ${id}`);
    if (!courses.has(text(item['pk']).slice('sheet#'.length))) faults.push(`sheet ${id} has no course`);
  }
  for (const id of bySheet.keys()) faults.push(`rows without sheet ${id}`);
}

function auditPeople(all: Everything, faults: string[]): void {
  const students = new Set(all.students.map((s) => s['student_id']));
  const courses = new Set(all.courses.map((c) => c['course_id']));
  const enrolled = new Map<string, number>();
  for (const student of all.students) {
    if (student['deleting'] !== undefined) faults.push(`student ${text(student['student_id'])} is half deleted`);
    for (const course of student['enrolled_courses'] as string[]) {
      if (!courses.has(course)) faults.push(`student ${text(student['student_id'])} takes a course that is gone`);
      enrolled.set(course, (enrolled.get(course) ?? 0) + 1);
    }
  }
  const rosters = new Map(under(all, 'roster#').map((item) => [text(item['pk']).slice('roster#'.length), item]));
  for (const course of all.courses) {
    const id = text(course['course_id']);
    if (course['deleting'] !== undefined) faults.push(`course ${id} is half deleted`);
    const roster = rosters.get(id);
    const count = enrolled.get(id) ?? 0;
    if (Number(roster?.['count']) !== count) {
      faults.push(`roster ${id} says ${text(roster?.['count'])}, ${String(count)} take the course`);
    }
    rosters.delete(id);
  }
  for (const id of rosters.keys()) faults.push(`roster of a course that is gone: ${id}`);
  for (const user of all.users) {
    const name = text(user['username']);
    const teaches = all.courses.filter((course) => course['faculty_id'] === user['user_id']).length;
    if (Number(user['teaching'] ?? 0) !== teaches) {
      faults.push(`${name} teaches ${String(teaches)}, the record says ${text(user['teaching'])}`);
    }
    if (user['student_id'] !== undefined && !students.has(user['student_id'])) {
      faults.push(`login ${name} of a student that is gone`);
    }
  }
  const admins = all.users.filter((user) => user['role'] === 'admin' && user['active'] === true).length;
  const [counter] = under(all, 'counter#admins');
  if (counter && Number(counter['n']) !== admins) {
    faults.push(`${String(admins)} admins, the counter says ${text(counter['n'])}`);
  }
}

function auditGuards(all: Everything, faults: string[]): void {
  const wanted = new Map<string, unknown>([
    ...all.users.map((u) => [`users#${fold(u['username'])}`, u['user_id']] as const),
    ...all.students.map((s) => [`students#${fold(s['student_code'])}`, s['student_id']] as const),
    ...all.courses.map((c) => [`courses#${fold(c['course_code'])}`, c['course_id']] as const),
  ]);
  const guards = under(all, 'unique#');
  if (guards.length !== wanted.size) {
    faults.push(`${String(guards.length)} guards for ${String(wanted.size)} names`);
  }
  const owners = new Set(wanted.values());
  for (const guard of guards) {
    if (!owners.has(guard['owner'])) faults.push(`guard ${text(guard['pk'])} of nobody`);
  }
}

interface Head {
  version: number;
  head: unknown;
  /** Of a sheet whose results are posted: when and by whom. */
  posted: string;
  gone: boolean;
}

const posted = (at: unknown, by: unknown): string => (at === undefined ? '' : `${text(at)} by ${text(by)}`);

/** Where every chain must end, as the owners say. */
function heads(all: Everything): Map<string, Head> {
  const found = new Map<string, Head>();
  const add = (chain: string, version: unknown, head: unknown, posted = ''): void =>
    void found.set(chain, { version: Number(version), head, posted, gone: false });
  for (const s of all.students) add(`student#${text(s['student_id'])}`, s['version'], s['trail_head']);
  for (const c of all.courses) add(`course#${text(c['course_id'])}`, c['version'], c['trail_head']);
  for (const u of all.users) add(`user#${text(u['user_id'])}`, u['version'], u['trail_head']);
  for (const i of under(all, 'sheet#')) {
    add(
      `sheet#${text(i['pk']).slice('sheet#'.length)}#${text(i['sk'])}`,
      i['version'],
      i['head'],
      posted(i['posted_at'], i['posted_by']),
    );
  }
  for (const i of under(all, 'roster#')) {
    if (Number(i['changes']) > 0) add(text(i['pk']), i['changes'], i['head']);
  }
  return found;
}

/** What a record's last trail row must vouch for. */
function evidences(all: Everything): Map<string, string> {
  const found = new Map<string, string>();
  for (const s of all.students) found.set(text(s['student_id']), digest(without(s, 'trail_head')));
  for (const c of all.courses) {
    const left = c['faculty_id'] === undefined ? ['trail_head'] : ['trail_head', 'faculty'];
    found.set(text(c['course_id']), digest(without(c, ...left)));
  }
  for (const u of all.users) found.set(text(u['user_id']), digest(without(u, 'trail_head', 'epoch', 'teaching')));
  for (const row of [...all.attendance, ...all.results]) {
    found.set(text(row['attendance_id'] ?? row['result_id']), digest(without(row, ...NAMES)));
  }
  return found;
}

interface Row {
  id: string;
  record: string | null;
  detail: string;
}

const chainOf = (entry: Item): string => text(entry['pk']).slice('trail#'.length);

function auditEntry(entry: Item, previous: unknown, details: Item[], faults: string[]): void {
  const chain = chainOf(entry);
  const name = `${chain} version ${text(entry['version'])}`;
  if ((entry['previous'] ?? null) !== previous) faults.push(`${name} does not link to the entry before`);
  const { version, at, actor, event, entity_id, rows } = entry;
  const hashed = canonical({ chain, version, previous, at, actor, event, entity_id, rows });
  const hash = createHmac('sha256', TRAIL_KEY).update(hashed).digest('base64url');
  if (hash !== entry['hash']) faults.push(`${name} has another hash than its content`);
  const told = rows as Row[];
  if (told.length !== details.length)
    faults.push(`${name} has ${String(details.length)} details for ${String(told.length)} rows`);
  told.forEach((row, i) => {
    const detail = details[i] as { salt: string; old: unknown; new: unknown; reason?: string };
    if (!detail.salt && !detail.old && !detail.new && !detail.reason) return; // blanked, which is allowed
    const of = [detail.salt, detail.old, detail.new, ...(detail.reason === undefined ? [] : [detail.reason])];
    if (digest(of) !== row.detail) {
      faults.push(`${name}: the details of ${row.id} are not what was hashed`);
    }
  });
}

function auditTrail(all: Everything, faults: string[]): void {
  const entries = under(all, 'trail#');
  const mains = entries.filter((entry) => entry['hash'] !== undefined);
  const chunks = new Map(
    entries.filter((e) => e['hash'] === undefined).map((e) => [`${text(e['pk'])}|${text(e['sk'])}`, e]),
  );
  const chains = new Map<string, Item[]>();
  for (const entry of mains) chains.set(chainOf(entry), [...(chains.get(chainOf(entry)) ?? []), entry]);
  const ends = heads(all);
  const vouched = new Map<string, { at: string; record: string | null }>();
  for (const [chain, list] of chains) {
    list.sort((a, b) => Number(a['version']) - Number(b['version']));
    let previous: unknown = null;
    list.forEach((entry, i) => {
      if (entry['version'] !== i + 1) faults.push(`${chain} has a gap before version ${text(entry['version'])}`);
      const details = [...(entry['details'] as Item[])];
      for (let n = 1; n <= Number(entry['chunks']); n++) {
        const key = `${text(entry['pk'])}|${text(entry['sk'])}#${String(n).padStart(2, '0')}`;
        details.push(...((chunks.get(key)?.['details'] ?? []) as Item[]));
        chunks.delete(key);
      }
      auditEntry(entry, previous, details, faults);
      previous = entry['hash'];
      if (chain.startsWith('roster#')) return;
      for (const row of entry['rows'] as Row[]) vouched.set(row.id, { at: chain, record: row.record });
    });
    const end = ends.get(chain);
    ends.delete(chain);
    if (!end) continue; // the owner is gone, its chain stays
    if (end.version !== list.length)
      faults.push(`${chain} ends at ${String(list.length)}, its owner is at ${String(end.version)}`);
    const told = list.findLast(({ event }) => event === 'results_posted' || event === 'results_withdrawn');
    const said = told?.['event'] === 'results_posted' ? posted(told['at'], told['actor']) : '';
    if (end.posted !== said) faults.push(`${chain} is posted "${end.posted}", its trail says "${said}"`);
    if (end.head !== previous) faults.push(`the head of ${chain} is not its last entry`);
  }
  for (const chain of ends.keys()) faults.push(`${chain} has no trail at all`);
  for (const key of chunks.keys()) faults.push(`details without entry ${key}`);
  for (const [id, evidence] of evidences(all)) {
    if (vouched.get(id)?.record !== evidence) faults.push(`the trail does not vouch for ${id} as it is stored`);
    vouched.delete(id);
  }
  for (const [id, { at, record }] of vouched) {
    // The quiet entries of a removed course's rows end with null as well.
    if (record !== null) faults.push(`${id} (${at}) is gone without a trail`);
  }
  const numbers = mains.flatMap((entry) => (entry['feed'] === undefined ? [] : [text(entry['number'])]));
  if (new Set(numbers).size !== numbers.length) faults.push('two events have the same number');
}

/** Every fault found, as sentences; empty when all is well. Only to be asked while nothing is written. */
export async function audit(dynamo: Dynamo): Promise<string[]> {
  const all = await everything(dynamo);
  const faults: string[] = [];
  auditRows(all, faults);
  auditPeople(all, faults);
  auditGuards(all, faults);
  auditTrail(all, faults);
  for (const item of all.system) {
    if (text(item['pk']).startsWith('job')) faults.push(`left over: ${text(item['pk'])} ${text(item['sk'])}`);
  }
  return faults;
}

/** What GET /api/stats must say about marks and results, counted from the tables themselves. */
export async function recountStats(dynamo: Dynamo) {
  const marks = await scan(dynamo, 'attendance');
  const results = await scan(dynamo, 'results');
  const students = await scan(dynamo, 'students');
  const by_program: Record<string, number> = {};
  for (const s of students) by_program[text(s['program'])] = (by_program[text(s['program'])] ?? 0) + 1;
  const grades: Record<string, number> = { 'A+': 0, A: 0, 'B+': 0, B: 0, C: 0, D: 0, F: 0 };
  let sum = 0;
  for (const r of results) {
    grades[text(r['grade'])] = (grades[text(r['grade'])] ?? 0) + 1;
    sum += Math.round(Number(r['percentage']) * 100);
  }
  const on = (date: string) => ({
    present: marks.filter((m) => m['date'] === date && m['status'] === 'Present').length,
    absent: marks.filter((m) => m['date'] === date && m['status'] === 'Absent').length,
    late: marks.filter((m) => m['date'] === date && m['status'] === 'Late').length,
  });
  const half = (n: number, d: number): number | null =>
    d === 0 ? null : Number((BigInt(n) * 20_000n + BigInt(d)) / (2n * BigInt(d))) / 100;
  return {
    students: { total: students.length, active: students.filter((s) => s['status'] === 'active').length, by_program },
    courses: (await scan(dynamo, 'courses')).length,
    attendance: marks.length,
    on,
    rate: half,
    results: {
      total: results.length,
      average_percentage:
        results.length === 0 ? null : Math.floor((2 * sum + results.length) / (2 * results.length)) / 100,
      pass_rate: half(results.length - (grades['F'] ?? 0), results.length),
      grades,
    },
  };
}
