// What happened to the results of an exam? One line for each change of their sheet, posting included.
import { isBlank } from '../platform/dynamo/trail.ts';
import type { ChainEntry, EntryDetail } from './entries.repository.ts';
import { valueOf } from './history-words.ts';
import type { FieldChange, Names } from './history-words.ts';
import type { HistoryLine } from './history.service.ts';

const SHOWN_ROWS = 20;

const POSTINGS: Record<string, string> = { results_posted: 'Posted', results_withdrawn: 'Posting withdrawn' };

/** The line of a posting; undefined for any other entry. */
export function postingLine({ at, by, event }: ChainEntry): HistoryLine | undefined {
  const what = POSTINGS[event];
  return what === undefined ? undefined : { at, by, what, fields: [], reason: null, erased: false };
}

/** `students`: of which student a result is, as far as is known; entries that name a student add to it. */
export function examLine(entry: ChainEntry, students: Map<string, string>, names: Names): HistoryLine {
  const { at, by, details } = entry;
  for (const { id, old, new: fresh } of details) {
    const whose = old?.['student_id'] ?? fresh?.['student_id'];
    if (typeof whose === 'string') students.set(id, whose);
  }
  const shown = details.filter((detail) => !isBlank(detail));
  const line = {
    at,
    by,
    what: countsOf(shown),
    fields: shown.slice(0, SHOWN_ROWS).map((detail) => changeOf(detail, students, names)),
    reason: shown.find(({ reason }) => reason)?.reason ?? null,
    erased: shown.length < details.length,
  };
  const more = shown.length - SHOWN_ROWS;
  if (more > 0) line.fields.push({ label: 'And', hidden: false, old: null, new: `${String(more)} more` });
  return postingLine(entry) ?? line;
}

function countsOf(details: EntryDetail[]): string {
  const said = (['added', 'changed', 'removed'] as const).flatMap((verb) => {
    const n = details.filter((detail) => verbOf(detail) === verb).length;
    return n === 0 ? [] : [`${String(n)} ${verb}`];
  });
  return said.length === 0 ? 'Saved' : `Results: ${said.join(', ')}`;
}

const verbOf = ({ old, new: fresh }: EntryDetail): 'added' | 'changed' | 'removed' =>
  old === null ? 'added' : fresh === null ? 'removed' : 'changed';

/** One result in short: its marks, or that something else of it changed. */
function changeOf({ id, old, new: fresh }: EntryDetail, students: Map<string, string>, names: Names): FieldChange {
  const label = names.student(students.get(id) ?? '') ?? 'One who is gone';
  const [before, after] = [old, fresh].map((values) => valueOf('marks', values?.['marks'], names));
  if (before || after) return { label, hidden: false, old: before ?? null, new: after ?? null };
  const others = Object.keys(fresh ?? {}).map((field) => (field === 'max_marks' ? 'maximum marks' : field));
  return { label, hidden: false, old: null, new: `${others.filter((f) => WORTH.has(f)).join(', ')} changed` };
}

/** What may change besides the marks; the rest follows from them. */
const WORTH = new Set(['maximum marks', 'title', 'remarks']);
