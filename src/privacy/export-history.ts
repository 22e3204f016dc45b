// What did the trail keep of a student's record, marks and results? Entry by entry, as it is read.
import type { Item } from '../platform/dynamo/reads.ts';
import type { CourseDirectory } from '../courses/course-directory.ts';
import type { Sheets } from '../sheets/sheets.ts';
import { sheetId } from '../sheets/sheet.ts';
import { fieldChanges } from '../trail/history-words.ts';
import type { FieldChange, Names } from '../trail/history-words.ts';
import type { ChainEntry, EntriesRepository, EntryDetail } from '../trail/entries.repository.ts';
import type { Traces } from './traces.repository.ts';

interface HistoryRow {
  at: string;
  by: string;
  /** `record`, or of which mark or result: `attendance 2026-03-02 1`, `results midterm 1`. */
  about: string;
  course_code: string | null;
  event: string;
  old: Item | null;
  new: Item | null;
  /** Why, of an amendment. */
  reason: string | null;
  /** The same in words. */
  fields: FieldChange[];
}

export const HISTORY_COLUMNS = ['at', 'by', 'about', 'course_code', 'event', 'reason', 'field', 'old', 'new'] as const;

/** One line of the table for each field. */
export function historyLines(row: object): object[] {
  const { at, by, about, course_code, event, reason, fields } = row as HistoryRow;
  const line = { at, by, about, course_code, event, reason };
  if (fields.length === 0) return [line];
  return fields.map(({ label, hidden, old, new: fresh }) =>
    hidden
      ? { ...line, field: label, new: 'changed, the values are not kept' }
      : { ...line, field: label, old, new: fresh },
  );
}

export interface HistoryNeeds {
  entries: EntriesRepository;
  traces: Traces;
  sheets: Sheets;
  courses: Pick<CourseDirectory, 'get'>;
  names: Names;
}

export type ExportHistory = (student_id: string) => AsyncGenerator<HistoryRow>;

export function createExportHistory({ entries, traces, sheets, courses, names }: HistoryNeeds): ExportHistory {
  function rowOf({ at, by, event }: ChainEntry, detail: EntryDetail, about: string, code: string | null): HistoryRow {
    const fields = fieldChanges(detail, names, code !== null);
    const { old, new: fresh, reason = null } = detail;
    return { at, by, about, course_code: code, event, old, new: fresh, reason, fields };
  }

  return async function* (student_id) {
    for await (const entry of entries.backwards(`student#${student_id}`)) {
      for (const detail of entry.details) yield rowOf(entry, detail, 'record', null);
    }
    for (const course_id of await traces.coursesOf(student_id)) {
      const code = courses.get(course_id)?.record.course_code;
      if (code === undefined) continue;
      for (const sheet of sheets.of(course_id)) {
        const id = traces.rowId(student_id, sheet);
        const [kind, ...rest] = sheet.name.split('#');
        const about = `${kind === 'a' ? 'attendance' : 'results'} ${rest.join(' ')}`;
        for await (const entry of entries.backwards(`sheet#${sheetId(sheet)}`)) {
          for (const detail of entry.details) if (detail.id === id) yield rowOf(entry, detail, about, code);
        }
      }
    }
  };
}
