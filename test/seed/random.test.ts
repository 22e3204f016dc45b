import { describe, expect, it } from 'vitest';
import { createRandom } from '../../src/seed/random.ts';

describe('chance that repeats', () => {
  it('is the same for the same number and topic, and another for another', () => {
    const draw = (number: number, topic: string) => {
      const { next } = createRandom(number, topic);
      return Array.from({ length: 5 }, next);
    };
    expect(draw(42, 'a')).toEqual(draw(42, 'a'));
    expect(draw(42, 'a')).not.toEqual(draw(42, 'b'));
    expect(draw(42, 'a')).not.toEqual(draw(43, 'a'));
  });

  it('spreads evenly from 0 up to 1', () => {
    const { next } = createRandom(7, 'even');
    const tenths = Array<number>(10).fill(0);
    for (let i = 0; i < 10_000; i++) tenths[Math.floor(next() * 10)]! += 1;
    for (const n of tenths) expect(n).toBeGreaterThan(850);
  });

  it('draws whole numbers with both ends', () => {
    const { whole } = createRandom(1, 'whole');
    expect(new Set(Array.from({ length: 200 }, () => whole(3, 5)))).toEqual(new Set([3, 4, 5]));
  });

  it('draws different ones, the heavier the likelier, and never one without weight', () => {
    const { sample, weighted } = createRandom(1, 'sample');
    let heavy = 0;
    for (let i = 0; i < 500; i++) {
      const two = sample(['a', 'b', 'c'], 2, (x) => (x === 'a' ? 20 : 1));
      expect(new Set(two).size).toBe(2);
      if (two.includes('a')) heavy += 1;
      expect(weighted(['x', 'y'], (x) => (x === 'x' ? 0 : 1))).toBe('y');
    }
    expect(heavy).toBeGreaterThan(470);
    expect(sample(['a'], 3, () => 1)).toEqual(['a']);
  });

  it('bends around the mean', () => {
    const { normal } = createRandom(3, 'bell');
    const drawn = Array.from({ length: 5_000 }, () => normal(70, 10));
    const mean = drawn.reduce((a, b) => a + b) / drawn.length;
    expect(Math.abs(mean - 70)).toBeLessThan(0.6);
    expect(drawn.filter((x) => Math.abs(x - 70) < 10).length / drawn.length).toBeCloseTo(0.68, 1);
  });

  it('shuffles without losing anything and says so when there is nothing to pick', () => {
    const { shuffled, pick } = createRandom(3, 'shuffle');
    expect(shuffled([1, 2, 3, 4, 5]).sort()).toEqual([1, 2, 3, 4, 5]);
    expect(() => pick([])).toThrow('nothing to choose from');
  });
});
