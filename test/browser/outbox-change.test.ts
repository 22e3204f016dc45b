// What is sent of what waits, and what becomes of it after an answer?
import { describe, expect, it } from 'vitest';
import { ApiError } from '../../src/browser/api.ts';
import { overtake, pack, refusalsIn, refuse, refuseAll, settle } from '../../src/browser/outbox-change.ts';
import type { Change, Edit, Shipment } from '../../src/browser/outbox-change.ts';
import { rebase, textsOf } from '../../src/browser/row-texts.ts';
import type { ServerRow } from '../../src/browser/row-texts.ts';

const none = { status: '', remarks: '' };
const present = { status: 'Present', remarks: '' };
const late = { status: 'Late', remarks: '' };
const absent = { status: 'Absent', remarks: '' };

const buildChange = (fields: Partial<Change> = {}): Change => ({
  ...{ sheet: '/s', kind: 'attendance', page: '/p', title: 'Sheet', student_id: 'a', name: 'Ada' },
  texts: present,
  base: { texts: none, version: 0 },
  typed_at: '2026-11-21T10:31:00.000Z',
  ...fields,
});

const storedRow = (status: 'Present' | 'Absent' | 'Late' | null, version: number, student_id = 'a'): ServerRow => ({
  ...{ student_id, student_code: 'S1', student_name: 'Ada', attendance_id: 'm', enrolled: true },
  ...{ status, version, remarks: null, updated_at: '2026-11-21T10:32:00.000Z', updated_by: 'Tom' },
});

const shipped = (changes: Change[]): Shipment => pack(changes, 'token').shipment!;
const blank = (): Edit => ({ put: [], drop: [], saved: [] });
const counts = { created: 1, updated: 0, unchanged: 0, removed: 0, version: 5 };

describe('a shipment', () => {
  it('holds every change that is ready, each with the version it was typed over', () => {
    const { shipment } = pack(
      [
        buildChange(),
        buildChange({ student_id: 'b', texts: none, base: { texts: late, version: 3 } }),
        buildChange({ student_id: 'c', held: 'typing' }),
        buildChange({ student_id: 'd', refused: { current: storedRow('Late', 2, 'd') } }),
      ],
      'token',
    );
    expect(shipment).toMatchObject({ sheet: '/s', token: 'token' });
    expect(shipment?.body).toEqual({
      entries: [
        { student_id: 'a', status: 'Present', remarks: '', version: 0 },
        { student_id: 'b', status: null, version: 3 },
      ],
    });
  });

  it('has one maximum and one reason; others go with the next', () => {
    const marks = { marks: '8', remarks: '' };
    const of = (student_id: string, max_marks: string) =>
      buildChange({
        kind: 'results',
        student_id,
        max_marks,
        texts: marks,
        base: { texts: { marks: '', remarks: '' }, version: 0 },
      });
    const { shipment } = pack([of('a', '10'), of('b', '20'), of('c', '10')], 'token');
    expect(shipment?.body.max_marks).toBe(10);
    expect(shipment?.rows.map(({ student_id }) => student_id)).toEqual(['a', 'c']);
  });

  it('leaves out a remark that no mark could carry, and says so at its cell', () => {
    const edit = pack([buildChange({ texts: { status: '', remarks: 'ill' } }), buildChange({ student_id: 'b' })], 't');
    expect(edit.shipment?.rows.map(({ student_id }) => student_id)).toEqual(['b']);
    expect(edit.put[0]?.refused?.faults?.[0]).toMatchObject({ field: 'status' });
  });
});

describe('an answer', () => {
  it('takes away what was sent', () => {
    const change = buildChange();
    expect(settle([change], shipped([change]), counts)).toEqual({
      put: [],
      drop: ['a'],
      shipment: null,
      saved: [{ student_id: 'a', texts: present, version: 5 }],
    });
  });

  it('leaves what was typed meanwhile, over what is stored now', () => {
    const sent = shipped([buildChange()]);
    const edit = settle([buildChange({ texts: absent })], sent, counts);
    expect(edit.drop).toEqual([]);
    expect(edit.put[0]).toMatchObject({ texts: absent, base: { texts: present, version: 5 } });
  });

  it('says version 0 of a row that was removed', () => {
    const change = buildChange({ texts: none, base: { texts: present, version: 3 } });
    expect(settle([change], shipped([change]), counts).saved[0]?.version).toBe(0);
  });

  it('that comes after somebody saved over it shows theirs', () => {
    const sent = shipped([buildChange()]);
    const edit = settle([buildChange({ refused: { current: storedRow('Absent', 6) } })], sent, counts);
    expect(edit).toMatchObject({ drop: ['a'], saved: [{ texts: absent, version: 6 }] });
  });
});

describe('a refusal', () => {
  const changes = ['a', 'b', 'c'].map((student_id) => buildChange({ student_id }));
  const shipment = shipped(changes);
  const problem = (status: number, more: object) => new ApiError(status, 'No', { status, ...more });

  it('is sorted back to the rows that were sent, and their fields', () => {
    const error = problem(422, {
      errors: [
        { field: 'entries[1].status', message: 'Not that.' },
        { field: 'entries[1].remarks', message: 'Too long.' },
      ],
    });
    const refusals = refusalsIn(error, shipment);
    expect([...refusals]).toEqual([
      [
        'b',
        {
          faults: [
            { field: 'status', message: 'Not that.' },
            { field: 'remarks', message: 'Too long.' },
          ],
        },
      ],
    ]);
    const edit = refuse(changes, shipment, refusals);
    expect(edit.put.map(({ student_id }) => student_id)).toEqual(['b']);
    // The others go out without it.
    const after = changes.map((change) => edit.put.find((one) => one.student_id === change.student_id) ?? change);
    expect(pack(after, 'next').shipment?.rows.map(({ student_id }) => student_id)).toEqual(['a', 'c']);
  });

  it('is not held against what was typed meanwhile', () => {
    const refusals = new Map([['b', { faults: [{ field: 'status', message: 'Not that.' }] }]]);
    expect(refuse([buildChange({ student_id: 'b', texts: late })], shipment, refusals).put).toEqual([]);
  });

  it('of a stale row brings what is stored, to choose from', () => {
    const current = storedRow('Absent', 7, 'c');
    const error = problem(412, { errors: [{ field: 'entries[2].version', message: 'Changed.' }], current: [current] });
    const edit = refuse(changes, shipment, refusalsIn(error, shipment));
    expect(edit.put).toMatchObject([{ student_id: 'c', texts: present, refused: { current } }]);
  });

  it('of the sheet itself names no row, and holds all of them', () => {
    const error = problem(422, {
      errors: [
        { field: 'entries[0].marks', message: 'Too much.' },
        { field: 'max_marks', message: 'More than 0.' },
      ],
    });
    expect(refusalsIn(error, shipment).size).toBe(0);
    const edit = refuseAll(changes, shipment, { field: 'max_marks', message: 'More than 0.' });
    expect(edit.put.map(({ held }) => held)).toEqual(['save', 'save', 'save']);
    expect(pack(edit.put, 'next').shipment).toBeUndefined();
  });
});

describe('a newer stored state', () => {
  const meet = (change: Change, row: ServerRow, sent?: Change['texts']): Edit => {
    const edit = blank();
    overtake(edit, change, row, sent);
    return edit;
  };

  it('clashes with another typed value, which stays', () => {
    expect(meet(buildChange(), storedRow('Absent', 4)).put[0]).toMatchObject({
      texts: present,
      base: { version: 0 },
      refused: { current: { version: 4, updated_by: 'Tom' } },
    });
  });

  it('does not clash when both typed the same: it is stored', () => {
    const edit = meet(buildChange(), storedRow('Present', 4));
    expect(edit).toEqual({ put: [], drop: ['a'], saved: [{ student_id: 'a', texts: present, version: 4 }] });
  });

  it('is no clash when it is what was sent from here, whatever was typed since', () => {
    const edit = meet(buildChange({ texts: absent }), storedRow('Present', 4), present);
    expect(edit.put[0]).toMatchObject({ texts: absent, base: { texts: present, version: 4 } });
    expect(edit.put[0]?.refused).toBeUndefined();
  });

  it('of another cell holds beside what was typed', () => {
    const change = buildChange({
      texts: { status: 'Present', remarks: 'came at 9' },
      base: { texts: present, version: 2 },
    });
    expect(meet(change, storedRow('Late', 4)).put[0]).toMatchObject({
      texts: { status: 'Late', remarks: 'came at 9' },
      base: { texts: late, version: 4 },
    });
  });

  it('ends a choice that is none any more: somebody took back what was to be chosen from', () => {
    const clash = meet(buildChange(), storedRow('Absent', 4)).put[0]!;
    const [after] = meet(clash, storedRow(null, 0)).put;
    expect(after).toEqual(buildChange());
    expect(shipped([after!]).rows).toHaveLength(1);
  });

  it('does not take a row out of a new maximum, unless it has that one', () => {
    const texts = { marks: '40', remarks: '' };
    const change = buildChange({ kind: 'results', texts, base: { texts, version: 3 }, max_marks: '50', whole: true });
    const row = (marks: number | null, max_marks: number | null): ServerRow => ({
      ...{ student_id: 'a', student_code: 'S1', student_name: 'Ada', version: 4, enrolled: true, result_id: 'r' },
      ...{ marks, max_marks, percentage: null, grade: null, remarks: null, amended_at: null },
      ...{ updated_at: null, updated_by: null },
    });
    expect(meet(change, row(41, 100))).toMatchObject({ put: [{ texts: { marks: '41' }, whole: true }], drop: [] });
    expect(meet(change, row(41, 50)).drop).toEqual(['a']);
    expect(meet(change, row(null, null)).drop).toEqual(['a']);
  });

  it('that took the mark away from under a remark is a choice', () => {
    const typed = { status: 'Present', remarks: 'came at 9' };
    expect(rebase(typed, present, none)).toEqual({ texts: typed, clash: true });
  });
});

describe('a new maximum', () => {
  const result = (marks: number | null, max_marks: number | null, version: number): ServerRow => ({
    ...{ student_id: 'a', student_code: 'S1', student_name: 'Ada', enrolled: true, result_id: 'r', grade: 'F' },
    ...{ marks, max_marks, version, percentage: 0, remarks: null, amended_at: null, updated_at: 'x', updated_by: 'T' },
  });
  const typed = (marks: string, fields: Partial<Change> = {}): Change =>
    buildChange({
      ...{ kind: 'results', max_marks: '100', seen_max_marks: '100', texts: { marks, remarks: '' } },
      base: { texts: { marks: '30', remarks: '' }, version: 3 },
      ...fields,
    });
  const after = (change: Change, row: ServerRow): Edit => {
    const edit = blank();
    overtake(edit, change, row);
    return edit;
  };

  it('is told to the server as it was when the marks were typed', () => {
    expect(shipped([typed('35'), typed('40', { student_id: 'b', seen_max_marks: '50' })])).toMatchObject({
      body: { max_marks: 100, seen_max_marks: 100, entries: [{ marks: 35 }] },
    });
  });

  it('holds all rows that were sent, each with what is stored; they go out no more by themselves', () => {
    const changes = [
      typed('35'),
      typed('40', { student_id: 'b', base: { texts: { marks: '', remarks: '' }, version: 0 } }),
    ];
    const current = [result(30, 50, 4), { ...result(null, null, 0), student_id: 'b' }];
    const errors = [{ field: 'seen_max_marks', message: 'Another.' }];
    const error = new ApiError(412, 'No', { status: 412, errors, current, max_marks: 50 });
    const { put } = refuse(changes, shipped(changes), refusalsIn(error, shipped(changes)));
    expect(put.map(({ refused }) => refused)).toEqual(current.map((row) => ({ current: row, max_marks: 50 })));
    expect(pack(put, 'next').shipment).toBeUndefined();
    // News of the row does not send it either.
    const met = after(put[0]!, result(31, 50, 5));
    expect(met.put[0]?.refused).toMatchObject({ max_marks: 50, current: { marks: 31 } });
  });

  it('is no reason to hold what was typed under it meanwhile', () => {
    const sent = shipped([typed('35')]);
    const refusals = new Map([['a', { current: result(30, 50, 4), max_marks: 50 }]]);
    expect(refuse([typed('36', { max_marks: '50', seen_max_marks: '50' })], sent, refusals).put).toEqual([]);
  });

  it('makes the same marks another result, and is said beside two different ones', () => {
    expect(after(typed('35'), result(35, 50, 4)).drop).toEqual([]);
    expect(after(typed('35'), result(35, 100, 4)).drop).toEqual(['a']);
    expect(after(typed('35'), result(32, 50, 4)).put[0]?.refused).toMatchObject({ max_marks: 50 });
    expect(after(typed('35'), result(32, 100, 4)).put[0]?.refused?.max_marks).toBeUndefined();
  });

  it('set by the Save button while the same marks were on their way is still to be sent', () => {
    const sent = shipped([typed('35')]);
    const whole = typed('35', { max_marks: '50', whole: true });
    const { put, drop, saved } = settle([whole], sent, { ...counts, version: 4 });
    expect({ put, drop }).toEqual({ put: [{ ...whole, base: { texts: whole.texts, version: 4 } }], drop: [] });
    expect(saved).toMatchObject([{ version: 4, max_marks: 100 }]);
    expect(settle(put, shipped(put), { ...counts, version: 5 })).toMatchObject({ put: [], drop: ['a'] });
  });

  it('goes out with all rows or none: those beside a refused one wait for the Save button', () => {
    const changes = ['a', 'b', 'c'].map((student_id) =>
      typed('30', { student_id, max_marks: '50', whole: true, seen_max_marks: '100' }),
    );
    const sent = shipped(changes);
    const faults = refuse(changes, sent, new Map([['b', { faults: [{ field: 'marks', message: 'Too many.' }] }]]));
    expect(faults.put.map(({ student_id, held }) => [student_id, held])).toEqual([
      ['b', undefined],
      ['a', 'save'],
      ['c', 'save'],
    ]);
    expect(pack(faults.put, 'next').shipment).toBeUndefined();
    // What somebody else stored in one of them: a choice there, and the others wait as well.
    const clash = { ...result(45, 100, 4), student_id: 'b' };
    const mine = changes.map((one) => ({ ...one, texts: { marks: '31', remarks: '' } }));
    expect(
      pack(refuse(mine, shipped(mine), new Map([['b', { current: clash }]])).put, 'next').shipment,
    ).toBeUndefined();
    // Nobody has to choose: all of them go out again.
    const remark = { ...result(30, 100, 4), student_id: 'b', remarks: 'late' };
    const { put, drop } = refuse(changes, sent, new Map([['b', { current: remark }]]));
    expect(put).toMatchObject([{ student_id: 'b', whole: true, texts: { remarks: 'late' } }]);
    expect(drop).toEqual([]);
  });

  it('that is set here by hand is not lost when somebody saves another cell of the row', () => {
    const whole = typed('30', { max_marks: '50', whole: true });
    expect(after(whole, { ...result(30, 100, 4), remarks: 'late' }).put[0]).toMatchObject({ max_marks: '50' });
  });
});

describe('a row as the server tells it', () => {
  const result = {
    ...{ student_id: 'a', student_code: 'S1', student_name: 'Ada', version: 1, enrolled: true, result_id: 'r' },
    ...{ max_marks: 100, percentage: 0, grade: 'F' as const, remarks: 'absent', amended_at: null },
    ...{ updated_at: null, updated_by: null },
  };

  it('becomes texts, empty where there is no mark', () => {
    expect(textsOf('attendance', storedRow(null, 0))).toEqual(none);
  });

  it('keeps a zero apart from no result', () => {
    expect(textsOf('results', { ...result, marks: 0 })).toEqual({ marks: '0', remarks: 'absent' });
    expect(textsOf('results', { ...result, marks: null })['marks']).toBe('');
  });
});
