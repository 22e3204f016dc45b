// What forms become: plain objects for services, and both values after a lost race.
import { describe, expect, it } from 'vitest';
import { Conflict, Invalid } from '../../../src/platform/errors.ts';
import { demandTyped, editAgain, editForm, formErrors, readForm, versionOf } from '../../../src/platform/http/forms.ts';

const body = (pairs: [string, string | string[]][]): Record<string, unknown> => {
  const fields = Object.create(null) as Record<string, unknown>;
  for (const [name, value] of pairs) fields[name] = value;
  return fields;
};

describe('readForm', () => {
  it('leaves out what is not a field, trims texts and keeps empty ones', () => {
    const typed = readForm(
      body([
        ['_csrf', 't'],
        ['version', '3'],
        ['was_name', 'x'],
        ['name', '  Ann '],
        ['phone', ''],
        ['text', 'a\r\nb'],
      ]),
    );
    expect(typed).toEqual({ name: 'Ann', phone: '', text: 'a\nb' });
    expect(readForm(undefined)).toEqual({});
  });

  it('reads numbers with comma or point, and leaves anything else to the schema', () => {
    const numbers = (...values: string[]) =>
      values.map((value) => readForm(body([['n', value]]), { numbers: ['n'] })['n']);
    expect(numbers('85,5', '85.5', '0', '', 'ten', '1e3', '1,2,3')).toEqual([85.5, 85.5, 0, '', 'ten', '1e3', '1,2,3']);
  });

  it('reads ticks, switches and lists', () => {
    const shape = { booleans: ['a', 'b'], switches: ['c', 'd', 'e'], lists: ['l', 'm', 'n'] };
    const typed = readForm(
      body([
        ['a', 'on'],
        ['c', 'false'],
        ['d', ['false', 'true']],
        ['l', ['', 'x', 'y', 'x']],
        ['m', ''],
      ]),
      shape,
    );
    expect(typed).toEqual({ a: true, b: false, c: false, d: true, l: ['x', 'y'], m: [] });
  });

  it('takes passwords as they are', () => {
    expect(readForm(body([['password', ' p ']]), { verbatim: ['password'] })).toEqual({ password: ' p ' });
  });

  it('is not broken by repeated or prototype fields', () => {
    const typed = readForm(
      body([
        ['name', ['one', 'two']],
        ['__proto__', 'x'],
        ['constructor', 'y'],
        ['n', ['1', '2']],
      ]),
      { numbers: ['n'] },
    );
    expect(Object.entries(typed)).toEqual([
      ['name', 'one'],
      ['constructor', 'y'],
      ['n', 1],
    ]);
    expect(Object.getPrototypeOf(typed)).toBe(Object.prototype);
  });
});

it('versionOf is 0, which nothing stored has, for anything that is no version', () => {
  const versions = [
    undefined,
    body([]),
    body([['version', '']]),
    body([['version', '-1']]),
    body([['version', '1e3']]),
  ];
  expect(versions.map(versionOf)).toEqual([0, 0, 0, 0, 0]);
  expect(versionOf(body([['version', '12']]))).toBe(12);
});

it('formErrors has one message a field, and `form` for what belongs to none', () => {
  const invalid = new Invalid([
    { field: 'courses[3]', message: 'first' },
    { field: 'courses[4]', message: 'second' },
    { field: '', message: 'whole' },
    { field: '__proto__', message: 'odd' },
  ]);
  expect(Object.entries(formErrors(invalid))).toEqual([
    ['courses', 'first'],
    ['form', 'whole'],
    ['__proto__', 'odd'],
  ]);
  expect(formErrors(new Conflict('taken', { field: 'code' }))).toEqual({ code: 'taken' });
  expect(formErrors(new Conflict('full'))).toEqual({ form: 'full' });
});

describe('an edit form', () => {
  const fields = [
    { name: 'name', label: 'Name' },
    { name: 'size', label: 'Size' },
    { name: 'ids', label: 'Ids', show: (ids: unknown) => (ids as string[]).join('+') },
    { name: 'note', label: 'Note' },
  ];
  const seen = { version: 1, name: 'Ann', size: 3, ids: ['b', 'a'], note: null };
  const sent = (changes: Record<string, unknown>, stale: boolean) => {
    const { originals } = editForm(fields, seen);
    const was = Object.entries(originals).map(([name, value]): [string, string] => [`was_${name}`, value]);
    return {
      body: body([['version', '1'], ...was]),
      typed: { name: seen.name, size: seen.size, ids: seen.ids, note: '', ...changes },
      problem: { errors: stale ? {} : { name: 'needed' }, stale },
    };
  };

  it('comes back with what was typed, still on the version it was opened with', () => {
    const form = editAgain(fields, { ...seen, version: 5 }, sent({ name: '' }, false));
    expect(form).toMatchObject({
      version: 1,
      values: { name: '', size: 3 },
      errors: { name: 'needed' },
      conflict: null,
    });
    expect(form.originals).toEqual({ name: 'Ann', size: '3', ids: 'a b', note: '' });
  });

  it('takes the stored value of fields that were not touched, and lists those that would be overwritten', () => {
    const stored = { version: 2, name: 'Bob', size: 4, ids: ['c'], note: 'n' };
    const form = editAgain(fields, stored, sent({ name: 'Zoe', ids: ['a', 'b', 'd'] }, true));
    expect(form.conflict).toEqual([
      { label: 'Name', mine: 'Zoe', stored: 'Bob' },
      { label: 'Ids', mine: 'a+b+d', stored: 'c' },
    ]);
    expect(form).toMatchObject({ version: 2, values: { name: 'Zoe', size: 4, ids: ['a', 'b', 'd'], note: 'n' } });
  });

  it('without originals takes every typed field for touched', () => {
    const stored = { ...seen, version: 2, size: 4 };
    const form = editAgain(fields, stored, { ...sent({}, true), body: body([['version', '1']]) });
    expect(form.conflict).toEqual([{ label: 'Size', mine: '3', stored: '4' }]);
  });
});

it('demandTyped takes the code in any case, and nothing else', () => {
  expect(() => demandTyped(body([['code', ' cs101 ']]), 'CS101')).not.toThrow();
  for (const code of ['', 'CS10', 'x']) expect(() => demandTyped(body([['code', code]]), 'CS101')).toThrow(Invalid);
  expect(() => demandTyped(undefined, 'CS101')).toThrow(Invalid);
});
