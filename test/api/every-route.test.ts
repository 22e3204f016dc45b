// Is there an unsafe route that forgot the token? Walks every route of the running app, whatever it is called.
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Router } from 'express';
import { createApp } from '../../src/app.ts';
import { createReadiness } from '../../src/platform/http/health.ts';
import { createSessionStore } from '../../src/platform/http/session-store.ts';
import { tables } from '../../src/tables.ts';
import { startTestApp } from '../support/app.ts';
import type { Person, TestApp } from '../support/app.ts';

let app: TestApp;
let admin: Person;
beforeAll(async () => {
  app = await startTestApp();
  admin = await app.admin();
});
afterAll(() => app.stop());

interface Layer {
  route?: { path: string | string[]; methods: Record<string, boolean> };
  handle?: { stack?: Layer[] };
}

const UNSAFE = ['POST', 'PUT', 'PATCH', 'DELETE'];
const ID = '00000000-0000-4000-8000-000000000000';
const VALUES: Record<string, string> = { date: '2026-03-02', exam_type: 'quiz' };

/** Every route as the router has it; those of the API take all methods and lie under /api. */
function routesOf(layers: Layer[]): { method: string; path: string }[] {
  return layers.flatMap(({ route, handle }) => {
    if (!route) return handle?.stack ? routesOf(handle.stack) : [];
    const all = route.methods['_all'] === true;
    const methods = all ? UNSAFE : UNSAFE.filter((method) => route.methods[method.toLowerCase()]);
    return [route.path].flat().flatMap((path) => {
      const full = (all ? '/api' : '') + path.replaceAll(/:(\w+)/g, (_, name: string) => VALUES[name] ?? ID);
      return methods.map((method) => ({ method, path: full }));
    });
  });
}

function walk(): { method: string; path: string }[] {
  const store = createSessionStore(app.platform);
  const ready = createReadiness({ dynamo: app.engine.dynamo, tables, unfinishedJobs: () => false });
  const { app: express } = createApp(app.platform, app.services, { store, ready });
  return routesOf((express.router as Router).stack as unknown as Layer[]);
}

/** These begin a session, so there is none that a token could belong to. */
const BEFORE_A_SESSION = ['POST /api/session'];

test('every unsafe route refuses a signed-in administrator without the token, and writes nothing', async () => {
  const routes = walk();
  expect(routes.length).toBeGreaterThan(90);
  for (const one of ['POST /login', 'POST /logout', 'POST /account/sign-out', `DELETE /api/users/${ID}/sessions`]) {
    expect(routes.map(({ method, path }) => `${method} ${path}`)).toContain(one);
  }
  const writes = () =>
    ['TransactWriteItems', 'PutItem', 'UpdateItem', 'DeleteItem'].map((c) => app.engine.dynamo.calls.get(c) ?? 0);
  await admin.browser.get('/account');
  const before = writes();
  for (const { method, path } of routes) {
    const name = `${method} ${path}`;
    if (BEFORE_A_SESSION.includes(name)) continue;
    for (const headers of [{}, { 'x-csrf-token': 'A'.repeat(86) }] as Record<string, string>[]) {
      const form = !path.startsWith('/api/');
      const type = form ? 'application/x-www-form-urlencoded' : 'application/json';
      const body = form ? 'a=1' : '{}';
      const answer = await admin.browser.request(path, { method, body, headers: { 'content-type': type, ...headers } });
      expect([name, answer.status]).toEqual([name, 403]);
    }
  }
  expect(writes()).toEqual(before);
});

test('every unsafe route refuses what comes from another site, the sign-in too', async () => {
  for (const { method, path } of walk()) {
    const headers = { origin: 'https://evil.example', 'content-type': 'text/plain' };
    const answer = await app.browser().request(path, { method, body: '{}', headers });
    expect([method, path, answer.status]).toEqual([method, path, 403]);
    expect(answer.text).toContain('another site');
  }
});

test('a sign-in by another page is refused even without an Origin: no page can send JSON without asking first', async () => {
  const body = JSON.stringify({ username: 'admin', password: 'x' });
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data']) {
    const headers = { 'content-type': type };
    expect((await app.browser().request('/api/session', { method: 'POST', body, headers })).status).toBe(415);
  }
});
