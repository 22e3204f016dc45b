// How do students lie in their table?
import type { Dynamo } from '../platform/dynamo/client.ts';
import { withNull, withoutNull } from '../platform/dynamo/items.ts';
import { getItem, scanAll } from '../platform/dynamo/reads.ts';
import type { Item } from '../platform/dynamo/reads.ts';
import { check, put, putNew, remove, update } from '../platform/dynamo/transaction.ts';
import type { Write } from '../platform/dynamo/transaction.ts';
import { Invalid, NotFound, Stale } from '../platform/errors.ts';
import type { Student } from './student.ts';
import type { KeptStudent } from './student-directory.ts';

const FIELDS = [
  'student_id',
  'student_code',
  'full_name',
  'program',
  'email',
  'phone',
  'date_of_birth',
  'semester',
  'status',
  'guardian_name',
  'guardian_email',
  'enrolled_courses',
  'version',
  'created_at',
  'updated_at',
] as const;

export const toStudentItem = (student: Student): Item => withoutNull(student);

function fromItem(item: Item): KeptStudent {
  const record = withNull(item, FIELDS);
  record['enrolled_courses'] ??= [];
  return { record: record as unknown as Student, head: (item['trail_head'] as string | undefined) ?? null };
}

/** Keeps what many students have in common, courses and programmes, once instead of once for each. */
function createShared(): (student: KeptStudent) => KeptStudent {
  const texts = new Map<string, string>();
  const shared = (text: string): string => {
    const first = texts.get(text);
    if (first === undefined) texts.set(text, text);
    return first ?? text;
  };
  return (student) => {
    const { record } = student;
    record.program = shared(record.program);
    record.enrolled_courses = record.enrolled_courses.map(shared);
    return student;
  };
}

const NOT_LEAVING = 'attribute_not_exists(deleting)';

export function createStudentsRepository(dynamo: Dynamo) {
  const unchanged = {
    condition: `#version = :version AND ${NOT_LEAVING}`,
    names: { '#version': 'version' },
  };
  // Somebody else was faster: memory learns what is stored now.
  const refusedWith =
    (changed: (stored: KeptStudent) => void): Write['refused'] =>
    (stored) => {
      if (!stored || stored['deleting'] !== undefined) return new NotFound();
      const kept = fromItem(stored);
      changed(kept);
      return new Stale(kept.record);
    };
  return {
    /** Every student that is not being deleted; at start only. */
    all: async function* (): AsyncGenerator<KeptStudent> {
      const share = createShared();
      for await (const item of scanAll(dynamo, 'students'))
        if (item['deleting'] === undefined) yield share(fromItem(item));
    },
    /** As stored now, also while it is being deleted. */
    stored: async (student_id: string): Promise<KeptStudent | undefined> => {
      const item = await getItem(dynamo, 'students', { student_id });
      return item && fromItem(item);
    },
    add: (student: Student, head: string): Write =>
      putNew(dynamo, 'students', { ...toStudentItem(student), trail_head: head }, 'student_id'),
    /** Replaces version `seen`; refused with Stale that carries what is stored, or NotFound. */
    change: (student: Student, head: string, seen: number, changed: (stored: KeptStudent) => void): Write =>
      put(
        dynamo,
        'students',
        { ...toStudentItem(student), trail_head: head },
        {
          ...unchanged,
          values: { ':version': seen },
          refused: refusedWith(changed),
        },
      ),
    /** From here on the student is gone for everybody; the rest of the delete follows in steps. */
    markDeleting: (student_id: string, seen: number, changed: (stored: KeptStudent) => void): Write =>
      update(dynamo, 'students', { student_id }, 'SET deleting = :yes', {
        ...unchanged,
        values: { ':version': seen, ':yes': true },
        refused: refusedWith(changed),
      }),
    /** The deleting student is enrolled nowhere any more; refused when that was done before. */
    leaveAll: (student_id: string): Write =>
      update(dynamo, 'students', { student_id }, 'REMOVE enrolled_courses', {
        condition: 'attribute_exists(enrolled_courses) AND attribute_exists(deleting)',
      }),
    drop: (student_id: string): Write =>
      remove(dynamo, 'students', { student_id }, { condition: 'attribute_exists(deleting)' }),
    /** A mark or result may only be made for a student who is there and takes the course. */
    checkEnrolled: (student_id: string, course_id: string): Write =>
      check(
        dynamo,
        'students',
        { student_id },
        {
          condition: `contains(enrolled_courses, :course) AND ${NOT_LEAVING}`,
          values: { ':course': course_id },
          refused: () =>
            new Invalid([
              { field: 'student_id', message: 'This student does not take this course. Enrol the student first.' },
            ]),
        },
      ),
  };
}

export type StudentsRepository = ReturnType<typeof createStudentsRepository>;
