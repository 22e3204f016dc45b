// How is a sheet saved? Changed rows only, each with the version it was typed over; what is refused names its rows, the rest is saved.
import type { AttendanceSheet, SheetSaved } from '../attendance/mark.ts';
import { typedNumber } from '../platform/http/texts.ts';
import type { ResultSheet } from '../results/result.ts';
import { api, ApiError, readSession } from './api.ts';
import type { Kind, ServerRow, Texts } from './row-texts.ts';
import type { SheetRow } from './sheet-rows.ts';

export type Sheet = AttendanceSheet | ResultSheet;

/** Of a row that was refused: what is wrong with which input, or what is stored now. */
export interface Refused {
  row: SheetRow;
  faults: { field: string; message: string }[];
  current: ServerRow | undefined;
}

export interface Saved {
  /** Rows that are stored now, with what was sent of them. */
  rows: { row: SheetRow; texts: Texts }[];
  answer: SheetSaved | undefined;
  refused: Refused[];
}

export interface SaveJob {
  kind: Kind;
  path: string;
  /** The maximum of a result sheet, as typed. */
  max_marks: string | undefined;
  /** Why posted results change; '' for none. */
  reason: string;
  rows: SheetRow[];
}

/** One refused call names all its faulty or stale rows; a second round could only meet a new race. */
const ROUNDS = 4;

const entryOf = (kind: Kind, row: SheetRow, texts: Texts) => {
  const version = row.version();
  const { remarks = '' } = texts;
  if (kind === 'attendance') {
    const { status = '' } = texts;
    return status === ''
      ? { student_id: row.id, status: null, version }
      : { student_id: row.id, status, remarks, version };
  }
  const { marks = '' } = texts;
  return marks === ''
    ? { student_id: row.id, marks: null, version }
    : { student_id: row.id, marks: typedNumber(marks), remarks, version };
};

/** A remark alone would vanish: there is no mark that could carry it. */
const lostRemark = (kind: Kind, texts: Texts): boolean =>
  (texts['remarks'] ?? '') !== '' && (kind === 'attendance' ? texts['status'] : texts['marks']) === '';

/**
 * Saves the rows. Rows that are refused (422, 412) are left out and the others sent again, so one bad cell does not
 * hold up a class. Throws ApiError for what concerns the sheet as a whole; then nothing of the last call was stored.
 */
export async function saveRows({ kind, path, max_marks, reason, rows }: SaveJob): Promise<Saved> {
  const refused: Refused[] = [];
  let left = rows.map((row) => ({ row, texts: row.typed() }));
  left = left.filter(({ row, texts }) => {
    if (!lostRemark(kind, texts)) return true;
    const [field, message] =
      kind === 'attendance'
        ? ['status', 'Choose Present, Late or Absent to keep the remark.']
        : ['marks', 'Enter marks to keep the remark.'];
    refused.push({ row, faults: [{ field, message }], current: undefined });
    return false;
  });
  for (let round = 1; left.length > 0; round += 1) {
    const sent = left;
    try {
      const body = {
        ...(max_marks === undefined ? {} : { max_marks: typedNumber(max_marks) }),
        ...(reason === '' ? {} : { reason }),
        entries: sent.map(({ row, texts }) => entryOf(kind, row, texts)),
      };
      return { rows: sent, answer: await put(path, body), refused };
    } catch (error) {
      if (!(error instanceof ApiError) || round === ROUNDS) throw error;
      const bad = refusedRows(
        error,
        sent.map(({ row }) => row),
      );
      if (bad.length === 0) throw error;
      refused.push(...bad);
      left = sent.filter(({ row }) => !bad.some((one) => one.row === row));
    }
  }
  return { rows: [], answer: undefined, refused };
}

/** The same call again has the same key: what was stored once is not stored twice. */
async function put(path: string, body: object): Promise<SheetSaved> {
  const call = { method: 'PUT', body, headers: { 'Idempotency-Key': newKey() } } as const;
  try {
    return await api<SheetSaved>(path, call);
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 403) throw error;
    // Signed in again in another tab: the form token of this page is that of an older session.
    const { user } = await readSession();
    if (user.user_id !== document.body.dataset['userId']) throw error;
    return await api<SheetSaved>(path, call);
  }
}

/** crypto.randomUUID is missing over plain http. */
function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** Which of the sent rows a refusal names; none when it is about the sheet. */
export function refusedRows(error: ApiError, sent: readonly SheetRow[]): Refused[] {
  const found = new Map<SheetRow, Refused>();
  const refusedOf = (row: SheetRow): Refused => {
    const known = found.get(row) ?? { row, faults: [], current: undefined };
    found.set(row, known);
    return known;
  };
  for (const { field, message } of error.faults) {
    const [, index, name = ''] = /^entries\[(\d+)\](?:\.(\w+))?$/.exec(field) ?? [];
    const row = index === undefined ? undefined : sent[Number(index)];
    if (!row) return [];
    const refused = refusedOf(row);
    if (error.status !== 412) refused.faults.push({ field: name, message });
  }
  if (error.status === 412) {
    const current = error.problem['current'];
    for (const stored of Array.isArray(current) ? (current as ServerRow[]) : []) {
      const row = sent.find(({ id }) => id === stored.student_id);
      if (row) refusedOf(row).current = stored;
    }
  }
  return [...found.values()];
}
