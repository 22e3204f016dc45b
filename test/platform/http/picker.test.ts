// Whom does a typed code or name mean?
import { describe, expect, it } from 'vitest';
import { everyItem, pick } from '../../../src/platform/http/picker.ts';

const people = [
  { code: 'S-1', name: 'Ann Lee' },
  { code: 'S-10', name: 'Ann Moor' },
];
/** A search gives only the first of very many. */
const unfound = { code: 'S', name: 'Zack Poe' };
const find = (typed: string) =>
  pick(
    typed,
    (q) => people.filter((one) => `${one.code} ${one.name}`.toLowerCase().includes(q.toLowerCase())),
    (code) => [...people, unfound].find((one) => one.code.toLowerCase() === code.toLowerCase()),
  );

describe('a typed code or name', () => {
  it('finds the only one that fits', () => expect(find('moor').found).toBe(people[1]));
  it('finds an exact code among longer ones, whatever its case', () => expect(find('s-1').found).toBe(people[0]));
  it('finds an exact code that more contain than a search gives', () => expect(find('s').found).toBe(unfound));
  it('offers several to choose from', () => {
    expect(find('ann')).toMatchObject({ found: undefined, choices: people, message: 'Several fit: choose one below.' });
  });
  it('says that nobody fits', () => {
    expect(find('zoe').choices).toEqual([]);
    expect(find('zoe').message).toContain('Nobody fits');
  });
});

describe('every item of a paged list', () => {
  const items = Array.from({ length: 5 }, (_, n) => n);
  it('is read page by page', () => {
    const read = (page: number) => ({ items: items.slice((page - 1) * 2, page * 2), total: 5, page, page_size: 2 });
    expect(everyItem(read)).toEqual(items);
  });
  it('ends when pages run dry, whatever the total says', () => {
    expect(everyItem((page) => ({ items: page === 1 ? [1] : [], total: 9, page, page_size: 1 }))).toEqual([1]);
  });
});
