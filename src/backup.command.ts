// `npm run backup -- FILE`: the whole college into one file. The app may go on working; what expires is not in it.
import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { backUp } from './backup/backup.ts';
import { BadUsage, createProgress, inTwoColumns, runCommand, say, thousands } from './platform/command.ts';
import { demandWhole } from './platform/dynamo/half-restored.ts';
import { openToRead } from './platform/open-tables.ts';
import { StartRefused } from './platform/start-refused.ts';
import { tables } from './tables.ts';

const USAGE = 'npm run backup -- FILE [--patience SECONDS]';
const PATIENCE_S = 120;

function readArguments(args: string[]): { file: string; patience: number } {
  try {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: { patience: { type: 'string', default: String(PATIENCE_S) } },
    });
    const [file, ...more] = positionals;
    if (file !== undefined && file !== '' && more.length === 0 && /^\d{1,6}$/.test(values.patience)) {
      return { file, patience: Number(values.patience) * 1_000 };
    }
  } catch {
    // told below
  }
  throw new BadUsage(`One file is needed. Try: ${USAGE}`);
}

runCommand(async (args) => {
  const { file, patience } = readArguments(args);
  if (existsSync(file)) throw new StartRefused(`${file} is there already: choose another name, or remove it first.`);
  const { config, dynamo, alone, close } = await openToRead();
  try {
    await demandWhole(dynamo);
    const started = Date.now();
    const { counts, sha256, at, readings } = await backUp({
      dynamo,
      tables: tables.map(({ name }) => name),
      file,
      app: config.version,
      keys: config.trailKeys,
      alone,
      patience,
      progress: createProgress(),
      again: (moved) => say(`${moved.join(', ')} changed meanwhile: reading once more.`),
    });
    const lines = inTwoColumns([
      ...Object.entries(counts).map(([table, n]) => [table, thousands(n)] as const),
      ['readings', String(readings)],
      ['as of', at],
      ['SHA-256', sha256],
      ['seconds', ((Date.now() - started) / 1000).toFixed(1)],
    ]);
    lines.forEach(say);
    say(`Written to ${file}. It needs the same TRAIL_KEY when it is restored: keep that apart from it, and safe.`);
    return 0;
  } finally {
    await close();
  }
});
