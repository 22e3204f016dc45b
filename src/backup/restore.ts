// How does a file become a college again? Checked as a whole first; then into empty tables only, and safe to repeat.
import { TransactionCanceledException, TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb';
import type { Dynamo, TableName } from '../platform/dynamo/client.ts';
import { endRestore, isRestoreNote, noteRestore, restoringFrom } from '../platform/dynamo/half-restored.ts';
import { backoff, patiently, pause, scanPages } from '../platform/dynamo/reads.ts';
import type { RawItem } from '../platform/dynamo/reads.ts';
import { StartRefused } from '../platform/start-refused.ts';
import { itemsOf } from './format.ts';
import type { Checked } from './format.ts';

export interface RestoreOptions {
  dynamo: Dynamo;
  tables: TableName[];
  file: string;
  checked: Checked;
  progress?: (what: string, done: number) => void;
}

const ITEMS = 100; // of one transaction, which holds 4 MB
const CHARACTERS = 3_000_000;
const AT_ONCE = 2;
const TRIES = 12;

/** Throws StartRefused unless the tables are empty, or hold the first part of this very file. */
async function demandEmpty({ dynamo, tables, checked }: RestoreOptions): Promise<boolean> {
  const before = await restoringFrom(dynamo);
  if (before === checked.trailer.sha256) return true;
  if (before !== undefined) {
    throw new StartRefused('These tables hold a part of another backup: empty them, or choose others by TABLE_PREFIX.');
  }
  for (const table of tables) {
    for await (const page of scanPages(dynamo, table)) {
      if (page.every((item) => isRestoreNote(item['pk']?.S ?? ''))) continue;
      throw new StartRefused(
        `${dynamo.table(table)} is not empty: a backup is restored into empty tables only. ` +
          'Choose an empty DATA_DIR or another TABLE_PREFIX.',
      );
    }
  }
  return false;
}

interface Piece {
  table: TableName;
  item: RawItem;
}

async function put(dynamo: Dynamo, pieces: Piece[]): Promise<void> {
  const items = pieces.map(({ table, item }) => ({ Put: { TableName: dynamo.table(table), Item: item } }));
  for (let attempt = 1; ; attempt += 1) {
    try {
      await patiently(() => dynamo.doc.send(new TransactWriteItemsCommand({ TransactItems: items })));
      return;
    } catch (error) {
      // Without a condition it can only have come too fast.
      if (!(error instanceof TransactionCanceledException) || attempt === TRIES) throw error;
      await pause(backoff(attempt, 100, 5_000));
    }
  }
}

/** Writes what the file holds; an interrupted run is taken up again by another one with the same file. */
export async function restore(o: RestoreOptions): Promise<{ resumed: boolean; items: number }> {
  const { dynamo, file, checked, progress } = o;
  const resumed = await demandEmpty(o);
  await noteRestore(dynamo, checked.trailer.sha256);
  let items = 0;
  let pieces: Piece[] = [];
  let characters = 0;
  const running = new Set<Promise<void>>();
  const failures: unknown[] = [];

  async function send(): Promise<void> {
    const sent = pieces;
    pieces = [];
    characters = 0;
    if (sent.length === 0) return;
    const task = put(dynamo, sent)
      .catch((error: unknown) => void failures.push(error)) // may fail while nobody waits for it
      .finally(() => running.delete(task));
    running.add(task);
    if (running.size >= AT_ONCE) await Promise.race(running);
    if (failures.length > 0) throw failures[0];
    progress?.('items restored', (items += sent.length));
  }

  try {
    for await (const { table, item, size } of itemsOf(file)) {
      if (pieces.length === ITEMS || characters + size > CHARACTERS) await send();
      pieces.push({ table, item });
      characters += size;
    }
    await send();
  } finally {
    await Promise.all(running);
  }
  if (failures.length > 0) throw failures[0];
  await endRestore(dynamo);
  return { resumed, items };
}
