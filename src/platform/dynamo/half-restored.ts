// Is this college half restored? A restore leaves a note while it writes; whoever finds it must not work on such tables.
import { DeleteCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { StartRefused } from '../start-refused.ts';
import type { Dynamo } from './client.ts';
import { getItem } from './reads.ts';

const KEY = { pk: 'restore', sk: 'restore' };

export const isRestoreNote = (pk: string): boolean => pk === KEY.pk;

/** SHA-256 of the backup that is being restored here; undefined when none is. */
export const restoringFrom = async (dynamo: Dynamo): Promise<string | undefined> =>
  (await getItem(dynamo, 'system', KEY))?.['sha256'] as string | undefined;

export async function noteRestore(dynamo: Dynamo, sha256: string): Promise<void> {
  await dynamo.doc.send(new PutCommand({ TableName: dynamo.table('system'), Item: { ...KEY, sha256 } }));
}

export async function endRestore(dynamo: Dynamo): Promise<void> {
  await dynamo.doc.send(new DeleteCommand({ TableName: dynamo.table('system'), Key: KEY }));
}

/** Throws StartRefused on tables that a restore has not finished. */
export async function demandWhole(dynamo: Dynamo): Promise<void> {
  if ((await restoringFrom(dynamo)) === undefined) return;
  throw new StartRefused(
    'This college is half restored: run "npm run restore" with the same file again, which finishes it.',
  );
}
