// Can people change their own password, and must those who have to?
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PASSWORD, startTestApp } from '../support/app.ts';
import type { TestApp } from '../support/app.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.stop());

const NEW = 'another good password';
const form = (current: string, next = NEW, confirm = next) => ({
  current_password: current,
  new_password: next,
  confirm_password: confirm,
});

describe('the account page', () => {
  it('shows who I am', async () => {
    const { browser, user } = await app.faculty({ full_name: 'Ada <i>Lovelace' });
    const page = await browser.get('/account');
    expect(page.status).toBe(200);
    expect(page.text).toContain('Ada &lt;i&gt;Lovelace');
    expect(page.text).toContain(user.username);
    expect(page.text).toContain('Faculty');
  });

  it('changes the password: this session goes on, all others end', async () => {
    const { browser, user } = await app.faculty();
    const elsewhere = await app.signIn(user.username);
    const before = browser.cookies.get('studentcore.sid');
    const answer = await browser.post('/account', form(PASSWORD));
    expect([answer.status, answer.location]).toEqual([303, '/account']);
    expect(browser.cookies.get('studentcore.sid')).not.toBe(before);
    expect((await browser.get('/account')).text).toContain('Your password has been changed.');
    expect((await browser.get('/account')).text).not.toContain('Your password has been changed.');
    expect((await elsewhere.get('/account')).status).toBe(302);
    expect((await app.browser().signIn(user.username, PASSWORD)).status).toBe(401);
    expect((await app.browser().signIn(user.username, NEW)).status).toBe(302);
  });

  it.each([
    ['a wrong current password', form('not the password'), 'f-current_password'],
    ['a short one', form(PASSWORD, 'short'), 'f-new_password'],
    ['one of more than 72 bytes', form(PASSWORD, 'ä'.repeat(37)), 'f-new_password'],
    ['two that differ', form(PASSWORD, NEW, `${NEW}x`), 'f-confirm_password'],
    ['nothing at all', {}, 'f-new_password'],
  ])('refuses %s beside its field', async (_what, fields, control) => {
    const { browser } = await app.faculty();
    const answer = await browser.post('/account', fields);
    expect(answer.status).toBe(422);
    expect(answer.text).toContain(`id="${control}-error"`);
    expect(answer.text).not.toContain(NEW);
    expect((await browser.get('/account')).status).toBe(200);
  });

  it('slows down who guesses the current password', async () => {
    const { browser } = await app.faculty();
    for (let i = 0; i < 10; i += 1) expect((await browser.post('/account', form('not the password'))).status).toBe(422);
    const refused = await browser.post('/account', form(PASSWORD));
    expect(refused.status).toBe(429);
    expect(refused.headers.get('retry-after')).toBeTruthy();
  });

  it('refuses a form without token', async () => {
    const { browser } = await app.faculty();
    expect((await browser.post('/account', { ...form(PASSWORD), _csrf: 'x' })).status).toBe(403);
  });
});

describe('a user who must change the password', () => {
  it('gets nowhere else first', async () => {
    const { browser } = await app.faculty({ must_change_password: true });
    for (const path of ['/', '/students', '/nowhere']) expect((await browser.get(path)).location).toBe('/account');
    const posted = await browser.post('/students', { full_name: 'x' }, { from: '/account' });
    expect([posted.status, posted.location]).toEqual([303, '/account']);
    expect((await browser.get('/account')).text).toContain('Choose a password');
    const answer = await browser.post('/account', form(PASSWORD));
    expect([answer.status, answer.location]).toEqual([303, '/']);
    expect((await browser.get('/nowhere')).status).toBe(404);
  });

  it('may sign out', async () => {
    const { browser } = await app.faculty({ must_change_password: true });
    expect((await browser.signOut()).location).toBe('/login');
  });
});
