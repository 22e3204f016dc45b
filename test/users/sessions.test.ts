// Do all sessions of somebody end at once, sockets too, and is it told who came and went?
import { io } from 'socket.io-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { trailFaults } from '../support/trail-faults.ts';
import { PASSWORD, startTestApp } from '../support/app.ts';
import type { Person, TestApp } from '../support/app.ts';
import type { Browser } from '../support/browser.ts';

let app: TestApp;
let admin: Person;
beforeAll(async () => {
  app = await startTestApp({ env: { LOG_LEVEL: 'info' } });
  admin = await app.admin({ full_name: 'Ada Admin' });
});
afterAll(() => app.stop());

const SID = 'studentcore.sid';
const signedIn = async (browser: Browser): Promise<boolean> => (await browser.get('/api/session')).status === 200;

/** A socket of a browser; resolves when it is connected. */
async function connect(browser: Browser) {
  const socket = io(app.url, {
    extraHeaders: { cookie: browser.cookieHeader() },
    transports: ['websocket'],
    forceNew: true,
    reconnection: false,
  });
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve).once('connect_error', reject);
  });
  const ended = new Promise<string>((resolve) => socket.once('disconnect', resolve));
  return { socket, ended };
}

describe('signing out everywhere', () => {
  it('ends all own sessions and sockets, from the account page', async () => {
    const { browser, user } = await app.faculty();
    const elsewhere = await app.signIn(user.username);
    const { ended } = await connect(elsewhere);
    const answer = await browser.post('/account/sign-out', {}, { from: '/account' });
    expect([answer.status, answer.location]).toEqual([303, '/login']);
    expect(browser.cookies.has(SID)).toBe(false);
    expect(await signedIn(elsewhere)).toBe(false);
    expect(await ended).toBe('io server disconnect');
    expect(await signedIn(await app.signIn(user.username))).toBe(true);
  });

  it('ends all own sessions by one call, and only this one without asking for it', async () => {
    const { browser, user } = await app.student();
    const elsewhere = await app.signIn(user.username);
    expect((await browser.api('DELETE', '/api/session?everywhere=maybe')).status).toBe(422);
    expect((await browser.api('DELETE', '/api/session')).status).toBe(204);
    expect(await signedIn(elsewhere)).toBe(true);
    const again = await app.signIn(user.username);
    expect((await again.api('DELETE', '/api/session?everywhere=true')).status).toBe(204);
    expect([await signedIn(again), await signedIn(elsewhere)]).toEqual([false, false]);
  });

  it('is for administrators on the page of a login, and by a call', async () => {
    const { browser, user } = await app.faculty({ full_name: 'Fay Faculty' });
    const page = await admin.browser.post(`/users/${user.user_id}/sign-out`, {}, { from: `/users/${user.user_id}` });
    expect([page.status, page.location]).toEqual([303, `/users/${user.user_id}`]);
    expect(await signedIn(browser)).toBe(false);
    expect((await admin.browser.get(`/users/${user.user_id}`)).text).toContain('Fay Faculty is signed out everywhere.');

    const second = await app.signIn(user.username);
    const { ended } = await connect(second);
    expect((await admin.browser.api('DELETE', `/api/users/${user.user_id}/sessions`)).status).toBe(204);
    expect(await signedIn(second)).toBe(false);
    expect(await ended).toBe('io server disconnect');
    expect((await admin.browser.api('DELETE', `/api/users/${crypto.randomUUID()}/sessions`)).status).toBe(404);
    const history = (await admin.browser.get(`/users/${user.user_id}/history`)).text;
    expect(history.match(/Sessions:/g)).toHaveLength(2);
  });

  it('is nobody else’s business', async () => {
    const { user } = await app.admin();
    for (const { browser, ctx } of [await app.faculty(), await app.student()]) {
      expect((await browser.api('DELETE', `/api/users/${user.user_id}/sessions`)).status).toBe(403);
      expect((await browser.post(`/users/${user.user_id}/sign-out`, {}, { from: '/account' })).status).toBe(403);
      await expect(app.services.users.endSessions(ctx, user.user_id)).rejects.toMatchObject({ status: 403 });
    }
  });

  it('wins also while the login is being changed', async () => {
    const { browser, user } = await app.faculty();
    const change = (version: number) =>
      app.services.users.change(app.system, user.user_id, version, { full_name: `Name ${String(version)}` });
    await Promise.allSettled([
      change(1),
      app.services.users.endSessions(app.system, user.user_id),
      change(2),
      change(3),
    ]);
    expect(await signedIn(browser)).toBe(false);
  });

  it('keeps the chain of the login whole', async () => {
    expect(await trailFaults(app)).toEqual([]);
  });
});

describe('who came and went', () => {
  const lines = async (query = 'limit=20') =>
    (await admin.browser.get(`/api/activity?${query}`)).json.items as Record<string, string>[];

  it('is told to administrators, newest first among the rest, with the names of today', async () => {
    const { browser, user } = await app.faculty({ full_name: 'Grace' });
    await browser.signOut();
    const stored = app.services.users.get(app.system, user.user_id);
    await app.services.users.change(app.system, user.user_id, stored.version, {
      full_name: 'Grace Hopper',
      role: 'admin',
    });
    const [changed, out, came] = await lines();
    expect(changed).toMatchObject({
      event: 'user_updated',
      summary: `User ${user.username} (Grace Hopper) was changed: role admin instead of faculty.`,
    });
    const told = { actor: 'Grace Hopper', entity: 'user', entity_id: user.user_id };
    expect(out).toMatchObject({ event: 'signed_out', summary: 'Grace Hopper signed out.', ...told });
    expect(came).toMatchObject({ event: 'signed_in', summary: 'Grace Hopper signed in.', ...told });
    expect((await admin.browser.get(`/users/${user.user_id}`)).text).toMatch(/Signed out[\s\S]*Signed in/);
  });

  it('is told apart from changes when asked', async () => {
    expect((await lines('kind=sign-ins')).every(({ event }) => /^sign(ed)?_in|^signed_out/.test(event!))).toBe(true);
    expect((await lines('kind=changes')).some(({ event }) => event!.startsWith('sign'))).toBe(false);
    expect((await admin.browser.get('/api/activity?kind=x')).status).toBe(422);
    expect((await admin.browser.get('/')).text).not.toContain('signed in.');
  });

  it('is told to nobody else', async () => {
    const { browser } = await app.faculty();
    const { json } = await browser.get('/api/activity?limit=500&kind=sign-ins');
    expect(json).toEqual({ items: [], next_before: null });
  });

  it('pages show every line once', async () => {
    const all = await lines('limit=500');
    const paged: unknown[] = [];
    let before = '';
    do {
      const { json } = await admin.browser.get(`/api/activity?limit=7${before && `&before=${before}`}`);
      paged.push(...json.items);
      before = json.next_before ?? '';
    } while (before !== '');
    expect(paged).toEqual(all);
  });

  it('is there after a restart', async () => {
    const before = await lines('kind=sign-ins&limit=500');
    const again = await startTestApp({ engine: app.engine });
    try {
      const items = (await again.services.activity.list(app.system, { kind: 'sign-ins', limit: 500 })).items;
      expect(items).toEqual(before);
    } finally {
      await again.stop();
    }
  });

  it('names a new password, a switch-off and ended sessions', async () => {
    const { user } = await app.faculty({ full_name: 'Lin' });
    await app.services.users.change(app.system, user.user_id, 1, { password: 'four blue fishes', active: false });
    await app.services.users.endSessions(app.system, user.user_id);
    const [ended, changed] = await lines('kind=changes');
    expect(ended!['summary']).toBe(`User ${user.username} (Lin) was changed: signed out everywhere.`);
    expect(changed!['summary']).toBe(
      `User ${user.username} (Lin) was changed: may not sign in any more, new password.`,
    );
  });

  it('tells of guessing once for a login and window, and once for all unknown names', async () => {
    const { user } = await app.faculty({ full_name: 'Guessed' });
    const fail = async (name: string) => (await app.browser().signIn(name, 'a wrong guess here')).status;
    app.lines.length = 0;
    for (let i = 0; i < 10; i += 1) expect(await fail(user.username)).toBe(401);
    for (let i = 0; i < 3; i += 1) expect(await fail(user.username)).toBe(429);
    for (let i = 0; i < 11; i += 1) await fail('nobody at all');
    expect(await fail('nobody at all')).toBe(429);
    // A refusal is answered before it is stored that there was one.
    const slowed = async () => (await lines('kind=sign-ins')).filter(({ event }) => event === 'sign_in_slowed');
    await expect
      .poll(async () => (await slowed()).map(({ summary }) => summary))
      .toEqual([
        'Signing in as names that nobody has was slowed down: too many wrong attempts from one place.',
        `Signing in as ${user.username} (Guessed) was slowed down: too many wrong attempts from one place.`,
      ]);
    const logged = app.lines.filter(({ msg }) => msg === 'a sign-in failed');
    expect(logged).toHaveLength(20);
    expect(logged[0]).toMatchObject({ user_id: user.user_id, level: 'info' });
    expect(JSON.stringify(app.lines)).not.toMatch(/nobody at all|a wrong guess/);
    // The owner comes in from elsewhere, and here again after the window.
    app.passTime(16 * 60_000);
    expect((await app.browser().signIn(user.username, PASSWORD)).status).toBe(302);
  });

  it('never keeps anybody out: what can not be stored stands in the log', async () => {
    const { user } = await app.faculty();
    const { doc } = app.engine.dynamo;
    const send = doc.send.bind(doc) as (command: unknown) => Promise<unknown>;
    doc.send = ((command: unknown) => {
      const lost = command instanceof PutCommand && String(command.input.Item?.['pk']).startsWith('sign-in#');
      return lost ? Promise.reject(new Error('lost on the way')) : send(command);
    }) as typeof doc.send;
    try {
      app.lines.length = 0;
      expect((await app.browser().signIn(user.username, PASSWORD)).status).toBe(302);
      const told = app.lines.find(({ msg }) => msg === 'a sign-in event could not be stored');
      expect(told).toMatchObject({ level: 'warn', event: 'signed_in', user_id: user.user_id });
    } finally {
      doc.send = send as typeof doc.send;
    }
  });
});

describe('limits behind a proxy', () => {
  it('go by what the nearest proxy says, whatever a client claims', async () => {
    const own = await startTestApp({ engine: app.engine, env: { TRUST_PROXY: '1' } });
    try {
      const fail = (from: string) =>
        own
          .browser()
          .post('/login', { username: 'admin', password: 'a wrong guess' }, { headers: { 'x-forwarded-for': from } });
      for (let i = 0; i < 10; i += 1) expect((await fail(`10.9.9.${String(i)}, 203.0.113.7`)).status).toBe(401);
      expect((await fail('10.9.9.99, 203.0.113.7')).status).toBe(429);
      expect((await fail('203.0.113.7, 198.51.100.1')).status).toBe(401);
    } finally {
      await own.stop();
    }
  });
});
