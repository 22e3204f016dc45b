// Do marks earn the grade and percentage that the regulations say, to the last digit?
import { describe, expect, test } from 'vitest';
import { gradeOf } from '../../src/results/grading.ts';
import { averageOf } from '../../src/results/results.service.ts';
import { attendanceRate } from '../../src/attendance/attendance.service.ts';

describe('a grade', () => {
  test.each([
    [100, 'A+'],
    [90, 'A+'],
    [89.999999, 'A'],
    [80, 'A'],
    [79.999999, 'B+'],
    [70, 'B+'],
    [69.999999, 'B'],
    [60, 'B'],
    [59.999999, 'C'],
    [50, 'C'],
    [49.999999, 'D'],
    [40, 'D'],
    [39.999999, 'F'],
    [0, 'F'],
  ])('of %d of 100 is %s', (marks, grade) => {
    expect(gradeOf(marks, 100).grade).toBe(grade);
  });

  test.each([
    // Floating point has 89.99999999999999, 0.6999999999999999 and the like for these.
    [80.1, 89, 90, 'A+'],
    [62.3, 89, 70, 'B+'],
    [0.7, 1, 70, 'B+'],
    [0.56, 0.7, 80, 'A'],
    [2.7, 3, 90, 'A+'],
    [1.1, 2.75, 40, 'D'],
    [0.000009, 0.00001, 90, 'A+'],
  ])('of %d of %d is exactly %d percent: %s', (marks, max, percentage, grade) => {
    expect(gradeOf(marks, max)).toMatchObject({ percentage, grade });
  });

  test('is taken before the percentage is rounded', () => {
    expect(gradeOf(39.995, 100)).toMatchObject({ percentage: 40, grade: 'F' });
    expect(gradeOf(89.995, 100)).toMatchObject({ percentage: 90, grade: 'A' });
    expect(gradeOf(899_999.999999, 1_000_000)).toMatchObject({ percentage: 90, grade: 'A' });
  });

  test('holds at the edges of what can be entered', () => {
    expect(gradeOf(0, 1_000_000)).toMatchObject({ percentage: 0, grade: 'F' });
    expect(gradeOf(-0, 100)).toMatchObject({ percentage: 0, grade: 'F' });
    expect(gradeOf(0, 0.000001)).toMatchObject({ percentage: 0, grade: 'F' });
    expect(gradeOf(0.000001, 0.000001)).toMatchObject({ percentage: 100, grade: 'A+' });
    expect(gradeOf(0.000001, 1_000_000)).toMatchObject({ percentage: 0, grade: 'F' });
    expect(gradeOf(1_000_000, 1_000_000)).toMatchObject({ percentage: 100, grade: 'A+' });
    expect(gradeOf(999_999.999999, 1_000_000)).toMatchObject({ percentage: 100, grade: 'A+' });
  });
});

describe('a percentage', () => {
  test.each([
    [1, 3, 33.33],
    [2, 3, 66.67],
    [1.005, 100, 1.01], // in floating point 1.005 * 100 is 100.49999999999999
    [0.125, 100, 0.13],
    [0.124999, 100, 0.12],
    [1, 800, 0.13],
    [57.015, 100, 57.02],
  ])('of %d of %d is %d, half up', (marks, max, percentage) => {
    expect(gradeOf(marks, max).percentage).toBe(percentage);
  });

  test('agrees with whole-number arithmetic over many marks', () => {
    for (let i = 1; i < 4_000; i++) {
      const max = ((i * 7_919) % 1_000_000) + 1;
      const got = (i * 104_729) % (max + 1);
      const { percentage, grade } = gradeOf(got / 1_000, max / 1_000);
      expect(Math.round(percentage * 100)).toBe(Math.floor((got * 20_000 + max) / (2 * max)));
      expect(grade === 'F').toBe(got * 100 < 40 * max);
      expect(grade === 'A+').toBe(got * 100 >= 90 * max);
    }
  });
});

test('an average is of the stored percentages, half up, null without any', () => {
  expect(averageOf(0, 0)).toBe(null);
  expect(averageOf(3333 + 3334, 2)).toBe(33.34); // 33.335
  expect(averageOf(1 + 0 + 0, 3)).toBe(0);
  expect(averageOf(2 + 0 + 0, 3)).toBe(0.01);
});

test('a rate is the share of present and late, half up, null without any', () => {
  expect(attendanceRate(0, 0, 0)).toBe(null);
  expect(attendanceRate(1, 0, 3)).toBe(33.33);
  expect(attendanceRate(1, 1, 3)).toBe(66.67);
  expect(attendanceRate(0, 1, 800)).toBe(0.13);
  expect(attendanceRate(5, 2, 7)).toBe(100);
});
