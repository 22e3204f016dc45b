// `npm run restore -- FILE`: a college out of a backup, into empty tables. The file is checked before anything is written.
import { checkFile } from './backup/format.ts';
import type { Checked } from './backup/format.ts';
import { restore } from './backup/restore.ts';
import { BadUsage, createProgress, inTwoColumns, runCommand, say, thousands } from './platform/command.ts';
import type { Config } from './platform/config.ts';
import { loadConfig } from './platform/config.ts';
import { isAws } from './platform/dynamo/client.ts';
import { createTables } from './platform/dynamo/create-tables.ts';
import { openToWrite } from './platform/open-tables.ts';
import { tables } from './tables.ts';

const USAGE = 'npm run restore -- FILE';

/** On AWS tables come from CloudFormation. */
const makesTables = ({ embedded, dynamoEndpoint }: Config): boolean =>
  embedded || (dynamoEndpoint !== undefined && !isAws(dynamoEndpoint));

function warn({ header, sealChecked }: Checked): void {
  if (sealChecked) return;
  say(
    `WARNING  The backup was made under another TRAIL_KEY (${header.keys.join(', ')}): until TRAIL_KEY names it too, ` +
      'verify-trail can check neither the trail nor whether this file was edited.',
  );
}

runCommand(async (args) => {
  const [file, ...more] = args;
  if (file === undefined || file === '' || file.startsWith('-') || more.length > 0) {
    throw new BadUsage(`One file is needed. Try: ${USAGE}`);
  }
  const names = tables.map(({ name }) => name);
  const progress = createProgress();
  // Before DATA_DIR is touched: a file that is no good must leave no trace.
  const before = await checkFile(file, { tables: names, keys: loadConfig().trailKeys, progress });
  const started = Date.now();
  const { config, dynamo, close } = await openToWrite();
  try {
    // The key may have been made just now, or have lain in DATA_DIR.
    const checked = before.sealChecked
      ? before
      : await checkFile(file, { tables: names, keys: config.trailKeys, progress });
    warn(checked);
    if (makesTables(config)) await createTables(dynamo, tables);
    const { resumed, items } = await restore({ dynamo, tables: names, file, checked, progress });
    if (resumed) say('An interrupted restore of this file was finished.');
    const lines = inTwoColumns([
      ...Object.entries(checked.trailer.counts).map(([table, n]) => [table, thousands(n)] as const),
      ['all items', thousands(items)],
      ['as of', checked.header.at],
      ['seconds', ((Date.now() - started) / 1000).toFixed(1)],
    ]);
    lines.forEach(say);
    say('Restored. Everybody has to sign in again. Check it now: npm run verify-trail');
    return 0;
  } finally {
    await close();
  }
});
