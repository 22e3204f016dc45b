// How does a program sign in and out, and who does the API take it for?
import { afterAll, beforeAll, expect, it } from 'vitest';
import request from 'supertest';
import { PASSWORD, startTestApp } from '../support/app.ts';
import type { TestApp } from '../support/app.ts';
import { clientOf, expectProblem, stranger } from './client.ts';

let app: TestApp;

beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.stop());

it('signs in with JSON, works with the token, and signs out', async () => {
  const { user } = await app.admin();
  const { username, user_id, full_name, role } = user;
  const agent = request.agent(app.url);
  const entered = await agent.post('/api/session').send({ username, password: PASSWORD });
  expect(entered.status).toBe(201);
  expect(entered.body).toEqual({ user: { user_id, username, full_name, role }, csrf_token: expect.any(String) });
  expect(entered.headers['set-cookie']?.[0]).toMatch(/^studentcore\.sid=.*HttpOnly/);
  expect(entered.headers['cache-control']).toBe('no-store');

  const token = entered.body.csrf_token as string;
  const again = await agent.get('/api/session');
  expect(again.body.user).toEqual(entered.body.user);
  const body = { student_code: 'via-json', full_name: 'A', program: 'B' };
  expect((await agent.post('/api/students').send(body)).status).toBe(403);
  expect((await agent.post('/api/students').set('X-CSRF-Token', 'wrong').send(body)).status).toBe(403);
  expect((await agent.post('/api/students').set('X-CSRF-Token', token).send(body)).status).toBe(201);

  expect((await agent.delete('/api/session')).status).toBe(403);
  expect((await agent.delete('/api/session').set('X-CSRF-Token', token)).status).toBe(204);
  expectProblem(await agent.get('/api/session'), 401);
});

it('gives a new session with every sign-in; the token of the old one is worth nothing', async () => {
  const { user } = await app.faculty();
  const agent = request.agent(app.url);
  const credentials = { username: user.username, password: PASSWORD };
  const first = await agent.post('/api/session').send(credentials);
  const second = await agent.post('/api/session').send(credentials);
  expect(second.headers['set-cookie']?.[0]).not.toBe(first.headers['set-cookie']?.[0]);
  const old = first.body.csrf_token as string;
  expectProblem(await agent.delete('/api/session').set('X-CSRF-Token', old), 403);
});

it('tells nobody which half was wrong', async () => {
  const { user } = await app.faculty();
  const call = stranger(app.url);
  const wrong = await call('POST', '/api/session', { body: { username: user.username, password: 'not this one' } });
  const unknown = await call('POST', '/api/session', { body: { username: 'nobody at all', password: 'not this one' } });
  expectProblem(wrong, 401);
  expectProblem(unknown, 401);
  expect(wrong.body.detail).toBe(unknown.body.detail);
  expect(wrong.headers['set-cookie']).toBeUndefined();
});

it.each([
  {},
  { username: 'a' },
  { username: '', password: '' },
  { username: ['a'], password: { length: 10 } },
  { username: 'a', password: 'b', role: 'admin' },
  { username: 'a'.repeat(2_000), password: 'b' },
])('refuses %j with 422', async (body) => {
  expectProblem(await stranger(app.url)('POST', '/api/session', { body }), 422);
});

it('slows guessers with 429', async () => {
  const { user } = await app.faculty();
  const call = stranger(app.url);
  const guess = () => call('POST', '/api/session', { body: { username: user.username, password: 'a wrong guess' } });
  for (let i = 0; i < 10; i += 1) expect((await guess()).status).toBe(401);
  const answer = await guess();
  expectProblem(answer, 429);
  expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
});

it('ends at once with the user', async () => {
  const { user, browser } = await app.faculty();
  const client = await clientOf(browser);
  expect((await client('GET', '/api/students')).status).toBe(200);
  await app.services.users.change(app.system, user.user_id, 1, { active: false });
  expectProblem(await client('GET', '/api/students'), 401);
});

it('shows the document and the page to whoever is signed in', async () => {
  const client = await clientOf((await app.student()).browser);
  const document = await client('GET', '/api/openapi.json');
  expect(document.status).toBe(200);
  expect(document.headers['content-type']).toMatch(/^application\/json/);
  expect(document.body.paths['/students']).toBeDefined();
  const page = await client('GET', '/api/docs');
  expect(page.status).toBe(200);
  expect(page.headers['content-type']).toMatch(/^text\/html/);
  expect(page.text).toContain('/api/courses/{course_id}/attendance/{date}');
  expect(page.text).not.toMatch(/undefined|\[object Object\]/);
});

it('says once that a session was ended from elsewhere, and nothing of the kind of one that grew too old', async () => {
  const { user } = await app.faculty();
  const [lost, own] = [await app.signIn(user.username), await app.signIn(user.username)];
  const old = (await app.faculty()).browser;
  expect((await own.api('DELETE', '/api/session?everywhere=true')).status).toBe(204);
  const ask = async (browser: typeof own) => (await browser.api('GET', '/api/session')).json as unknown;
  expect(await ask(lost)).toMatchObject({ status: 401, type: expect.stringMatching(/\/session-ended$/) });
  expect(await ask(lost)).toMatchObject({ status: 401, type: 'about:blank' });
  app.passTime(25 * 3_600_000);
  expect(await ask(old)).toMatchObject({ status: 401, type: 'about:blank' });
});
