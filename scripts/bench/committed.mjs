// Did it become slower? The CPU per request of a short run beside the one that was committed with the code.
import { readFileSync, writeFileSync } from 'node:fs';

const FILE = new URL('committed.json', import.meta.url);
const AT = 50;
/** A busy neighbour may well cost half as much again; twice is a change of the code. */
const MOST = 2;
/** Measured beside our own figures, so that a slower machine is not taken for slower code. */
const YARDSTICK = 'express-hello';

const figures = (rows) =>
  Object.fromEntries(
    rows.filter(({ users, cpu }) => users === AT && cpu > 0).map(({ name, cpu }) => [name, Number(cpu.toFixed(3))]),
  );

export function commitFigures(rows) {
  writeFileSync(FILE, `${JSON.stringify(figures(rows), null, 2)}\n`);
}

/** One sentence for each operation that costs more than twice its committed figure, on a machine as fast as then. */
export function compareCommitted(rows, committed = JSON.parse(readFileSync(FILE, 'utf8'))) {
  const now = figures(rows);
  const slower = Math.max(1, (now[YARDSTICK] ?? 0) / (committed[YARDSTICK] ?? Infinity));
  return Object.entries(now).flatMap(([name, cpu]) =>
    name !== YARDSTICK && cpu > MOST * slower * committed[name]
      ? [
          `${name}: ${String(cpu)} ms of CPU a request, committed were ${String(committed[name])}` +
            ` (on a machine ${slower.toFixed(1)} times faster).`,
        ]
      : [],
  );
}
