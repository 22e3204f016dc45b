// What is a sheet? All marks of one course on one date, or all results of one exam: version, totals and fence in one item.
import type { Item } from '../platform/dynamo/reads.ts';

/** Counts by status, or by grade with the sum of percentages in hundredths. */
export type Counts = Record<string, number>;

export interface Sheet {
  course_id: string;
  /** `a#<date>#<period>` or `r#<exam_type>#<number>`. */
  name: string;
  /** 0 before the first row was stored. */
  version: number;
  counts: Counts;
  /** Head of the sheet's trail chain. */
  head: string | null;
  /** The large save under way: nobody else may write until it is finished. */
  job: { id: string; next: number } | null;
  /** Since when its rows are official, and who (user_id) made them so; then whatever changes them is an amendment. */
  posted: { at: string; by: string } | null;
}

export interface SheetRef {
  course_id: string;
  name: string;
}

export const sheetId = ({ course_id, name }: SheetRef): string => `${course_id}#${name}`;

export const blankSheet = ({ course_id, name }: SheetRef): Sheet => ({
  course_id,
  name,
  version: 0,
  counts: {},
  head: null,
  job: null,
  posted: null,
});

/** `counts` with a row's part taken out and another put in. */
export function recount(counts: Counts, out: Counts | undefined, into: Counts | undefined): Counts {
  const next = { ...counts };
  for (const [key, n] of Object.entries(out ?? {})) next[key] = (next[key] ?? 0) - n;
  for (const [key, n] of Object.entries(into ?? {})) next[key] = (next[key] ?? 0) + n;
  return next;
}

export const sheetKey = ({ course_id, name }: SheetRef) => ({ pk: `sheet#${course_id}`, sk: name });

export const toSheetItem = (sheet: Sheet): Item => ({
  ...sheetKey(sheet),
  version: sheet.version,
  counts: sheet.counts,
  ...(sheet.head === null ? {} : { head: sheet.head }),
  ...(sheet.job === null ? {} : { job: sheet.job.id, next: sheet.job.next }),
  ...(sheet.posted === null ? {} : { posted_at: sheet.posted.at, posted_by: sheet.posted.by }),
});

export const fromSheetItem = (item: Item): Sheet => ({
  course_id: String(item['pk']).slice('sheet#'.length),
  name: String(item['sk']),
  version: Number(item['version']),
  counts: item['counts'] as Counts,
  head: (item['head'] as string | undefined) ?? null,
  job: item['job'] === undefined ? null : { id: item['job'] as string, next: Number(item['next']) },
  posted: item['posted_at'] === undefined ? null : { at: item['posted_at'] as string, by: item['posted_by'] as string },
});

/** The sheet was written by somebody else since it was read; carries what is stored now. */
export class SheetMoved extends Error {
  readonly sheet: Sheet | undefined;
  constructor(stored: Item | undefined) {
    super('The sheet was written by somebody else.');
    this.sheet = stored ? fromSheetItem(stored) : undefined;
  }
}
