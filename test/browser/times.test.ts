// How is it said when something happened?
import { expect, it } from 'vitest';
import { ago } from '../../src/browser/times.ts';

const now = new Date('2026-11-21T12:00:00Z');

it.each([
  ['2026-11-21T11:59:40Z', 'just now'],
  ['2026-11-21T12:00:20Z', 'just now'],
  ['2026-11-21T11:55:00Z', '5 minutes ago'],
  ['2026-11-21T09:00:00Z', '3 hours ago'],
  ['2026-11-20T12:00:00Z', 'yesterday'],
])('%s is %s', (at, said) => {
  expect(ago(new Date(at), now)).toBe(said);
});
