// Do the small parts of the API read headers and bodies as the contract says?
import { describe, expect, it } from 'vitest';
import { BadRequest, UnsupportedMediaType } from '../../src/platform/errors.ts';
import { demandJson, parseJson } from '../../src/platform/http/api-body.ts';
import { etag, NO_VERSION, seenVersion } from '../../src/platform/http/api-version.ts';

describe('If-Match', () => {
  it.each([
    ['"3"', 3],
    ['W/"3"', 3],
    ['"3-gzip"', 3],
    ['W/"12-gzip"', 12],
    ['"3--gzip"', 3],
    ['"3-br"', 3],
    ['3', 3],
    [' "3" ', 3],
    [etag(41), 41],
  ])('%s is a version', (header, version) => {
    expect(seenVersion(header)).toBe(version);
  });

  it.each(['abc', '"abc"', '"3', '3"', '"-1"', '"3.5"', '"3", "4"', '""', '"99999999999999999999"', '"3 OR 1"', "'3'"])(
    '%s can not be read and fits nothing',
    (header) => {
      expect(seenVersion(header)).toBe(NO_VERSION);
    },
  );

  it.each([undefined, '', ' ', '*'])('%s names no version', (header) => {
    expect(seenVersion(header)).toBeUndefined();
  });
});

describe('Content-Type', () => {
  it.each([
    'application/json',
    'application/json; charset=utf-8',
    'Application/JSON;charset="UTF-8"',
    'application/json ;x=y',
  ])('%s is taken', (type) => {
    expect(() => demandJson(type)).not.toThrow();
  });

  it.each([
    undefined,
    '',
    'text/plain',
    'application/jsonx',
    'application/json-patch+json',
    'application/json; charset=utf-16',
    'application/json; charset=latin1',
    'application/x-www-form-urlencoded',
    'text/plain; application/json',
  ])('%s is refused', (type) => {
    expect(() => demandJson(type)).toThrow(UnsupportedMediaType);
  });
});

describe('JSON', () => {
  it('is read, with a byte order mark too', () => {
    expect(parseJson(Buffer.from('\ufeff{"a":"é"}'))).toEqual({ a: 'é' });
  });

  it.each([
    ['nothing', Buffer.from('')],
    ['half of it', Buffer.from('{"a":')],
    ['two of it', Buffer.from('{}{}')],
    ['what is not UTF-8', Buffer.from([0x22, 0xff, 0xfe, 0x22])],
    ['NaN', Buffer.from('NaN')],
  ])('%s is refused', (_, bytes) => {
    expect(() => parseJson(bytes)).toThrow(BadRequest);
  });

  it('does not mind how deep it is nested', () => {
    expect(() => parseJson(Buffer.from('['.repeat(300_000)))).toThrow(BadRequest);
    expect(() => parseJson(Buffer.from('['.repeat(5_000) + ']'.repeat(5_000)))).not.toThrow();
  });
});
