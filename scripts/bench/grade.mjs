// Which grade do marks earn? The rule of docs/contract.md §1 once more, apart from the app, to check its answers by.

const GRADES = [
  [90, 'A+'],
  [80, 'A'],
  [70, 'B+'],
  [60, 'B'],
  [50, 'C'],
  [40, 'D'],
];
const MICRO = 1_000_000;

const whole = (marks) => BigInt(Math.round(marks * MICRO));

/** From the exact ratio: no rounding decides. */
export const gradeOf = (marks, max) =>
  GRADES.find(([from]) => whole(marks) * 100n >= BigInt(from) * whole(max))?.[1] ?? 'F';

/** The percentage in whole hundredths, half up. */
export const hundredths = (marks, max) => Number((whole(marks) * 20_000n + whole(max)) / (2n * whole(max)));
