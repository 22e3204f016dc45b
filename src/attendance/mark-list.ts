// Which marks does a list show? Newest date first, read on by a cursor; a student gets only the own.
import { z } from 'zod';
import { isStaff } from '../platform/actor.ts';
import type { Context } from '../platform/actor.ts';
import type { Today } from '../platform/clock.ts';
import type { Dynamo } from '../platform/dynamo/client.ts';
import { cursorPartition, walk } from '../platform/dynamo/cursor.ts';
import type { Partition } from '../platform/dynamo/cursor.ts';
import { narrow } from '../platform/dynamo/narrow.ts';
import { filter, given, numberText } from '../platform/list-query.ts';
import type { CursorPage } from '../platform/page.ts';
import { day, id, lastDay, parse } from '../platform/schema.ts';
import type { Present } from '../sheets/present.ts';
import type { Totals } from '../sheets/totals.ts';
import { MARK_STATUSES } from './mark.ts';
import type { Mark, MarkStatus } from './mark.ts';
import { markKind, marksBy } from './marks.repository.ts';

export interface MarkQuery {
  student_id?: string;
  course_id?: string;
  date?: string;
  from?: string;
  to?: string;
  status?: string;
  limit?: string | number;
  cursor?: string;
}

// The key attributes of either index and of the table; by-course and by-date have the same.
const STUDENT_KEYS = ['attendance_id', 'student_id', 'date'] as const;
const COURSE_KEYS = ['attendance_id', 'course_id', 'date'] as const;
const FIRST_DAY = '2000-01-01';

const query = z.strictObject({
  student_id: filter(id('Student')),
  course_id: filter(id('Course')),
  date: filter(day('Date')),
  from: filter(day('From')),
  to: filter(day('To')),
  status: filter(z.enum(MARK_STATUSES, { error: () => `Status is one of: ${MARK_STATUSES.join(', ')}.` })),
  limit: numberText('Limit', 1, 1000).default(100),
  cursor: filter(z.string().max(2000)),
});

interface Wanted {
  student_id: string | undefined;
  course_id: string | undefined;
  status: MarkStatus | undefined;
  from: string;
  to: string;
  cursor: string | undefined;
}

const latest = (...days: (string | undefined)[]): string =>
  days.reduce<string>((a, b) => (b && b > a ? b : a), FIRST_DAY);
const earliest = (last: string, ...days: (string | undefined)[]): string =>
  days.reduce<string>((a, b) => (b && b < a ? b : a), last);

/** `today`: what a list without any filter shows. */
export function createMarkList(needs: { dynamo: Dynamo; today: Today; totals: Totals; present: Present }) {
  const { dynamo, today, totals, present } = needs;

  /** The partitions that answer the question: the student's, the course's, or day by day. */
  function partitionsOf({ student_id, course_id, status, from, to, cursor }: Wanted): Partition[] {
    if (student_id !== undefined) {
      return [{ id: student_id, question: narrow(marksBy.student(student_id, from, to), { course_id, status }) }];
    }
    if (course_id !== undefined) {
      return [{ id: course_id, question: narrow(marksBy.course(course_id, from, to), { status }) }];
    }
    // Only days that have such marks; the day a cursor stands in is asked even when it has none left.
    const days = new Set(totals.days(from, to, status));
    const standing = cursorPartition(cursor, COURSE_KEYS);
    if (standing !== undefined && standing >= from && standing <= to) days.add(standing);
    return [...days]
      .sort()
      .reverse()
      .map((date) => ({ id: date, question: narrow(marksBy.date(date), { status }) }));
  }

  return async (ctx: Context, asked: MarkQuery): Promise<CursorPage<Mark>> => {
    const { course_id, date, status, limit, cursor, ...range } = parse(query, given(asked));
    const own = isStaff(ctx.actor) ? undefined : (ctx.actor.student_id ?? '');
    const student_id = own ?? range.student_id;
    const unfiltered = [student_id, course_id, date, range.from, range.to, status].every((v) => v === undefined);
    const only = unfiltered ? today() : date;
    const from = latest(only, range.from);
    const to = earliest(lastDay(today()), only, range.to);
    const foreign = own !== undefined && range.student_id !== undefined && range.student_id !== own;
    if (foreign || from > to) return { items: [], next_cursor: null };
    return await walk({
      dynamo,
      table: 'attendance',
      keys: student_id === undefined ? COURSE_KEYS : STUDENT_KEYS,
      limit,
      cursor,
      partitions: partitionsOf({ student_id, course_id, status, from, to, cursor }),
      accept: (item) => present(markKind.fromItem(item)),
    });
  };
}
