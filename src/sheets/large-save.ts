// How are more rows saved than one transaction holds? By a job: the entries are stored first, with the sheet closed
// to everybody else; then steps of at most 95 rows move rows and counts together; the last one opens the sheet again.
import { randomUUID } from 'node:crypto';
import type { Actor, Context } from '../platform/actor.ts';
import type { Commit } from '../platform/dynamo/commit.ts';
import type { Dynamo } from '../platform/dynamo/client.ts';
import type { Job, Jobs } from '../platform/dynamo/jobs.ts';
import { queryAll } from '../platform/dynamo/reads.ts';
import type { Item } from '../platform/dynamo/reads.ts';
import { put, remove } from '../platform/dynamo/transaction.ts';
import type { Write } from '../platform/dynamo/transaction.ts';
import type { Trail } from '../platform/dynamo/trail.ts';
import type { RowCache } from './row-cache.ts';
import { counted, entryOf, rowWrite } from './rows.ts';
import type { RowChange, SheetKind, SheetRecord, Written } from './rows.ts';
import { SheetMoved } from './sheet.ts';
import type { Sheet, SheetRef } from './sheet.ts';
import type { Sheets } from './sheets.ts';

interface Needs {
  dynamo: Dynamo;
  commit: Commit;
  trail: Trail;
  jobs: Jobs;
  sheets: Sheets;
  cache: RowCache;
}

const STEP_ROWS = 95;
const CHUNK_BYTES = 300_000; // an item holds 400 KB

type StoredRow = { id: string; old: Item | null; new: Item | null };

interface LargeSave {
  table: string;
  course_id: string;
  name: string;
  at: string;
  version: number;
  sheet: boolean;
  reason?: string | undefined;
  actor: Actor;
}

const chunkKey = (id: string, n: number) => ({ pk: `job#${id}`, sk: String(n).padStart(4, '0') });

function inChunks(rows: StoredRow[]): StoredRow[][] {
  const chunks: StoredRow[][] = [[]];
  let size = 0;
  for (const row of rows) {
    const bytes = Buffer.byteLength(JSON.stringify(row));
    if (size > 0 && size + bytes > CHUNK_BYTES) {
      chunks.push([]);
      size = 0;
    }
    chunks.at(-1)?.push(row);
    size += bytes;
  }
  return chunks;
}

/** `inQueue` makes sure that nobody else of this process writes the sheet meanwhile. */
export function createLargeSaves(
  { dynamo, commit, trail, jobs, sheets, cache }: Needs,
  inQueue: (ref: SheetRef, task: () => Promise<void>) => Promise<void>,
) {
  // The kinds that have been registered; a job names its table.
  const kinds = new Map<string, SheetKind<SheetRecord>>();

  jobs.register('sheet', (job) => {
    const save = job.body as unknown as LargeSave;
    return inQueue(save, () => runSteps(job));
  });

  /** Stores the entries and closes the sheet; then runs the job. The caller holds the sheet's queue. */
  async function save<R extends SheetRecord, A>(
    kind: SheetKind<R>,
    ctx: Context,
    sheet: Sheet,
    change: Written<R>,
    plan: { answer: A; checks: Write[] },
  ): Promise<A> {
    const id = randomUUID();
    const body: LargeSave = {
      table: kind.table,
      course_id: sheet.course_id,
      name: sheet.name,
      at: change.at,
      version: change.version,
      sheet: change.sheet,
      ...(change.reason === undefined ? {} : { reason: change.reason }),
      actor: ctx.actor,
    };
    const rows = change.rows.map((row) => ({
      id: row.id,
      old: row.old ? kind.toItem(row.old) : null,
      new: row.new ? kind.toItem(row.new) : null,
    }));
    const closed: Sheet = { ...sheet, job: { id, next: 0 } };
    const job = jobs.store('sheet', id, body as unknown as Item);
    await commit({
      ctx,
      result: plan.answer,
      job,
      writes: [
        ...plan.checks,
        sheets.write(sheet, closed),
        job.write,
        ...inChunks(rows).map((chunk, n) => put(dynamo, 'system', { ...chunkKey(id, n), rows: chunk })),
      ],
      applied: () => {
        sheets.replace(closed);
        cache.forget(sheet);
      },
    });
    await finish(id, sheet);
    return plan.answer;
  }

  /** Runs the steps that are left of a job. The caller holds the sheet's queue. */
  async function finish(id: string, ref: SheetRef): Promise<void> {
    try {
      const job = await jobs.find('sheet', id);
      if (job) await runSteps(job);
      else await reload(ref); // another process has finished it
    } catch (error) {
      jobs.retryLater();
      throw error;
    }
  }

  async function reload(ref: SheetRef): Promise<void> {
    const now = (await sheets.stored(ref.course_id)).find((sheet) => sheet.name === ref.name);
    if (now) sheets.replace(now);
    cache.forget(ref);
  }

  async function runSteps(job: Job): Promise<void> {
    const save = job.body as unknown as LargeSave;
    const kind = kinds.get(save.table);
    if (!kind) throw new Error(`no rows of kind ${save.table}`);
    await reload(save);
    const chunks = await queryAll(dynamo, 'system', {
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': `job#${job.id}` },
      ConsistentRead: true,
    });
    const rows = chunks
      .flatMap((chunk) => chunk['rows'] as StoredRow[])
      .map((row): RowChange<SheetRecord> => ({
        id: row.id,
        old: row.old ? kind.fromItem(row.old) : undefined,
        new: row.new ? kind.fromItem(row.new) : undefined,
      }));
    for (;;) {
      const sheet = sheets.get(save);
      if (sheet.job?.id !== job.id) return; // finished by another process
      try {
        if (sheet.job.next >= rows.length) {
          await lastStep(job, save, kind, sheet, rows, chunks.length);
          return;
        }
        await step(save, kind, sheet, sheet.job, rows);
      } catch (error) {
        if (!(error instanceof SheetMoved)) throw error;
        if (error.sheet) sheets.replace(error.sheet);
        else return;
      }
    }
  }

  async function step(
    save: LargeSave,
    kind: SheetKind<SheetRecord>,
    sheet: Sheet,
    { id, next }: { id: string; next: number },
    rows: RowChange<SheetRecord>[],
  ): Promise<void> {
    const part = rows.slice(next, next + STEP_ROWS);
    const counts = counted(kind, sheet, part);
    const moved: Sheet = { ...sheet, counts, job: { id, next: next + part.length } };
    await commit({
      ctx: { actor: save.actor },
      result: undefined,
      writes: [...part.map((row) => rowWrite(dynamo, kind, row)), sheets.write(sheet, moved)],
      applied: () => sheets.replace(moved),
    });
  }

  async function lastStep(
    job: Job,
    save: LargeSave,
    kind: SheetKind<SheetRecord>,
    sheet: Sheet,
    rows: RowChange<SheetRecord>[],
    chunks: number,
  ): Promise<void> {
    const { at, version, sheet: asSheet, reason } = save;
    const entry = entryOf(trail, kind, { actor: save.actor }, sheet, { rows, at, version, sheet: asSheet, reason });
    const opened: Sheet = { ...sheet, version: save.version, head: entry.head, job: null };
    await commit({
      ctx: { actor: save.actor },
      entry,
      result: undefined,
      writes: [
        sheets.write(sheet, opened),
        jobs.end('sheet', job.id),
        ...Array.from({ length: chunks }, (_, n) => remove(dynamo, 'system', chunkKey(job.id, n))),
      ],
      applied: () => sheets.replace(opened),
    });
  }

  return {
    save,
    finish,
    /** Makes a kind's jobs resumable. */
    register: <R extends SheetRecord>(kind: SheetKind<R>): void =>
      void kinds.set(kind.table, kind as unknown as SheetKind<SheetRecord>),
  };
}
