// What are we measured against? Each figure with its source; all on 250 students, at 50 users.

/**
 * docs/paper.md, "Measured" (Table V of the paper): Locust against one t3.micro, DynamoDB in the same region.
 * Another machine, so its ratio says what a reader of the paper would notice, not which code is faster.
 */
const paperMark = { perSecond: 78, mean: 55, p95: 88 };
export const PAPER = {
  fetch: { perSecond: 95, mean: 42, p95: 67 },
  mark: paperMark,
  'mark-today': paperMark,
  result: { perSecond: 85, mean: 48, p95: 72 },
  stats: { perSecond: 42, mean: 128, p95: 198 },
  'sign-in': { perSecond: 22, mean: 310, p95: 370 },
  broadcast: { mean: 18, p95: 28 },
};

/**
 * The peer: a faithful rebuild of the paper's app (Flask, eventlet, boto3) on the same local engine, measured on a like
 * machine: two cores shared by load generator, server and engine. `cpu`: milliseconds of the server's CPU per request.
 */
const peerList = { perSecond: 60, mean: 820, p95: 1177, cpu: 16.6 };
const peerMark = { perSecond: 305, mean: 166, p95: 193, cpu: 3.3 };
export const PEER = {
  fetch: { perSecond: 579, mean: 87, p95: 106, cpu: 1.73 },
  list: peerList,
  'list-gzip': peerList,
  search: peerList,
  turn: peerList,
  sorted: peerList,
  stats: { perSecond: 8.2, mean: 5941, p95: 6780, cpu: 122 },
  mark: peerMark,
  'mark-today': peerMark,
  result: { perSecond: 297, mean: 168, p95: 197, cpu: 3.4 },
  'sign-in': { perSecond: 4.8, mean: 10363, p95: 14906, cpu: 207 },
  broadcast: { mean: 57, p95: 162, cpu: 0.076 },
};

const list = { times: 40, cpu: 0.5 };
const write = { times: 1.8, cpu: 1 };
const page = { cpu: 3 };
/**
 * What we want, at 50 users unless it says otherwise. `times`: the peer's requests a second · `cpu`: milliseconds of the
 * server per request (or delivery) · `ofFloor`: part of a floor's requests a second · `memory`: MB.
 */
export const TARGETS = {
  fetch: { times: 5, cpu: 0.3 },
  list,
  'list-gzip': list,
  search: list,
  turn: list,
  sorted: list,
  stats: { times: 300, cpu: 0.25 },
  mark: write,
  'mark-today': write,
  result: write,
  'page-list': page,
  'page-list-gzip': page,
  'page-student': page,
  'page-dashboard': page,
  'sheet-save': { users: 1, mean: 30 },
  'sheet-save-20/s': { users: 10, perSecond: 19 },
  'sign-in': { floor: 'bcrypt-12', ofFloor: 0.95 },
  'fetch-during-sign-in': { users: 5, p95: 50 },
  broadcast: { users: 1000, p95: 25, cpu: 0.015 },
  'idle-sockets': { users: 5000, memory: 350 },
};

export const AT = 50;

/** CPU milliseconds of an Express hello-JSON on the machine that the peer was measured on, which the targets are for. */
const HELLO_CPU = 0.11;

/** How much slower than that one this machine is now: its own hello-JSON says so. 1 when that was not measured. */
export function paceOf(floors) {
  const hello = floors.find(({ name }) => name === 'express-hello');
  return hello ? hello.cpu / HELLO_CPU : 1;
}

/** Which parts of its target a row misses, in the pace of this machine, as texts; undefined when it has no target. */
export function missed(row, floors = []) {
  const target = TARGETS[row.name];
  if (!target || row.users !== (target.users ?? AT)) return undefined;
  const floor = floors.find(({ name }) => name === target.floor);
  const pace = paceOf(floors);
  const atLeast = [
    ['perSecond', target.perSecond],
    ['perSecond', target.times && (target.times * PEER[row.name].perSecond) / pace],
    ['perSecond', floor && target.ofFloor * floor.perSecond],
  ];
  const atMost = [
    ['cpu', target.cpu && target.cpu * pace],
    ['mean', target.mean && target.mean * pace],
    ['p95', target.p95],
    ['memoryMb', target.memory],
  ];
  const show = (n) => String(Number(n.toPrecision(3)));
  return [
    ...atLeast.flatMap(([field, low]) => (low !== undefined && row[field] < low ? [`${field} < ${show(low)}`] : [])),
    ...atMost.flatMap(([field, high]) => (high !== undefined && row[field] > high ? [`${field} > ${show(high)}`] : [])),
  ];
}

/** Units of one operation on AWS; `readPerRow`: of a cold sheet, for each of its rows. */
export const UNITS = {
  'list, search, page turn': { read: 1 },
  'page: list': { read: 1 },
  'page: student': { read: 1 },
  'page: dashboard': { read: 1 },
  'sheet opened, cold': { readPerRow: 1 },
  'attendance mark': { write: 12 },
};

/** How a college may grow: at most so many times the p95 on 250 students, so long to start, so much memory. */
export const GROWTH = {
  times: { fetch: 1.5, stats: 1.5, list: 1.5, 'sheet-save': 1.5, search: 3 },
  /** A page may cost so many times the CPU; what walks through the college costs ten times and more. */
  pageCpu: 2,
  searchCpu: 10,
  loopMax: 100,
  started: { 100: 2_000, 1000: 15_000 },
  memory: { 100: 250, 1000: 900 },
};
