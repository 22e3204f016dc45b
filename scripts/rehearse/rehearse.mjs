// Does everything that ships StudentCore work before any money is spent? The cloud on an emulator, the machine in a container.
// `npm run rehearse -- [--only cloud|machine] [--quick]`: needs root on Debian, leaves nothing running; the last line counts.
// --quick  the first version in the container is built without types, lint and tests
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { checkRole } from './cloud/role.mjs';
import { createCheckout } from './cloud/checkout.mjs';
import { startEmulator } from './cloud/emulator.mjs';
import { cloudSteps } from './cloud/steps.mjs';
import { needTools } from './cloud/tools.mjs';
import { runMachine } from './machine.mjs';

function readArguments() {
  try {
    const { values } = parseArgs({ options: { only: { type: 'string' }, quick: { type: 'boolean', default: false } } });
    if (values.only === undefined || ['cloud', 'machine'].includes(values.only)) return values;
    console.error(`--only takes cloud or machine, not ${values.only}.`);
  } catch (error) {
    console.error(error.message);
  }
  process.exit(2);
}

const { only, quick } = readArguments();
const folder = mkdtempSync(join(tmpdir(), 'studentcore-cloud-'));
const stopped = new globalThis.AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => stopped.abort());
const { signal } = stopped;
const table = [];

function tell(row) {
  table.push(row);
  console.log(
    `${row.ok ? 'ok    ' : 'FAILED'} ${row.seconds.toFixed(1).padStart(6)} s  ${row.step}${row.says ? `: ${row.says}` : ''}`,
  );
}

/** Runs a step and notes what came of it; resolves to its value, or undefined when it failed. */
async function step(name, work, says = (value) => (typeof value === 'string' ? value : '')) {
  const start = Date.now();
  const seconds = () => (Date.now() - start) / 1000;
  try {
    if (signal.aborted) throw new Error('interrupted');
    const value = await work();
    tell({ part: 'cloud', step: name, seconds: seconds(), ok: true, says: says(value) });
    return value ?? true;
  } catch (error) {
    tell({
      part: 'cloud',
      step: name,
      seconds: seconds(),
      ok: false,
      says: signal.aborted ? 'interrupted' : error.message,
    });
    return undefined;
  }
}

/** Ends at the first step that fails: the next ones build on it. */
async function rehearseCloud() {
  const bin = await step(
    'tools',
    () => needTools(signal),
    () => '',
  );
  if (!bin) return;
  let emulator;
  try {
    emulator = await step(
      'the emulator starts',
      () => startEmulator(bin, folder),
      ({ url }) => url,
    );
    const checkout =
      emulator &&
      (await step(
        'a clone to deploy from',
        () => createCheckout(folder),
        ({ first }) => first.slice(0, 12),
      ));
    if (!checkout) return;
    for (const [name, work] of Object.entries(cloudSteps({ bin, emulator, checkout, folder, signal }))) {
      if (!(await step(name, work))) return;
    }
    await step('the role against the calls of the test suite', () =>
      checkRole(JSON.parse(readFileSync(join(folder, 'main.json'), 'utf8')), signal),
    );
  } finally {
    await emulator?.stop();
  }
}

function printTable() {
  console.log('\n| part | step | seconds | |\n| --- | --- | ---: | --- |');
  for (const { part, step: name, seconds, ok } of table) {
    console.log(`| ${part} | ${name} | ${seconds.toFixed(1)} | ${ok ? 'ok' : 'FAILED'} |`);
  }
  const failed = table.filter(({ ok }) => !ok).length;
  console.log(`${String(table.length - failed)} passed, ${String(failed)} failed`);
  return failed;
}

try {
  if (only !== 'machine') await rehearseCloud();
  if (only !== 'cloud' && !signal.aborted) {
    const userData = join(folder, 'user-data');
    table.push(...(await runMachine({ folder, quick, signal, userData: existsSync(userData) ? userData : undefined })));
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
const failed = printTable();
process.exitCode = signal.aborted ? 130 : failed === 0 && table.length > 0 ? 0 : 1;
