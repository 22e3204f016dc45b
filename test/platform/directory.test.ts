// Does the list in memory find, order and page as a list of millions would?
import { describe, expect, test } from 'vitest';
import { createDirectory } from '../../src/platform/directory.ts';
import type { Kept } from '../../src/platform/directory.ts';

interface Thing {
  id: string;
  name: string | null;
  n: number | null;
  version: number;
}

const make = () =>
  createDirectory<Kept<Thing>>({
    idOf: ({ record }) => record.id,
    searched: ({ record }) => [record.name],
    sortValue: ({ record }, column) => record[column as keyof Thing],
    nameOf: ({ record }) => record.name ?? '',
  });

const kept = (id: string, fields: Partial<Thing> = {}): Kept<Thing> => ({
  record: { id, name: id, n: null, version: 1, ...fields },
  head: null,
});

const ask = { q: '', sort: 'name', descending: false, page: 1, page_size: 500 };

const ids = (directory: ReturnType<typeof make>, request: Partial<typeof ask> = {}): string[] =>
  directory.list({ ...ask, ...request }).items.map(({ record }) => record.id);

describe('order', () => {
  test('a few of many stand as they do among all, after every change', () => {
    const directory = make();
    const names = Array.from({ length: 400 }, (_, i) => `${i % 40 === 0 ? 'rare' : 'often'} ${String((i * 37) % 400)}`);
    names.forEach((name, i) => directory.put(kept(String(i), { name, n: i % 7 })));
    const compare = (when: string): void => {
      for (const sort of ['name', 'n'])
        for (const descending of [false, true]) {
          const all = ids(directory, { sort, descending });
          const rare = all.filter((id) => directory.get(id)?.record.name?.startsWith('rare'));
          expect(ids(directory, { q: 'rare', sort, descending }), when).toEqual(rare);
          const second = { q: 'rare', sort, descending, page: 2, page_size: 4 };
          expect(ids(directory, second), when).toEqual(rare.slice(4, 8));
        }
    };
    compare('at first');
    directory.put(kept('new', { name: 'rare 0', n: 3 }));
    compare('one more');
    directory.put(kept('40', { name: 'rare 399', n: 0, version: 2 }));
    compare('one otherwise');
    directory.put(kept('1', { name: 'often 0', n: 6, version: 2 }));
    compare('another one otherwise');
    directory.remove('80');
    compare('one less');
  });

  test('numbers in texts go by value, case and accents only break ties, nothing comes first', () => {
    const directory = make();
    const names = ['CS10', 'cs9', 'CS100', 'Élan', 'elan', 'Zoe', 'CS9a', null];
    names.forEach((name, i) => directory.put(kept(String(i), { name })));
    const sorted = directory.list(ask).items.map(({ record }) => record.name);
    expect(sorted).toEqual([null, 'cs9', 'CS9a', 'CS10', 'CS100', 'elan', 'Élan', 'Zoe']);
  });

  test('ties go by id, and descending is the exact reverse', () => {
    const directory = make();
    for (const id of ['c', 'a', 'd', 'b']) directory.put(kept(id, { name: 'same', n: 1 }));
    expect(ids(directory)).toEqual(['a', 'b', 'c', 'd']);
    expect(ids(directory, { descending: true })).toEqual(['d', 'c', 'b', 'a']);
  });

  test('is kept through every change', () => {
    const directory = make();
    // One record at a time per slot; an id never comes back after a removal, as everywhere in the college.
    const model = new Map<number, Thing>();
    let seed = 7;
    const random = (n: number): number => (seed = (seed * 48_271) % 2_147_483_647) % n;
    ids(directory, { sort: 'n' });
    ids(directory);
    for (let i = 0; i < 2_000; i++) {
      const slot = random(60);
      const before = model.get(slot);
      if (before && random(5) === 0) {
        model.delete(slot);
        directory.remove(before.id);
        continue;
      }
      const id = before?.id ?? `${String(slot)}-${String(i)}`;
      const record = { id, name: `N${String(random(20))}`, n: random(10), version: (before?.version ?? 0) + 1 };
      model.set(slot, record);
      directory.put({ record, head: null });
    }
    expect(directory.size()).toBe(model.size);
    const byN = [...model.values()].sort((a, b) => (a.n ?? 0) - (b.n ?? 0) || (a.id < b.id ? -1 : 1)).map((t) => t.id);
    expect(ids(directory, { sort: 'n' })).toEqual(byN);
    expect(ids(directory, { sort: 'n', descending: true })).toEqual(byN.reverse());
  });
});

describe('pages', () => {
  test('show everything once, and nothing beyond the end', () => {
    const directory = make();
    for (let i = 0; i < 23; i++) directory.put(kept(String(i)));
    for (const descending of [false, true]) {
      const pages = [1, 2, 3, 4].map((page) => directory.list({ ...ask, descending, page, page_size: 10 }));
      expect(pages.map((page) => page.items.length)).toEqual([10, 10, 3, 0]);
      expect(pages.every((page) => page.total === 23)).toBe(true);
      expect(new Set(pages.flatMap((page) => page.items.map(({ record }) => record.id))).size).toBe(23);
    }
  });
});

describe('search', () => {
  test('matches any part, ignoring case, accents and width', () => {
    const directory = make();
    directory.put(kept('1', { name: 'Élise Müller' }));
    directory.put(kept('2', { name: 'ＡＢＣ' }));
    directory.put(kept('3', { name: 'a.b*c(' }));
    for (const q of ['elise', 'ÉLISE', 'lise mu', 'ler', ' elise ']) expect(ids(directory, { q })).toEqual(['1']);
    expect(ids(directory, { q: 'abc' })).toEqual(['2']);
    for (const q of ['.b*', 'c(', '*']) expect(ids(directory, { q })).toEqual(['3']);
    expect(ids(directory, { q: '%' })).toEqual([]);
  });

  test('forgets the old text of a changed record and all of a removed one', () => {
    const directory = make();
    directory.put(kept('1', { name: 'before' }));
    directory.put(kept('1', { name: 'after', version: 2 }));
    expect(ids(directory, { q: 'before' })).toEqual([]);
    directory.remove('1');
    expect(ids(directory, { q: 'after' })).toEqual([]);
  });

  test('among 20,000 and more, one or two letters match the starts of words, three any part', () => {
    const directory = make();
    for (let i = 0; i < 20_000; i++) directory.put(kept(String(i), { name: `Person Xanadu${String(i)}` }));
    directory.put(kept('z', { name: 'Anna Lopez' }));
    expect(ids(directory, { q: 'lo' })).toEqual(['z']);
    expect(directory.list({ ...ask, q: 'na' }).total).toBe(0);
    expect(ids(directory, { q: 'ope' })).toEqual(['z']);
  });
});

describe('late answers', () => {
  test('an older version never replaces a newer one', () => {
    const directory = make();
    directory.put(kept('1', { name: 'new', version: 5 }));
    directory.put(kept('1', { name: 'old', version: 4 }));
    expect(directory.get('1')?.record.name).toBe('new');
  });

  test('what was removed does not come back', () => {
    const directory = make();
    directory.put(kept('1'));
    directory.remove('1');
    directory.put(kept('1', { version: 2 }));
    expect(directory.get('1')).toBeUndefined();
    expect(directory.list(ask).total).toBe(0);
  });
});

describe('a name that only one has', () => {
  const idOf = (directory: ReturnType<typeof make>, name: string) => directory.byName(name)?.record.id;

  test('is found whatever its case, also when it is a part of very many', () => {
    const directory = make();
    for (let i = 0; i < 600; i++) directory.put(kept(`many${String(i)}`, { name: `S${String(i)}` }));
    directory.put(kept('the one', { name: 'S' }));
    expect(idOf(directory, ' s ')).toBe('the one');
    expect(idOf(directory, 'S599')).toBe('many599');
    expect(idOf(directory, 'S600')).toBeUndefined();
  });

  test('goes with a rename and a removal, and stays with whoever took it over first', () => {
    const directory = make();
    directory.put(kept('a', { name: 'Old' }));
    directory.put(kept('b', { name: 'old', version: 1 }));
    directory.put(kept('a', { name: 'New', version: 2 }));
    expect([idOf(directory, 'old'), idOf(directory, 'new')]).toEqual(['b', 'a']);
    directory.put(kept('a', { name: 'Late', version: 1 }));
    expect(idOf(directory, 'late')).toBeUndefined();
    directory.remove('a');
    expect([idOf(directory, 'old'), idOf(directory, 'new')]).toEqual(['b', undefined]);
  });
});
