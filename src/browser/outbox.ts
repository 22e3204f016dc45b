// How does what is typed get to the server, whatever happens to the page, the browser or the network meanwhile?
// A change is kept (IndexedDB) before anything else; it goes out in a shipment that is stored before it is sent, with an
// Idempotency-Key; the answer takes both away. One tab at a time sends (Web Locks). No DOM, but for the form token of
// the page that api.ts reads.
import { ApiError } from './api.ts';
import { pack, refusalsIn, refuse, refuseAll, settle } from './outbox-change.ts';
import type { Change, Edit, Shipment } from './outbox-change.ts';
import { createKept } from './outbox-kept.ts';
import type { Kept, News } from './outbox-kept.ts';
import { isUnclear, newToken, sendShipment, troubleOf } from './outbox-send.ts';
import type { Trouble } from './outbox-send.ts';
import { memoryStore, openStore } from './outbox-store.ts';
import type { ServerRow } from './row-texts.ts';

export type { Change, Refusal, SavedRow } from './outbox-change.ts';
export type { News } from './outbox-kept.ts';
export type { Trouble } from './outbox-send.ts';

export interface Waiting {
  /** Rows that go out by themselves, or by the Save button of their sheet. */
  waiting: number;
  /** Rows that a person has to look at: refused, or stored otherwise by somebody else. */
  to_decide: number;
  sheets: { sheet: string; page: string; title: string; waiting: number; to_decide: number }[];
}

export interface Outbox {
  /** Whether what waits outlives this page. */
  isDurable: () => boolean;
  changes: (sheet?: string) => Change[];
  /** What waits of one row. */
  change: (sheet: string, student_id: string) => Change | undefined;
  waiting: () => Waiting;
  trouble: () => Trouble | null;
  /** Whether a row's change is on its way right now, sent by this page. */
  isSending: (sheet: string, student_id: string) => boolean;
  /** Keeps changes of one sheet, in place of earlier ones of the same rows. One that changes nothing is forgotten. */
  keep: (changes: Change[]) => Promise<void>;
  /** Gives changes up. */
  drop: (sheet: string, student_ids: string[]) => Promise<void>;
  /** A newer state of rows became known otherwise than by a refusal. False when nothing waits of some of them any more. */
  meet: (sheet: string, rows: ServerRow[]) => Promise<boolean>;
  /** Sends what may be sent. In trouble only when it is to be `now`; after no answer it is tried again by itself. */
  ship: (now?: boolean) => Promise<void>;
  /** The page goes away: sends at once what is not under way, and waits for nothing. */
  shipLeaving: () => void;
  /** Forgets everything of this user, for signing out. */
  wipe: () => Promise<void>;
  onChange: (listener: (news: News) => void) => void;
}

const LOCK = 'studentcore-outbox';
const PAUSES_MS = [2_000, 5_000, 15_000, 30_000, 60_000];
/** Shipments of one sheet in one go: each either saves or refuses, so that more than a few is a fight with somebody. */
const ROUNDS = 6;
/** So often the server may fail at one shipment; then a person decides whether it is saved again or given up. */
const MOST_FAILURES = 5;

const NOTHING: Edit = { put: [], drop: [], saved: [] };

let opened: Promise<Outbox> | undefined;

/** The outbox of the person who is signed in; one a page. */
export const openOutbox = (user_id: string): Promise<Outbox> => (opened ??= open(user_id));

async function open(user_id: string): Promise<Outbox> {
  const store = await openStore(user_id).catch(() => memoryStore({ changes: [], shipments: [] }));
  return createOutbox(user_id, await createKept(store));
}

export function createOutbox(user_id: string, kept: Kept): Outbox {
  const { edit, tell } = kept;
  const sending = new Map<string, Shipment>();
  // Shipments that the server failed at, by sheet.
  const stuck = new Map<string, { token: string; answers: number }>();
  let trouble: Trouble | null = null;
  let failures = 0;
  let retry = 0;
  let running: Promise<unknown> | undefined;
  let again = false;
  let urgent = false;

  /** What became of it: `taken` away by the answer, `kept` for later, or kept for trouble that is not its own. */
  async function deliver(shipment: Shipment, leaving = false): Promise<'taken' | 'kept' | 'trouble'> {
    const { sheet } = shipment;
    sending.set(sheet, shipment);
    kept.tellHere({ sheet, saved: [] });
    const result = await sendShipment(shipment, user_id, leaving).catch((error: unknown) => {
      if (error instanceof ApiError) return error;
      throw error;
    });
    sending.delete(sheet);
    const found = result instanceof ApiError ? troubleOf(result) : null;
    if (found) {
      worry(found);
      return 'trouble';
    }
    trouble = null;
    if (result instanceof ApiError && isUnclear(result) && mayTryAgain(shipment)) {
      shipLater();
      kept.tellHere({ sheet: null, saved: [] });
      return 'kept';
    }
    stuck.delete(sheet);
    if (!isAnyStuck()) failures = 0;
    const { saved } = await edit(sheet, (changes, stored) => {
      // Answered to another tab already, and perhaps typed over since.
      if (stored?.token !== shipment.token) return NOTHING;
      if (!(result instanceof ApiError)) return settle(changes, shipment, result);
      const refusals = refusalsIn(result, shipment);
      if (refusals.size > 0) return refuse(changes, shipment, refusals);
      const [fault] = result.faults;
      return refuseAll(changes, shipment, { field: fault?.field ?? '', message: fault?.message ?? result.message });
    });
    tell(sheet, saved, result instanceof ApiError ? {} : { version: result.version });
    return 'taken';
  }

  function mayTryAgain({ sheet, token }: Shipment): boolean {
    const before = stuck.get(sheet);
    const answers = before?.token === token ? before.answers + 1 : 1;
    stuck.set(sheet, { token, answers });
    return answers < MOST_FAILURES;
  }

  const isStuck = (sheet: string): boolean =>
    stuck.has(sheet) && stuck.get(sheet)?.token === kept.shipment(sheet)?.token;
  const isAnyStuck = (): boolean => [...stuck.keys()].some(isStuck);

  function worry(found: Trouble): void {
    trouble = found;
    if (found === 'unreachable') shipLater();
    kept.tellHere({ sheet: null, saved: [] });
  }

  function shipLater(): void {
    window.clearTimeout(retry);
    retry = window.setTimeout(() => void ship(true), PAUSES_MS[Math.min(failures, PAUSES_MS.length - 1)]);
    failures += 1;
  }

  /** False when nothing else can be sent either. */
  async function shipSheet(sheet: string): Promise<boolean> {
    for (let round = 0; round < ROUNDS; round += 1) {
      const { put, shipment } = await edit(sheet, (changes, before) =>
        before ? { ...NOTHING, shipment: before } : pack(changes, newToken()),
      );
      if (put.length > 0) tell(sheet);
      if (!shipment) return true;
      const outcome = await deliver(shipment);
      if (outcome !== 'taken') return outcome === 'kept';
    }
    shipLater();
    return true;
  }

  async function shipAll(): Promise<void> {
    do {
      const now = urgent;
      again = false;
      urgent = false;
      let fine = true;
      // One that the server failed at waits for its next try, and holds up no other.
      for (const sheet of kept.sheets()) if (now || !isStuck(sheet)) fine &&= await shipSheet(sheet);
      if (!fine) again = false;
    } while (isAsked());
  }

  /** Asked for while it was under way: of an urgent call also when there was trouble, which may be over by now. */
  const isAsked = (): boolean => urgent || again;

  async function ship(now = false): Promise<void> {
    if (!now && trouble !== null) return;
    if (kept.sheets().size === 0) return;
    again = true;
    urgent ||= now;
    running ??= run();
    await running;
  }

  /** Until nobody asks any more: also who asked while the lock was being given back. */
  async function run(): Promise<void> {
    try {
      do await ('locks' in navigator ? navigator.locks.request(LOCK, shipAll) : shipAll());
      while (isAsked());
    } catch (error) {
      shipLater();
      throw error;
    } finally {
      running = undefined;
    }
  }

  function shipLeaving(): void {
    if (trouble !== null) return;
    for (const sheet of kept.sheets()) {
      if (kept.shipment(sheet)) continue;
      // There is no time to ask the storage first. What another tab has just packed of it stays stored: two that say
      // the same do no harm, and the answer to ours then changes nothing here.
      const made = pack(kept.of(sheet), newToken());
      if (!made.shipment) continue;
      void edit(sheet, (_changes, stored) => (stored ? NOTHING : made));
      void deliver(made.shipment, true);
    }
  }

  return {
    isDurable: kept.isDurable,
    changes: kept.of,
    change: kept.change,
    waiting: () => count(kept.of()),
    trouble: () => trouble ?? (isAnyStuck() ? 'unreachable' : null),
    isSending: (sheet, student_id) => sending.get(sheet)?.rows.some((row) => row.student_id === student_id) ?? false,
    keep: kept.keep,
    drop: kept.drop,
    meet: kept.meet,
    ship,
    shipLeaving,
    wipe: async () => {
      window.clearTimeout(retry);
      await kept.wipe();
    },
    onChange: kept.listen,
  };
}

function count(changes: readonly Change[]): Waiting {
  const sheets = new Map<string, Waiting['sheets'][number]>();
  for (const { sheet, page, title, refused } of changes) {
    const line = sheets.get(sheet) ?? { sheet, page, title, waiting: 0, to_decide: 0 };
    sheets.set(sheet, line);
    line[refused ? 'to_decide' : 'waiting'] += 1;
  }
  const lines = [...sheets.values()];
  const sum = (field: 'waiting' | 'to_decide'): number => lines.reduce((n, line) => n + line[field], 0);
  return { waiting: sum('waiting'), to_decide: sum('to_decide'), sheets: lines };
}
