// What if somebody types nonsense into a form, or into the address of a page? Every route of the pages, found by walking
// the app's own router, by every role: an answer in words, never 500, nothing stored by what was refused.
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createApp } from '../../src/app.ts';
import { createSessionStore } from '../../src/platform/http/session-store.ts';
import { createReadiness } from '../../src/platform/http/health.ts';
import { tables } from '../../src/tables.ts';
import { tokenIn } from '../support/browser.ts';
import { send } from './traffic.ts';
import { createWorld, ROLES } from './world.ts';
import type { Role, World } from './world.ts';

/** For each route and role. */
const CALLS = Number(process.env['FUZZ_CALLS'] ?? 8);
const SEED = Number(process.env['FUZZ_SEED'] ?? 1_996);

interface Route {
  method: string;
  path: string;
}

let world: World;
let routes: Route[];
/** The names that the forms of a route have. */
const names = new Map<string, string[]>();

interface Layer {
  route?: { path: unknown; methods: Record<string, boolean> };
  handle: { stack?: Layer[] };
}

/** All routes behind a router and the routers in it. Those of the API take every method: its own table says which. */
const walk = (layers: Layer[]): Route[] =>
  layers.flatMap(({ route, handle }) => {
    if (!route) return walk(handle.stack ?? []);
    const methods = Object.keys(route.methods).filter((method) => ['get', 'post'].includes(method));
    return [route.path]
      .flat()
      .flatMap((path) => methods.map((method) => ({ method: method.toUpperCase(), path: String(path) })));
  });

beforeAll(async () => {
  world = await createWorld();
  const { platform, services, engine } = world.app;
  const ready = createReadiness({ dynamo: engine.dynamo, tables, unfinishedJobs: () => false });
  const { app } = createApp(platform, services, { store: createSessionStore(platform), ready });
  routes = walk((app.router as unknown as { stack: Layer[] }).stack);
});
afterAll(() => world.app.stop());

const fill = (path: string, parts: Record<string, string>): string =>
  path.replaceAll(/:(\w+)/g, (_, name: string) => parts[name] ?? world.known[name] ?? 'none');

const asAdmin = (path: string) =>
  send(world.app.url, { method: 'GET', path, headers: { cookie: world.visitors.admin.cookie } });

/** What a form that leads here asks for, by the names of its controls. */
async function namesFor({ path }: Route): Promise<string[]> {
  const found = names.get(path);
  if (found) return found;
  const pages = await Promise.all(['', '/edit', '/new'].map((more) => asAdmin(fill(path, {}) + more)));
  const all = pages.flatMap(({ text }) => [...text.matchAll(/ name="([^"]+)"/g)].map(([, name]) => name ?? ''));
  const list = [...new Set([...all, 'version', 'code', 'new_password'])].filter((name) => name !== '_csrf');
  names.set(path, list);
  return list;
}

const VALUES = [
  '',
  ' ',
  'Ada',
  '1',
  '-1',
  '1e400',
  '0.1234567',
  '2026-02-30',
  '\u0000',
  'שלום\u202e',
  '😀',
  '<script>',
  'x'.repeat(3_000),
  '__proto__',
  '%',
  'true',
  'Present',
  '1,5',
  '\r\n\r\n',
];
const value = fc.oneof(
  fc.constantFrom(...VALUES),
  fc.string({ maxLength: 12, unit: 'binary' }).map((text) => text.toWellFormed()),
);
const PARTS = [
  '1',
  '..%2f',
  '%zz',
  '%ff',
  '__proto__',
  'new',
  '%00',
  'x'.repeat(3_000),
  '2026-02-30',
  '%F0%9F%98%80',
  '{}',
];
const STRANGE = ['__proto__', 'constructor', 'rows[x][y]', 'a[b]=c', '', 'was_', 'entries[0]', '_method'];
const TYPES = ['application/json', 'multipart/form-data; boundary=x', 'text/plain', ';;;'];

interface Visit {
  part: string | undefined;
  query: [string, string][];
  form: [string, string][];
  token: boolean;
  type: string | undefined;
  large: boolean;
}

const rarely = <T>(arbitrary: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 7, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary });

const visits = (known: string[]): fc.Arbitrary<Visit> =>
  fc.record({
    part: rarely(fc.constantFrom(...PARTS)),
    query: fc.array(
      fc.tuple(fc.constantFrom(...known, ...STRANGE, 'q', 'page', 'next', 'sort', 'cursor', 'period', 'number'), value),
      { maxLength: 3 },
    ),
    form: fc.array(fc.tuple(fc.constantFrom(...known, ...STRANGE), value), { maxLength: 12 }),
    token: fc.nat(9).map((n) => n > 0),
    type: rarely(fc.constantFrom(...TYPES)),
    large: fc.nat(60).map((n) => n === 0),
  });

/** Where a token for this visitor's forms stands. */
async function tokenFor(role: Role): Promise<{ cookie: string; token: string }> {
  const { cookie } = world.visitors[role];
  const page = await send(world.app.url, {
    method: 'GET',
    path: role === 'nobody' ? '/login' : '/account',
    headers: { cookie },
  });
  const set = (page.headers['set-cookie'] ?? []).map((line) => line.split(';')[0] ?? '');
  return { cookie: [cookie, ...set].filter(Boolean).join('; '), token: tokenIn(page.text) };
}

async function demandSane({ method, path }: Route, role: Role, visit: Visit): Promise<void> {
  const own = /:(\w+)/.exec(path)?.[1];
  const where = fill(path, visit.part !== undefined && own !== undefined ? { [own]: visit.part } : {});
  const query = new URLSearchParams(visit.query).toString();
  const { cookie, token } = method === 'POST' ? await tokenFor(role) : { ...world.visitors[role] };
  const form = new URLSearchParams([...visit.form, ['_csrf', visit.token ? token : 'x']]).toString();
  const body = method === 'GET' ? undefined : visit.large ? `a=${'x'.repeat(1024 * 1024)}` : form;
  const type = body === undefined ? {} : { 'content-type': visit.type ?? 'application/x-www-form-urlencoded' };
  const got = await world.visit(role, {
    method,
    path: query === '' ? where : `${where}?${query}`,
    headers: { ...(cookie === '' ? {} : { cookie }), ...type },
    body,
  });
  const what = `${role} ${method} ${where} ${form.slice(0, 300)}: ${String(got.status)}`;
  if (got.status >= 400)
    expect(got.headers['content-type'], what).toMatch(/^text\/html|^application\/(problem\+)?json/);
  if (got.status >= 300 && got.status < 400) expect(got.headers.location, what).toMatch(/^\/(?!\/)/);
  if (method === 'POST' && !visit.token && got.status < 400)
    expect([path, got.headers.location], what).toEqual([path, expect.stringMatching(/^\/login/)]);
  if (method === 'POST' && got.status < 400) await world.mend();
}

test('finds the routes of every feature', () => {
  const found = routes.map(({ method, path }) => `${method} ${path}`);
  for (const name of ['students', 'courses', 'users', 'attendance', 'results']) {
    for (const one of [`GET /${name}`, `POST /${name}`, `GET /${name}/new`]) expect(found).toContain(one);
  }
  expect(found).toEqual(
    expect.arrayContaining(['GET /login', 'POST /login', 'POST /logout', 'POST /account', 'GET /']),
  );
});

test('every page and form, by every role, with nonsense', { timeout: 120_000 + CALLS * 40_000 }, async () => {
  const faults: string[] = [];
  let visited = 0;
  for (const route of routes) {
    const known = await namesFor(route);
    for (const role of ROLES) {
      const property = fc.asyncProperty(visits(known), async (visit) => {
        visited += 1;
        await demandSane(route, role, visit);
      });
      await fc.assert(property, { seed: SEED, numRuns: CALLS }).catch((error: unknown) => {
        const { message, cause } = error as Error;
        faults.push(
          `${role} ${route.method} ${route.path}: ${String((cause as Error | undefined)?.message)}\n${message.slice(0, 2_000)}`,
        );
      });
    }
  }
  console.log(
    `${String(visited)} visits of ${String(routes.length)} routes, seed ${String(SEED)}: ${String(faults.length)} broke something.`,
  );
  expect(faults.join('\n\n')).toBe('');
});
