// What waits on this device while nobody is signed in, or somebody else is? Looks into the outbox's storage from outside.

/** As in outbox-store.ts. */
const DATABASE = 'studentcore';
const TABLES = ['about', 'changes', 'shipments'];
const OWNER_KEY = 'owner';
const NAME_KEY = 'name';

const asked = <T>(request: IDBRequest<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error('storage failed'));
  });

/** Runs `work` over the outbox's storage; undefined when there is none, and none is made. */
async function within<T>(
  mode: IDBTransactionMode,
  work: (table: (name: string) => IDBObjectStore) => Promise<T>,
): Promise<T | undefined> {
  try {
    const request = indexedDB.open(DATABASE);
    request.onupgradeneeded = () => request.transaction?.abort();
    const database = await asked(request);
    try {
      const transaction = database.transaction(TABLES, mode);
      return await work((name) => transaction.objectStore(name));
    } finally {
      database.close();
    }
  } catch {
    return undefined; // Nothing was ever kept here, or the browser has no storage.
  }
}

/** Whose marks they are, for the sign-in page: kept beside them, and gone with them. */
export const nameOwner = (full_name: string): Promise<unknown> =>
  within('readwrite', (table) => asked(table('about').put(full_name, NAME_KEY)));

/** How many marks of whom wait here; undefined when none do. */
export async function leftBehind(): Promise<{ name: string; count: number } | undefined> {
  return await within('readonly', async (table) => {
    const [count, name] = await Promise.all([
      asked(table('changes').count()),
      asked(table('about').get(NAME_KEY)) as Promise<unknown>,
    ]);
    return count > 0 && typeof name === 'string' ? { name, count } : undefined;
  });
}

const clear = (table: (name: string) => IDBObjectStore): Promise<unknown> =>
  Promise.all(TABLES.map((name) => asked(table(name).clear())));

export const clearLeftBehind = (): Promise<unknown> => within('readwrite', clear);

/** Empties what is not of this user, where no outbox does so. */
export const clearOfOthers = (user_id: string): Promise<unknown> =>
  within('readwrite', async (table) => {
    if ((await asked(table('about').get(OWNER_KEY))) !== user_id) await clear(table);
  });
