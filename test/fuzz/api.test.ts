// What if a client sends nonsense? Every call of the API document, by every role, with every fault that its own schemas
// make possible: never 500, refused in the contract's words and order, nothing stored. `npm run fuzz` goes on for longer.
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createBrowser } from '../support/browser.ts';
import { callsOf, toSend } from './calls.ts';
import type { Call, Described } from './calls.ts';
import { faultIn, inlined } from './schema.ts';
import { createWorld, ROLES } from './world.ts';
import type { Role, World } from './world.ts';
import type { Got } from './traffic.ts';

/** For each operation and role. */
const CALLS = Number(process.env['FUZZ_CALLS'] ?? 10);
const SEED = Number(process.env['FUZZ_SEED'] ?? 1_996);

let world: World;
let operations: Described[];
let problem: Described['responses'][string];

beforeAll(async () => {
  world = await createWorld();
  const { json: document } = await createBrowser(world.app.url).get('/api/openapi.json', {
    cookie: world.visitors.admin.cookie,
  });
  const { paths, components } = inlined<{
    paths: Record<string, Record<string, Described>>;
    components: { responses: Record<string, Described['responses'][string]> };
  }>(document, document);
  problem = components.responses['Refused422']!;
  operations = Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, op]) => ({ ...op, path, method: method.toUpperCase() })),
  );
});
afterAll(() => world.app.stop());

const mayCall = (op: Described, role: Role): boolean => op['x-roles'].length === 0 || op['x-roles'].includes(role);

/** The version that If-Match must name for the call to be fine. */
async function versionOf(op: Described): Promise<number | undefined> {
  if (!op.parameters?.some((one) => one.name === 'If-Match')) return undefined;
  const { url } = world.app;
  const path = op.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => world.known[name] ?? '');
  const { json } = await createBrowser(url).get(`/api${path}`, { cookie: world.visitors.admin.cookie });
  return json.version as number;
}

/** What comes before the fault is looked at, in the contract's order. */
function expectedBefore(op: Described, role: Role, { fault }: Call): number | undefined {
  if (fault.name === 'origin') return 403;
  if (op['x-roles'].length > 0 && (role === 'nobody' || fault.name === 'cookie')) return 401;
  if (fault.name === 'token' && op['x-roles'].length > 0) return 403;
  return mayCall(op, role) ? undefined : 403;
}

function demandRefusal(op: Described, call: Call, got: Got): void {
  expect(got.headers['content-type'], got.text).toMatch(/^application\/problem\+json/);
  const said = JSON.parse(got.text) as { status: number; errors?: { field: string }[] };
  expect(faultIn(problem.content?.['application/problem+json']?.schema ?? {}, said), got.text).toBeUndefined();
  expect(said.status).toBe(got.status);
  if (call.fault.name !== 'path') expect([...Object.keys(op.responses), '404']).toContain(String(got.status));
  const { field } = call.fault;
  if (got.status === 422 && field !== undefined) {
    expect(
      said.errors?.some((one) => one.field.startsWith(field)),
      `${field}: ${got.text}`,
    ).toBe(true);
  }
}

function demandAnswer(op: Described, got: Got): void {
  const described = op.responses[String(got.status)];
  expect(described, `${String(got.status)} is not in the document`).toBeDefined();
  for (const name of Object.keys(described?.headers ?? {})) expect(got.headers).toHaveProperty(name.toLowerCase());
  const schema = described?.content?.['application/json']?.schema;
  if (schema) expect(faultIn(schema, JSON.parse(got.text)), got.text.slice(0, 2_000)).toBeUndefined();
  else if (got.status === 204) expect(got.text).toBe('');
}

/** What may be refused before the fault is found. */
function earlierThan(op: Described, role: Role): number[] {
  if (op['x-roles'].length === 0) return [401, 429]; // signing in is either right or wrong, whatever was typed
  // Somebody was faster; and where nobody teaches, only an admin posts results.
  return op.operationId === 'postResults' && role === 'faculty' ? [412, 403] : [412];
}

async function demandSane(op: Described, role: Role, call: Call): Promise<void> {
  const version = await versionOf(op);
  const sent = toSend(op, call, { known: world.known, visitor: world.visitors[role], version });
  const got = await world.visit(role, sent);
  const what = `${role} ${op.operationId}, ${call.fault.name}: ${got.text.slice(0, 500)}`;
  const before = expectedBefore(op, role, call);
  if (before !== undefined) expect(got.status, what).toBe(before);
  else if (call.fault.status !== undefined)
    expect([call.fault.status, ...earlierThan(op, role)], what).toContain(got.status);
  else if (call.fault.sure) expect(got.status, what).toBeGreaterThanOrEqual(400);
  if (got.status >= 400) demandRefusal(op, call, got);
  else demandAnswer(op, got);
  if (op.method !== 'GET' && got.status < 400) await world.mend();
}

test('every call, by every role, with every fault', { timeout: 120_000 + CALLS * 20_000 }, async () => {
  const seen: Record<string, number> = {};
  const faults: string[] = [];
  for (const op of operations) {
    for (const role of ROLES) {
      const property = fc.asyncProperty(callsOf(op, world.known), async (call) => {
        await demandSane(op, role, call);
        seen[call.fault.name] = (seen[call.fault.name] ?? 0) + 1;
      });
      await fc.assert(property, { seed: SEED, numRuns: CALLS }).catch((error: unknown) => {
        const { message, cause } = error as Error;
        faults.push(
          `${role} ${op.operationId}: ${String((cause as Error | undefined)?.message)}\n${message.slice(0, 2_000)}`,
        );
      });
    }
  }
  const calls = Object.values(seen).reduce((a, b) => a + b, 0);
  console.log(
    `${String(calls)} calls of ${String(operations.length)} operations, seed ${String(SEED)}: none broke anything.`,
  );
  expect(faults.join('\n\n')).toBe('');
  expect(operations.length).toBeGreaterThan(30);
  expect(({} as Record<string, unknown>)['x']).toBeUndefined();
});
