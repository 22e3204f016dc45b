// How do results lie in their table, and how does one count on its sheet?
import type { ResultChange, ResultEvent } from '../events.ts';
import type { Dynamo } from '../platform/dynamo/client.ts';
import { withNull, withoutNull } from '../platform/dynamo/items.ts';
import { getItem, queryAll } from '../platform/dynamo/reads.ts';
import type { Item, Question } from '../platform/dynamo/reads.ts';
import type { RowFinder } from '../sheets/row-cache.ts';
import type { RowChange, SheetChange, SheetKind } from '../sheets/rows.ts';
import type { Counts, SheetRef } from '../sheets/sheet.ts';
import { GRADES } from './grading.ts';
import { resultId } from './result.ts';
import type { ExamType, Result, ResultSheetKey } from './result.ts';

const FIELDS = [
  'result_id',
  'student_id',
  'course_id',
  'exam_type',
  'number',
  'title',
  'marks',
  'max_marks',
  'percentage',
  'grade',
  'remarks',
  'student_code',
  'student_name',
  'course_code',
  'course_name',
  'entered_by',
  'amended_at',
  'version',
  'created_at',
  'updated_at',
] as const;

export const resultRef = ({ course_id, exam_type, number }: ResultSheetKey): SheetRef => ({
  course_id,
  name: `r#${exam_type}#${String(number)}`,
});

/** The exam of a result sheet, undefined for any other. */
export function resultKey({ course_id, name }: SheetRef): ResultSheetKey | undefined {
  const [kind, exam_type, number] = name.split('#');
  return kind === 'r' ? { course_id, exam_type: exam_type as ExamType, number: Number(number) } : undefined;
}

const fromItem = (item: Item): Result => withNull(item, FIELDS) as unknown as Result;

const NAMES = { added: 'result_added', updated: 'result_updated', removed: 'result_deleted' } as const;

function changeOf(row: RowChange<Result>): ResultChange | undefined {
  const either = row.new ?? row.old;
  if (!either) return undefined;
  const name = row.new ? (row.old ? NAMES.updated : NAMES.added) : NAMES.removed;
  return { name, id: row.id, student_id: either.student_id, version: either.version, grade: row.new?.grade ?? null };
}

/** The name that fits a whole sheet: added if any row was new, else updated, else deleted. */
const nameOf = (changes: ResultChange[]): ResultEvent['name'] =>
  [NAMES.added, NAMES.updated].find((name) => changes.some((change) => change.name === name)) ?? NAMES.removed;

export const examName = ({ exam_type, number }: Pick<ResultSheetKey, 'exam_type' | 'number'>): string =>
  number === 1 ? exam_type : `${exam_type} ${String(number)}`;

function summaryOf({ rows, sheet, reason }: SheetChange<Result>, either: Result): string {
  const where = `${examName(either)} of ${either.course_code}`;
  const amended = reason === undefined ? '' : ' (amended)'; // the reason itself may tell of a person
  const [row] = rows;
  if (sheet || !row) {
    return `Results of the ${where}: ${String(rows.length)} ${rows.length === 1 ? 'row' : 'rows'} saved${amended}.`;
  }
  const who = `${either.student_code} ${either.student_name}`;
  return row.new
    ? `${who}: ${row.new.grade} in the ${where}${amended}.`
    : `${who}: result in the ${where} removed${amended}.`;
}

/** Sum of percentages in whole hundredths, so that the average is exact. */
export const SUM = 'sum';

export const resultKind: SheetKind<Result> = {
  table: 'results',
  key: 'result_id',
  implied: new Set(['result_id', 'course_id', 'exam_type', 'number', 'entered_by']),
  idOf: (result) => result.result_id,
  nameOf: (result) => `${result.student_code} ${result.student_name}`,
  tally: (result): Counts => ({ [result.grade]: 1, [SUM]: Math.round(result.percentage * 100) }),
  size: (counts) => GRADES.reduce((n, { grade }) => n + (counts[grade] ?? 0), 0),
  toItem: withoutNull,
  fromItem,
  event: (change): ResultEvent => {
    const { rows, sheet, version, reason } = change;
    const either = rows[0]?.new ?? rows[0]?.old;
    if (!either) throw new Error('nothing happened');
    const changes = rows.flatMap((row) => changeOf(row) ?? []);
    return {
      name: nameOf(changes),
      summary: summaryOf(change, either),
      course_id: either.course_id,
      course_code: either.course_code,
      exam_type: either.exam_type,
      number: either.number,
      sheet,
      sheet_version: version,
      changes,
      ...(reason === undefined ? {} : { amended: true }),
    };
  },
};

/** The partition of an index, or the part of it with one sort key. */
const on = (index: string, [name, value]: [string, string], [sort, only]: [string, string | undefined]): Question => ({
  IndexName: index,
  KeyConditionExpression: `#key = :key${only === undefined ? '' : ' AND #sort = :sort'}`,
  ExpressionAttributeNames: { '#key': name, ...(only === undefined ? {} : { '#sort': sort }) },
  ExpressionAttributeValues: { ':key': value, ...(only === undefined ? {} : { ':sort': only }) },
});

/** Access patterns: results by-student (and course), by-course (and exam type). */
export const resultsBy = {
  student: (student_id: string, course_id?: string): Question =>
    on('by-student', ['student_id', student_id], ['course_id', course_id]),
  course: (course_id: string, exam_type?: string): Question =>
    on('by-course', ['course_id', course_id], ['exam_type', exam_type]),
};

export function createResultsRepository(dynamo: Dynamo) {
  const idFor = (student_id: string, ref: SheetRef): string => {
    const key = resultKey(ref);
    if (!key) throw new Error(`not a sheet of results: ${ref.name}`);
    return resultId(student_id, key);
  };

  const finder: RowFinder<Result> = {
    kind: resultKind,
    idFor,
    indexed: async (ref) => {
      const key = resultKey(ref);
      if (!key) return [];
      const items = await queryAll(dynamo, 'results', resultsBy.course(key.course_id, key.exam_type));
      return items.filter((item) => Number(item['number']) === key.number).map((item) => String(item['result_id']));
    },
  };

  return {
    finder,
    /** As stored now. */
    find: async (result_id: string): Promise<Result | undefined> => {
      const item = await getItem(dynamo, 'results', { result_id });
      return item && fromItem(item);
    },
    /** All results of a student, through the index. */
    ofStudent: async (student_id: string): Promise<Result[]> =>
      (await queryAll(dynamo, 'results', resultsBy.student(student_id))).map(fromItem),
  };
}

export type ResultsRepository = ReturnType<typeof createResultsRepository>;
