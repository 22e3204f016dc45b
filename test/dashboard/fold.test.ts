// Does a class that is marked row by row stay one line of the list?
import { expect, it } from 'vitest';
import type { Activity } from '../../src/dashboard/activity.service.ts';
import { fold } from '../../src/dashboard/fold.ts';

const line = (fields: Partial<Activity> = {}): Activity => ({
  ...{ at: '2026-11-21T10:00:00Z', event: 'attendance_marked', actor: 'Ada', entity: 'course', entity_id: 'c1' },
  summary: 'Attendance of CS101-26B on 2026-11-21: 1 mark saved.',
  ...fields,
});

it('lines of one person on one sheet that follow each other are one, the newest, with a count', () => {
  const newest = line({ at: '2026-11-21T10:05:00Z', summary: 'Attendance of CS101-26B on 2026-11-21: 3 marks saved.' });
  expect(fold([newest, line(), line({ event: 'attendance_updated' })], 20)).toEqual([{ ...newest, count: 3 }]);
});

it('another person, sheet or kind of change is a line of its own', () => {
  const lines = [
    line(),
    line({ actor: 'Tom' }),
    line({ actor: 'Tom', summary: 'Attendance of CS101-26B on 2026-11-20: 1 mark saved.' }),
    line({ event: 'result_added', summary: 'Results of the Quiz of CS101-26B: 1 row saved.' }),
    line({ event: 'course_updated', summary: 'CS101-26B changed.' }),
    line({ event: 'course_updated', summary: 'CS101-26B changed.' }),
  ];
  expect(fold(lines, 20).map(({ count }) => count)).toEqual([1, 1, 1, 1, 1, 1]);
});

it('the count of the last line that is shown is whole', () => {
  expect(fold([line({ actor: 'Tom' }), line(), line(), line({ actor: 'Tom' })], 2).map(({ count }) => count)).toEqual([
    1, 2,
  ]);
});
