// Does the table of `npm run ux` put the figures of one page on one line, and name every bound that is broken?
import { expect, test } from 'vitest';
import { brokenIn, tableOf } from '../../scripts/ux/table.mjs';

const columns = [
  { name: 'LCP ms', below: 1000 },
  { name: 'without JS', is: 'works' },
];
const rows = [
  { page: 'admin /', 'LCP ms': 999 },
  { page: 'student /', 'LCP ms': 1000 },
  { page: 'admin /', 'without JS': 'works' },
  { page: 'a sheet', 'without JS': 'has no heading' },
];

test('one line a page, the bound above, broken ones marked', () => {
  expect(tableOf(columns, rows).split('\n')).toEqual([
    'page        LCP ms        without JS',
    'bound      < 1,000             works',
    '------------------------------------',
    'admin /        999             works',
    'student /   1000 !                  ',
    'a sheet             has no heading !',
  ]);
});

test('a figure that is not there breaks nothing; one at its bound does', () => {
  expect(brokenIn(columns, rows)).toEqual([
    'student /: LCP ms is 1000, not < 1,000.',
    'a sheet: without JS is has no heading, not works.',
  ]);
});
