// Where does the trail tell of a student? In the own chain, in those of the logins, and in those of sheets of courses taken.
import type { Dynamo } from '../platform/dynamo/client.ts';
import { queryPages } from '../platform/dynamo/reads.ts';
import type { Item } from '../platform/dynamo/reads.ts';
import { trailKey } from '../platform/dynamo/trail.ts';
import { attendanceKey } from '../attendance/marks.repository.ts';
import type { MarksRepository } from '../attendance/marks.repository.ts';
import type { ResultsRepository } from '../results/results.repository.ts';
import type { SheetRef } from '../sheets/sheet.ts';

/** What an entry, or a further part of one, tells of one record. */
export interface Detail {
  id: string;
  salt?: string | null;
  old: Item | null;
  new: Item | null;
}

export const detailsOf = (item: Item): Detail[] => (item['details'] ?? []) as Detail[];

export interface TracesNeeds {
  dynamo: Dynamo;
  marks: MarksRepository;
  results: ResultsRepository;
}

export function createTraces({ dynamo, marks, results }: TracesNeeds) {
  /** Access pattern: all items of a chain as they are stored, oldest first. */
  const chain = (name: string): AsyncGenerator<Item> =>
    queryPages(dynamo, 'system', {
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': trailKey(name, 0).pk },
      ConsistentRead: true,
    });

  return {
    chain,
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
