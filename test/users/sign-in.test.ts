// Do the way in and the way out hold? Sessions, tokens, limits, and where people are sent.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PASSWORD, startTestApp } from '../support/app.ts';
import type { TestApp } from '../support/app.ts';
import { tokenIn } from '../support/browser.ts';
import { storedSessions } from '../support/sessions.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.stop());

const SID = 'studentcore.sid';

describe('the sign-in page', () => {
  it('needs no session: visitors leave nothing in the table', async () => {
    const before = await storedSessions(app);
    const browser = app.browser();
    const page = await browser.get('/login');
    expect(page.status).toBe(200);
    expect(page.headers.get('cache-control')).toBe('no-store');
    expect([...browser.cookies.keys()]).toEqual(['studentcore.form']);
    await browser.post('/login', { username: 'nobody', password: 'wrong wrong wrong' });
    expect(browser.cookies.has(SID)).toBe(false);
    expect(await storedSessions(app)).toHaveLength(before.length);
  });

  it('signs in with a cookie that scripts and other sites do not get', async () => {
    const browser = app.browser();
    const answer = await browser.signIn('admin', PASSWORD);
    expect(answer.status).toBe(302);
    expect(answer.location).toBe('/');
    const cookie = answer.headers.getSetCookie().find((line) => line.startsWith(SID)) ?? '';
    expect(cookie).toMatch(/; Path=\/; HttpOnly; SameSite=Lax$/);
    expect((await browser.get('/account')).status).toBe(200);
  });

  it('takes user names in any case, and passwords exactly as they were typed', async () => {
    expect((await app.browser().signIn(' ADMIN ', PASSWORD)).status).toBe(302);
    expect((await app.browser().signIn('admin', `${PASSWORD} `)).status).toBe(401);
    expect((await app.browser().signIn('admin', PASSWORD.toUpperCase())).status).toBe(401);
  });

  it('answers a wrong password and an unknown name with the same words, and keeps the name', async () => {
    const wrong = await app.browser().signIn('admin', 'not the password');
    const unknown = await app.browser().signIn('nobody<b>', 'not the password');
    expect([wrong.status, unknown.status]).toEqual([401, 401]);
    expect(wrong.text).toContain('User name or password is wrong.');
    expect(unknown.text).toContain('User name or password is wrong.');
    expect(wrong.text).toContain('value="admin"');
    expect(unknown.text).toContain('value="nobody&lt;b&gt;"');
    expect(wrong.text).not.toContain('not the password');
  });

  it.each([{ username: 'admin' }, { password: PASSWORD }, {}, { username: ['admin', 'x'], password: [PASSWORD, 'x'] }])(
    'refuses %j without a fault of its own',
    async (form) => {
      expect((await app.browser().post('/login', form as Record<string, string>)).status).toBe(401);
    },
  );

  it('refuses a form whose token is missing, foreign or without its cookie', async () => {
    const form = { username: 'admin', password: PASSWORD };
    const foreign = tokenIn((await app.browser().get('/login')).text);
    const browser = app.browser();
    await browser.get('/login');
    expect((await browser.post('/login', { ...form, _csrf: '' })).status).toBe(403);
    expect((await browser.post('/login', { ...form, _csrf: foreign })).status).toBe(403);
    expect((await app.browser().post('/login', { ...form, _csrf: foreign })).status).toBe(403);
    expect((await browser.post('/login', form)).status).toBe(302);
  });

  it('gives a new session id at every sign-in, and ends the one before', async () => {
    const browser = await app.signIn('admin');
    const first = browser.cookies.get(SID) ?? '';
    const thief = app.browser();
    thief.cookies.set(SID, first);
    const token = tokenIn((await app.browser().get('/login')).text);
    expect(token).not.toBe('');
    await browser.signOut();
    await browser.signIn('admin', PASSWORD);
    expect(browser.cookies.get(SID)).not.toBe(first);
    expect((await thief.get('/account')).location).toBe('/login?next=%2Faccount');
  });

  it('does not take over a session id that somebody else chose', async () => {
    const browser = app.browser();
    browser.cookies.set(SID, 's%3Afixed.fixed');
    await browser.signIn('admin', PASSWORD);
    expect(browser.cookies.get(SID)).not.toContain('fixed');
  });

  it('sends who is signed in on to where they wanted', async () => {
    const browser = await app.signIn('admin');
    expect((await browser.get('/login?next=%2Faccount%3Fa%3D1')).location).toBe('/account?a=1');
    expect((await browser.get('/login')).location).toBe('/');
  });
});

describe('where sign-in leads', () => {
  it('remembers the page that was asked for', async () => {
    const browser = app.browser();
    expect((await browser.get('/account?x=1&y=2')).location).toBe('/login?next=%2Faccount%3Fx%3D1%26y%3D2');
    const page = await browser.get('/login?next=%2Faccount%3Fx%3D1%26y%3D2');
    expect(page.text).toContain('name="next" value="/account?x=1&amp;y=2"');
    const answer = await browser.post('/login', { username: 'admin', password: PASSWORD, next: '/account?x=1&y=2' });
    expect(answer.location).toBe('/account?x=1&y=2');
  });

  it.each([
    'https://evil.example/',
    '//evil.example/',
    '/\\evil.example',
    '\\\\evil.example',
    '/\t/evil.example',
    'javascript:alert(1)',
    '/login?next=/login',
    'evil',
  ])('never leaves the site for next=%j', async (next) => {
    const answer = await app
      .browser()
      .post('/login', { username: 'admin', password: PASSWORD, next }, { from: '/login' });
    expect(answer.location).toBe('/');
  });

  it('leads to the sign-in page with the way back, from the front page too', async () => {
    expect((await app.browser().get('/')).location).toBe('/login?next=%2F');
    expect((await app.browser().get('/students?q=a')).location).toBe('/login?next=%2Fstudents%3Fq%3Da');
  });

  it('does not remember what was sent, only what was read', async () => {
    const answer = await app.browser().post('/account', { _csrf: 'x' });
    expect([answer.status, answer.location]).toEqual([302, '/login']);
  });
});

describe('signing out', () => {
  it('ends the session for good, also for a request that still runs', async () => {
    const browser = await app.signIn('admin');
    const cookie = browser.cookies.get(SID) ?? '';
    const answer = await browser.signOut();
    expect([answer.status, answer.location]).toEqual([302, '/login']);
    expect(browser.cookies.has(SID)).toBe(false);
    browser.cookies.set(SID, cookie);
    expect((await browser.get('/account')).status).toBe(302);
  });

  it('needs the token, and is harmless for who is not signed in', async () => {
    const browser = await app.signIn('admin');
    expect((await browser.post('/logout', { _csrf: 'x' })).status).toBe(403);
    expect((await browser.get('/account')).status).toBe(200);
    expect((await app.browser().post('/logout', { _csrf: '' })).location).toBe('/login');
  });
});

describe('sessions', () => {
  it('end after eight idle hours, and after a day however busy', async () => {
    const own = await startTestApp({ engine: app.engine });
    const HOUR = 3_600_000;
    try {
      const idle = await own.signIn('admin');
      own.passTime(7.9 * HOUR);
      expect((await idle.get('/account')).status).toBe(200);
      own.passTime(7.9 * HOUR);
      expect((await idle.get('/account')).status).toBe(200);
      own.passTime(8.1 * HOUR);
      expect((await idle.get('/account')).status).toBe(302);

      const busy = await own.signIn('admin');
      for (let i = 0; i < 4; i += 1) {
        own.passTime(5.9 * HOUR);
        expect((await busy.get('/account')).status).toBe(200);
      }
      own.passTime(0.5 * HOUR);
      expect((await busy.get('/account')).status).toBe(302);
    } finally {
      await own.stop();
    }
  });

  it('end at once when the user is switched off', async () => {
    const { browser, user } = await app.faculty();
    expect((await browser.get('/account')).status).toBe(200);
    await app.services.users.change(app.system, user.user_id, user.version, { active: false });
    expect((await browser.get('/account')).status).toBe(302);
    expect((await app.browser().signIn(user.username, PASSWORD)).status).toBe(401);
  });

  it('end at once when the role changes or an administrator sets a password', async () => {
    const { browser, user } = await app.faculty();
    const changed = await app.services.users.change(app.system, user.user_id, user.version, { role: 'admin' });
    expect((await browser.get('/account')).status).toBe(302);
    const again = await app.signIn(user.username);
    await app.services.users.change(app.system, user.user_id, changed.version, { password: 'another password' });
    expect((await again.get('/account')).status).toBe(302);
  });
});

describe('too many attempts', () => {
  it('are refused with 429 and a time to wait; the name is kept, others may sign in', async () => {
    const own = await startTestApp({ engine: app.engine });
    try {
      for (let i = 0; i < 10; i += 1) {
        expect((await own.browser().signIn('admin', `wrong password ${String(i)}`)).status).toBe(401);
      }
      const refused = await own.browser().signIn('admin', PASSWORD);
      expect(refused.status).toBe(429);
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(800);
      expect(refused.text).toContain('Too many attempts to sign in. Try again in 15 minutes.');
      expect(refused.text).toContain('value="admin"');
      expect((await own.browser().signIn('somebody else', 'wrong password')).status).toBe(401);
      own.passTime(15 * 60_000 + 1);
      expect((await own.browser().signIn('admin', PASSWORD)).status).toBe(302);
    } finally {
      await own.stop();
    }
  });
});
