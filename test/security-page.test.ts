// Does the table of docs/security.md hold: every requirement once, counted right, and what it names there?
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '..');
const page = readFileSync(join(root, 'docs/security.md'), 'utf8');

const rows = [...page.matchAll(/^\| V(\d+\.\d+\.\d+) \| ([12]) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$/gm)].map(
  ([, id = '', level = '', what = '', state = '', where = '']) => ({ id, level, what, state, where }),
);

/** How many requirements of levels 1 and 2 each chapter of ASVS 5.0.0 has: 70 and 183. */
const CHAPTERS = [27, 11, 19, 10, 9, 35, 18, 7, 7, 29, 14, 9, 13, 9, 13, 16, 7];

/** What is named in code style and looks like a file of the repository. */
const filesIn = (text: string): string[] =>
  [...text.matchAll(/`([\w./-]+\/[\w./-]+\.\w+|SECURITY\.md|package-lock\.json|eslint\.config\.js)`/g)]
    .map(([, file = '']) => file)
    .filter((file) => !file.startsWith('/'));

test('every requirement of levels 1 and 2 stands there once, in order', () => {
  expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length);
  const counted = CHAPTERS.map((_, i) => rows.filter(({ id }) => id.startsWith(`${String(i + 1)}.`)).length);
  expect(counted).toEqual(CHAPTERS);
  const levels = ['1', '2'].map((level) => rows.filter((row) => row.level === level).length);
  expect(levels).toEqual([70, 183]);
  const parts = (id: string): number => id.split('.').reduce((sum, part) => sum * 100 + Number(part), 0);
  expect(rows.map(({ id }) => id)).toEqual(rows.map(({ id }) => id).toSorted((a, b) => parts(a) - parts(b)));
});

test('the states are the three there are, and counted right', () => {
  const count = (state: string): number => rows.filter((row) => row.state === state).length;
  const [, met, open, none] = /\*\*(\d+) met, (\d+) open, (\d+) not applicable\.\*\*/.exec(page) ?? [];
  expect([count('met'), count('**open**'), count('n/a')]).toEqual([met, open, none].map(Number));
  expect(count('met') + count('**open**') + count('n/a')).toBe(rows.length);
});

test('every row says why, and every file it names exists', () => {
  for (const { id, where } of rows) {
    expect([id, where.trim().length > 3]).toEqual([id, true]);
    for (const file of filesIn(where)) expect([id, file, existsSync(join(root, file))]).toEqual([id, file, true]);
  }
  expect(rows.flatMap(({ where }) => filesIn(where)).filter((file) => file.startsWith('test/')).length).toBeGreaterThan(
    100,
  );
  for (const [, target = ''] of page.matchAll(/\]\(([\w./]+)\)/g))
    expect(existsSync(join(root, 'docs', target))).toBe(true);
});
