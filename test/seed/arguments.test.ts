import { describe, expect, it } from 'vitest';
import { BadArguments, readArguments } from '../../src/seed/arguments.ts';

const TODAY = '2026-11-20';
const read = (...args: string[]) => readArguments(args, TODAY);

describe('flags of npm run seed', () => {
  it("default to the paper's sizes and the real day", () => {
    expect(read()).toEqual({
      students: 250,
      programs: 20,
      courses: 30,
      attendance: 1200,
      results: 600,
      random: 42,
      today: TODAY,
      ofDay: false,
      firstStart: false,
    });
  });

  it('take a value after a space or an equals sign', () => {
    expect(read('--students', '12', '--random=7', '--today', '2026-03-31')).toMatchObject({
      students: 12,
      random: 7,
      today: '2026-03-31',
      ofDay: true,
    });
  });

  it.each([
    [['--students', 'many'], '--students is a whole number from 0 to 200000.'],
    [['--students', '-3'], '--students'],
    [['--students', '1.5'], '--students is a whole number'],
    [['--students', ''], '--students is a whole number'],
    [['--programs', '0'], '--programs is a whole number from 1 to 100.'],
    [['--students'], '--students'],
    [['--pupils', '3'], '--pupils'],
    [['250'], '250'],
    [['--today', '2026-02-30'], '--today is a day from 2000-04-01 to 2026-11-21'],
    [['--today', '2026-12-24'], '--today is a day'],
    [['--today', '1999-01-01'], '--today is a day'],
  ])('refuse %j with one line', (args, message) => {
    expect(() => read(...args)).toThrow(BadArguments);
    expect(() => read(...args)).toThrow(message);
    try {
      read(...args);
    } catch (error) {
      expect((error as Error).message).not.toContain('\n');
    }
  });

  it('answer --help', () => {
    expect(read('--help')).toBeUndefined();
  });
});
