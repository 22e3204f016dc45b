// How many take a course, and may one more? One roster item per course: version, count and, while the course is
// being deleted, closing. Every transaction that adds a student to a course or takes one from it raises it.
import type { Dynamo } from '../platform/dynamo/client.ts';
import { getItems } from '../platform/dynamo/reads.ts';
import type { Item } from '../platform/dynamo/reads.ts';
import { check, putNew, Raced, remove, update } from '../platform/dynamo/transaction.ts';
import type { Write } from '../platform/dynamo/transaction.ts';
import { Conflict, NotFound } from '../platform/errors.ts';

export interface Roster {
  version: number;
  count: number;
  /** How often it was changed as a roster; version and head of its trail chain. */
  changes: number;
  head: string | null;
}

const keyOf = (course_id: string) => ({ pk: `roster#${course_id}`, sk: 'roster' });

const fromItem = (item: Item): Roster => ({
  version: Number(item['version']),
  count: Number(item['count']),
  changes: Number(item['changes']),
  head: (item['head'] as string | undefined) ?? null,
});

const NAMES = { '#version': 'version', '#count': 'count' };
const OPEN = 'attribute_exists(pk) AND attribute_not_exists(closing)';

export function createRosters(dynamo: Dynamo) {
  const byCourse = new Map<string, Roster>();
  const blank: Roster = { version: 0, count: 0, changes: 0, head: null };

  const learn = (course_id: string, stored: Item | undefined): void => {
    if (stored) byCourse.set(course_id, fromItem(stored));
  };

  return {
    load: async (course_ids: string[]): Promise<void> => {
      for (const item of await getItems(dynamo, 'system', course_ids.map(keyOf))) {
        byCourse.set(String(item['pk']).slice('roster#'.length), fromItem(item));
      }
    },
    get: (course_id: string): Roster => byCourse.get(course_id) ?? blank,
    add: (course_id: string): Write =>
      putNew(dynamo, 'system', { ...keyOf(course_id), version: 1, count: 0, changes: 0 }, 'pk'),
    added: (course_id: string): void => void byCourse.set(course_id, { ...blank, version: 1 }),

    /** `by` students more (or fewer) take the course; `room` is its capacity. Refused with `full` or `gone`. */
    raise: (
      course_id: string,
      by: number,
      room: { capacity: number | null; full: () => Error; gone: () => Error },
      change?: { seen: Roster; head: string },
    ): Write => {
      const limited = by > 0 && room.capacity !== null;
      const conditions = [OPEN, ...(limited ? ['#count <= :limit'] : []), ...(change ? ['changes = :seen'] : [])];
      return update(
        dynamo,
        'system',
        keyOf(course_id),
        `SET #version = #version + :one, #count = #count + :by${change ? ', changes = :next, head = :head' : ''}`,
        {
          condition: conditions.join(' AND '),
          names: NAMES,
          values: {
            ':one': 1,
            ':by': by,
            ...(limited ? { ':limit': (room.capacity ?? 0) - by } : {}),
            ...(change ? { ':seen': change.seen.changes, ':next': change.seen.changes + 1, ':head': change.head } : {}),
          },
          refused: (stored) => {
            learn(course_id, stored);
            if (!stored || stored['closing'] !== undefined) return room.gone();
            if (change && Number(stored['changes']) !== change.seen.changes) return new Raced(stored);
            return room.full();
          },
        },
      );
    },
    raised: (course_id: string, by: number, change?: { head: string }): void => {
      const now = byCourse.get(course_id);
      if (!now) return;
      byCourse.set(course_id, {
        version: now.version + 1,
        count: now.count + by,
        changes: now.changes + (change ? 1 : 0),
        head: change?.head ?? now.head,
      });
    },

    /** A sheet's new rows were checked against the roster at this version. Refused with Raced: look again. */
    check: (course_id: string): Write =>
      check(dynamo, 'system', keyOf(course_id), {
        condition: `#version = :version AND ${OPEN}`,
        names: { '#version': 'version' },
        values: { ':version': (byCourse.get(course_id) ?? blank).version },
        refused: (stored) => {
          learn(course_id, stored);
          return stored && stored['closing'] === undefined ? new Raced(stored) : new NotFound();
        },
      }),

    /** The course is going: nobody can be added any more. */
    close: (course_id: string): Write =>
      update(dynamo, 'system', keyOf(course_id), 'SET closing = :yes, #version = #version + :one', {
        condition: 'attribute_exists(pk)',
        names: { '#version': 'version' },
        values: { ':yes': true, ':one': 1 },
      }),
    drop: (course_id: string): Write => remove(dynamo, 'system', keyOf(course_id)),
    dropped: (course_id: string): void => void byCourse.delete(course_id),
    full: (course_code: string): Error =>
      new Conflict(`${course_code} has no place left. Raise its capacity, or choose another course.`),
  };
}

export type Rosters = ReturnType<typeof createRosters>;
