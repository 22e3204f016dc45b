// What did somebody type into a class sheet, which rows changed, and what is shown when it can't be saved?
// Knows only fields named `<field>.<row id>`, their hidden originals `was_<field>.<row id>` and `version.<row id>`.
import type { FieldError } from '../errors.ts';
import { isId } from '../ids.ts';
import { fieldOf, oneLine, textOf } from './texts.ts';
import type { Fields } from './texts.ts';

/** No row ever has this version: a form that does not say what it has seen overwrites nothing. */
export const UNSEEN = Number.MAX_SAFE_INTEGER;

/** The texts of one row's inputs. */
export type Texts<F extends string> = Record<F, string>;

export interface TypedRow<F extends string> {
  student_id: string;
  typed: Texts<F>;
  /** The inputs that differ from what the form was rendered with. */
  changed: F[];
  /** The version the form was rendered with; UNSEEN when it carried none that can be read. */
  version: number;
}

/** Whether a row has anything to save. */
export const isChanged = (row: TypedRow<string>): boolean => row.changed.length > 0;

/** All rows of a posted sheet, in the order of the form. */
export function readRows<F extends string>(body: Fields, fields: readonly F[]): TypedRow<F>[] {
  const ids = new Set<string>();
  for (const name of Object.keys(body)) {
    const [field = '', id = ''] = name.split('.');
    if (isId(id) && (fields as readonly string[]).includes(field)) ids.add(id);
  }
  return [...ids].map((student_id) => {
    const typed = {} as Texts<F>;
    const changed: F[] = [];
    for (const field of fields) {
      const was = fieldOf(body, `was_${field}.${student_id}`);
      const now = fieldOf(body, `${field}.${student_id}`) ?? was ?? '';
      typed[field] = now;
      // Without an original the row can't be known to be unchanged; an empty input then says nothing.
      if (was === undefined ? now !== '' : oneLine(now) !== oneLine(was)) changed.push(field);
    }
    const version = textOf(body, `version.${student_id}`);
    return { student_id, typed, changed, version: /^\d{1,15}$/.test(version) ? Number(version) : UNSEEN };
  });
}

/** One row as it is rendered: what is stored now, what its inputs show, and what is wrong with it. */
export interface ShownRow<F extends string, R> {
  row: R;
  stored: Texts<F>;
  shown: Texts<F>;
  /** Somebody else saved this row since the form was rendered: both values are to be shown. */
  conflict: boolean;
  errors: Partial<Texts<F | 'row'>>;
}

export interface Faults {
  rows: Map<string, Partial<Texts<string>>>;
  /** What belongs to no row: field → message. */
  rest: Record<string, string>;
}

/** Sorts `entries[3].marks` back to the row that was sent as the fourth entry. */
export function faultsByRow(errors: readonly FieldError[], sent: readonly { student_id: string }[]): Faults {
  const faults: Faults = { rows: new Map(), rest: {} };
  for (const { field, message } of errors) {
    const [, index = '', name = 'row'] = /^entries\[(\d+)\](?:\.(\w+))?$/.exec(field) ?? [];
    const row = index === '' ? undefined : sent[Number(index)];
    if (!row) faults.rest[field] ??= message;
    else faults.rows.set(row.student_id, { [name]: message, ...faults.rows.get(row.student_id) });
  }
  return faults;
}

export const noFaults = (): Faults => ({ rows: new Map(), rest: {} });

/**
 * Lays what was typed over what is stored now. Untouched rows show the stored values; a touched row whose
 * version moved meanwhile is a conflict, unless both typed the same.
 */
export function showRows<F extends string, R extends { student_id: string; version: number }>(
  fields: readonly F[],
  rows: readonly R[],
  texts: (row: R) => Texts<F>,
  typedRows: readonly TypedRow<F>[] = [],
  faults: Faults = noFaults(),
): ShownRow<F, R>[] {
  const typedById = new Map(typedRows.filter(isChanged).map((one) => [one.student_id, one]));
  return rows.map((row) => {
    const stored = texts(row);
    const mine = typedById.get(row.student_id);
    const found: Partial<Texts<string>> = faults.rows.get(row.student_id) ?? {};
    const errors: Partial<Texts<F | 'row'>> = {};
    for (const [name, message] of Object.entries(found)) {
      if (message === undefined) continue;
      const known = fields.find((field) => field === name);
      // `version` faults are what `conflict` shows.
      if (known) errors[known] = message;
      else if (name !== 'version') (errors as Partial<Texts<'row'>>).row = message;
    }
    const moved = mine !== undefined && mine.version !== row.version;
    const differs = mine !== undefined && fields.some((field) => oneLine(mine.typed[field]) !== oneLine(stored[field]));
    return { row, stored, shown: mine?.typed ?? stored, conflict: moved && differs, errors };
  });
}

/** 'Saved: 3 new, 1 changed, 2 removed.' */
export function savedText(saved: { created: number; updated: number; removed: number }): string {
  const parts = [
    [saved.created, 'new'],
    [saved.updated, 'changed'],
    [saved.removed, 'removed'],
  ] as const;
  const said = parts.filter(([n]) => n > 0).map(([n, word]) => `${String(n)} ${word}`);
  return said.length > 0 ? `Saved: ${said.join(', ')}.` : 'Nothing had changed, so nothing was saved.';
}
