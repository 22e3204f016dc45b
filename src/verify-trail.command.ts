// `npm run verify-trail`: has anybody changed records or trail behind the app's back? Exits with 0 only when nobody has.
import { parseArgs } from 'node:util';
import { BadUsage, createProgress, inTwoColumns, runCommand, say, thousands } from './platform/command.ts';
import { openToRead } from './platform/open-tables.ts';
import { verifyTrail } from './trail/verify.ts';
import type { Verified } from './trail/verify.ts';

const USAGE = 'npm run verify-trail -- [--checkpoint HASH]';
const SHOWN = 200;

function readExpected(args: string[]): string | undefined {
  try {
    return parseArgs({ args, options: { checkpoint: { type: 'string' } } }).values.checkpoint;
  } catch {
    throw new BadUsage(`That is not understood. Try: ${USAGE}`);
  }
}

function report({ counts, newest, faults, suspects }: Verified, ms: number): void {
  for (const fault of faults.slice(0, SHOWN)) say(`FAULT  ${fault}`);
  if (faults.length > SHOWN) say(`… and ${thousands(faults.length - SHOWN)} more.`);
  const last = newest ? `, the newest of ${newest.at}: ${newest.hash}` : '';
  const lines = inTwoColumns([
    ['records', thousands(counts.records)],
    ['entries', thousands(counts.entries)],
    ['chains', thousands(counts.chains)],
    ['checkpoints', `${thousands(counts.checkpoints)}${last}`],
    ['blanked details', thousands(counts.blanked)],
    ['looked at twice', thousands(suspects)],
    ['faults', thousands(faults.length)],
    ['seconds', (ms / 1000).toFixed(1)],
  ]);
  lines.forEach(say);
  say(
    faults.length === 0
      ? 'All is well: every record is as the trail vouches for it.'
      : 'Not well: somebody changed the store behind the app, or a part of it is lost.',
  );
}

runCommand(async (args) => {
  const expect = readExpected(args);
  const { config, dynamo, close } = await openToRead();
  try {
    const started = Date.now();
    const verified = await verifyTrail({
      dynamo,
      keys: config.trailKeys,
      rows: config.embedded ? 'by course' : 'scan',
      expect,
      progress: createProgress(),
    });
    report(verified, Date.now() - started);
    return verified.faults.length === 0 ? 0 : 1;
  } finally {
    await close();
  }
});
