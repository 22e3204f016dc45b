// How does it read? One line for each measurement, with what it is compared to; the same as Markdown.
import { cpus, totalmem } from 'node:os';
import { AT, GROWTH, missed, paceOf, PAPER, PEER, UNITS } from './targets.mjs';
import { monthlyCost, PRICES } from './units/cost.mjs';

export const figure = (n) => {
  if (n === undefined) return '–';
  if (n >= 100) return n.toFixed(0);
  return n >= 10 ? n.toFixed(1) : n >= 1 ? n.toFixed(2) : n.toFixed(3);
};
const ratio = (a, b) => (a === undefined || b === undefined || b === 0 ? '' : `${figure(a / b)}×`);
const atFifty = (row, text) => (row.users === AT || row.name === 'broadcast' ? text : '');

const columns = (floors) => [
  ['operation', ({ name }) => name],
  ['users', ({ users }) => String(users ?? '')],
  ['req/s', ({ perSecond }) => figure(perSecond)],
  ['mean ms', ({ mean }) => figure(mean)],
  ['p95', ({ p95 }) => figure(p95)],
  ['p99', ({ p99 }) => figure(p99)],
  ['CPU ms', ({ cpu }) => figure(cpu)],
  ['engine', ({ engineCpu }) => figure(engineCpu)],
  ['loop max', ({ loopMax }) => figure(loopMax)],
  ['MB', ({ memoryMb }) => figure(memoryMb)],
  ['others', ({ others }) => (others === undefined ? '–' : `${String(others)} %`)],
  ['errors', ({ errors }) => String(errors)],
  ['paper', (row) => atFifty(row, ratio(row.perSecond, PAPER[row.name]?.perSecond))],
  ['peer', (row) => atFifty(row, ratio(row.perSecond, PEER[row.name]?.perSecond))],
  ['less CPU', (row) => atFifty(row, ratio(PEER[row.name]?.cpu, row.cpu))],
  ['target', (row) => targetText(missed(row, floors))],
];

const targetText = (faults) => (faults === undefined ? '' : faults.length === 0 ? 'met' : faults.join(', '));

const FLOOR_COLUMNS = [
  ['floor', ({ name }) => name],
  ['at once', ({ users }) => String(users)],
  ['/s', ({ perSecond }) => figure(perSecond)],
  ['mean ms', ({ mean }) => figure(mean)],
  ['p95', ({ p95 }) => figure(p95)],
  ['CPU ms', ({ cpu }) => figure(cpu)],
];

const UNIT_COLUMNS = [
  ['on AWS', ({ name }) => name],
  ['read units', ({ read }) => figure(read)],
  ['write units', ({ write }) => figure(write)],
  ['calls', ({ calls }) => figure(calls)],
  ['rows', ({ rows }) => (rows === undefined ? '' : figure(rows))],
  ['target', (row) => targetText(unitFaults(row))],
];

function unitFaults({ name, read, write, rows }) {
  const target = UNITS[name];
  if (!target) return undefined;
  const most = { read: target.read ?? target.readPerRow * rows, write: target.write };
  return [
    ...(read > most.read ? [`read > ${figure(most.read)}`] : []),
    ...(write > most.write ? [`write > ${figure(most.write)}`] : []),
  ];
}

const COST_COLUMNS = [
  ['a month', ({ students }) => `${grouped(students)} students`],
  ['write units', ({ write }) => grouped(write)],
  ['read units', ({ read }) => grouped(read)],
  ['stored GB', ({ storedGb }) => figure(storedGb)],
  ['US dollars', ({ dollars }) => dollars.toFixed(2)],
];
const COLLEGES = [250, 10_000];
const grouped = (n) => Math.round(n).toLocaleString('en-US');

export function table(heads, rows) {
  const cells = [heads.map(([title]) => title), ...rows.map((row) => heads.map(([, show]) => show(row)))];
  const widths = heads.map((_, i) => Math.max(...cells.map((line) => line[i].length)));
  const last = heads.length - 1;
  const fit = (cell, i) => (i === 0 || i === last ? cell.padEnd(widths[i]) : cell.padStart(widths[i]));
  return cells.map((line) => line.map(fit).join('  ').trimEnd()).join('\n');
}

export function markdownTable(heads, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  return [
    line(heads.map(([title]) => title)),
    line(heads.map((_, i) => (i === 0 ? '---' : '---:'))),
    ...rows.map((row) => line(heads.map(([, show]) => show(row)))),
  ].join('\n');
}

export const machine = () =>
  `${cpus()[0].model.trim()}, ${String(cpus().length)} cores, ${(totalmem() / 2 ** 30).toFixed(0)} GB, Node ${process.version}`;

const LEGEND =
  'CPU ms: of the server, for each request (broadcast: each delivery). loop max: longest event-loop delay in ms. ' +
  'others: how much of the machine somebody else used meanwhile; beyond a few percent the figures say little. ' +
  'paper, peer: times their requests a second. less CPU: how often less than the peer.';

/** Which promises about growth a row breaks, beside the same row at the first scale. */
function grownTooMuch(row, first) {
  const times = GROWTH.times[row.name];
  return [
    ...(times !== undefined && first && row.p95 > times * first.p95
      ? [`p95 ${ratio(row.p95, first.p95)} > ${String(times)}×`]
      : []),
    ...(row.name.startsWith('page-') && first && row.cpu > GROWTH.pageCpu * first.cpu
      ? [`CPU ${ratio(row.cpu, first.cpu)} > ${String(GROWTH.pageCpu)}×`]
      : []),
    ...(row.name === 'search' && row.cpu > GROWTH.searchCpu ? [`CPU > ${String(GROWTH.searchCpu)} ms`] : []),
    ...(row.loopMax > GROWTH.loopMax ? [`loop > ${String(GROWTH.loopMax)} ms`] : []),
  ];
}

const GROWTH_COLUMNS = [
  ['students', ({ students }) => grouped(students)],
  ['operation', ({ name }) => name],
  ['users', ({ users }) => String(users)],
  ['req/s', ({ perSecond }) => figure(perSecond)],
  ['mean ms', ({ mean }) => figure(mean)],
  ['p95', ({ p95 }) => figure(p95)],
  ['CPU ms', ({ cpu }) => figure(cpu)],
  ['loop max', ({ loopMax }) => figure(loopMax)],
  ['others', ({ others }) => `${String(others)} %`],
  ['errors', ({ errors }) => String(errors)],
  ['p95 ÷ first', ({ p95, first }) => (first ? ratio(p95, first.p95) : '')],
  ['CPU ÷ first', ({ cpu, first }) => (first ? ratio(cpu, first.cpu) : '')],
  ['', ({ faults }) => faults.join(', ')],
];

const START_COLUMNS = [
  ['students', ({ students }) => grouped(students)],
  ['start to ready ms', ({ started }) => figure(started)],
  ['MB when ready', ({ readyMb }) => String(readyMb)],
  ['MB at most', ({ highestMb }) => String(highestMb)],
  [
    '',
    ({ scale, started, highestMb }) =>
      [
        ...(started > GROWTH.started[scale] ? [`start > ${String(GROWTH.started[scale])} ms`] : []),
        ...(highestMb > GROWTH.memory[scale] ? [`memory > ${String(GROWTH.memory[scale])} MB`] : []),
      ].join(', '),
  ],
];

function growthRows(growth) {
  const [base, ...others] = growth;
  const isSame = (a) => (b) => a.name === b.name && a.users === b.users;
  return growth
    .flatMap((one) =>
      one.rows
        .filter(({ users }) => users !== undefined)
        .map((row) => {
          const first = others.includes(one) ? base.rows.find(isSame(row)) : undefined;
          return { ...row, students: one.students, first, faults: grownTooMuch(row, first) };
        }),
    )
    .sort((a, b) => base.rows.findIndex(isSame(a)) - base.rows.findIndex(isSame(b)));
}

/** Every table with something in it: columns and rows. */
const tables = ({ rows, floors, units, growth }) =>
  [
    ...(growth
      ? [
          [GROWTH_COLUMNS, growthRows(growth)],
          [START_COLUMNS, growth],
        ]
      : [[columns(floors), rows]]),
    [FLOOR_COLUMNS, floors],
    [UNIT_COLUMNS, units],
    [COST_COLUMNS, units.length > 0 ? COLLEGES.map((students) => monthlyCost(units, students)) : []],
  ].filter(([, lines]) => lines.length > 0);

/** For whoever compares the target column with scripts/bench/targets.mjs. */
const paceText = (floors) =>
  `CPU, mean and requests a second of targets are taken in the pace of this machine: its Express hello-JSON takes ${figure(paceOf(floors))} times the CPU of the one that the peer was measured on.`;

const PRICED = `At ${String(PRICES.writeMillion)} dollars a million write units and ${String(PRICES.readMillion)} a million read units; see docs/performance.md.`;

export const describe = (found) =>
  [
    ...tables(found).flatMap(([heads, rows]) => [table(heads, rows), '']),
    LEGEND,
    ...(found.floors.length > 0 ? [paceText(found.floors)] : []),
    ...(found.units.length > 0 ? [PRICED] : []),
    ...(found.started === undefined ? [] : [`Start to ready: ${found.started.toFixed(0)} ms.`]),
    `Machine: ${machine()}.`,
  ].join('\n');

export const markdown = (found) =>
  [
    `${machine()}; ${new Date().toISOString().slice(0, 10)}.${found.started === undefined ? '' : ` Start to ready: ${found.started.toFixed(0)} ms.`}`,
    ...tables(found).map(([heads, rows]) => markdownTable(heads, rows)),
    ...(found.floors.length > 0 ? [paceText(found.floors)] : []),
  ].join('\n\n');
