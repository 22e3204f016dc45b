// How do rows get onto a sheet? Every write of a mark or result updates its sheet item in the same transaction,
// on the condition that nobody else wrote since: it is the total, the ETag, the fence and the chain head in one.
import type { Context } from '../platform/actor.ts';
import { timestamp } from '../platform/clock.ts';
import type { Clock } from '../platform/clock.ts';
import type { Dynamo } from '../platform/dynamo/client.ts';
import type { Commit } from '../platform/dynamo/commit.ts';
import type { Jobs } from '../platform/dynamo/jobs.ts';
import { backoff, pause } from '../platform/dynamo/reads.ts';
import { MAX_ITEMS, Raced } from '../platform/dynamo/transaction.ts';
import type { Write } from '../platform/dynamo/transaction.ts';
import type { Trail, TrailEntry } from '../platform/dynamo/trail.ts';
import { Unavailable } from '../platform/errors.ts';
import { createQueues } from '../platform/limit.ts';
import { amendmentOf } from './amendment.ts';
import { createLargeSaves } from './large-save.ts';
import { counted, entryOf, rowWrite } from './rows.ts';
import type { RowChange, SheetKind, SheetRecord, Written } from './rows.ts';
import type { RowCache, RowFinder, Snapshot } from './row-cache.ts';
import { sheetId, SheetMoved } from './sheet.ts';
import type { Sheet, SheetRef } from './sheet.ts';
import type { Sheets } from './sheets.ts';
import type { Totals } from './totals.ts';

/** What a caller wants written, given the sheet as it is. Called again when somebody else was faster. */
export interface SheetPlan<R, A> {
  rows: RowChange<R>[];
  answer: A;
  /** Further conditions: the student is enrolled, the roster is as it was read. */
  checks: Write[];
  /** Of a single record: what its failed condition means. A sheet's rows need none, the fence covers them. */
  refused?: Write['refused'];
  /** Why; demanded when the sheet is posted and any row changes. */
  reason?: string | null | undefined;
}

/** When and as which version of its sheet a row is written, and whether the sheet is posted by then. */
export interface RowStamp {
  at: string;
  version: number;
  amended: boolean;
}

export type SheetPlanner<R, A> = (sheet: Sheet, stamp: RowStamp) => Promise<SheetPlan<R, A>>;

export interface WriterNeeds {
  dynamo: Dynamo;
  clock: Clock;
  commit: Commit;
  trail: Trail;
  jobs: Jobs;
  sheets: Sheets;
  cache: RowCache;
  totals: Totals;
}

const TRIES = 8;
/** Rows + sheet item + roster check + trail entry + key stay within 100 items, unless the details are very long. */
const ONE_TRANSACTION = 95;

export function createSheetWriter(needs: WriterNeeds) {
  const { dynamo, clock, commit, trail, sheets, cache, totals } = needs;
  const queues = createQueues();
  const large = createLargeSaves(needs, (ref, task) => queues(sheetId(ref), task));

  /** What was in the way when a write was refused: takes the newer sheet and finishes its open save. */
  async function makeWay(error: unknown, ref: SheetRef, attempt: number): Promise<void> {
    if (error instanceof SheetMoved) {
      if (error.sheet) sheets.replace(error.sheet);
      cache.forget(ref);
    } else if (!(error instanceof Raced)) {
      throw error;
    }
    if (attempt > 0) await pause(backoff(attempt));
  }

  /**
   * Does `task` with the sheet as it is, while nobody else of this process writes it; again when another process was
   * faster. Throws what the task throws, and Unavailable when others are faster eight times in a row.
   */
  async function alone<T>(ref: SheetRef, task: (sheet: Sheet) => Promise<T>): Promise<T> {
    return await queues(sheetId(ref), async () => {
      for (let attempt = 0; attempt < TRIES; attempt++) {
        const open = sheets.get(ref).job;
        if (open) await large.finish(open.id, ref);
        try {
          return await task(sheets.get(ref));
        } catch (error) {
          await makeWay(error, ref, attempt);
        }
      }
      throw new Unavailable('Many people write this sheet right now. Try again.');
    });
  }

  /**
   * Writes what `plan` wants, in one transaction or, above 95 rows, by a job; and returns its answer.
   * Throws what the plan throws, Invalid when a posted sheet would change without a reason, and Unavailable as `alone`.
   */
  async function save<R extends SheetRecord, A>(
    kind: SheetKind<R>,
    ctx: Context,
    ref: SheetRef,
    asSheet: boolean,
    planner: SheetPlanner<R, A>,
  ): Promise<A> {
    return await alone(ref, async (sheet) => {
      const at = timestamp(clock);
      const version = sheet.version + 1;
      const plan = await planner(sheet, { at, version, amended: sheet.posted !== null });
      if (plan.rows.length === 0) return await commit({ ctx, writes: [], result: plan.answer });
      // Asked of the sheet that the write is fenced by: posted meanwhile, it has moved, and is asked again.
      const reason = amendmentOf(sheet, plan.reason);
      const change = { rows: plan.rows, at, version, sheet: asSheet, reason };
      const entry = plan.rows.length > ONE_TRANSACTION ? undefined : entryOf(trail, kind, ctx, sheet, change);
      const items = plan.rows.length + plan.checks.length + 2 + (entry?.items ?? MAX_ITEMS);
      if (!entry || items > MAX_ITEMS) return await large.save(kind, ctx, sheet, change, plan);
      return await once(kind, ctx, sheet, change, plan, entry);
    });
  }

  async function once<R extends SheetRecord, A>(
    kind: SheetKind<R>,
    ctx: Context,
    sheet: Sheet,
    change: Written<R>,
    plan: SheetPlan<R, A>,
    entry: TrailEntry,
  ): Promise<A> {
    const next: Sheet = {
      ...sheet,
      version: change.version,
      counts: counted(kind, sheet, change.rows),
      head: entry.head,
    };
    return await commit({
      ctx,
      entry,
      result: plan.answer,
      writes: [
        ...plan.checks,
        ...change.rows.map((row) => rowWrite(dynamo, kind, row, plan.refused)),
        sheets.write(sheet, next),
      ],
      applied: () => {
        sheets.replace(next);
        cache.apply(next, change.rows);
      },
    });
  }

  /**
   * Removes rows because their student or course goes, or leaves what `changed` makes of them: quietly, one transaction for all, with the step's own writes.
   * `rows` of one sheet stand together; rows + 2 × sheets must stay under 95.
   */
  async function removeRows<R extends SheetRecord>(
    kind: SheetKind<R>,
    ctx: Context,
    refs: SheetRef[],
    rowsOf: (sheet: Sheet) => Promise<R[]>,
    step: (removed: number) => Write[],
    changed: (old: R, stamp: RowStamp) => R | undefined = () => undefined,
  ): Promise<number> {
    return await inAllQueues(
      [...refs].sort((a, b) => (sheetId(a) < sheetId(b) ? -1 : 1)),
      async () => {
        for (let attempt = 0; attempt < TRIES; attempt++) {
          for (const ref of refs) {
            const open = sheets.get(ref).job;
            if (open) await large.finish(open.id, ref);
          }
          try {
            return await removeOnce(kind, ctx, refs, rowsOf, step, changed);
          } catch (error) {
            if (error instanceof SheetMoved && error.sheet) {
              sheets.replace(error.sheet);
              cache.forget(error.sheet);
            } else if (!(error instanceof Raced)) throw error;
            await pause(backoff(attempt));
          }
        }
        throw new Unavailable();
      },
    );
  }

  async function removeOnce<R extends SheetRecord>(
    kind: SheetKind<R>,
    ctx: Context,
    refs: SheetRef[],
    rowsOf: (sheet: Sheet) => Promise<R[]>,
    step: (removed: number) => Write[],
    changed: (old: R, stamp: RowStamp) => R | undefined,
  ): Promise<number> {
    const at = timestamp(clock);
    const writes: Write[] = [];
    const after: { sheet: Sheet; rows: RowChange<R>[] }[] = [];
    for (const ref of refs) {
      const sheet = sheets.get(ref);
      const stamp = { at, version: sheet.version + 1, amended: false };
      const rows = (await rowsOf(sheet)).map((old): RowChange<R> => ({
        id: kind.idOf(old),
        old,
        new: changed(old, stamp),
      }));
      if (rows.length === 0) continue;
      const entry = entryOf(trail, kind, ctx, sheet, { rows, at, version: sheet.version + 1, sheet: true }, true);
      const next: Sheet = {
        ...sheet,
        version: sheet.version + 1,
        counts: counted(kind, sheet, rows),
        head: entry.head,
      };
      const gone: Write['refused'] = (stored) => new Raced(stored);
      writes.push(...rows.map((row) => rowWrite(dynamo, kind, row, gone)), sheets.write(sheet, next));
      writes.push(...entry.writes('0'));
      after.push({ sheet: next, rows });
    }
    const removed = after.reduce((n, { rows }) => n + rows.length, 0);
    if (removed === 0) return 0;
    await commit({
      ctx: { actor: ctx.actor },
      writes: [...writes, ...step(removed)],
      result: undefined,
      applied: () => {
        for (const { sheet, rows } of after) {
          sheets.replace(sheet);
          cache.apply(sheet, rows);
          for (const row of rows) totals.release(row.id);
        }
      },
    });
    return removed;
  }

  async function inAllQueues<T>(refs: SheetRef[], task: () => Promise<T>): Promise<T> {
    const [first, ...rest] = refs;
    if (!first) return await task();
    return await queues(sheetId(first), () => inAllQueues(rest, task));
  }

  return {
    save,
    alone,
    /** The sheet and its rows as one moment had them; a cold one is read between two writes. */
    read: async <R extends SheetRecord>(finder: RowFinder<R>, ref: SheetRef): Promise<Snapshot<R>> =>
      cache.peek<R>(ref) ?? (await queues(sheetId(ref), () => cache.snapshot(finder, ref))),
    removeRows,
    /** Resolves when every save that has begun by now is over. */
    drained: queues.drained,
    /** Finishes what is open on the sheets of a course, so that no row can still arrive. */
    finishOpen: async (course_id: string): Promise<Sheet[]> => {
      for (const sheet of await sheets.stored(course_id)) {
        const { job } = sheet;
        if (job) await queues(sheetId(sheet), () => large.finish(job.id, sheet));
      }
      return await sheets.stored(course_id);
    },
    /** Makes the large saves of a kind resumable. */
    register: large.register,
  };
}

export type SheetWriter = ReturnType<typeof createSheetWriter>;
