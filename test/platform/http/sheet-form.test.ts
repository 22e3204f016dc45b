// Which rows of a posted sheet changed, and what is shown when it could not be saved?
import { describe, expect, it } from 'vitest';
import {
  UNSEEN,
  faultsByRow,
  isChanged,
  readRows,
  savedText,
  showRows,
} from '../../../src/platform/http/sheet-form.ts';

const ANN = '11111111-1111-4111-8111-111111111111';
const BEN = '22222222-2222-4222-8222-222222222222';
const FIELDS = ['status', 'remarks'] as const;

/** The fields of one row as a browser posts them. */
const posted = (id: string, status: string, was: string, version = 1, remarks = '', wasRemarks = remarks) => ({
  [`status.${id}`]: status,
  [`was_status.${id}`]: was,
  [`remarks.${id}`]: remarks,
  [`was_remarks.${id}`]: wasRemarks,
  [`version.${id}`]: String(version),
});
const stored = (student_id: string, status: string, version: number, remarks = '') => ({
  student_id,
  status,
  remarks,
  version,
});
const texts = ({ status, remarks }: { status: string; remarks: string }) => ({ status, remarks });

describe('reading a sheet', () => {
  it('knows which rows and which of their fields changed, and the versions they were seen with', () => {
    const rows = readRows({ ...posted(ANN, 'Late', 'Present', 4), ...posted(BEN, 'Absent', 'Absent', 2) }, FIELDS);
    expect(rows.map((row) => row.changed)).toEqual([['status'], []]);
    expect(rows.map((row) => row.version)).toEqual([4, 2]);
    expect(rows.filter(isChanged).map((row) => row.student_id)).toEqual([ANN]);
  });

  it('trims, and does not take a remark for changed because its line breaks could not be shown', () => {
    const [row] = readRows(posted(ANN, 'Late', 'Late', 1, ' one two ', 'one \r\ntwo'), FIELDS);
    expect(row?.changed).toEqual([]);
  });

  it('takes a row without originals as changed only where something was chosen', () => {
    const [ann, ben] = readRows({ [`status.${ANN}`]: 'Present', [`status.${BEN}`]: '' }, FIELDS);
    expect(ann).toMatchObject({ changed: ['status'], version: UNSEEN });
    expect(ben?.changed).toEqual([]);
  });

  it('leaves names alone that are no rows', () => {
    const body = { 'status.__proto__': 'x', 'status.': 'x', status: 'x', 'other.x': 'y', [`password.${ANN}`]: 'z' };
    expect(readRows(body, FIELDS)).toEqual([]);
  });
});

describe('showing a sheet again', () => {
  it('keeps what was typed, and shows untouched rows as they are stored now', () => {
    const typed = readRows({ ...posted(ANN, 'Late', 'Present', 1), ...posted(BEN, 'Absent', 'Absent', 1) }, FIELDS);
    const rows = showRows(FIELDS, [stored(ANN, 'Present', 1), stored(BEN, 'Late', 7)], texts, typed);
    expect(rows.map((row) => row.shown.status)).toEqual(['Late', 'Late']);
    expect(rows.map((row) => row.conflict)).toEqual([false, false]);
  });

  it('tells a touched row that somebody else saved meanwhile, with both values', () => {
    const typed = readRows(posted(ANN, 'Late', 'Present', 1), FIELDS);
    const [row] = showRows(FIELDS, [stored(ANN, 'Absent', 3)], texts, typed);
    expect(row).toMatchObject({ conflict: true, shown: { status: 'Late' }, stored: { status: 'Absent' } });
  });

  it('sees no conflict where both typed the same', () => {
    const typed = readRows(posted(ANN, 'Late', 'Present', 1), FIELDS);
    expect(showRows(FIELDS, [stored(ANN, 'Late', 3)], texts, typed)[0]?.conflict).toBe(false);
  });

  it('puts the message about the second entry into the row that was sent second', () => {
    const sent = [{ student_id: BEN }, { student_id: ANN }];
    const faults = faultsByRow(
      [
        { field: 'entries[1].remarks', message: 'Too long.' },
        { field: 'entries[0].student_id', message: 'Not enrolled.' },
        { field: 'max_marks', message: 'More than 0.' },
        { field: 'entries[9].status', message: 'Of no row.' },
      ],
      sent,
    );
    const rows = showRows(FIELDS, [stored(ANN, '', 0), stored(BEN, '', 0)], texts, [], faults);
    expect(rows.map((row) => row.errors)).toEqual([{ remarks: 'Too long.' }, { row: 'Not enrolled.' }]);
    expect(faults.rest).toEqual({ max_marks: 'More than 0.', 'entries[9].status': 'Of no row.' });
  });
});

describe('what was saved', () => {
  it('is counted in words, and nothing is said so', () => {
    expect(savedText({ created: 3, updated: 1, removed: 0 })).toBe('Saved: 3 new, 1 changed.');
    expect(savedText({ created: 0, updated: 0, removed: 2 })).toBe('Saved: 2 removed.');
    expect(savedText({ created: 0, updated: 0, removed: 0 })).toContain('nothing was saved');
  });
});
