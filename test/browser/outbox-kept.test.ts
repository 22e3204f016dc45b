// Is what was typed last what is stored in the end, however typing, storage and answers fall between each other?
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { pack, settle } from '../../src/browser/outbox-change.ts';
import type { Change, Shipment } from '../../src/browser/outbox-change.ts';
import { createKept } from '../../src/browser/outbox-kept.ts';
import { memoryStore } from '../../src/browser/outbox-store.ts';
import type { Store } from '../../src/browser/outbox-store.ts';
import { same } from '../../src/browser/row-texts.ts';
import type { ServerRow, Texts } from '../../src/browser/row-texts.ts';

const SHEET = '/api/sheet';
const textsOf = (status: string): Texts => ({ status, remarks: '' });

const buildChange = (status: string, base: Change['base']): Change => ({
  ...{ sheet: SHEET, kind: 'attendance', page: '/p', title: 'Sheet', student_id: 'a', name: 'Ada' },
  ...{ texts: textsOf(status), base, typed_at: '2026-11-21T10:31:00.000Z' },
});

/** One step after the other, as IndexedDB does it, and each takes as long as it likes. */
function slowStore(takeTurn: () => Promise<unknown>): Store {
  const memory = memoryStore({ changes: [], shipments: [] });
  let line: Promise<unknown> = Promise.resolve();
  const inLine = <T>(work: () => Promise<T>): Promise<T> => {
    const done = line.then(takeTurn).then(work);
    line = done.then(takeTurn);
    return line.then(() => done);
  };
  return {
    ...memory,
    put: (list, work) => inLine(() => memory.put(list, work)),
    edit: (sheet, work) => inLine(() => memory.edit(sheet, work)),
  };
}

const serverRow = ({ texts, version }: { texts: Texts; version: number }): ServerRow => ({
  ...{ student_id: 'a', student_code: 'S1', student_name: 'Ada', enrolled: true, version, attendance_id: null },
  ...{ status: (texts['status'] || null) as 'Late' | null, remarks: null, updated_at: null, updated_by: null },
});

/** A server with one row: refuses what is stale, as the true one does. */
function oneRow() {
  let row = { texts: textsOf(''), version: 0 };
  let version = 0;
  return {
    row: () => row,
    save: ({ body }: Shipment) => {
      const [entry] = body.entries as { status: string | null; version: number }[];
      if (entry!.version !== row.version) throw new Error('stale, though nobody else is there');
      const texts = textsOf(entry!.status ?? '');
      const counts = { created: 0, updated: 1, unchanged: 0, removed: 0 };
      if (same(texts, row.texts)) return { ...counts, updated: 0, unchanged: 1, version };
      version += 1;
      row = { texts, version: entry!.status === null ? 0 : version };
      return { ...counts, version };
    },
  };
}

it('keeps the last word of whoever types, undoes and types again while it is sent', async () => {
  const status = fc.constantFrom('', 'Present', 'Late', 'Absent');
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), fc.array(status, { minLength: 1, maxLength: 6 }), async (s, typed) => {
      const kept = await createKept(slowStore(() => s.schedule(Promise.resolve())));
      const server = oneRow();
      let stored = server.row();
      let last = '';
      const wrong: string[] = [];
      // As a row is drawn: what waits, else what is stored. A hand that has typed must never see anything else.
      const look = (): void => {
        const shown = (kept.of(SHEET)[0]?.texts ?? stored.texts)['status'] ?? '';
        if (shown !== last) wrong.push(`shows ${shown}, typed ${last}`);
      };
      kept.listen(({ saved }) => {
        for (const { texts, version } of saved) stored = { texts, version };
        look();
      });

      async function ship(): Promise<void> {
        if (!kept.sheets().has(SHEET)) return;
        const { shipment } = await kept.edit(SHEET, (changes, before) =>
          before ? { put: [], drop: [], saved: [], shipment: before } : pack(changes, 'token'),
        );
        if (!shipment) return;
        const answer = await s.schedule(Promise.resolve()).then(() => server.save(shipment));
        void s.schedule(Promise.resolve()).then(() => hear(server.row(), answer.version));
        await s.schedule(Promise.resolve());
        const { saved } = await kept.edit(SHEET, (changes) => settle(changes, shipment, answer));
        kept.tell(SHEET, saved);
      }
      let heard = 0;
      /** The socket tells of the row too, sooner or later than the answer: as a sheet takes it. */
      function hear(row: { texts: Texts; version: number }, version: number): void {
        if (version < heard) return;
        heard = version;
        if (kept.of(SHEET).length > 0) void kept.meet(SHEET, [serverRow(row)]);
        else {
          stored = row;
          look();
        }
      }

      function type(text: string): Promise<void> {
        last = text;
        const done = kept.keep([buildChange(text, stored)]);
        look();
        return done;
      }

      const work: Promise<void>[] = [];
      const hand = typed.reduce<Promise<unknown>>(
        (before, text) => before.then(() => s.schedule(Promise.resolve())).then(() => void work.push(type(text))),
        Promise.resolve(),
      );
      const sender = (async () => {
        for (let round = 0; round < 2 * typed.length; round += 1) {
          await s.schedule(Promise.resolve());
          await ship();
        }
      })();
      await s.waitFor(Promise.all([hand, sender]));
      await s.waitFor(Promise.all(work));
      for (let round = 0; round < 3; round += 1) await s.waitFor(ship());
      expect(server.row().texts['status']).toBe(typed.at(-1));
      expect(kept.of()).toEqual([]);
      expect(wrong).toEqual([]);
    }),
    { numRuns: 500 },
  );
});

it('keeps a mark that is made again after somebody took it back', async () => {
  const kept = await createKept(memoryStore({ changes: [], shipments: [] }));
  const late = buildChange('Late', { texts: textsOf(''), version: 0 });
  await kept.keep([late]);
  const { shipment } = await kept.edit(SHEET, (changes) => pack(changes, 'token'));
  const answer = { created: 1, updated: 0, unchanged: 0, removed: 0, version: 1 };
  const { saved } = await kept.edit(SHEET, (changes) => settle(changes, shipment!, answer));
  kept.tell(SHEET, saved);
  expect(kept.of()).toEqual([]);
  // The row is as it was at first, version 0.
  await kept.keep([late]);
  expect(kept.of()).toEqual([late]);
});

it('says that it holds nothing of a row that was saved while news of it was on the way', async () => {
  const slow = slowStore(() => Promise.resolve());
  const kept = await createKept(slow);
  const ours = { texts: textsOf('Present'), version: 1 };
  const theirs = { texts: textsOf('Late'), version: 2 };
  await kept.keep([buildChange('Present', { texts: textsOf(''), version: 0 })]);
  const { shipment } = await kept.edit(SHEET, (changes) => pack(changes, 'token'));
  const answer = { created: 1, updated: 0, unchanged: 0, removed: 0, version: 1 };
  // The answer is being taken in as both news arrive.
  const settled = kept.edit(SHEET, (changes) => settle(changes, shipment!, answer));
  expect(kept.of(SHEET)).toHaveLength(1);
  const met = [kept.meet(SHEET, [serverRow(ours)]), kept.meet(SHEET, [serverRow(theirs)])];
  await settled;
  expect(await Promise.all(met)).toEqual([false, false]);
  expect(kept.of(SHEET)).toEqual([]);
});

it('knows at once what was typed while a step over the same row was being written', async () => {
  const memory = memoryStore({ changes: [], shipments: [] });
  const base = { texts: textsOf(''), version: 0 };
  await memory.put([buildChange('Late', base)], (change) => change);
  let write = (): void => undefined;
  const written = new Promise<void>((done) => (write = done));
  const kept = await createKept({
    ...memory,
    put: (list, work) => written.then(() => memory.put(list, work)),
    edit: async (sheet, work) => {
      const made = await memory.edit(sheet, work);
      await written;
      return made;
    },
  });
  const saved = [{ student_id: 'a', texts: textsOf('Late'), version: 1 }];
  const step = kept.edit(SHEET, () => ({ put: [], drop: ['a'], shipment: null, saved }));
  const typed = kept.keep([buildChange('Absent', base)]);
  write();
  await Promise.all([step, typed]);
  expect(kept.of(SHEET).map(({ texts }) => texts)).toEqual([textsOf('Absent')]);
});
