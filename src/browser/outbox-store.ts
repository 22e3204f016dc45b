// Where does lie what waits to be sent? In IndexedDB, for one user; in memory alone where the browser has no storage.
import type { Change, Edit, Shipment } from './outbox-change.ts';

const NAME = 'studentcore';
const VERSION = 1;

/** What lies there of one sheet. */
export interface Kept {
  changes: Change[];
  shipment: Shipment | undefined;
}

export interface Store {
  /** Whether it outlives the page. */
  durable: boolean;
  all: () => Promise<{ changes: Change[]; shipments: Shipment[] }>;
  /** Puts changes as `work` says when it is their turn: after what was begun earlier. */
  put: (changes: Change[], work: (change: Change) => Change) => Promise<void>;
  /** Reads one sheet and writes what `work` makes of it, as one step that no other tab gets between. */
  edit: <E extends Edit>(sheet: string, work: (kept: Kept) => E) => Promise<E>;
  wipe: () => Promise<void>;
}

/** Another user has this browser now: nothing of the one before is there any more, nor may be put there. */
export class NotOurs extends Error {}

const done = <T>(request: IDBRequest<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error('storage failed'));
  });

const finished = (transaction: IDBTransaction): Promise<void> =>
  new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error ?? new Error('storage failed'));
  });

/** Empties what another user left behind. Throws where there is no storage. */
export async function openStore(user_id: string): Promise<Store> {
  const request = indexedDB.open(NAME, VERSION);
  request.onupgradeneeded = () => {
    request.result.createObjectStore('about');
    request.result.createObjectStore('changes', { keyPath: ['sheet', 'student_id'] });
    request.result.createObjectStore('shipments', { keyPath: 'sheet' });
  };
  const database = await done(request);
  // A newer version of the app wants to come in: this page goes on in memory.
  database.onversionchange = () => database.close();

  /** Runs `work` in one transaction; asks first whose storage it is. */
  async function run(mode: IDBTransactionMode, work: (tables: Tables) => Promise<void>): Promise<void> {
    const transaction = database.transaction(['about', 'changes', 'shipments'], mode);
    const end = finished(transaction);
    const about = transaction.objectStore('about');
    try {
      if ((await done(about.get('owner'))) !== user_id) throw new NotOurs();
      await work({ changes: transaction.objectStore('changes'), shipments: transaction.objectStore('shipments') });
    } catch (error) {
      end.catch(() => undefined);
      transaction.abort();
      throw error;
    }
    await end;
  }

  await own(database, user_id);
  return {
    durable: true,
    all: async () => {
      const found: { changes: Change[]; shipments: Shipment[] } = { changes: [], shipments: [] };
      await run('readonly', async ({ changes, shipments }) => {
        found.changes = (await done(changes.getAll())) as Change[];
        found.shipments = (await done(shipments.getAll())) as Shipment[];
      });
      return found;
    },
    put: (list, work) =>
      run('readwrite', ({ changes }) => {
        for (const change of list) changes.put(work(change));
        return Promise.resolve();
      }),
    edit: async (sheet, work) => {
      let made: ReturnType<typeof work> | undefined;
      await run('readwrite', async ({ changes, shipments }) => {
        const here = IDBKeyRange.bound([sheet], [sheet, []]);
        const kept = {
          changes: (await done(changes.getAll(here))) as Change[],
          shipment: (await done(shipments.get(sheet))) as Shipment | undefined,
        };
        made = work(kept);
        for (const change of made.put) changes.put(change);
        for (const student_id of made.drop) changes.delete([sheet, student_id]);
        if (made.shipment) shipments.put(made.shipment);
        else if (made.shipment === null) shipments.delete(sheet);
      });
      if (!made) throw new Error('storage failed');
      return made;
    },
    wipe: async () => {
      const transaction = database.transaction(['about', 'changes', 'shipments'], 'readwrite');
      for (const name of transaction.objectStoreNames) transaction.objectStore(name).clear();
      await finished(transaction);
    },
  };
}

interface Tables {
  changes: IDBObjectStore;
  shipments: IDBObjectStore;
}

async function own(database: IDBDatabase, user_id: string): Promise<void> {
  const transaction = database.transaction(['about', 'changes', 'shipments'], 'readwrite');
  const about = transaction.objectStore('about');
  const end = finished(transaction);
  const owner: unknown = await done(about.get('owner'));
  if (owner !== user_id) {
    for (const name of transaction.objectStoreNames) transaction.objectStore(name).clear();
    about.put(user_id, 'owner');
  }
  await end;
}

/** The same without storage: it lasts as long as the page. Begins with what the page holds already. */
export function memoryStore(kept: { changes: readonly Change[]; shipments: readonly Shipment[] }): Store {
  const keyOf = ({ sheet, student_id }: Pick<Change, 'sheet' | 'student_id'>): string => `${sheet} ${student_id}`;
  const changes = new Map(kept.changes.map((change) => [keyOf(change), change]));
  const shipments = new Map(kept.shipments.map((shipment) => [shipment.sheet, shipment]));
  return {
    durable: false,
    all: () => Promise.resolve({ changes: [...changes.values()], shipments: [...shipments.values()] }),
    put: (list, work) => {
      for (const change of list) changes.set(keyOf(change), work(change));
      return Promise.resolve();
    },
    edit: (sheet, work) => {
      const here = [...changes.values()].filter((change) => change.sheet === sheet);
      const made = work({ changes: here, shipment: shipments.get(sheet) });
      for (const change of made.put) changes.set(keyOf(change), change);
      for (const student_id of made.drop) changes.delete(keyOf({ sheet, student_id }));
      if (made.shipment) shipments.set(sheet, made.shipment);
      else if (made.shipment === null) shipments.delete(sheet);
      return Promise.resolve(made);
    },
    wipe: () => {
      changes.clear();
      shipments.clear();
      return Promise.resolve();
    },
  };
}
