// How is it said when something happened?
import { expect, it } from 'vitest';
import { ago, withDays } from '../../src/browser/times.ts';

const now = new Date('2026-11-21T12:00:00Z');

it.each([
  ['2026-11-21T11:59:40Z', 'just now'],
  ['2026-11-21T12:00:20Z', 'just now'],
  ['2026-11-21T11:55:00Z', '5 minutes ago'],
  ['2026-11-21T09:00:00Z', '3 hours ago'],
  ['2026-11-20T12:00:00Z', 'yesterday'],
  ['2026-11-09T12:00:00Z', 'Mon 9 Nov'],
  ['2025-11-09T12:00:00Z', '9 Nov 2025'],
])('%s is %s', (at, said) => {
  expect(ago(new Date(at), now)).toBe(said);
});

it('says days in words, each in one piece', () => {
  const said = withDays('Attendance of CS101-26B on 2026-11-04: 2 marks saved.');
  expect(said).toBe('Attendance of CS101-26B on 4\u00a0Nov\u00a02026: 2 marks saved.');
  expect(withDays('Course X-2026-99-01 was added.')).toBe('Course X-2026-99-01 was added.');
});
