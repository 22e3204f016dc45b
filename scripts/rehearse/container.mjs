// Does a release reach a real machine, and does a bad one leave it alone? Boots a systemd in a container, runs the user data
// of the instance there, and deploys good and broken versions under load. Root on Debian only.
// `node scripts/rehearse/container.mjs [--user-data FILE] [--report FILE] [--quick]`
// --user-data  the resolved script of the instance; without it the template's own, with no parameter given
// --report     one JSON line a step: {"step","seconds","ok","says"}
// --quick      builds version 1 without types, lint and tests
import { appendFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { rehearse } from './container/rehearse.mjs';

const { values } = parseArgs({
  options: { 'user-data': { type: 'string' }, report: { type: 'string' }, quick: { type: 'boolean', default: false } },
});
const checkout = fileURLToPath(new URL('../..', import.meta.url));

const report = ({ step, seconds, ok, says }) => {
  console.log(`${ok ? 'ok    ' : 'FAILED'} ${seconds.toFixed(1).padStart(6)} s  ${step}${says ? `: ${says}` : ''}`);
  if (values.report) appendFileSync(values.report, `${JSON.stringify({ step, seconds, ok, says })}\n`);
};

let interrupted = false;
const stopped = new Promise((done) => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => done((interrupted = true)));
});

const ok = await rehearse({
  checkout,
  userData: values['user-data'],
  quick: values.quick,
  report,
  stopped,
});
process.exitCode = ok ? 0 : interrupted ? 130 : 1;
