// How do courses lie in their table?
import type { Dynamo } from '../platform/dynamo/client.ts';
import { withNull, withoutNull } from '../platform/dynamo/items.ts';
import { getItem, scanAll } from '../platform/dynamo/reads.ts';
import type { Item } from '../platform/dynamo/reads.ts';
import { put, putNew, remove, update } from '../platform/dynamo/transaction.ts';
import type { Write } from '../platform/dynamo/transaction.ts';
import { NotFound, Stale } from '../platform/errors.ts';
import type { Course } from './course.ts';
import type { KeptCourse } from './course-directory.ts';

const FIELDS = [
  'course_id',
  'course_code',
  'course_name',
  'credits',
  'schedule',
  'faculty',
  'faculty_id',
  'capacity',
  'description',
  'version',
  'created_at',
  'updated_at',
] as const;

export const toCourseItem = (course: Course): Item => withoutNull(course);

/** The course as the trail vouches for it: the copied name of its teacher follows renames and is left out. */
export const toCourseEvidence = (course: Course): Item =>
  toCourseItem(course.faculty_id === null ? course : { ...course, faculty: null });

const fromItem = (item: Item): KeptCourse => ({
  record: withNull(item, FIELDS) as unknown as Course,
  head: (item['trail_head'] as string | undefined) ?? null,
});

export function createCoursesRepository(dynamo: Dynamo) {
  const unchanged = {
    condition: '#version = :version AND attribute_not_exists(deleting)',
    names: { '#version': 'version' },
  };
  // Somebody else was faster: memory learns what is stored now.
  const refusedWith =
    (changed: (stored: KeptCourse) => void): Write['refused'] =>
    (stored) => {
      if (!stored || stored['deleting'] !== undefined) return new NotFound();
      const kept = fromItem(stored);
      changed(kept);
      return new Stale(kept.record);
    };
  return {
    /** Every course that is not being deleted; at start only. */
    all: async function* (): AsyncGenerator<KeptCourse> {
      for await (const item of scanAll(dynamo, 'courses')) if (item['deleting'] === undefined) yield fromItem(item);
    },
    /** As stored now, also while it is being deleted. */
    stored: async (course_id: string): Promise<KeptCourse | undefined> => {
      const item = await getItem(dynamo, 'courses', { course_id });
      return item && fromItem(item);
    },
    add: (course: Course, head: string): Write =>
      putNew(dynamo, 'courses', { ...toCourseItem(course), trail_head: head }, 'course_id'),
    /** Replaces version `seen`; refused with Stale that carries what is stored, or NotFound. */
    change: (course: Course, head: string, seen: number, changed: (stored: KeptCourse) => void): Write =>
      put(
        dynamo,
        'courses',
        { ...toCourseItem(course), trail_head: head },
        {
          ...unchanged,
          values: { ':version': seen },
          refused: refusedWith(changed),
        },
      ),
    markDeleting: (course_id: string, seen: number, changed: (stored: KeptCourse) => void): Write =>
      update(dynamo, 'courses', { course_id }, 'SET deleting = :yes', {
        ...unchanged,
        values: { ':version': seen, ':yes': true },
        refused: refusedWith(changed),
      }),
    drop: (course_id: string): Write =>
      remove(dynamo, 'courses', { course_id }, { condition: 'attribute_exists(deleting)' }),
  };
}

export type CoursesRepository = ReturnType<typeof createCoursesRepository>;
