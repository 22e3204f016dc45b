// What does a saved sheet change? Each entry against the row that is stored: stale, refused, changed or the same.
import { Invalid, Stale } from '../platform/errors.ts';
import type { FieldError } from '../platform/errors.ts';
import type { RowChange } from './rows.ts';

export interface SheetEntry {
  student_id: string;
}

export interface SheetRules<R, E extends SheetEntry> {
  rows: ReadonlyMap<string, R & { version: number }>;
  /** Code of a student who is there; undefined for anybody else. */
  codeOf: (student_id: string) => string | undefined;
  takes: (student_id: string) => boolean;
  /** The row that an entry wants: the same object when nothing changes, undefined to remove it. */
  wanted: (entry: E, old: R | undefined, field: string) => R | undefined | FieldError;
  idOf: (student_id: string) => string;
}

export interface PlannedSheet<R> {
  rows: RowChange<R>[];
  created: number;
  updated: number;
  unchanged: number;
  removed: number;
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * Throws Stale when an entry names a version that is not the row's any more (0 where none is stored).
 * Asked of the body as it came, since a stale version goes before whatever else is wrong (docs/contract.md §3).
 */
export function demandFresh(
  input: unknown,
  rows: ReadonlyMap<string, { version: number }>,
  view: (student_id: string) => unknown,
): void {
  const entries = isRecord(input) && Array.isArray(input['entries']) ? (input['entries'] as unknown[]) : [];
  const errors: FieldError[] = [];
  const current: unknown[] = [];
  entries.forEach((entry, i) => {
    if (!isRecord(entry)) return;
    const { student_id, version } = entry;
    if (typeof student_id !== 'string' || !Number.isInteger(version) || Number(version) < 0) return;
    if (version === (rows.get(student_id)?.version ?? 0)) return;
    errors.push({
      field: `entries[${String(i)}].version`,
      message: 'Somebody changed this row after you opened it. Look at it again, then decide.',
    });
    current.push(view(student_id));
  });
  if (errors.length > 0) throw new Stale(current, { errors });
}

const isError = (value: object): value is FieldError => 'field' in value && 'message' in value;

/** Throws Invalid for unknown, not enrolled or doubled students, and for what `wanted` refuses. */
export function planSheet<R extends object, E extends SheetEntry>(
  entries: E[],
  rules: SheetRules<R, E>,
): PlannedSheet<R> {
  const plan: PlannedSheet<R> = { rows: [], created: 0, updated: 0, unchanged: 0, removed: 0 };
  const errors: FieldError[] = [];
  const seen = new Set<string>();
  entries.forEach((entry, i) => {
    const field = `entries[${String(i)}]`;
    const { student_id } = entry;
    const refuse = (message: string) => errors.push({ field: `${field}.student_id`, message });
    const code = rules.codeOf(student_id);
    const old = rules.rows.get(student_id);
    if (code === undefined) return refuse('There is no such student. Choose another.');
    if (seen.has(student_id)) return refuse(`${code} is named twice. Name it once.`);
    seen.add(student_id);
    if (!old && !rules.takes(student_id)) return refuse(`${code} does not take this course. Enrol the student first.`);
    const next = rules.wanted(entry, old, field);
    if (next && isError(next)) return errors.push(next);
    if (next === old) return (plan.unchanged += 1);
    if (!next) plan.removed += 1;
    else if (old) plan.updated += 1;
    else plan.created += 1;
    return plan.rows.push({ id: rules.idOf(student_id), old, new: next });
  });
  if (errors.length > 0) throw new Invalid(errors);
  return plan;
}
