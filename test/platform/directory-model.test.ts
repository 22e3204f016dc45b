// Does the directory answer every question as a plain list would that filters, sorts and cuts anew each time?
import { describe, expect, test } from 'vitest';
import { createDirectory } from '../../src/platform/directory.ts';
import type { Kept, ListRequest } from '../../src/platform/directory.ts';
import { compareTexts, searchText } from '../../src/platform/fold.ts';
import { compareValues } from '../../src/platform/orders.ts';
import { plainKey } from '../../src/platform/plain-key.ts';

interface Thing {
  id: string;
  code: string;
  name: string | null;
  kind: string;
  state: string;
  n: number | null;
  version: number;
}

const SORTS = ['code', 'name', 'kind', 'n'] as const;

/** Numbers that look random and are the same in every run. */
function createRandom(seed: number) {
  let state = seed;
  const whole = (n: number): number => {
    state = (state * 48_271) % 2_147_483_647;
    return state % n;
  };
  return { whole, pick: <T>(items: readonly T[]): T => items[whole(items.length)]! };
}

const NAMES = [
  'Ann',
  'ann',
  'Élise',
  'Elise',
  "O'Neil",
  'Müller',
  'de la Cruz',
  'Anna-Lena',
  '李 雷',
  'Ötzi',
  'ß',
  'Zoe',
];
/** Longer than the index of texts takes in. */
const LONG = Array.from({ length: 60 }, (_, i) => `part${String(i)}`).join(' ');

const directoryOf = () =>
  createDirectory<Kept<Thing>>({
    idOf: ({ record }) => record.id,
    searched: ({ record }) => [record.code, record.name],
    sortValue: ({ record }, column) => record[column as keyof Thing],
    facets: { kind: ({ record }) => record.kind, state: ({ record }) => record.state },
  });

function plainly(things: readonly Thing[], { q, where = {}, among, sort, descending, page, page_size }: ListRequest) {
  const ids = among && new Set(among);
  const wanted = searchText(q.trim());
  const found = things
    .filter((one) => searchText([one.code, one.name].filter(Boolean).join('\n')).includes(wanted))
    .filter((one) => where['kind'] === undefined || one.kind === where['kind'])
    .filter((one) => where['state'] === undefined || one.state === where['state'])
    .filter((one) => !ids || ids.has(one.id))
    .sort(
      (a, b) =>
        compareValues(a[sort as keyof Thing], b[sort as keyof Thing]) || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0),
    );
  if (descending) found.reverse();
  return { ids: found.slice((page - 1) * page_size, page * page_size).map((one) => one.id), total: found.length };
}

test.each([1, 2, 3, 4])('through thousands of changes, run %i', (seed) => {
  const { whole, pick } = createRandom(seed * 7_919);
  const directory = directoryOf();
  const things = new Map<string, Thing>();

  const make = (id: string, version: number): Thing => ({
    id,
    code: `${pick(['CS', 'cs', 'EE'])}${String(whole(40)).padStart(whole(4), '0')}`,
    name: whole(8) === 0 ? null : `${pick(NAMES)} ${pick(NAMES)}${pick(['', ' 2', ' 10', whole(9) === 0 ? LONG : ''])}`,
    kind: pick(['a', 'b', 'c']),
    state: pick(['on', 'off']),
    n: whole(6) === 0 ? null : whole(9),
    version,
  });

  const ask = (): ListRequest => {
    const all = [...things.values()];
    const text = all.length > 0 ? `${pick(all).code} ${pick(all).name ?? ''}` : 'x';
    const from = whole(text.length);
    return {
      q: whole(3) === 0 ? '' : text.slice(from, from + 1 + whole(whole(9) === 0 ? 400 : 7)),
      where: { kind: whole(3) === 0 ? pick(['a', 'b', 'none']) : undefined, state: pick(['on', undefined, undefined]) },
      among: whole(5) === 0 ? [...all.slice(0, whole(30)).map(({ id }) => id), 'unknown'] : undefined,
      sort: pick(SORTS),
      descending: whole(2) === 0,
      page: 1 + whole(3),
      page_size: 1 + whole(20),
    };
  };

  let made = 0;
  for (let i = 0; i < 3_000; i++) {
    const one = things.size > 0 && whole(3) > 0 ? pick([...things.values()]) : undefined;
    if (one && whole(4) === 0) {
      things.delete(one.id);
      directory.remove(one.id);
    } else {
      const record = make(one?.id ?? `id-${String((made += 1))}`, (one?.version ?? 0) + 1);
      things.set(record.id, record);
      directory.put({ record, head: null });
    }
    if (i === 500) directory.prepare(SORTS);
    if (i % 5 !== 0) continue;
    const request = ask();
    const { items, total } = directory.list(request);
    expect({ ids: items.map(({ record }) => record.id), total }, JSON.stringify(request)).toEqual(
      plainly([...things.values()], request),
    );
  }
  expect(directory.size()).toBe(things.size);
  expect([...directory.values()].map(({ record }) => record.id).sort()).toEqual([...things.keys()].sort());
});

test('one or two letters among 20,000 find every record in which a word starts so, once', () => {
  const directory = directoryOf();
  const { pick, whole } = createRandom(11);
  const things = Array.from({ length: 20_000 }, (_, i): Thing => ({
    id: String(i),
    code: `C${String(i)}`,
    name: `${pick(NAMES)} ${pick(NAMES)}${i % 5_000 === 0 ? ` ${LONG}` : ''}`,
    kind: 'a',
    state: pick(['on', 'off']),
    n: whole(5),
    version: 1,
  }));
  for (const record of things) directory.put({ record, head: null });
  for (const q of ['a', 'an', 'el', 'mu', 'c1', '李', 'la', "o'", 'e ', 'pa', 'p', 'xx']) {
    const wanted = searchText(q.trim());
    const count = things.filter((one) =>
      searchText(`${one.code}\n${one.name ?? ''}`)
        .split(/[ \n]/)
        .some((word, i, words) => word.startsWith(wanted) || `${word} ${words[i + 1] ?? ''}`.startsWith(wanted)),
    ).length;
    const request = { q, sort: 'code', descending: false, page: 1, page_size: 5 };
    expect(directory.list(request).total, q).toBe(count);
  }
});

describe('the key of a plain text', () => {
  test('orders as the collator does, whatever stands in it', () => {
    const { pick, whole } = createRandom(5);
    const letters = Array.from(' _-,;:!?.\'"()[]{}@*/\\&#%`^+<=>|~$0012359aAbBzZ');
    const text = (): string => Array.from({ length: whole(9) }, () => pick(letters)).join('');
    for (let i = 0; i < 100_000; i++) {
      const [a, b] = [text(), text()];
      const [x, y] = [plainKey(a)!, plainKey(b)!];
      if (x !== y) expect(x < y ? -1 : 1, JSON.stringify([a, b])).toBe(Math.sign(compareTexts(a, b)));
    }
  });

  test('is not there for a text with other letters', () => {
    for (const text of ['É', 'ß', '李', 'a\tb', `1${'0'.repeat(70)}`]) expect(plainKey(text)).toBeUndefined();
  });
});
