// What waits to be sent? One change a row, and at most one shipment a sheet; and what an answer of the server does to them.
import type { SheetSaved } from '../attendance/mark.ts';
import { typedNumber } from '../platform/http/texts.ts';
import { entryOf, lostRemark, rebase, same, textsOf } from './row-texts.ts';
import type { Kind, ServerRow, Texts } from './row-texts.ts';

/** Why a change is not sent any more until somebody looks at it. */
export interface Refusal {
  /** What is wrong with which cell. */
  faults?: { field: string; message: string }[];
  /** The row as somebody else stored it meanwhile: one of the two has to be chosen. */
  current?: ServerRow;
  /** The exam's maximum by now, when that is another than what was typed under; goes with `current`. */
  max_marks?: number;
  /** What is wrong with the sheet as a whole; `field` names what of it. */
  sheet?: { field: string; message: string };
}

/** What is typed in a row of a sheet and not stored yet. */
export interface Change {
  /** The sheet's path in the API, with its query. */
  sheet: string;
  kind: Kind;
  /** The page of the sheet, and what it is called. */
  page: string;
  title: string;
  student_id: string;
  name: string;
  texts: Texts;
  /** What it was typed over. */
  base: { texts: Texts; version: number };
  typed_at: string;
  /** Of results: out of how many, as it stood on the page. */
  max_marks?: string;
  /** The maximum that was stored when it was typed. */
  seen_max_marks?: string;
  /** Why a posted result changes. */
  reason?: string;
  /** Sent although its texts are what is stored: the maximum of the exam changes. */
  whole?: true;
  /** Not to be sent yet: half typed, or it takes the Save button. */
  held?: 'typing' | 'save';
  refused?: Refusal;
}

/** Exactly what was sent: after a crash the same body goes out with the same token, and does nothing twice. */
export interface Shipment {
  sheet: string;
  /** The Idempotency-Key. */
  token: string;
  body: {
    max_marks?: number | string | null;
    seen_max_marks?: number | string | null;
    reason?: string;
    entries: object[];
  };
  rows: SentRow[];
}

interface SentRow {
  student_id: string;
  texts: Texts;
  from: Change['base'];
}

/** A row that is stored now. */
export interface SavedRow {
  student_id: string;
  texts: Texts;
  version: number;
  /** Of a result that was sent from here. */
  max_marks?: number;
}

/** What becomes of the changes of one sheet. */
export interface Edit {
  put: Change[];
  drop: string[];
  /** undefined: stays as it is. */
  shipment?: Shipment | null;
  saved: SavedRow[];
}

/** A sheet's PUT takes at most so many rows. */
const MOST_ROWS = 500;

const isReady = ({ held, refused }: Change): boolean => held === undefined && refused === undefined;

/** The next shipment of a sheet; those that can't be sent as they are say so instead. */
export function pack(changes: readonly Change[], token: string): Edit {
  const edit: Edit = { put: [], drop: [], saved: [] };
  const ready = changes.filter(isReady).filter((change) => {
    const fault = lostRemark(change.kind, change.texts);
    if (fault) edit.put.push({ ...change, refused: { faults: [fault] } });
    return !fault;
  });
  const [first] = ready;
  if (!first) return edit;
  const { sheet, kind, max_marks, seen_max_marks, reason } = first;
  // One body has one maximum and one reason.
  const together = ready
    .filter((change) => change.max_marks === max_marks && change.seen_max_marks === seen_max_marks)
    .filter((change) => change.reason === reason)
    .slice(0, MOST_ROWS);
  edit.shipment = {
    sheet,
    token,
    body: {
      ...(max_marks === undefined ? {} : { max_marks: typedNumber(max_marks) }),
      ...(seen_max_marks === undefined ? {} : { seen_max_marks: typedNumber(seen_max_marks) }),
      ...(reason === undefined ? {} : { reason }),
      entries: together.map(({ student_id, texts, base }) => entryOf(kind, student_id, texts, base.version)),
    },
    rows: together.map(({ student_id, texts, base }) => ({ student_id, texts, from: base })),
  };
  return edit;
}

const find = <T extends { student_id: string }>(list: readonly T[], student_id: string): T | undefined =>
  list.find((one) => one.student_id === student_id);

/** What was sent is stored; what was typed meanwhile stays, over what is stored now. */
export function settle(changes: readonly Change[], { rows, body }: Shipment, answer: SheetSaved): Edit {
  const edit: Edit = { put: [], drop: [], shipment: null, saved: [] };
  for (const { student_id, texts, from } of rows) {
    const version = versionOf(texts, from, answer);
    const change = find(changes, student_id);
    const newer = change?.refused?.current;
    if (change && same(change.texts, texts) && !isOfNewMax(change, body)) {
      edit.drop.push(student_id);
      // Somebody saved over it before our answer came: theirs was written knowing ours.
      if (newer && newer.version > version) {
        edit.saved.push({ student_id, texts: textsOf(change.kind, newer), version: newer.version });
        continue;
      }
    } else if (change) edit.put.push({ ...change, base: { texts, version } });
    const max = typeof body.max_marks === 'number' ? { max_marks: body.max_marks } : {};
    edit.saved.push({ student_id, texts, version, ...max });
  }
  return edit;
}

/** The same marks, but the Save button has set another maximum for them since they were sent. */
const isOfNewMax = ({ whole, max_marks }: Change, body: Shipment['body']): boolean =>
  whole === true && typedNumber(max_marks ?? '') !== body.max_marks;

/** A removed row has none; one that may not have changed keeps its own, and the next refusal tells the true one. */
function versionOf(texts: Texts, from: Change['base'], answer: SheetSaved): number {
  if ((texts['status'] ?? texts['marks'] ?? '') === '') return 0;
  return answer.unchanged > 0 && same(texts, from.texts) ? from.version : answer.version;
}

/**
 * Rows of the shipment that a refusal names: those wait for a person, the others are sent again without them. A new maximum
 * is for all rows or none, so that those wait for the Save button.
 */
export function refuse(changes: readonly Change[], { rows }: Shipment, refusals: ReadonlyMap<string, Refusal>): Edit {
  const edit: Edit = { put: [], drop: [], shipment: null, saved: [] };
  for (const [student_id, refusal] of refusals) {
    const change = find(changes, student_id);
    const sent = find(rows, student_id);
    if (!change || !sent) continue;
    if (refusal.max_marks !== undefined) {
      // Typed anew under the maximum of now: that goes out.
      if (Number(change.seen_max_marks) !== refusal.max_marks) edit.put.push({ ...change, refused: refusal });
    } else if (refusal.current) overtake(edit, change, refusal.current);
    // Typed anew meanwhile: the refusal is about what stands there no more.
    else if (same(change.texts, sent.texts)) edit.put.push({ ...change, refused: refusal });
  }
  if (!edit.put.some(({ refused }) => refused)) return edit;
  const others = changes.filter(
    ({ student_id, whole }) => whole && find(rows, student_id) && !edit.drop.includes(student_id),
  );
  for (const other of others) {
    const change = find(edit.put, other.student_id) ?? other;
    if (change.refused) continue;
    edit.put = [...edit.put.filter((one) => one !== change), { ...change, held: 'save' }];
  }
  return edit;
}

/**
 * Somebody was faster. Said the same, it is stored; changed another cell, both hold; else a person chooses.
 * `sent`: what is on its way of the row; when that is what is stored now, nobody was faster.
 */
export function overtake(edit: Edit, change: Change, current: ServerRow, sent?: Texts): void {
  const { student_id, kind, refused } = change;
  const now = textsOf(kind, current);
  // Held for a new maximum: that stays to be decided, beside what is stored by now.
  if (refused?.max_marks !== undefined) {
    edit.put.push({ ...change, refused: { ...refused, current } });
    return;
  }
  const open = withoutChoice(change);
  if (sent && same(sent, now) && !same(change.texts, now)) {
    edit.put.push({ ...open, base: { texts: now, version: current.version } });
    return;
  }
  const { texts, clash } = rebase(change.texts, change.base.texts, now);
  const base = { texts: now, version: current.version };
  if (clash) edit.put.push({ ...change, refused: { current, ...newMax(change, current) } });
  else if (same(texts, now) && !isOutOfOther(change, current)) {
    edit.drop.push(student_id);
    edit.saved.push({ student_id, ...base });
  } else edit.put.push({ ...open, texts, base });
}

/** What was to be chosen from is stored no more; faults of cells stay. */
function withoutChoice({ refused, ...change }: Change): Change {
  return refused && !refused.current ? { ...change, refused } : change;
}

const maxOf = (row: ServerRow): number | null => ('max_marks' in row ? row.max_marks : null);

/** The same marks, but of another maximum: 35 of 50 is not 35 of 100. */
const isOutOfOther = ({ max_marks }: Change, current: ServerRow): boolean =>
  max_marks !== undefined && maxOf(current) !== null && maxOf(current) !== typedNumber(max_marks);

/** The maximum of a stored row, when it is none that this page knew. */
function newMax(change: Change, current: ServerRow): { max_marks?: number } {
  const max_marks = maxOf(current);
  if (max_marks === null || change.seen_max_marks === undefined || !isOutOfOther(change, current)) return {};
  return Number(change.seen_max_marks) === max_marks ? {} : { max_marks };
}

/** The sheet takes none of it: all of the shipment waits for a person. */
export function refuseAll(
  changes: readonly Change[],
  { rows }: Shipment,
  sheet: { field: string; message: string },
): Edit {
  const sent = new Set(rows.map(({ student_id }) => student_id));
  return {
    put: changes
      .filter(({ student_id }) => sent.has(student_id))
      .map((change) => ({ ...change, held: 'save', refused: { sheet } })),
    drop: [],
    shipment: null,
    saved: [],
  };
}

interface Problem {
  status: number;
  faults: { field: string; message: string }[];
  problem: Record<string, unknown>;
}

/** Which of the sent rows a refusal names, and why; none when it is about the sheet. */
export function refusalsIn(error: Problem, { rows }: Shipment): Map<string, Refusal> {
  const found = new Map<string, Refusal>();
  const { current, max_marks } = error.problem;
  if (error.status === 412) {
    const max = typeof max_marks === 'number' ? { max_marks } : {};
    for (const row of Array.isArray(current) ? (current as ServerRow[]) : [])
      found.set(row.student_id, { current: row, ...max });
    return found;
  }
  for (const { field, message } of error.faults) {
    const [, index, name = ''] = /^entries\[(\d+)\](?:\.(\w+))?$/.exec(field) ?? [];
    const row = index === undefined ? undefined : rows[Number(index)];
    if (!row) return new Map();
    const { faults = [] } = found.get(row.student_id) ?? {};
    found.set(row.student_id, { faults: [...faults, { field: name, message }] });
  }
  return found;
}
