// Does every field take what it should and refuse the rest, each fault named?
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { Invalid } from '../../src/platform/errors.ts';
import { filter, given, listQuery, numberText } from '../../src/platform/list-query.ts';
import { day, email, id, optional, parse, text, wholeNumber } from '../../src/platform/schema.ts';
import { marks, maxMarks } from '../../src/results/result.ts';
import { password } from '../../src/users/user.ts';

const ok = (schema: z.ZodType, value: unknown): boolean => schema.safeParse(value).success;

function faults(schema: z.ZodType, value: unknown): string[] {
  try {
    parse(schema, value);
    return [];
  } catch (error) {
    expect(error).toBeInstanceOf(Invalid);
    return (error as Invalid).errors.map((e) => e.field);
  }
}

describe('a text', () => {
  const code = text(5, 'Code');
  test('is trimmed and not empty', () => {
    expect(parse(code, '  ab  ')).toBe('ab');
    expect(parse(code, '  abcde  ')).toBe('abcde');
    for (const bad of ['', '   ', '\u00a0', 'abcdef', null, undefined, 1, [], {}]) expect(ok(code, bad)).toBe(false);
  });
  test('has no control characters and no torn surrogates', () => {
    for (const bad of ['a\u0000b', 'a\u001bb', 'a\u007fb', 'a\ud800b']) expect(ok(code, bad)).toBe(false);
    for (const good of ['😀', '中文', "O'Neil"]) expect(ok(text(9, 'Name'), good)).toBe(true);
    for (const lines of ['a\nb', 'a\tb', 'a\r\nb']) {
      expect(ok(code, lines)).toBe(false);
      expect(ok(text(5, 'Remarks', { lines: true }), lines)).toBe(true);
    }
  });
});

test('an optional field is cleared by null and by nothing typed', () => {
  const field = optional(text(5, 'Code'));
  expect(parse(field, null)).toBe(null);
  for (const blank of ['', ' ', '\t\n', '\u00a0']) expect(parse(field, blank)).toBe(null);
  expect(parse(field, ' a ')).toBe('a');
  expect(ok(field, 7)).toBe(false);
});

test('a day is a real one', () => {
  for (const good of ['2000-01-01', '2028-02-29', '2026-12-31']) expect(ok(day('Day'), good)).toBe(true);
  for (const bad of [
    '1999-12-31',
    '2026-02-29',
    '2026-13-01',
    '2026-00-10',
    '2026-1-1',
    '2026-01-01T00:00:00Z',
    '',
    ' 2026-01-01',
    20260101,
  ]) {
    expect(ok(day('Day'), bad)).toBe(false);
  }
});

test('an id is a lower-case UUID, never a key of a prototype', () => {
  expect(ok(id('It'), '6ba7b811-9dad-11d1-80b4-00c04fd430c8')).toBe(true);
  for (const bad of [
    '__proto__',
    'constructor',
    '6BA7B811-9DAD-11D1-80B4-00C04FD430C8',
    '6ba7b811-9dad-11d1-80b4-00c04fd430c8\n',
    '',
    null,
  ]) {
    expect(ok(id('It'), bad)).toBe(false);
  }
});

test('a whole number is one, and in its bounds', () => {
  const n = wholeNumber(1, 12, 'Semester');
  for (const good of [1, 12]) expect(ok(n, good)).toBe(true);
  for (const bad of [0, 13, 1.5, '1', NaN, Infinity, null, true]) expect(ok(n, bad)).toBe(false);
  const typed = numberText('Page', 1, 500);
  expect(parse(typed, '500')).toBe(500);
  for (const bad of ['0', '501', '1.5', '-1', '1e2', '', ' 1', '0x10', '99999999999999999999', null, [1]]) {
    expect(ok(typed, bad)).toBe(false);
  }
});

test('an e-mail is an address, trimmed', () => {
  expect(parse(email('E-mail'), ' a@b.edu ')).toBe('a@b.edu');
  for (const bad of ['a', 'a@', '@b.edu', 'a b@c.edu', `${'a'.repeat(200)}@b.edu`, 'a@b.edu\n<script>']) {
    expect(ok(email('E-mail'), bad)).toBe(false);
  }
});

test('marks have at most 6 decimals and 1,000,000', () => {
  for (const good of [0, 0.000001, 1_000_000, 999_999.999999, 80.1, 39.995, 1e-6]) expect(ok(marks, good)).toBe(true);
  for (const bad of [
    -1,
    -0.000001,
    1e-7,
    0.0000001,
    1.0000001,
    1_000_000.000001,
    0.1 + 0.2,
    1.5e-6,
    NaN,
    Infinity,
    '1',
    null,
  ]) {
    expect(ok(marks, bad)).toBe(false);
  }
  expect(ok(maxMarks, 0)).toBe(false);
  expect(ok(maxMarks, 0.000001)).toBe(true);
});

test('a password is long enough, at most 72 bytes, and has no NUL', () => {
  expect(ok(password, '1234567890')).toBe(true);
  expect(ok(password, '123456789')).toBe(false);
  expect(ok(password, 'x'.repeat(72))).toBe(true);
  expect(ok(password, 'x'.repeat(73))).toBe(false);
  expect(ok(password, 'é'.repeat(36))).toBe(true);
  expect(ok(password, 'é'.repeat(37))).toBe(false);
  expect(ok(password, '12345\u000067890')).toBe(false);
});

test('every fault is named by its path, unknown fields included', () => {
  const schema = z.strictObject({
    name: text(5, 'Name'),
    entries: z.array(z.strictObject({ n: wholeNumber(0, 9, 'N'), note: optional(text(3, 'Note')).optional() })),
  });
  const bad = { name: '', entries: [{ n: 1 }, { n: 10, x: 1, note: 'long' }], version: 3 };
  expect(faults(schema, bad).sort()).toEqual(['entries[1].n', 'entries[1].note', 'entries[1].x', 'name', 'version']);
  expect(faults(schema, JSON.parse('{"name":"a","entries":[],"__proto__":{"admin":true}}'))).toEqual(['__proto__']);
  for (const not of [null, undefined, [], 'text', 7]) expect(faults(schema, not)).toHaveLength(1);
});

test('a list query has defaults, bounds and only known columns', () => {
  const query = z.strictObject({ ...listQuery(['code', 'name']), status: filter(z.enum(['on', 'off'])) });
  expect(parse(query, {})).toEqual({ q: '', sort: 'code', order: 'asc', page: 1, page_size: 25 });
  expect(parse(query, { q: '', sort: '', order: '', page: '2', page_size: '500', status: '' })).toMatchObject({
    sort: 'code',
    page: 2,
    page_size: 500,
  });
  for (const sort of ['constructor', '__proto__', 'toString', 'password_hash'])
    expect(faults(query, { sort })).toEqual(['sort']);
  expect(faults(query, { page: 0, page_size: 501, order: 'up', q: ['a'], status: 'x' }).sort()).toEqual([
    'order',
    'page',
    'page_size',
    'q',
    'status',
  ]);
  expect(faults(query, { what: 1 })).toEqual(['what']);
  expect(given({ a: undefined, b: null, c: 0 })).toEqual({ b: null, c: 0 });
});
