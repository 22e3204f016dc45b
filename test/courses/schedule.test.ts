// Are the days and the hour read out of a schedule as people write it?
import { expect, test } from 'vitest';
import { meetsOn, readSchedule } from '../../src/courses/schedule.ts';

const days = (schedule: string | null): number[] => [...readSchedule(schedule).weekdays].sort();

test.each([
  ['Mon, Wed 09:00–09:50, Turing B100', [1, 3], '09:00'],
  ['Mondays and Thursdays 9:15, room 12', [1, 4], '09:15'],
  ['Mon–Thu 14.30', [1, 2, 3, 4], '14:30'],
  ['Friday to Monday', [0, 1, 5, 6], null],
  ['tues/thurs, 8:00 - 9:30', [2, 4], '08:00'],
  ['SAT 10:00', [6], '10:00'],
])('of "%s"', (schedule, weekdays, starts) => {
  expect(days(schedule)).toEqual(weekdays);
  expect(readSchedule(schedule).starts).toBe(starts);
});

test('no day is made up: such a course may meet on any', () => {
  for (const schedule of [null, '', 'Room 12, by arrangement', 'Monitor room, Sunset wing, wednesbury', '25:99']) {
    expect(days(schedule)).toEqual([]);
    expect(readSchedule(schedule).starts).toBe(null);
    expect(meetsOn(readSchedule(schedule), 2)).toBe(true);
  }
  expect(meetsOn(readSchedule('Mon'), 2)).toBe(false);
});
