// What do typed texts mean?
import { describe, expect, it } from 'vitest';
import { textOf, textsOf, typedNumber, withoutBlank } from '../../../src/platform/http/texts.ts';

describe('typed numbers', () => {
  it.each([
    ['85,5', 85.5],
    ['85.5', 85.5],
    ['0', 0],
    ['.5', 0.5],
    ['-1', -1],
    ['', null],
  ])('%j is %j', (text, number) => expect(typedNumber(text)).toBe(number));

  it.each(['1.234,5', '1e3', '0x10', 'ten', 'Infinity', '١'])('%j is left for the schema to refuse', (text) =>
    expect(typedNumber(text)).toBe(text),
  );
});

describe('fields', () => {
  it('are trimmed, the first of several counts, and a name of the prototype is none', () => {
    expect(textOf({ a: [' x ', 'y'] }, 'a')).toBe('x');
    expect(textOf({}, 'constructor')).toBe('');
    expect(textsOf({ a: ' 1 ', c: '3' }, ['a', 'b'])).toEqual({ a: '1' });
  });

  it('left empty are dropped where a default waits', () => {
    expect(withoutBlank({ period: '', remarks: '' }, 'period')).toEqual({ remarks: '' });
  });
});
