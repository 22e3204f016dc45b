// What did somebody type into a form, and what happens when it can't be saved?
// Refused: 422 with the typed values and a message beside each field. Lost a race: 412 with both values, nothing saved.
// The database is away: 503, and what was typed is still there to be sent again.
import type { Response } from 'express';
import { Conflict, Invalid, Stale, Unavailable } from '../errors.ts';
import { sameText } from '../fold.ts';
import { fieldOf, textOf, typedNumber } from './texts.ts';
import type { Fields } from './texts.ts';

/** Which fields are more than one text. Everything else stays a trimmed text; '' means cleared. */
export interface FormShape {
  /** '85,5' and '85.5' become numbers; what is none stays a text, so that the schema says what is wrong. */
  numbers?: readonly string[];
  /** Checkboxes: a browser sends nothing for an empty one, so absent is false. */
  booleans?: readonly string[];
  /** Checkboxes behind a hidden `false`: absent means that the form did not ask. */
  switches?: readonly string[];
  /** Several values of one name. '' only says that the form asked (a hidden field); absent is left out. */
  lists?: readonly string[];
  /** Passwords: taken as typed, spaces and all. */
  verbatim?: readonly string[];
}

export type Typed = Record<string, unknown>;
export type Messages = Record<string, string>;

/** Field names a browser or our own forms add: never a field of a record. */
const OURS = new Set(['_csrf', 'version', '__proto__']);
const isOurs = (name: string): boolean => OURS.has(name) || name.startsWith('was_');

const valuesOf = (body: Fields, name: string): string[] => {
  const value = Object.hasOwn(body, name) ? body[name] : undefined;
  const all: unknown[] = Array.isArray(value) ? value : [value];
  return all.filter((one) => typeof one === 'string').map((one) => one.trim());
};

const rawOf = (body: Fields, name: string): string => {
  const value = body[name];
  const one: unknown = Array.isArray(value) ? value[0] : value;
  return typeof one === 'string' ? one : '';
};

const isTicked = (body: Fields, name: string): boolean =>
  valuesOf(body, name).some((one) => one === 'on' || one === 'true');

/** Line breaks as one character: browsers send CRLF whatever the text had, and an untouched text would look changed. */
const plainBreaks = (text: string): string => text.replaceAll('\r\n', '\n');

/** The fields of a posted form as a service takes them. A field that came twice counts once. */
export function readForm(body: Fields | undefined, shape: FormShape = {}): Typed {
  const { numbers = [], booleans = [], switches = [], lists = [], verbatim = [] } = shape;
  const fields = body ?? {};
  const typed = new Map<string, unknown>();
  for (const name of Object.keys(fields)) {
    if (isOurs(name)) continue;
    const text = plainBreaks(textOf(fields, name));
    if (lists.includes(name)) typed.set(name, [...new Set(valuesOf(fields, name))].filter(Boolean));
    else if (switches.includes(name)) typed.set(name, isTicked(fields, name));
    else if (verbatim.includes(name)) typed.set(name, rawOf(fields, name));
    else typed.set(name, numbers.includes(name) ? (typedNumber(text) ?? '') : text);
  }
  for (const name of booleans) typed.set(name, isTicked(fields, name));
  return Object.fromEntries(typed);
}

/** The version a form was rendered with; 0, which nothing stored has, when it carries none. */
export function versionOf(body: Fields | undefined): number {
  const text = textOf(body ?? {}, 'version');
  return /^\d{1,15}$/.test(text) ? Number(text) : 0;
}

/** One message per field; what belongs to no field stands under `form`. `courses[3]` is a fault of `courses`. */
export function formErrors(error: Invalid | Conflict | undefined): Messages {
  if (!error) return {};
  const messages = new Map<string, string>();
  const faults = error instanceof Invalid ? error.errors : [{ field: error.field ?? 'form', message: error.message }];
  for (const { field, message } of faults) {
    const name = field.replace(/\[.*$/s, '') || 'form';
    if (!messages.has(name)) messages.set(name, message);
  }
  return Object.fromEntries(messages);
}

/** Why a form comes back: messages, or that somebody else saved first. */
export interface Problem {
  errors: Messages;
  stale: boolean;
}

export const noProblem: Problem = { errors: {}, stale: false };

/**
 * Saves what a form carries. On Invalid and Conflict (422), Stale (412) and Unavailable (503) the status is set and
 * `again` shows the form once more; every other refusal goes on to the error handler.
 */
export async function submit<T>(
  res: Response,
  steps: {
    save: () => T | Promise<T>;
    saved: (result: T) => void;
    again: (problem: Problem) => void | Promise<void>;
  },
): Promise<void> {
  let result: T;
  try {
    result = await steps.save();
  } catch (error) {
    if (error instanceof Stale) {
      res.status(412);
      await steps.again({ errors: {}, stale: true });
      return;
    }
    if (error instanceof Invalid || error instanceof Conflict) {
      res.status(422);
      await steps.again({ errors: formErrors(error), stale: false });
      return;
    }
    if (error instanceof Unavailable) {
      res.status(503).set('Retry-After', String(error.retryAfter));
      const form = `${error.message} It is not known whether this was saved: look before you send it again.`;
      await steps.again({ errors: { form }, stale: false });
      return;
    }
    throw error;
  }
  steps.saved(result);
}

/** One field of an edit form, for the comparison of typed and stored values. */
export interface FormField {
  name: string;
  label: string;
  /** How a value is written for people: names instead of ids. Default: as it is. */
  show?: (value: unknown) => string;
}

/** One field whose typed value differs from the stored one. */
export interface BothValues {
  label: string;
  mine: string;
  stored: string;
}

/** A value as one comparable text; the order of a list says nothing. */
function plain(value: unknown): string {
  if (value === null || value === undefined || value === false) return '';
  if (Array.isArray(value)) return value.map(String).sort().join(' ');
  return typeof value === 'string' || typeof value === 'number' || value === true ? String(value) : '';
}

/** The record's values as hidden `was_…` fields, so that a lost race tells what was really typed from what only stood there. */
export const originalsOf = (fields: readonly FormField[], record: object): Messages =>
  Object.fromEntries(fields.map(({ name }) => [name, plain(new Map(Object.entries(record)).get(name))]));

/** The hidden originals that a form sent back. */
export function sentOriginals(fields: readonly FormField[], body: Fields | undefined): Messages {
  const sent = fields.map(({ name }) => [name, fieldOf(body ?? {}, `was_${name}`)] as const);
  return Object.fromEntries(sent.flatMap(([name, text]) => (text === undefined ? [] : [[name, plainBreaks(text)]])));
}

/** After a lost race: typed fields as typed, untouched ones as they are stored now, and what saving again would overwrite. */
export function afterRace(fields: readonly FormField[], typed: Typed, originals: Messages, stored: object) {
  const now = new Map<string, unknown>(Object.entries(stored));
  const values = new Map([...now, ...Object.entries(typed)]);
  const rows: BothValues[] = [];
  for (const { name, label, show = plain } of fields) {
    const untouched = !Object.hasOwn(typed, name) || originals[name] === plain(typed[name]);
    if (untouched) values.set(name, now.get(name));
    else if (plain(typed[name]) !== plain(now.get(name))) {
      rows.push({ label, mine: show(typed[name]), stored: show(now.get(name)) });
    }
  }
  return { values: Object.fromEntries(values), rows };
}

/** What the view of an edit form needs, whether it is shown first, again with messages, or after a lost race. */
export interface EditForm {
  values: Typed;
  version: number;
  originals: Messages;
  errors: Messages;
  /** After a lost race: the fields that saving again would overwrite; else null. */
  conflict: BothValues[] | null;
}

/** The edit form of a record, as it is opened. */
export const editForm = (fields: readonly FormField[], stored: { version: number }): EditForm => ({
  values: { ...stored },
  version: stored.version,
  originals: originalsOf(fields, stored),
  errors: {},
  conflict: null,
});

/** The edit form again: with the typed values, and after a lost race with the version that is stored now. */
export function editAgain(
  fields: readonly FormField[],
  stored: { version: number },
  sent: { body: Fields | undefined; typed: Typed; problem: Problem },
): EditForm {
  const originals = sentOriginals(fields, sent.body);
  if (sent.problem.stale) {
    const { values, rows } = afterRace(fields, sent.typed, originals, stored);
    return { ...editForm(fields, stored), values, conflict: rows };
  }
  const values = { ...stored, ...sent.typed };
  return { values, version: versionOf(sent.body), originals, errors: sent.problem.errors, conflict: null };
}

/** Removing asks for a code to be typed: throws Invalid unless `code` is it. Case says nothing, as in uniqueness. */
export function demandTyped(body: Fields | undefined, code: string): void {
  const typed = textOf(body ?? {}, 'code');
  if (sameText(typed) !== sameText(code)) {
    throw new Invalid([{ field: 'code', message: `Type ${code} to confirm. Nothing was changed.` }]);
  }
}
