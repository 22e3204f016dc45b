// Which sheets are there, and what do they add up to? All sheet items, in memory; there are no other totals.
import type { Dynamo } from '../platform/dynamo/client.ts';
import { put } from '../platform/dynamo/transaction.ts';
import type { Write } from '../platform/dynamo/transaction.ts';
import { blankSheet, SheetMoved, toSheetItem } from './sheet.ts';
import type { Sheet, SheetRef } from './sheet.ts';
import { createSheetsRepository } from './sheets.repository.ts';

/** Told of every sheet that is replaced, added or dropped, so that totals follow. */
export type SheetListener = (before: Sheet | undefined, after: Sheet | undefined) => void;

export function createSheets(dynamo: Dynamo) {
  const repository = createSheetsRepository(dynamo);
  const byCourse = new Map<string, Map<string, Sheet>>();
  // Courses that are going: their sheets are still needed to take the rows along, but add up to nothing.
  const going = new Set<string>();
  const listeners: SheetListener[] = [];

  const tell: SheetListener = (before, after) => {
    for (const listener of listeners) listener(before, after);
  };

  function replace(sheet: Sheet): void {
    const sheets = byCourse.get(sheet.course_id) ?? new Map<string, Sheet>();
    byCourse.set(sheet.course_id, sheets);
    const before = sheets.get(sheet.name);
    if (before && before.version > sheet.version) return;
    sheets.set(sheet.name, sheet);
    if (!going.has(sheet.course_id)) tell(before, sheet);
  }

  return {
    /** Takes the sheets of these courses into memory. */
    load: (course_ids: string[]): Promise<void> => repository.ofCourses(course_ids, replace),
    /** All sheets of a course, as they are stored now. */
    stored: repository.ofCourse,
    get: (ref: SheetRef): Sheet => byCourse.get(ref.course_id)?.get(ref.name) ?? blankSheet(ref),
    of: (course_id: string): Sheet[] => [...(byCourse.get(course_id)?.values() ?? [])],
    replace,
    /** The course is going: its sheets count no more, now and whatever is still heard of them. */
    forget: (course_id: string): void => {
      if (!going.has(course_id)) for (const sheet of byCourse.get(course_id)?.values() ?? []) tell(sheet, undefined);
      going.add(course_id);
      byCourse.delete(course_id);
    },
    listen: (listener: SheetListener): void => void listeners.push(listener),
    /** The write that takes a sheet from `seen` to `next`; refused with SheetMoved. */
    write: (seen: Sheet, next: Sheet): Write => put(dynamo, 'system', toSheetItem(next), fence(seen)),
  };
}

/** Nobody wrote since `seen`, and no large save is open; or, within one, it is still at this step. */
export function fence(seen: Sheet): {
  condition: string;
  values?: Record<string, unknown>;
  names?: Record<string, string>;
  refused: Write['refused'];
} {
  const refused: Write['refused'] = (stored) => new SheetMoved(stored);
  if (seen.job) {
    return {
      condition: '#job = :job AND #next = :next',
      names: { '#job': 'job', '#next': 'next' },
      values: { ':job': seen.job.id, ':next': seen.job.next },
      refused,
    };
  }
  if (seen.version === 0) return { condition: 'attribute_not_exists(pk)', refused };
  return {
    condition: '#version = :version AND attribute_not_exists(#job)',
    names: { '#version': 'version', '#job': 'job' },
    values: { ':version': seen.version },
    refused,
  };
}

export type Sheets = ReturnType<typeof createSheets>;
