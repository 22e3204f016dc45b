// Where does the trail tell of a student? In the own chain, in those of the logins, and in those of sheets of courses taken.
import type { Clock } from '../platform/clock.ts';
import type { Dynamo } from '../platform/dynamo/client.ts';
import { queryPages } from '../platform/dynamo/reads.ts';
import type { Item } from '../platform/dynamo/reads.ts';
import { feedOf, trailKey } from '../platform/dynamo/trail.ts';
import type { Detail } from '../platform/dynamo/trail.ts';
import { attendanceKey } from '../attendance/marks.repository.ts';
import type { MarksRepository } from '../attendance/marks.repository.ts';
import type { ResultsRepository } from '../results/results.repository.ts';
import type { SheetRef } from '../sheets/sheet.ts';

export const detailsOf = (item: Item): Detail[] => (item['details'] ?? []) as Detail[];

const MONTH = 'YYYY-MM'.length;

const monthAfter = (month: string): string => {
  const [year = 0, n = 0] = month.split('-').map(Number);
  return new Date(Date.UTC(year, n, 1)).toISOString().slice(0, MONTH);
};

export interface TracesNeeds {
  dynamo: Dynamo;
  clock: Clock;
  marks: MarksRepository;
  results: ResultsRepository;
}

export function createTraces({ dynamo, clock, marks, results }: TracesNeeds) {
  /** Access pattern: all items of a chain as they are stored, oldest first. */
  const chain = (name: string): AsyncGenerator<Item> =>
    queryPages(dynamo, 'system', {
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': trailKey(name, 0).pk },
      ConsistentRead: true,
    });

  /** Access pattern: what was told since a month (YYYY-MM), key and kind only. */
  async function* toldSince(first: string): AsyncGenerator<{ chain: string; event: string }> {
    const last = feedOf(String(clock.now() * 1000));
    for (let month = first; month <= last; month = monthAfter(month)) {
      const question = {
        IndexName: 'feed',
        KeyConditionExpression: 'feed = :month',
        ExpressionAttributeNames: { '#event': 'event' },
        ExpressionAttributeValues: { ':month': month },
        ProjectionExpression: 'pk, #event',
      };
      for await (const item of queryPages(dynamo, 'system', question)) {
        yield { chain: String(item['pk']).slice('trail#'.length), event: String(item['event']) };
      }
    }
  }

  /** Whether a chain is that of a login which belonged to the student when it was removed. */
  async function isLoginOf(student_id: string, name: string): Promise<boolean> {
    let owner: unknown;
    for await (const item of chain(name)) {
      for (const { old, new: fresh } of detailsOf(item)) owner = fresh?.['student_id'] ?? old?.['student_id'] ?? owner;
    }
    return owner === student_id;
  }

  return {
    chain,
    /**
     * The chains of removed logins of the student, and those of all sheets that the courses ever had, also of courses that
     * are gone: both only the feed still knows.
     */
    search: async (student_id: string, courses: ReadonlySet<string>) => {
      const removed = new Set<string>();
      const sheets = new Set<string>();
      let first: string | undefined;
      for await (const item of chain(`student#${student_id}`)) {
        first = String(item['at']).slice(0, MONTH);
        break;
      }
      if (first === undefined) return { logins: [], sheets };
      for await (const { chain: name, event } of toldSince(first)) {
        const [kind, id = ''] = name.split('#');
        if (kind === 'sheet' && courses.has(id)) sheets.add(name);
        if (event === 'user_deleted') removed.add(id);
      }
      const logins: string[] = [];
      for (const id of removed) if (await isLoginOf(student_id, `user#${id}`)) logins.push(id);
      return { logins, sheets };
    },
    /** Every course that the student ever took, as far as the own chain and the rows still tell. */
    coursesOf: async (student_id: string): Promise<Set<string>> => {
      const found = new Set<string>();
      for await (const item of chain(`student#${student_id}`)) {
        for (const { old, new: fresh } of detailsOf(item)) {
          for (const side of [old, fresh]) {
            for (const id of (side?.['enrolled_courses'] ?? []) as string[]) found.add(id);
          }
        }
      }
      for (const row of await marks.ofStudent(student_id)) found.add(row.course_id);
      for (const row of await results.ofStudent(student_id)) found.add(row.course_id);
      return found;
    },
    /** The id that the student's row has on a sheet. */
    rowId: (student_id: string, ref: SheetRef): string =>
      attendanceKey(ref) ? marks.finder.idFor(student_id, ref) : results.finder.idFor(student_id, ref),
  };
}

export type Traces = ReturnType<typeof createTraces>;
