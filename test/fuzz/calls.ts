// How does a call of the API go wrong? From one that the document allows, by one fault or none.
import fc from 'fast-check';
import { allowed, faultIn, NONSENSE, PLAIN, STRANGE_NAMES } from './schema.ts';
import type { Known, Schema } from './schema.ts';
import type { Visitor } from './world.ts';
import type { Sent } from './traffic.ts';

/** An operation as the document describes it, with everything it points at put in. */
export interface Described {
  method: string;
  path: string;
  operationId: string;
  parameters?: { in: string; name: string; schema: Schema; required?: boolean }[];
  requestBody?: { content: { 'application/json': { schema: Schema } } };
  responses: Record<string, { headers?: Record<string, unknown>; content?: Record<string, { schema: Schema }> }>;
  'x-roles': string[];
}

/** What was done to the call, and which statuses it must get by then; none when it may also be fine. */
export interface Fault {
  name: string;
  /** Refused, whoever calls and whatever else is in the call. */
  sure: boolean;
  /** The one status, when the caller may call. */
  status?: number;
  /** The field that a 422 must name. */
  field?: string;
}

export interface Call {
  fault: Fault;
  params: Record<string, string>;
  query: string;
  headers: Record<string, string>;
  body: string | Buffer | undefined;
}

type Change = (call: Call, body: unknown) => Call;
const fine: Fault = { name: 'none', sure: false };

export const bodyOf = (op: Described): Schema | undefined => op.requestBody?.content['application/json'].schema;

const fieldsOf = (schema: Schema | undefined): string[] => Object.keys(schema?.properties ?? {});

const withBody =
  (fault: Fault, body: (value: unknown) => string | Buffer | undefined): Change =>
  (call, value) => ({ ...call, fault, body: body(value) });

/** The text of a JSON object with one more member, as it stands: `__proto__` too. */
const andMember = (value: unknown, name: string, member: unknown): string => {
  const text = JSON.stringify(value);
  const added = `${JSON.stringify(name)}:${JSON.stringify(member)}`;
  return text === '{}' ? `{${added}}` : `${text.slice(0, -1)},${added}}`;
};

const BROKEN = [
  '{',
  '{"a":1,}',
  "{'a':1}",
  '{"a":NaN}',
  'undefined',
  '{"a":"\n"}',
  '[1,',
  '\ufeff',
  '{"a":1}{"b":2}',
  Buffer.from([0x7b, 0xff, 0x7d]),
];
const NO_OBJECT = ['null', 'true', '1', '-0', '1e400', '"text"', '[]', '[{}]', '"__proto__"'];
const TYPES = [
  'text/plain',
  'application/x-www-form-urlencoded',
  'application/json; charset=latin1',
  ';;;',
  'multipart/form-data',
  'application/jsonp',
  'application/xml',
];
const MEBIBYTE = 1024 * 1024;
const DEEP = 20_000;

/** Faults of the body, for operations that have one. */
function bodyFaults(schema: Schema): fc.Arbitrary<Change> {
  const named = fieldsOf(schema);
  const strange = fc.constantFrom(...STRANGE_NAMES.filter((name) => !named.includes(name)));
  return fc.oneof(
    fc.tuple(fc.constantFrom(...named), NONSENSE).map(([field, value]) => {
      const name = `${field} is nonsense`;
      // What looks like a date or a path is as good a title as any.
      const fits = PLAIN.has(value) && faultIn(schema.properties?.[field] ?? {}, value) === undefined;
      return withBody(fits ? { name, sure: false } : { name, sure: true, status: 422, field }, (body) =>
        JSON.stringify({ ...(body as object), [field]: value }),
      );
    }),
    strange.map((name) =>
      withBody({ name: `unknown ${name.slice(0, 20)}`, sure: true, status: 422, field: name }, (body) =>
        andMember(body, name, { x: 1 }),
      ),
    ),
    fc.constantFrom(...BROKEN).map((text) => withBody({ name: 'broken JSON', sure: true, status: 400 }, () => text)),
    fc.constantFrom(...NO_OBJECT).map((text) => withBody({ name: 'no object', sure: true, status: 422 }, () => text)),
    fc.constant(withBody({ name: 'nothing', sure: true }, () => undefined)),
    fc.constant(withBody({ name: 'too large', sure: true, status: 413 }, () => `{"a":"${'x'.repeat(MEBIBYTE)}"}`)),
    fc
      .constantFrom('[', '{"a":')
      .map((open) =>
        withBody(
          { name: 'deep', sure: true, status: 422 },
          () => `${open.repeat(DEEP)}1${(open === '[' ? ']' : '}').repeat(DEEP)}`,
        ),
      ),
    fc.constantFrom(...TYPES).map((type): Change => (call) => ({
      ...call,
      fault: { name: type, sure: true, status: 415 },
      headers: { ...call.headers, 'content-type': type },
    })),
  );
}

/** What can't be part of a path: neither an id, a day nor an exam type. */
const NO_PART = [
  '1',
  '..',
  '%2e%2e',
  '__proto__',
  'x'.repeat(5_000),
  '%00',
  '%zz',
  '%ff',
  'null',
  '2026-02-30',
  '1999-12-31',
  "'--",
  '😀',
  '%F0%9F%98%80',
  '{}',
  'undefined',
  '00000000-0000-0000-0000-000000000000',
];
const QUERIES = [
  'a=1',
  '__proto__=1',
  '__proto__[x]=1',
  'q[]=1&q[]=2',
  'q=1&q=2',
  'constructor.prototype.x=1',
  '%zz=1',
  '=',
  'page=1e9',
  'page=-1',
  'page=1&page=2',
  'page_size=501',
  'limit=0',
  'limit=x',
  'cursor=x',
  'cursor=%00',
  'cursor=e30',
  'sort=__proto__',
  'order=up',
  'period=13',
  'period=',
  'number=0',
  'from=2026-02-30',
  'before=x',
  `q=${'x'.repeat(2_000)}`,
  'q=%F0%9F',
  '&&&',
  '?',
  'q=%ed%a0%80',
  'status=',
  'student_id=1',
  'a=1&'.repeat(1_500),
];

function otherFaults(op: Described): fc.Arbitrary<Change> {
  const names = (op.parameters ?? []).filter((one) => one.in === 'path').map((one) => one.name);
  const unsafe = op.method !== 'GET';
  const versioned = op.parameters?.some((one) => one.name === 'If-Match') === true;
  const header =
    (fault: Fault, headers: Record<string, string>): Change =>
    (call) => ({ ...call, fault, headers: { ...call.headers, ...headers } });
  return fc.oneof(
    ...(names.length === 0
      ? []
      : [
          fc.tuple(fc.constantFrom(...names), fc.constantFrom(...NO_PART)).map(([name, part]): Change => (call) => ({
            ...call,
            fault: { name: `path ${name}`, sure: true, status: 404 },
            params: { ...call.params, [name]: part },
          })),
        ]),
    fc
      .constantFrom(...QUERIES)
      .map((query): Change => (call) => ({ ...call, fault: { name: 'query', sure: false }, query })),
    fc.constantFrom('s%3Anonsense.x', '', '%', 's%3A', '"', 'x'.repeat(3_000)).map((value): Change => (call) => ({
      ...call,
      fault: { name: 'cookie', sure: op['x-roles'].length > 0 },
      headers: { ...call.headers, cookie: `studentcore.sid=${value}` },
    })),
    ...(unsafe
      ? [
          fc
            .constantFrom('', 'x', 'é'.normalize('NFC'), 'A'.repeat(86))
            .map((token) =>
              header(
                { name: 'token', sure: op['x-roles'].length > 0, ...(op['x-roles'].length > 0 ? { status: 403 } : {}) },
                { 'x-csrf-token': token },
              ),
            ),
          fc
            .constantFrom('http://evil.example', 'null', 'nonsense')
            .map((origin) => header({ name: 'origin', sure: true, status: 403 }, { origin })),
          fc
            .constantFrom('x', '{}', 'x'.repeat(4_000), '00000000-0000-0000-0000')
            .map((key) => header({ name: 'key', sure: false }, { 'idempotency-key': key })),
          fc.constant(header({ name: 'method override', sure: false }, { 'x-http-method-override': 'DELETE' })),
        ]
      : []),
    ...(versioned
      ? [
          fc
            .constantFrom('x', '"1", "2"', `"${'9'.repeat(400)}"`, '*', '""', '"-1"', '1', '"1e0"', '"0x1"')
            .map((version) =>
              header({ name: `If-Match ${version.slice(0, 10)}`, sure: version !== '1' }, { 'if-match': version }),
            ),
        ]
      : []),
  );
}

/** Calls of this operation: now and then one that is fine, mostly with one fault. */
export function callsOf(op: Described, known: Known): fc.Arbitrary<Call> {
  const schema = bodyOf(op);
  const query = (op.parameters ?? []).filter((one) => one.in === 'query');
  const asked = fc.record(Object.fromEntries(query.map((one) => [one.name, allowed(one.schema, one.name, known)])), {
    requiredKeys: query.filter((one) => one.required === true).map((one) => one.name),
  });
  const none: fc.Arbitrary<Change> = fc.constant((call) => ({ ...call, fault: fine }));
  const fault = fc.oneof(
    { weight: 3, arbitrary: none },
    { weight: 4, arbitrary: otherFaults(op) },
    ...(schema ? [{ weight: 8, arbitrary: bodyFaults(schema) }] : []),
  );
  return fc
    .tuple(asked, schema ? allowed(schema, '', known) : fc.constant(undefined), fault)
    .map(([asked, body, change]) => {
      const shown = Object.entries(asked as object).filter(([, value]) => value !== undefined && value !== null);
      const pairs = shown.map(
        ([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(String(value).toWellFormed())}`,
      );
      const text = body === undefined ? undefined : JSON.stringify(body);
      const call: Call = { fault: fine, params: {}, query: pairs.join('&'), headers: {}, body: text };
      return change(call, body);
    });
}

/** The bytes of a call, as this visitor sends it. */
export function toSend(
  op: Described,
  call: Call,
  { known, visitor, version }: { known: Known; visitor: Visitor; version: number | undefined },
): Sent {
  const path = op.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => call.params[name] ?? known[name] ?? 'none');
  return {
    method: op.method,
    // A request line is ASCII; browsers encode the rest before they send it.
    path: `/api${path}${call.query === '' ? '' : `?${call.query}`}`.replaceAll(/[^!-~]/gu, encodeURIComponent),
    headers: {
      ...(visitor.cookie === '' ? {} : { cookie: visitor.cookie }),
      ...(op.method === 'GET' ? {} : { 'x-csrf-token': visitor.token }),
      ...(call.body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(version === undefined ? {} : { 'if-match': `"${String(version)}"` }),
      ...call.headers,
    },
    body: call.body,
  };
}
