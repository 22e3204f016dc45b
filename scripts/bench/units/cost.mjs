// What is that in money a month? Units times what a college does, at the prices of on-demand tables.

/**
 * Amazon DynamoDB pricing, on-demand throughput, US East (N. Virginia), as of November 2024; to be checked at
 * https://aws.amazon.com/dynamodb/pricing/on-demand/ before anybody relies on it. US dollars.
 */
export const PRICES = { writeMillion: 0.625, readMillion: 0.125, storedGb: 0.25 };

/** What one student brings with them in a month of four weeks; staff are one for ten students. Assumptions, not facts. */
export const HABITS = {
  marks: 60, // five courses, three classes a week, marked on class sheets
  results: 5,
  sheetsOpened: 60 / 40, // one sheet for forty marks, opened once before it is saved
  studentPages: 40,
  staffPages: 400 / 10,
  signIns: 10 + 20 / 10,
};

/** Bytes kept for one mark: the record, its three index copies, its part of the trail. */
const BYTES_A_MARK = 2_500;
const MONTHS_KEPT = 36;

const of = (rows, name) => rows.find((row) => row.name === name);

/** Units and dollars of a month for so many students. */
export function monthlyCost(rows, students) {
  const sheet = of(rows, 'class sheet of 60');
  const cold = of(rows, 'sheet opened, cold');
  const page = of(rows, 'page: student');
  // Every page is taken as the dearest one, and as if the session had to be read each time.
  const session = of(rows, 'first request of a session').read;
  const pages = HABITS.studentPages + HABITS.staffPages;
  const uses = [
    [HABITS.marks / 60, sheet],
    [HABITS.sheetsOpened, cold],
    [HABITS.results, of(rows, 'result')],
    [pages, page],
    [HABITS.signIns, of(rows, 'sign-in')],
  ];
  const total = (field) => students * uses.reduce((n, [times, row]) => n + times * row[field], 0);
  const write = total('write');
  const read = total('read') + students * pages * session;
  const storedGb = (students * (HABITS.marks + HABITS.results) * MONTHS_KEPT * BYTES_A_MARK) / 1e9;
  return {
    students,
    write,
    read,
    storedGb,
    dollars: (write * PRICES.writeMillion + read * PRICES.readMillion) / 1e6 + storedGb * PRICES.storedGb,
  };
}
