// Does what waits go out, whatever the server answers and whenever it was typed?
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Change } from '../../src/browser/outbox-change.ts';
import { createKept } from '../../src/browser/outbox-kept.ts';
import { memoryStore } from '../../src/browser/outbox-store.ts';
import type { Outbox } from '../../src/browser/outbox.ts';

const buildChange = (sheet: string, student_id = 'a', status = 'Late'): Change => ({
  ...{ sheet, kind: 'attendance', page: '/p', title: 'Sheet', student_id, name: 'Ada' },
  ...{ texts: { status, remarks: '' }, base: { texts: { status: '', remarks: '' }, version: 0 } },
  typed_at: '2026-11-21T10:31:00.000Z',
});

const saved = (): Response => Response.json({ created: 1, updated: 0, unchanged: 0, removed: 0, version: 1 });
const problem = (status: number, more: object = {}): Response =>
  Response.json({ status, title: 'No', detail: `Answered with ${String(status)}.`, ...more }, { status });

describe('the outbox', () => {
  let sent: string[];
  let answer: (path: string) => Response | Promise<Response>;
  let outbox: Outbox;

  /** A page without storage, so that only this one sends. */
  beforeEach(async () => {
    sent = [];
    answer = saved;
    vi.useFakeTimers();
    vi.resetModules();
    vi.stubGlobal('BroadcastChannel', undefined);
    vi.stubGlobal('navigator', {});
    vi.stubGlobal('window', { setTimeout, clearTimeout });
    const body = { dataset: { userId: 'ada' } };
    vi.stubGlobal('document', { body, querySelector: () => ({ content: 'token' }), querySelectorAll: () => [] });
    vi.stubGlobal('fetch', async (path: string) => {
      sent.push(path);
      return await answer(path);
    });
    const { openOutbox } = await import('../../src/browser/outbox.ts');
    outbox = await openOutbox('ada');
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  it('sends what was typed while the lock was being given back', async () => {
    let release = (): void => undefined;
    const released = new Promise<void>((done) => (release = done));
    let worked = (): void => undefined;
    const first = new Promise<void>((done) => (worked = done));
    const request = async (_name: string, work: () => Promise<void>): Promise<void> => {
      await work();
      worked();
      await released;
    };
    vi.stubGlobal('navigator', { locks: { request } });
    await outbox.keep([buildChange('/s')]);
    const shipped = outbox.ship();
    await first;
    await outbox.keep([buildChange('/s', 'b')]);
    const asked = outbox.ship();
    release();
    await Promise.all([shipped, asked]);
    expect(sent).toEqual(['/s', '/s']);
    expect(outbox.waiting().waiting).toBe(0);
  });

  it('tries again by itself after more rounds than it makes in one go', async () => {
    let marks = 0;
    answer = async () => {
      marks += 1;
      if (marks <= 6) await outbox.keep([buildChange('/s', `more${String(marks)}`)]);
      return saved();
    };
    await outbox.keep([buildChange('/s')]);
    await outbox.ship();
    expect(outbox.waiting().waiting).toBe(1);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(outbox.waiting().waiting).toBe(0);
  });

  it('knows no answer when the second try after a new form token gets none', async () => {
    const answers = [() => problem(403), () => Response.json({ user: { user_id: 'ada' }, csrf_token: 'new' })];
    answer = () => answers.shift()?.() ?? new Response('<p>Sign in to this network</p>');
    await outbox.keep([buildChange('/s')]);
    await outbox.ship();
    expect(outbox.trouble()).toBe('unreachable');
    expect(outbox.isSending('/s', 'a')).toBe(false);
    answer = saved;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(outbox.waiting().waiting).toBe(0);
  });

  it.each([
    ['the server fails at', () => problem(500)],
    ['a proxy finds too large', () => new Response('<h1>Too large</h1>', { status: 413 })],
  ])('sends the other sheets beside one that %s, and at last asks a person', async (_what, fail) => {
    answer = (path) => (path === '/bad' ? fail() : saved());
    await outbox.keep([buildChange('/bad')]);
    await outbox.keep([buildChange('/good')]);
    await outbox.ship();
    expect(sent).toEqual(['/bad', '/good']);
    expect(outbox.changes().map(({ sheet }) => sheet)).toEqual(['/bad']);
    expect(outbox.trouble()).toBe('unreachable');
    // What is typed elsewhere goes out at once, and alone.
    await outbox.keep([buildChange('/good', 'b')]);
    await outbox.ship();
    expect(sent).toEqual(['/bad', '/good', '/good']);
    await vi.advanceTimersByTimeAsync(300_000);
    expect(sent.filter((path) => path === '/bad')).toHaveLength(5);
    expect(outbox.trouble()).toBeNull();
    const [refused] = outbox.changes('/bad');
    expect(refused?.held).toBe('save');
    expect(refused?.refused?.sheet?.message).toMatch(/^Answered with 500\.$|did not answer as expected/);
    // Saved again, by the button.
    answer = saved;
    await outbox.keep([buildChange('/bad')]);
    await outbox.ship(true);
    expect(outbox.changes()).toEqual([]);
  });

  it.each([429, 503])('asks nothing more of a server that says %i', async (status) => {
    answer = () => problem(status);
    await outbox.keep([buildChange('/one')]);
    await outbox.keep([buildChange('/two')]);
    await outbox.ship();
    expect(sent).toEqual(['/one']);
    answer = saved;
    await vi.advanceTimersByTimeAsync(2_000);
    expect(outbox.changes()).toEqual([]);
  });

  it('of a page that goes away leaves alone what another tab is sending', async () => {
    const { createOutbox } = await import('../../src/browser/outbox.ts');
    const store = memoryStore({ changes: [buildChange('/s')], shipments: [] });
    const open = async (): Promise<Outbox> => createOutbox('ada', await createKept(store));
    const [one, other] = [await open(), await open()];
    const answers: ((response: Response) => void)[] = [];
    answer = () => new Promise((done) => answers.push(done));
    const shipped = one.ship();
    await vi.waitFor(() => expect(answers).toHaveLength(1));
    const { shipments } = await store.all();
    // Nothing has told this tab yet.
    other.shipLeaving();
    await vi.waitFor(() => expect(answers).toHaveLength(2));
    expect((await store.all()).shipments).toEqual(shipments);
    answers[1]?.(saved());
    await vi.waitFor(() => expect(other.isSending('/s', 'a')).toBe(false));
    await vi.advanceTimersByTimeAsync(10);
    expect(await store.all()).toEqual({ changes: [buildChange('/s')], shipments });
    answers[0]?.(problem(412, { current: [{ student_id: 'a', status: 'Late', remarks: null, version: 1 }] }));
    await shipped;
    expect(await store.all()).toEqual({ changes: [], shipments: [] });
  });

  it('takes no second answer for what was typed after the first', async () => {
    const { createOutbox } = await import('../../src/browser/outbox.ts');
    const store = memoryStore({ changes: [buildChange('/s')], shipments: [] });
    const kept = await createKept(store);
    const one = createOutbox('ada', kept);
    // Two tabs send one shipment, as after a page that went away; this one hears late.
    let late: ((response: Response) => void) | undefined;
    answer = () => new Promise((done) => (late = done));
    const shipped = one.ship();
    await vi.waitFor(() => expect(sent).toHaveLength(1));
    const again = { ...buildChange('/s'), base: { texts: { status: 'Absent', remarks: '' }, version: 2 } };
    await store.edit('/s', () => ({ put: [again], drop: [], saved: [], shipment: null }));
    answer = () => problem(401);
    late?.(saved());
    await shipped;
    expect((await store.all()).changes).toEqual([again]);
  });
});
