// What exactly is wrong with a chain or its records? The app may go on writing: an owner is read before its chain and
// after it, rows between two readings of their sheet's chain, so that whatever moves is judged by the entry that moved it.
import { marksBy } from '../attendance/marks.repository.ts';
import type { Dynamo } from '../platform/dynamo/client.ts';
import { getItem, getItems, pause, queryAll } from '../platform/dynamo/reads.ts';
import type { Item } from '../platform/dynamo/reads.ts';
import { trailKey } from '../platform/dynamo/trail.ts';
import { resultsBy } from '../results/results.repository.ts';
import { recount } from '../sheets/sheet.ts';
import type { Counts } from '../sheets/sheet.ts';
import { createChainReader } from './read-chain.ts';
import type { ChainRead, Expected } from './read-chain.ts';
import * as records from './records.ts';
import type { Person } from './records.ts';
import { BEHIND, differences, head, notBehind, ofChain, posting, shown, unfinished } from './words.ts';

export interface CloserLookNeeds {
  dynamo: Dynamo;
  keys: string[];
  seen: Map<string, Expected>;
}

const TRIES = 20;
const PAUSE_MS = 250; // together five seconds: longer than any job that goes on takes

/** What one reading found; `moving` when something was under way, so that another reading should decide. */
interface Found {
  faults: string[];
  moving: boolean;
}

export function createCloserLook({ dynamo, keys, seen }: CloserLookNeeds) {
  async function readChain(chain: string): Promise<ChainRead> {
    const reader = createChainReader(chain, { keys, expected: seen.get(chain), keep: true });
    const items = await queryAll(dynamo, 'system', {
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': trailKey(chain, 0).pk },
      ConsistentRead: true,
    });
    items.forEach(reader.take);
    return reader.end();
  }

  async function person(chain: string, table: Person): Promise<Found> {
    const { key, chain: kind } = records.PERSONS[table];
    const id = chain.slice(kind.length + 1);
    const stored = () => getItem(dynamo, table, { [key]: id });
    const before = await stored();
    const read = await readChain(chain);
    const after = await stored();
    const faults = ofChain(chain, read);
    const last = read.rows.get(id);
    if (!before || !after) {
      if (!after && read.entries > 0 && last?.digest !== null) faults.push(`${kind} ${id} was deleted ${BEHIND}.`);
      return { faults, moving: before !== after };
    }
    const what = records.recordInWords(table, before);
    if (before['deleting'] !== undefined) return { faults: [...faults, unfinished(what)], moving: true };
    if (read.entries === 0)
      return { faults: [...faults, `${what} has no trail: it was inserted ${BEHIND}.`], moving: false };
    if (last?.digest === null) {
      return { faults: [...faults, `${what} is there although its trail says that it was removed.`], moving: true };
    }
    const version = Number(before['version']);
    faults.push(...head(what, { version, head: before['trail_head'] }, read));
    const behind = notBehind(what, Number(after['version']), read);
    faults.push(...behind);
    if (behind.length > 0 && last) {
      faults.push(`${what}: ${differences(records.personEvidence(table, after), last)}.`);
    }
    const vouched = read.kept?.history.get(id)?.findLast((one) => one.version <= version) ?? last;
    if (vouched && records.digestOfPerson(table, before) !== vouched.digest) {
      const told = differences(records.personEvidence(table, before), vouched);
      faults.push(`${what} was edited ${BEHIND}: ${told}.`);
    }
    return { faults, moving: false };
  }

  /** The rows of a sheet: those that its chain ever told of, and those that lie in the table for it. */
  async function rowsOf(chain: string, read: ChainRead): Promise<Item[]> {
    const table = records.tableOfSheet(chain);
    const key = records.ROWS[table];
    const { course_id, name } = records.sheetOfChain(chain);
    const day = name.split('#')[1] ?? '';
    const question = table === 'attendance' ? marksBy.course(course_id, day, day) : resultsBy.course(course_id, day);
    const indexed = await queryAll(dynamo, table, question);
    const here = indexed.filter((row) => records.chainOfRow(table, row) === chain).map((row) => String(row[key]));
    const ids = new Set([...read.rows.keys(), ...here]);
    const keysOf = [...ids].map((id) => ({ [key]: id }));
    return await getItems(dynamo, table, keysOf);
  }

  async function sheet(chain: string): Promise<Found> {
    const table = records.tableOfSheet(chain);
    const { course_id, name } = records.sheetOfChain(chain);
    const what = records.chainInWords(chain);
    const stored = () => getItem(dynamo, 'system', { pk: `sheet#${course_id}`, sk: name });
    const before = await stored();
    const first = await readChain(chain);
    const rows = await rowsOf(chain, first);
    const read = await readChain(chain);
    const after = await stored();
    const course = await getItem(dynamo, 'courses', { course_id });
    const faults = ofChain(chain, read);
    if (before?.['job'] !== undefined || after?.['job'] !== undefined || course?.['deleting'] !== undefined) {
      return { faults: [...faults, unfinished(what)], moving: true };
    }
    if (before) faults.push(...head(what, { version: Number(before['version']), head: before['head'] }, read));
    if (after) faults.push(...notBehind(what, Number(after['version']), read));
    else if (course && read.entries > 0) faults.push(`${what}: its item was deleted ${BEHIND}.`);
    const still = before?.['version'] === after?.['version'];
    if (before && Number(before['version']) === read.version) faults.push(...posting(what, before, read));
    const inTable = checkRows(chain, rows, first, read);
    faults.push(...inTable.faults);
    const own = rows.filter((row) => records.chainOfRow(table, row) === chain);
    if (before && still) faults.push(...checkCounts(what, chain, own, before));
    return { faults, moving: inTable.moving || (before === undefined) !== (after === undefined) };
  }

  /** `first` was read before the rows, `read` after them: a row is judged by the entry that it says it is of. */
  function checkRows(chain: string, rows: Item[], first: ChainRead, read: ChainRead): Found {
    const table = records.tableOfSheet(chain);
    const faults: string[] = [];
    let moving = false;
    const due = new Map([...first.rows].filter(([, { digest }]) => digest !== null));
    for (const row of rows) {
      const id = String(row[records.ROWS[table]]);
      const last = due.get(id);
      due.delete(id);
      const version = Number(row['version']);
      const vouched = read.kept?.history.get(id)?.findLast((one) => one.version <= version);
      const digest = records.digestOfRow(row);
      if (vouched?.digest === digest && vouched.version >= (last?.version ?? 0)) continue;
      const record = records.recordInWords(table, row);
      const newest = read.rows.get(id);
      if (!newest || newest.digest === null) {
        faults.push(`${record} was inserted ${BEHIND}: its sheet's trail does not know it.`);
      } else if (vouched?.digest === digest) {
        const older = `is entry ${String(vouched.version)} again, an older one than entry ${String(newest.version)}`;
        faults.push(`${record} was put back ${BEHIND}: it ${older}; ${differences(records.rowEvidence(row), newest)}.`);
      } else {
        faults.push(`${record} was edited ${BEHIND}: ${differences(records.rowEvidence(row), newest)}.`);
      }
      moving ||= version > first.version || newest?.version !== last?.version;
    }
    for (const [id, { known, version }] of due) {
      if (read.rows.get(id)?.digest === null) continue; // removed while we read
      const whose: unknown = known?.['student_id'];
      const of = typeof whose === 'string' ? ` of student ${whose}` : '';
      const record = `${table === 'attendance' ? 'mark' : 'result'}${of} (${id})`;
      faults.push(`${records.chainInWords(chain)}: the ${record} of entry ${String(version)} was deleted ${BEHIND}.`);
    }
    return { faults, moving };
  }

  function checkCounts(what: string, chain: string, rows: Item[], owner: Item): string[] {
    const table = records.tableOfSheet(chain);
    const stored = (owner['counts'] ?? {}) as Counts;
    const counted = rows.reduce<Counts>((sum, row) => recount(sum, undefined, records.tallyOfRow(table, row)), {});
    const same = [...Object.keys(stored), ...Object.keys(counted)].every((n) => (stored[n] ?? 0) === (counted[n] ?? 0));
    return same ? [] : [`${what}: its totals are ${shown(stored)}, its rows add up to ${shown(counted)}.`];
  }

  async function roster(chain: string): Promise<Found> {
    const course_id = chain.slice('roster#'.length);
    const stored = () => getItem(dynamo, 'system', { pk: chain, sk: 'roster' });
    const what = records.chainInWords(chain);
    const before = await stored();
    const read = await readChain(chain);
    const after = await stored();
    const faults = ofChain(chain, read);
    if (before) faults.push(...head(what, { version: Number(before['changes']), head: before['head'] }, read));
    if (after) faults.push(...notBehind(what, Number(after['changes']), read));
    const gone = !after && (await getItem(dynamo, 'courses', { course_id }));
    if (gone) faults.push(`${what}: its item was deleted ${BEHIND}.`);
    return { faults, moving: (before === undefined) !== (after === undefined) };
  }

  async function once(chain: string): Promise<Found> {
    const table = records.tableOfChain(chain);
    if (table) return await person(chain, table);
    if (chain.startsWith('sheet#')) return await sheet(chain);
    if (chain.startsWith('roster#')) return await roster(chain);
    return { faults: ofChain(chain, await readChain(chain)), moving: false };
  }

  /** Every fault of a chain and of what it vouches for, as sentences; none when it had only moved. */
  return async (chain: string): Promise<string[]> => {
    for (let attempt = 1; ; attempt += 1) {
      const { faults, moving } = await once(chain);
      if (faults.length === 0 || !moving || attempt === TRIES) return faults;
      await pause(PAUSE_MS);
    }
  };
}
