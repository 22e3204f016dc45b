// Which day is it at the college, whatever the machine's time zone?
import { expect, test } from 'vitest';
import { addDays, createToday, dayIn, timestamp } from '../../src/platform/clock.ts';
import { lastDay } from '../../src/platform/schema.ts';

const at = (iso: string) => Date.parse(iso);

test.each([
  ['UTC', '2026-03-31T23:59:59.999Z', '2026-03-31'],
  ['UTC', '2026-04-01T00:00:00.000Z', '2026-04-01'],
  ['Asia/Kolkata', '2026-03-31T18:29:59Z', '2026-03-31'],
  ['Asia/Kolkata', '2026-03-31T18:30:00Z', '2026-04-01'],
  ['America/Los_Angeles', '2026-01-01T07:59:59Z', '2025-12-31'],
  ['America/Los_Angeles', '2026-01-01T08:00:00Z', '2026-01-01'],
  ['Pacific/Kiritimati', '2026-01-01T10:00:00Z', '2026-01-02'],
  ['Europe/Berlin', '2026-03-28T23:00:00Z', '2026-03-29'], // the night the clocks go forward
  ['Europe/Berlin', '2026-03-29T22:00:00Z', '2026-03-30'],
  ['Europe/Berlin', '2026-10-25T22:59:59Z', '2026-10-25'],
])('in %s, %s is on %s', (zone, iso, day) => {
  expect(dayIn(zone, at(iso))).toBe(day);
  expect(createToday({ now: () => at(iso) }, zone)()).toBe(day);
});

test('days are added over months, leap years and changes of the clock', () => {
  expect(addDays('2026-02-28', 1)).toBe('2026-03-01');
  expect(addDays('2028-02-28', 1)).toBe('2028-02-29');
  expect(addDays('2026-01-01', -1)).toBe('2025-12-31');
  expect(addDays('2026-03-29', 1)).toBe('2026-03-30');
  expect(addDays('2026-03-31', -29)).toBe('2026-03-02');
  expect(lastDay('2026-12-31')).toBe('2027-01-01');
});

test('a timestamp is UTC with milliseconds', () => {
  expect(timestamp({ now: () => at('2026-03-31T23:59:59.999+05:30') })).toBe('2026-03-31T18:29:59.999Z');
});
