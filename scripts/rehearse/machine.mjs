// How does the rehearsal run the machine's part? scripts/rehearse/container.mjs, with the user data that the cloud came to.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('container.mjs', import.meta.url));

/** The steps that the container reported: {part, step, seconds, ok}. */
export async function runMachine({ folder, userData, quick, signal }) {
  const report = join(folder, 'machine.jsonl');
  const args = [
    program,
    '--report',
    report,
    ...(userData ? ['--user-data', userData] : []),
    ...(quick ? ['--quick'] : []),
  ];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'inherit', 'inherit'] });
  const stop = () => child.kill('SIGTERM');
  signal.addEventListener('abort', stop, { once: true });
  const code = await new Promise((done) => child.on('close', done));
  signal.removeEventListener('abort', stop);
  const lines = existsSync(report) ? readFileSync(report, 'utf8').trim().split('\n').filter(Boolean) : [];
  const rows = lines.map((line) => ({ part: 'machine', ...JSON.parse(line) }));
  // It may have ended before or between its steps.
  if (code !== 0 && rows.every(({ ok }) => ok))
    rows.push({ part: 'machine', step: 'the container ended', seconds: 0, ok: false });
  return rows;
}
