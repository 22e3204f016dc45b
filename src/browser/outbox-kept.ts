// What of this person waits to be sent, as this page knows it at once? In storage first; other tabs hear of every step.
import { overtake } from './outbox-change.ts';
import type { Change, Edit, SavedRow, Shipment } from './outbox-change.ts';
import { memoryStore } from './outbox-store.ts';
import type { Store } from './outbox-store.ts';
import { same } from './row-texts.ts';
import type { ServerRow } from './row-texts.ts';

/** Something changed; `sheet` is null when it is about all of them. */
export interface News {
  sheet: string | null;
  /** Rows that are stored now, some perhaps otherwise than they were typed here. */
  saved: SavedRow[];
  /** Which students it is about, when that is known to be few. */
  students?: string[];
  /** The sheet's version in which they were stored, when the server has just answered that. */
  version?: number;
}

const keyOf = (sheet: string, student_id: string): string => `${sheet} ${student_id}`;

const names = (rows: readonly { student_id: string }[] | undefined, student_id: string): boolean =>
  rows?.some((row) => row.student_id === student_id) ?? false;

export async function createKept(begin: Store) {
  let store = begin;
  const changes = new Map<string, Change>();
  const shipments = new Map<string, Shipment>();
  // Kept by this page, and not in storage yet.
  const pending = new Map<string, Change>();
  // What has just been saved of a row, and over which version: a change that was on its way into storage follows.
  // Forgotten as soon as everybody was told: a row that is taken back has version 0 again.
  const moved = new Map<string, { from: number; base: Change['base']; told: boolean }>();
  let keeping = 0;
  const listeners = new Set<(news: News) => void>();
  const channel = typeof BroadcastChannel === 'function' ? new BroadcastChannel('studentcore-outbox') : undefined;

  const of = (sheet?: string): Change[] =>
    [...changes.values()].filter((change) => sheet === undefined || change.sheet === sheet);

  function tellHere(news: News): void {
    for (const listener of listeners) listener(news);
  }

  function tell(
    sheet: string | null,
    saved: SavedRow[] = [],
    more: Partial<Pick<News, 'students' | 'version'>> = {},
  ): void {
    const news: News = { sheet, saved, ...more };
    channel?.postMessage(news);
    tellHere(news);
    if (sheet === null) return;
    for (const { student_id } of saved) {
      const last = moved.get(keyOf(sheet, student_id));
      if (last) last.told = true;
    }
    forgetMoved();
  }

  /** What was typed before the news came is all in storage: nothing has to follow any more. */
  function forgetMoved(): void {
    if (keeping > 0) return;
    for (const [key, { told }] of moved) if (told) moved.delete(key);
  }

  /** When storage fails, is full or belongs to another user by now, this page goes on in memory, and says so. */
  async function inStore<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch {
      store = memoryStore({ changes: of(), shipments: [...shipments.values()] });
      return await work();
    }
  }

  async function load(): Promise<void> {
    const kept = await inStore(() => store.all());
    changes.clear();
    shipments.clear();
    for (const change of [...kept.changes, ...pending.values()])
      changes.set(keyOf(change.sheet, change.student_id), change);
    for (const shipment of kept.shipments) shipments.set(shipment.sheet, shipment);
  }

  function withPending(sheet: string, kept: readonly Change[]): Change[] {
    const list = new Map(kept.map((change) => [keyOf(sheet, change.student_id), change]));
    for (const [key, change] of pending) if (change.sheet === sheet) list.set(key, change);
    return [...list.values()];
  }

  /** One step over what is kept of a sheet, that no other tab gets between. */
  async function edit(sheet: string, work: (changes: Change[], shipment: Shipment | undefined) => Edit): Promise<Edit> {
    const made = await inStore(() =>
      store.edit(sheet, (kept) => {
        const result = work(withPending(sheet, kept.changes), kept.shipment);
        for (const { student_id, texts, version } of result.saved) {
          const row = kept.shipment?.rows.find((one) => one.student_id === student_id);
          if (!row) continue;
          const base = { texts, version };
          moved.set(keyOf(sheet, student_id), { from: row.from.version, base, told: false });
        }
        return result;
      }),
    );
    for (const change of made.put) {
      const key = keyOf(sheet, change.student_id);
      // Typed on while this step was under way: that stays.
      const newer = pending.get(key);
      changes.set(key, newer ? follow(newer) : change);
    }
    for (const student_id of made.drop) {
      const key = keyOf(sheet, student_id);
      const newer = pending.get(key);
      if (newer) changes.set(key, follow(newer));
      else changes.delete(key);
    }
    if (made.shipment) shipments.set(sheet, made.shipment);
    else if (made.shipment === null) shipments.delete(sheet);
    return made;
  }

  const follow = (change: Change): Change => {
    const last = moved.get(keyOf(change.sheet, change.student_id));
    return last?.from === change.base.version ? { ...change, base: last.base } : change;
  };

  /** In storage now; what was typed since stays. */
  function noLongerPending(change: Change): void {
    const key = keyOf(change.sheet, change.student_id);
    if (pending.get(key) === change) pending.delete(key);
  }

  const isNothing = ({ texts, base, whole }: Change): boolean => !whole && same(texts, base.texts);

  /**
   * Typed back to what is stored: nothing waits. But if another text is on its way, what is typed goes out after it;
   * only the storage knows, for a shipment may be packed at this moment. Until it has said so, this is the last word
   * of the row: an answer that comes meanwhile must not bring back what was undone.
   */
  async function forget(sheet: string, list: readonly Change[]): Promise<void> {
    for (const change of list) {
      changes.set(keyOf(sheet, change.student_id), change);
      pending.set(keyOf(sheet, change.student_id), change);
    }
    await edit(sheet, (_kept, shipment) => {
      for (const change of list) noLongerPending(change);
      const put = list.map(follow).filter((change) => !isNothing(change) || names(shipment?.rows, change.student_id));
      const gone = list.filter(({ student_id }) => !names(put, student_id));
      return { put, drop: gone.map(({ student_id }) => student_id), saved: [] };
    });
  }

  async function drop(sheet: string, student_ids: string[]): Promise<void> {
    for (const student_id of student_ids) {
      changes.delete(keyOf(sheet, student_id));
      pending.delete(keyOf(sheet, student_id));
    }
    await edit(sheet, () => ({ put: [], drop: student_ids, saved: [] }));
    tell(sheet, [], { students: student_ids });
  }

  /** All of one sheet. */
  async function keep(list: Change[]): Promise<void> {
    const [first] = list;
    if (!first) return;
    const { sheet } = first;
    const followed = list.map(follow);
    const put = followed.filter((change) => !isNothing(change));
    for (const change of put) {
      changes.set(keyOf(sheet, change.student_id), change);
      pending.set(keyOf(sheet, change.student_id), change);
    }
    const gone = followed.filter(isNothing);
    keeping += 1;
    try {
      if (gone.length > 0) await forget(sheet, gone);
      if (put.length > 0) await inStore(() => store.put(put, follow));
    } finally {
      keeping -= 1;
    }
    put.forEach(noLongerPending);
    forgetMoved();
    tell(sheet, [], { students: list.map(({ student_id }) => student_id) });
  }

  async function meet(sheet: string, rows: ServerRow[]): Promise<boolean> {
    let all = true;
    const { put, saved } = await edit(sheet, (kept, shipment) => {
      const made: Edit = { put: [], drop: [], saved: [] };
      for (const current of rows) {
        const key = keyOf(sheet, current.student_id);
        if (moved.get(key)?.base.version !== current.version) moved.delete(key);
        const is = ({ student_id }: { student_id: string }): boolean => student_id === current.student_id;
        const change = kept.find(is);
        if (change) overtake(made, change, current, shipment?.rows.find(is)?.texts);
        else {
          // Saved just before.
          changes.delete(key);
          all = false;
        }
      }
      return made;
    });
    if (put.length + saved.length > 0) tell(sheet, saved);
    return all;
  }

  channel?.addEventListener('message', ({ data }: MessageEvent<News>) => {
    void load().then(() => tellHere(data));
  });
  await load();

  return {
    isDurable: () => store.durable,
    of,
    change: (sheet: string, student_id: string): Change | undefined => changes.get(keyOf(sheet, student_id)),
    shipment: (sheet: string): Shipment | undefined => shipments.get(sheet),
    /** Those with anything to send or to decide. */
    sheets: (): Set<string> => new Set([...shipments.keys(), ...of().map(({ sheet }) => sheet)]),
    edit,
    keep,
    drop,
    meet,
    tell,
    tellHere,
    wipe: async (): Promise<void> => {
      changes.clear();
      shipments.clear();
      pending.clear();
      await store.wipe().catch(() => undefined);
      tell(null);
    },
    listen: (listener: (news: News) => void): void => void listeners.add(listener),
  };
}

export type Kept = Awaited<ReturnType<typeof createKept>>;
