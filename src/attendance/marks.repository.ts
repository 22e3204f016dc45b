// How do marks lie in their table, and how does one count on its sheet?
import type { MarkChange, MarkEvent } from '../events.ts';
import type { Dynamo } from '../platform/dynamo/client.ts';
import { withNull, withoutNull } from '../platform/dynamo/items.ts';
import { getItem, queryAll } from '../platform/dynamo/reads.ts';
import type { Item, Question } from '../platform/dynamo/reads.ts';
import type { RowFinder } from '../sheets/row-cache.ts';
import type { RowChange, SheetKind } from '../sheets/rows.ts';
import type { Counts, SheetRef } from '../sheets/sheet.ts';
import { MARK_STATUSES, markId } from './mark.ts';
import type { AttendanceSheetKey, Mark } from './mark.ts';

const FIELDS = [
  'attendance_id',
  'student_id',
  'course_id',
  'date',
  'period',
  'status',
  'remarks',
  'student_code',
  'student_name',
  'course_code',
  'course_name',
  'marked_by',
  'version',
  'created_at',
  'updated_at',
] as const;

export const attendanceRef = ({ course_id, date, period }: AttendanceSheetKey): SheetRef => ({
  course_id,
  name: `a#${date}#${String(period)}`,
});

/** The date and period of an attendance sheet, undefined for any other. */
export function attendanceKey({ course_id, name }: SheetRef): AttendanceSheetKey | undefined {
  const [kind, date, period] = name.split('#');
  return kind === 'a' && date !== undefined ? { course_id, date, period: Number(period) } : undefined;
}

const fromItem = (item: Item): Mark => withNull(item, FIELDS) as unknown as Mark;

const NAMES = { added: 'attendance_marked', updated: 'attendance_updated', removed: 'attendance_deleted' } as const;

function changeOf(row: RowChange<Mark>): MarkChange | undefined {
  const either = row.new ?? row.old;
  if (!either) return undefined;
  const name = row.new ? (row.old ? NAMES.updated : NAMES.added) : NAMES.removed;
  return { name, id: row.id, student_id: either.student_id, version: either.version, status: row.new?.status ?? null };
}

/** The name that fits a whole sheet: marked if any row was new, else updated, else deleted. */
const nameOf = (changes: MarkChange[]): MarkEvent['name'] =>
  [NAMES.added, NAMES.updated].find((name) => changes.some((change) => change.name === name)) ?? NAMES.removed;

function summaryOf(rows: RowChange<Mark>[], sheet: boolean, either: Mark): string {
  const where = `${either.course_code} on ${either.date}`;
  const [row] = rows;
  if (sheet || !row)
    return `Attendance of ${where}: ${String(rows.length)} ${rows.length === 1 ? 'mark' : 'marks'} saved.`;
  const who = `${either.student_code} ${either.student_name}`;
  return row.new ? `${who}: ${row.new.status} in ${where}.` : `${who}: mark in ${where} removed.`;
}

export const markKind: SheetKind<Mark> = {
  table: 'attendance',
  key: 'attendance_id',
  implied: new Set(['attendance_id', 'course_id', 'date', 'period', 'marked_by']),
  idOf: (mark) => mark.attendance_id,
  nameOf: (mark) => `${mark.student_code} ${mark.student_name}`,
  tally: (mark): Counts => ({ [mark.status]: 1 }),
  size: (counts) => MARK_STATUSES.reduce((n, status) => n + (counts[status] ?? 0), 0),
  toItem: withoutNull,
  fromItem,
  event: ({ rows, sheet, version }): MarkEvent => {
    const either = rows[0]?.new ?? rows[0]?.old;
    if (!either) throw new Error('nothing happened');
    const changes = rows.flatMap((row) => changeOf(row) ?? []);
    return {
      name: nameOf(changes),
      summary: summaryOf(rows, sheet, either),
      course_id: either.course_id,
      course_code: either.course_code,
      date: either.date,
      period: either.period,
      sheet,
      sheet_version: version,
      changes,
    };
  },
};

/** Access patterns: attendance by-student, by-course, by-date; newest date first. */
export const marksBy = {
  student: (student_id: string, from: string, to: string): Question =>
    between('by-student', 'student_id', student_id, from, to),
  course: (course_id: string, from: string, to: string): Question =>
    between('by-course', 'course_id', course_id, from, to),
  date: (date: string): Question => ({
    IndexName: 'by-date',
    KeyConditionExpression: '#date = :date',
    ExpressionAttributeNames: { '#date': 'date' },
    ExpressionAttributeValues: { ':date': date },
  }),
};

const between = (index: string, attribute: string, value: string, from: string, to: string): Question => ({
  IndexName: index,
  KeyConditionExpression: '#key = :key AND #date BETWEEN :from AND :to',
  ExpressionAttributeNames: { '#key': attribute, '#date': 'date' },
  ExpressionAttributeValues: { ':key': value, ':from': from, ':to': to },
  ScanIndexForward: false,
});

export function createMarksRepository(dynamo: Dynamo) {
  const idFor = (student_id: string, ref: SheetRef): string => {
    const key = attendanceKey(ref);
    if (!key) throw new Error(`not a sheet of attendance: ${ref.name}`);
    return markId(student_id, key);
  };

  const finder: RowFinder<Mark> = {
    kind: markKind,
    idFor,
    indexed: async (ref) => {
      const key = attendanceKey(ref);
      if (!key) return [];
      const items = await queryAll(dynamo, 'attendance', marksBy.course(key.course_id, key.date, key.date));
      return items.filter((item) => Number(item['period']) === key.period).map((item) => String(item['attendance_id']));
    },
  };

  return {
    finder,
    /** As stored now. */
    find: async (attendance_id: string): Promise<Mark | undefined> => {
      const item = await getItem(dynamo, 'attendance', { attendance_id });
      return item && fromItem(item);
    },
    /** All marks of a student, through the index. */
    ofStudent: async (student_id: string): Promise<Mark[]> =>
      (await queryAll(dynamo, 'attendance', marksBy.student(student_id, '2000-01-01', '9999-12-31'))).map(fromItem),
  };
}

export type MarksRepository = ReturnType<typeof createMarksRepository>;
