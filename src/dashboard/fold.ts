// Which lines of the activity list say the same again? Somebody marks a class row by row: that is one line with a count.
import type { Activity } from './activity.service.ts';

export interface FoldedActivity extends Activity {
  /** How many changes the line stands for. */
  count: number;
}

/** The sheet that a line is about, without how many rows were saved; null for what is no saved sheet. */
const sheetOf = ({ entity, entity_id, event, summary }: Activity): string | null =>
  entity === 'course' && /^(attendance|result)_/.test(event)
    ? `${entity_id} ${summary.replace(/: \d+ (marks?|rows?) saved/, '')}`
    : null;

/** Whether two lines are the same person on the same sheet. */
export function isSameWork(a: Activity, b: Activity): boolean {
  const sheet = sheetOf(a);
  return sheet !== null && a.actor === b.actor && sheet === sheetOf(b);
}

/** Newest first; of lines that follow each other on one sheet the newest stands for all. */
export function fold(lines: readonly Activity[], most: number): FoldedActivity[] {
  const folded: FoldedActivity[] = [];
  for (const line of lines) {
    const last = folded.at(-1);
    if (last && isSameWork(last, line)) last.count += 1;
    else if (folded.length === most) break;
    else folded.push({ ...line, count: 1 });
  }
  return folded;
}
