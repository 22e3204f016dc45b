// GET /api/stats: equal to a recount whenever no write is in flight, never older than the last answered write.
import { request } from '../http-client.mjs';
import { reader } from '../world.mjs';

const DAY_MS = 86_400_000;
const GRADES = ['A+', 'A', 'B+', 'B', 'C', 'D', 'F'];
const DAYS = 30;

/** Percent with two decimals, half up; null without data. */
const percent = (part, all) => (all === 0 ? null : Math.floor((part * 20_000 + all) / (2 * all)) / 100);
const average = (sum, n) => (n === 0 ? null : Math.floor((2 * sum + n) / (2 * n)) / 100);

function studentCounts({ byCode }) {
  const by_program = {};
  for (const { program } of byCode) by_program[program] = (by_program[program] ?? 0) + 1;
  return { total: byCode.length, active: byCode.filter((one) => one.status === 'active').length, by_program };
}

/** What the answer must be now, apart from `as_of`. */
export function expectedStats(world, today) {
  const { tally, facts } = world;
  world.studentCounts ??= studentCounts(world);
  const ofDay = (date) => {
    const { Present = 0, Absent = 0, Late = 0 } = tally.days.get(date) ?? {};
    return { present: Present, absent: Absent, late: Late };
  };
  const now = ofDay(today);
  const failed = tally.grades.F ?? 0;
  return {
    students: world.studentCounts,
    courses: { total: facts.courses.length },
    attendance: {
      total: tally.marks,
      today: { ...now, rate: percent(now.present + now.late, now.present + now.absent + now.late) },
      days: Array.from({ length: DAYS }, (_, i) => {
        const date = new Date(Date.parse(today) - (DAYS - 1 - i) * DAY_MS).toISOString().slice(0, 10);
        return { date, ...ofDay(date) };
      }),
    },
    results: {
      total: tally.results,
      average_percentage: average(tally.sum, tally.results),
      pass_rate: percent(tally.results - failed, tally.results),
      grades: Object.fromEntries(GRADES.map((grade) => [grade, tally.grades[grade] ?? 0])),
    },
  };
}

/** Keys in one order, so that equal content is equal text. */
const sorted = (value) =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(
        Object.keys(value)
          .sort()
          .map((key) => [key, sorted(value[key])]),
      )
    : Array.isArray(value)
      ? value.map(sorted)
      : value;

function compare(world, stats) {
  const { as_of, ...rest } = stats;
  const today = as_of.slice(0, 10);
  const { tally, expected } = world;
  // The text is made anew only when something was written since.
  const stamp = `${today} ${String(tally.marks)} ${String(tally.results)}`;
  if (expected?.stamp !== stamp) {
    world.expected = { stamp, text: JSON.stringify(sorted(expectedStats(world, today))) };
  }
  const got = JSON.stringify(sorted(rest));
  return got === world.expected.text
    ? undefined
    : `stats are ${got.slice(0, 400)}, not ${world.expected.text.slice(0, 400)}`;
}

const isBetween = (n, low, high) => n >= low && n <= high;

export const stats = [
  {
    name: 'stats',
    next: (world, user) => {
      const answered = { marks: world.tally.marks, results: world.tally.results };
      const quiet = world.sent.marks === 0 && world.sent.results === 0;
      return {
        text: request('GET', '/api/stats', { Cookie: reader(world, user).cookie }),
        check: (answer) => {
          if (answer.status !== 200) return `status ${String(answer.status)}`;
          const found = JSON.parse(answer.body.toString());
          const { sent, tally } = world;
          const still = sent.marks === 0 && sent.results === 0;
          const same = answered.marks === tally.marks && answered.results === tally.results;
          if (quiet && still && same) return compare(world, found);
          const marks = isBetween(found.attendance.total, answered.marks, tally.marks + sent.marks);
          const results = isBetween(found.results.total, answered.results, tally.results + sent.results);
          if (marks && results) return undefined;
          return `${String(found.attendance.total)} marks after ${String(answered.marks)} answered writes`;
        },
      };
    },
  },
];
