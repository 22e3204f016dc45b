// Which grade and percentage do marks earn? docs/contract.md §1, thresholds from docs/paper.md.

/** Best first: the least percentage that earns the grade, and the word beside it. */
export const GRADES = [
  { grade: 'A+', from: 90n, word: 'Distinction' },
  { grade: 'A', from: 80n, word: 'Excellent' },
  { grade: 'B+', from: 70n, word: 'Very Good' },
  { grade: 'B', from: 60n, word: 'Good' },
  { grade: 'C', from: 50n, word: 'Average' },
  { grade: 'D', from: 40n, word: 'Pass' },
  { grade: 'F', from: 0n, word: 'Fail' },
] as const;

export type Grade = (typeof GRADES)[number]['grade'];

export const gradeWord = (grade: Grade): string => GRADES.find((g) => g.grade === grade)?.word ?? '';

/** Millionths as a whole number: marks have at most 6 decimals, so nothing is lost. */
const millionths = (n: number): bigint => {
  const [whole = '0', part = ''] = n.toFixed(6).split('.');
  return BigInt(whole) * 1_000_000n + BigInt(part);
};

/**
 * Percentage (half up to 2 decimals, as whole hundredths) and grade of `marks` out of `max`.
 * Exact: 80.1 of 89 is 90 %, which floating point misses.
 */
export function gradeOf(marks: number, max: number): { percentage: number; hundredths: number; grade: Grade } {
  const got = millionths(marks);
  const all = millionths(max);
  const hundredths = Number((got * 20_000n + all) / (all * 2n));
  const grade = GRADES.find((g) => got * 100n >= g.from * all)?.grade ?? 'F';
  return { percentage: hundredths / 100, hundredths, grade };
}
