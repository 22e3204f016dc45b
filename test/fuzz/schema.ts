// Which values does a JSON Schema of the API document allow, and which are surely none of them?
import fc from 'fast-check';
import { z } from 'zod';

export interface Schema {
  $ref?: string;
  type?: string | string[];
  format?: string;
  enum?: unknown[];
  const?: unknown;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  minLength?: number;
  maxLength?: number;
  maxItems?: number;
  items?: Schema;
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: boolean | Schema;
  anyOf?: Schema[];
}

/** Puts what a document points at in the place of the pointer. */
export function inlined<T>(document: unknown, node: T): T {
  if (Array.isArray(node)) return node.map((one: unknown) => inlined(document, one)) as T;
  if (typeof node !== 'object' || node === null) return node;
  const { $ref } = node as { $ref?: unknown };
  if (typeof $ref === 'string') {
    const target = $ref
      .slice(2)
      .split('/')
      .reduce<unknown>((at, key) => (at as Record<string, unknown>)[key], document);
    return inlined(document, target) as T;
  }
  return Object.fromEntries(Object.entries(node).map(([key, value]) => [key, inlined<unknown>(document, value)])) as T;
}

/** Whether a value fits, asked of the document alone; says what does not. */
export function faultIn(schema: Schema, value: unknown): string | undefined {
  const read = z.fromJSONSchema(schema as never).safeParse(value);
  return read.success ? undefined : read.error.message;
}

/** Ids that exist, by the name of the field or parameter. */
export type Known = Record<string, string>;

const TEXTS = ['Ada', 'Élise Dupont', '山田太郎', 'שלום', '😀', 'a\u0301', "O'Neil <b>", '=1+1', '%00', '{{7*7}}'];

const text = ({ minLength = 0, maxLength = 60 }: Schema): fc.Arbitrary<string> =>
  fc.oneof(
    fc.constantFrom(...TEXTS.filter((one) => one.length >= minLength && one.length <= maxLength)),
    fc.string({ minLength, maxLength: Math.min(maxLength, minLength + 20) }),
    fc.string({ minLength, maxLength: Math.min(maxLength, minLength + 12), unit: 'binary' }),
  );

function ofType(type: string, schema: Schema, name: string, known: Known): fc.Arbitrary<unknown> {
  if (type === 'null') return fc.constant(null);
  if (type === 'boolean') return fc.boolean();
  if (type === 'array') {
    const items = allowed(schema.items ?? {}, name.replace(/^enrolled_courses$/, 'course_id'), known);
    return fc.array(items, { maxLength: Math.min(schema.maxItems ?? 3, 3) });
  }
  if (type === 'object') return anObject(schema, known);
  const { minimum = schema.exclusiveMinimum ?? 0, maximum = 1_000 } = schema;
  if (type === 'integer') return fc.integer({ min: minimum, max: Math.max(minimum, maximum) });
  if (type === 'number') return fc.integer({ min: minimum * 2 + 1, max: maximum * 2 }).map((n) => n / 2);
  if (schema.format === 'uuid')
    return fc.oneof(
      { weight: 5, arbitrary: fc.constant(known[name] ?? NOBODY) },
      { weight: 1, arbitrary: fc.uuid({ version: 4 }) },
    );
  if (schema.format === 'date')
    return fc
      .integer({ min: 0, max: 9_600 })
      .map((n) => new Date(946_684_800_000 + n * 86_400_000).toISOString().slice(0, 10));
  if (schema.format === 'email') return fc.constantFrom('ada@college.edu', 'a+b@x.co');
  return text(schema);
}

const NOBODY = '00000000-0000-4000-8000-000000000000';

function anObject({ properties = {}, required = [] }: Schema, known: Known): fc.Arbitrary<object> {
  const fields = Object.entries(properties).map(([name, schema]) => [name, allowed(schema, name, known)] as const);
  return fc.record(Object.fromEntries(fields), { requiredKeys: required });
}

/** Values that a schema allows; ids are mostly those that exist. */
export function allowed(schema: Schema, name: string, known: Known): fc.Arbitrary<unknown> {
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum) return fc.constantFrom(...schema.enum);
  if (schema.anyOf) return fc.oneof(...schema.anyOf.map((one) => allowed(one, name, known)));
  const types = [schema.type ?? 'string'].flat();
  return fc.oneof(...types.map((type) => ofType(type, schema, name, known)));
}

/** Nonsense for most fields; a field of free text takes it. */
export const PLAIN: ReadonlySet<unknown> = new Set(['../../etc/passwd', '2026-02-30', '0000-00-00']);

/** Of no kind that any field has, or beyond every limit; some of it is fine as plain text. */
export const NONSENSE: fc.Arbitrary<unknown> = fc.constantFrom<unknown[]>(
  ...['\ud800', '\u0000', 'x\u0000', 'x'.repeat(3_000), ...PLAIN, '\u202e\u0007x'],
  ...[-0.5, 1e300, -1e300, 0.1234567, 2 ** 53, Number.MIN_VALUE],
  ...[{}, { $ne: null }, { length: 1 }, [[]], [{}], [null], { toString: 1 }, { S: 'x' }],
  JSON.parse(`${'['.repeat(400)}${']'.repeat(400)}`),
  JSON.parse('{"__proto__":{"role":"admin"}}'),
  { constructor: { prototype: { admin: true } } },
);

/** Names that no schema has; some of them everything has. */
export const STRANGE_NAMES = [
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  '',
  'password_hash',
  'version',
  'x\u0000',
  'k'.repeat(5_000),
];
