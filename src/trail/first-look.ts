// Which chains deserve a closer look? One pass over everything that keeps a few numbers for each chain and no record;
// while the app writes, some of what it finds has only moved in between, so nobody is accused here.
import { createHash, randomBytes } from 'node:crypto';
import { marksBy } from '../attendance/marks.repository.ts';
import type { Clock } from '../platform/clock.ts';
import type { Dynamo } from '../platform/dynamo/client.ts';
import { countItems, getItem, queryPages, scanAll } from '../platform/dynamo/reads.ts';
import type { Item } from '../platform/dynamo/reads.ts';
import { feedOf, trailKey } from '../platform/dynamo/trail.ts';
import { resultsBy } from '../results/results.repository.ts';
import type { Counts } from '../sheets/sheet.ts';
import type { CheckpointsRead } from './checkpoints-check.ts';
import { createChainReader } from './read-chain.ts';
import type { ChainRead } from './read-chain.ts';
import {
  chainOfRow,
  digestOfPerson,
  digestOfRow,
  PERSONS,
  postingInWords,
  ROWS,
  tableOfChain,
  tallyOfRow,
} from './records.ts';
import type { Person, Row } from './records.ts';

export interface FirstLook {
  suspects: Set<string>;
  counts: { records: number; entries: number; chains: number; blanked: number };
  unknownKeys: Map<string, number>;
}

/** What the owner of a chain, or the end of a chain, says. */
interface Standing {
  version: number;
  head: unknown;
  /** Of a student, course or user. */
  digest?: string | undefined;
  /** Of a sheet. */
  posted?: string | null;
}

export interface LookNeeds {
  dynamo: Dynamo;
  clock: Clock;
  keys: string[];
  checkpoints: CheckpointsRead;
  /**
   * How marks and results are read. The embedded engine looks through the whole table for each page of a Scan, so there
   * they are asked course by course, and counted: should one belong to no course at all, a Scan finds it.
   */
  rows: 'by course' | 'scan';
  progress: (what: string, done: number) => void;
}

const AT_ONCE = 8;
const FIRST_MONTH = '2000-01';
const ALWAYS: [string, string] = ['0', '~'];

const monthAfter = (month: string): string => {
  const [year = 0, n = 0] = month.split('-').map(Number);
  return new Date(Date.UTC(year, n, 1)).toISOString().slice(0, 7);
};

/** Does `task` for all of them, a few at a time. */
async function each<T>(all: Iterable<T>, task: (one: T) => Promise<void>): Promise<void> {
  const left = all[Symbol.iterator]();
  const worker = async (): Promise<void> => {
    for (let next = left.next(); !next.done; next = left.next()) await task(next.value);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

export async function firstLook(needs: LookNeeds): Promise<FirstLook> {
  const { dynamo, clock, keys, checkpoints, progress } = needs;
  const look: FirstLook = {
    suspects: new Set(),
    counts: { records: 0, entries: 0, chains: 0, blanked: 0 },
    unknownKeys: new Map(),
  };
  const owners = new Map<string, Standing>();
  const chains = new Set<string>(checkpoints.seen.keys());
  const courses = new Set<string>();

  /*
   * Rows are compared sheet by sheet, without keeping them: what the chain vouches for is added, what lies in the
   * table is taken away, and nothing may be left. The salt keeps anybody from preparing rows that cancel out.
   */
  const balance = new Map<string, bigint>();
  const salt = randomBytes(16);
  const weight = (what: string): bigint => createHash('sha256').update(salt).update(what).digest().readBigUInt64BE();
  function weigh(chain: string, what: string, times: number): void {
    const sum = (balance.get(chain) ?? 0n) + weight(what) * BigInt(times);
    if (sum === 0n) balance.delete(chain);
    else balance.set(chain, sum);
  }
  const weighRow = (chain: string, id: string, digest: string, by: 1 | -1): void => weigh(chain, `${id} ${digest}`, by);
  /** The same for the counts of a sheet: what its item says against each of its rows. */
  function weighCounts(chain: string, counts: Counts, by: 1 | -1): void {
    for (const [what, n] of Object.entries(counts)) weigh(chain, `counts ${what}`, n * by);
  }

  function own(chain: string, standing: Standing): void {
    owners.set(chain, standing);
    chains.add(chain);
  }

  async function lookAtPersons(table: Person): Promise<void> {
    const { key, chain } = PERSONS[table];
    for await (const item of scanAll(dynamo, table)) {
      const id = String(item[key]);
      const digest = item['deleting'] === undefined ? digestOfPerson(table, item) : 'being removed';
      own(`${chain}#${id}`, { version: Number(item['version']), head: item['trail_head'], digest });
      if (table === 'courses') courses.add(id);
      progress('records', (look.counts.records += 1));
    }
  }

  /** Chains whose owner is gone: every chain began with an entry that was told. */
  async function lookAtFeed(): Promise<void> {
    const last = monthAfter(feedOf(String(clock.now() * 1000)));
    for (let month = FIRST_MONTH; month <= last; month = monthAfter(month)) {
      const question = {
        IndexName: 'feed',
        KeyConditionExpression: 'feed = :month',
        ExpressionAttributeValues: { ':month': month },
        ProjectionExpression: 'pk',
      };
      for await (const item of queryPages(dynamo, 'system', question)) {
        chains.add(String(item['pk']).slice('trail#'.length));
      }
    }
  }

  function takeRow(table: Row, item: Item): void {
    const chain = chainOfRow(table, item);
    weighRow(chain, String(item[ROWS[table]]), digestOfRow(item), -1);
    weighCounts(chain, tallyOfRow(table, item), -1);
    progress('records', (look.counts.records += 1));
  }

  async function lookAtCourse(course_id: string): Promise<void> {
    const sheets = {
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': `sheet#${course_id}` },
      ConsistentRead: true,
    };
    for await (const item of queryPages(dynamo, 'system', sheets)) {
      const chain = `sheet#${course_id}#${String(item['sk'])}`;
      const head = item['job'] === undefined ? item['head'] : 'being saved';
      own(chain, {
        version: Number(item['version']),
        head,
        posted: postingInWords(item['posted_at'], item['posted_by']),
      });
      weighCounts(chain, (item['counts'] ?? {}) as Counts, 1);
    }
    const roster = await getItem(dynamo, 'system', { pk: `roster#${course_id}`, sk: 'roster' });
    if (roster && Number(roster['changes']) > 0) {
      own(`roster#${course_id}`, { version: Number(roster['changes']), head: roster['head'] });
    }
  }

  async function lookAtRows(table: Row, course_ids: Set<string>): Promise<void> {
    if (needs.rows === 'by course') {
      let found = 0;
      await each(course_ids, async (course_id) => {
        const question = table === 'attendance' ? marksBy.course(course_id, ...ALWAYS) : resultsBy.course(course_id);
        for await (const item of queryPages(dynamo, table, question)) {
          found += 1;
          takeRow(table, item);
        }
      });
      if ((await countItems(dynamo, table)) <= found) return;
      const isIndexed = (item: Item): boolean =>
        course_ids.has(String(item['course_id'])) && item[table === 'results' ? 'exam_type' : 'date'] !== undefined;
      for await (const item of scanAll(dynamo, table)) if (!isIndexed(item)) takeRow(table, item);
      return;
    }
    for await (const item of scanAll(dynamo, table)) takeRow(table, item);
  }

  async function lookAtChain(chain: string): Promise<void> {
    const reader = createChainReader(chain, { keys, expected: checkpoints.seen.get(chain) });
    const question = {
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': trailKey(chain, 0).pk },
      ConsistentRead: true,
    };
    for await (const item of queryPages(dynamo, 'system', question)) {
      reader.take(item);
      if (item['hash'] !== undefined) progress('entries', (look.counts.entries += 1));
    }
    judge(chain, reader.end());
  }

  /** Whether owner and chain, read at different times, seem to belong together. */
  function judge(chain: string, read: ChainRead): void {
    if (read.entries > 0) look.counts.chains += 1;
    look.counts.blanked += read.blanked;
    for (const [key, n] of read.unknownKeys) look.unknownKeys.set(key, (look.unknownKeys.get(key) ?? 0) + n);
    const owner = owners.get(chain);
    const table = tableOfChain(chain);
    const told = table && read.rows.get(chain.slice(PERSONS[table].chain.length + 1))?.digest;
    const digest = typeof told === 'string' ? told : undefined;
    if (chain.startsWith('sheet#')) {
      for (const [id, row] of read.rows) if (row.digest !== null) weighRow(chain, id, row.digest, 1);
    }
    const [kind, id = ''] = chain.split('#');
    // Right for a record that was removed, and for the sheets and the roster of a course that was.
    const gone = digest === undefined && !((kind === 'sheet' || kind === 'roster') && courses.has(id));
    const same = owner?.version === read.version && owner.head === read.hash && owner.digest === digest;
    const fits = owner ? same && (owner.posted ?? null) === read.posted : gone;
    if (read.faults.length > 0 || !fits) look.suspects.add(chain);
  }

  for (const table of ['users', 'students', 'courses'] as const) await lookAtPersons(table);
  await lookAtFeed();
  const course_ids = new Set(courses);
  for (const chain of chains) {
    const [kind, id = ''] = chain.split('#');
    if (kind === 'sheet' || kind === 'roster') course_ids.add(id);
  }
  await each(course_ids, lookAtCourse);
  for (const table of ['attendance', 'results'] as const) await lookAtRows(table, course_ids);
  await each(chains, lookAtChain);
  for (const chain of balance.keys()) look.suspects.add(chain);
  return look;
}
