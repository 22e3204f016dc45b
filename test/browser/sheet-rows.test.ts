// What happens to a row of a sheet when somebody else saves it?
import { describe, expect, it } from 'vitest';
import { same, textsOf } from '../../src/browser/row-texts.ts';
import type { Texts } from '../../src/browser/row-texts.ts';
import { choose, merge } from '../../src/browser/sheet-rows.ts';
import type { SheetRow } from '../../src/browser/sheet-rows.ts';

/** A row as the form would hold it, without a browser. */
function buildRow(stored: Texts, typed: Texts = stored, version = 3): SheetRow {
  let was = { ...stored };
  let now = { ...typed };
  let seen = version;
  return {
    id: 'one',
    name: 'Ada',
    element: undefined as never,
    clash: null,
    typed: () => now,
    type: (texts) => (now = { ...now, ...texts }),
    stored: () => was,
    version: () => seen,
    store: (texts, to) => {
      was = { ...texts };
      seen = to;
    },
    isChanged: () => !same(now, was),
  };
}

const present = { status: 'Present', remarks: '' };
const late = { status: 'Late', remarks: '' };
const absent = { status: 'Absent', remarks: '' };

describe('a newer stored state', () => {
  it('is taken over by a row nobody touched', () => {
    const row = buildRow(present);
    expect(merge(row, late, 4, 'Tom')).toBe('taken');
    expect(row.typed()).toEqual(late);
    expect(row.version()).toBe(4);
    expect(row.isChanged()).toBe(false);
  });

  it('is nothing new when it is what was seen', () => {
    expect(merge(buildRow(present), present, 3, 'Tom')).toBe('same');
  });

  it('clashes with another typed value, which stays typed over the old version', () => {
    const row = buildRow(present, late);
    expect(merge(row, absent, 4, 'Tom')).toBe('clash');
    expect(row.typed()).toEqual(late);
    expect(row.version()).toBe(3);
    expect(row.clash).toEqual({ texts: absent, version: 4, who: 'Tom' });
  });

  it('does not clash when both typed the same', () => {
    const row = buildRow(present, late);
    expect(merge(row, late, 4, 'Tom')).toBe('taken');
    expect(row.isChanged()).toBe(false);
  });

  it('keeps a typed remark when only the status moved', () => {
    const row = buildRow(present, { status: 'Present', remarks: 'came at 9' });
    expect(merge(row, late, 4, 'Tom')).toBe('clash');
    expect(row.typed()['remarks']).toBe('came at 9');
  });

  it('moves only the version when it is what was saved here', () => {
    const row = buildRow(present, absent);
    expect(merge(row, present, 9, 'Tom')).toBe('taken');
    expect(row.version()).toBe(9);
    expect(row.typed()).toEqual(absent);
    expect(row.isChanged()).toBe(true);
  });

  it('takes a mark away again, although its version is 0 then', () => {
    const row = buildRow(present);
    expect(merge(row, { status: '', remarks: '' }, 0, 'Tom')).toBe('taken');
    expect(row.typed()['status']).toBe('');
  });
});

describe('a choice', () => {
  it('for mine leaves it typed over the newer version', () => {
    const row = buildRow(present, late);
    merge(row, absent, 4, 'Tom');
    choose(row, 'mine');
    expect(row.typed()).toEqual(late);
    expect(row.stored()).toEqual(absent);
    expect(row.version()).toBe(4);
    expect(row.isChanged()).toBe(true);
    expect(row.clash).toBeNull();
  });

  it('for theirs leaves nothing to save', () => {
    const row = buildRow(present, late);
    merge(row, absent, 4, 'Tom');
    choose(row, 'theirs');
    expect(row.typed()).toEqual(absent);
    expect(row.isChanged()).toBe(false);
  });
});

describe('a row as the server tells it', () => {
  const common = {
    student_id: 'one',
    student_code: 'S1',
    student_name: 'Ada',
    version: 1,
    enrolled: true,
    updated_at: null,
    updated_by: null,
  };

  it('becomes texts, empty where there is no mark', () => {
    expect(textsOf('attendance', { ...common, attendance_id: null, status: null, remarks: null })).toEqual({
      status: '',
      remarks: '',
    });
  });

  it('keeps a zero apart from no result', () => {
    const result = {
      ...common,
      result_id: 'r',
      max_marks: 100,
      percentage: 0,
      grade: 'F' as const,
      remarks: 'absent',
      amended_at: null,
    };
    expect(textsOf('results', { ...result, marks: 0 })).toEqual({ marks: '0', remarks: 'absent' });
    expect(textsOf('results', { ...result, marks: null })['marks']).toBe('');
  });
});
