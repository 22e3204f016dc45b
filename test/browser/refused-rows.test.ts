// Which rows of a saved sheet does a refusal name?
import { expect, it } from 'vitest';
import { ApiError } from '../../src/browser/api.ts';
import { refusedRows } from '../../src/browser/sheet-save.ts';
import type { SheetRow } from '../../src/browser/sheet-rows.ts';

const row = (id: string): SheetRow => ({ id }) as SheetRow;
const sent = [row('a'), row('b'), row('c')];

it('a fault is sorted back to the row that was sent, and its field', () => {
  const error = new ApiError(422, 'Not valid', {
    errors: [
      { field: 'entries[1].marks', message: 'Too much.' },
      { field: 'entries[1].remarks', message: 'Too long.' },
    ],
  });
  expect(refusedRows(error, sent)).toEqual([
    {
      row: sent[1],
      faults: [
        { field: 'marks', message: 'Too much.' },
        { field: 'remarks', message: 'Too long.' },
      ],
      current: undefined,
    },
  ]);
});

it('a stale row comes with what is stored now, and without a fault', () => {
  const current = { student_id: 'c', version: 7, status: 'Late' };
  const error = new ApiError(412, 'Stale', {
    errors: [{ field: 'entries[2].version', message: 'Changed.' }],
    current: [current],
  });
  expect(refusedRows(error, sent)).toEqual([{ row: sent[2], faults: [], current }]);
});

it('a fault of the sheet itself names no row, so nothing is sent again', () => {
  const error = new ApiError(422, 'Not valid', {
    errors: [
      { field: 'entries[0].marks', message: 'Too much.' },
      { field: 'max_marks', message: 'More than 0.' },
    ],
  });
  expect(refusedRows(error, sent)).toEqual([]);
});
