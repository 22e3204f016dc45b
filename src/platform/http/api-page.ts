// How does the document read as a page? Plain rows out of OpenAPI: parameters, fields, answers, by group.
import type { ApiDocument } from './api-document.ts';

/** The part of JSON Schema that our documents use. */
interface Schema {
  $ref?: string;
  type?: string | string[];
  format?: string;
  enum?: unknown[];
  const?: unknown;
  default?: unknown;
  description?: string;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
  items?: Schema;
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: boolean | Schema;
  anyOf?: Schema[];
}

interface Parameter {
  in: string;
  name: string;
  required?: boolean;
  description?: string;
  schema?: Schema;
}

interface Media {
  schema?: Schema;
}

interface Answer {
  $ref?: string;
  description: string;
  headers?: Record<string, unknown>;
  content?: Record<string, Media>;
}

interface Described {
  operationId: string;
  tags: string[];
  summary: string;
  description?: string;
  parameters?: Parameter[];
  requestBody?: { content: Record<string, Media> };
  responses: Record<string, Answer>;
  'x-roles': string[];
}

/** One line of a table: a parameter or a field. */
export interface FieldRow {
  name: string;
  /** `path`, `query`, `header` or, for bodies, ''. */
  place: string;
  type: string;
  required: boolean;
  /** Limits, default and description in words. */
  notes: string;
}

export interface ShownSchema {
  /** The name of the component, when it has one; its fields are listed once, at the end of the page. */
  name: string | undefined;
  type: string;
}

export interface ShownOperation {
  id: string;
  method: string;
  path: string;
  summary: string;
  description: string;
  roles: string;
  parameters: FieldRow[];
  body: ShownSchema | undefined;
  answers: { status: string; description: string; headers: string; schema: ShownSchema | undefined; good: boolean }[];
}

export interface ShownDocument {
  version: string;
  paragraphs: string[];
  groups: { name: string; id: string; description: string; operations: ShownOperation[] }[];
  schemas: { name: string; description: string; fields: FieldRow[] }[];
}

const REF = '#/components/schemas/';
const nameIn = ({ $ref }: Schema): string | undefined => ($ref?.startsWith(REF) ? $ref.slice(REF.length) : undefined);

/** A schema in a few words: `text`, `list of Student`, `number or null`. */
function typeOf(schema: Schema): string {
  const name = nameIn(schema);
  if (name !== undefined) return name;
  if (schema.anyOf) return schema.anyOf.map(typeOf).join(' or ');
  if (schema.enum) return schema.enum.map(String).join(' · ');
  const types = [schema.type ?? 'anything'].flat().map((type) => {
    if (type === 'array') return `list of ${typeOf(schema.items ?? {})}`;
    if (type === 'string')
      return { uuid: 'UUID', date: 'date', 'date-time': 'time', email: 'e-mail' }[schema.format ?? ''] ?? 'text';
    return { integer: 'whole number', boolean: 'true or false', object: 'group' }[type] ?? type;
  });
  return types.join(' or ');
}

function notesOf(schema: Schema, description = schema.description): string {
  const { minimum, maximum, minLength, maxLength, minItems, maxItems, exclusiveMinimum } = schema;
  const parts = [
    ...(minimum !== undefined ? [`from ${String(minimum)}`] : []),
    ...(exclusiveMinimum !== undefined ? [`more than ${String(exclusiveMinimum)}`] : []),
    ...(maximum !== undefined ? [`to ${String(maximum)}`] : []),
    ...(minLength !== undefined && minLength > 1 ? [`at least ${String(minLength)} characters`] : []),
    ...(maxLength !== undefined ? [`at most ${String(maxLength)} characters`] : []),
    ...(minItems !== undefined && minItems === maxItems ? [`exactly ${String(minItems)}`] : []),
    ...(maxItems !== undefined && minItems !== maxItems ? [`at most ${String(maxItems)}`] : []),
    ...('default' in schema && schema.default !== '' ? [`default ${JSON.stringify(schema.default)}`] : []),
  ];
  return [...(parts.length > 0 ? [parts.join(', ')] : []), ...(description ? [description] : [])].join('. ');
}

/** The fields of an object, those of objects inside it as `outer.inner` and `list[].inner`. */
function fieldsOf(schema: Schema, before = ''): FieldRow[] {
  return Object.entries(schema.properties ?? {}).flatMap(([key, field]) => {
    const name = before + key;
    const row = { name, place: '', type: typeOf(field), required: schema.required?.includes(key) ?? false };
    const inner = field.type === 'array' ? (field.items ?? {}) : field;
    const nested = fieldsOf(inner, `${name}${field.type === 'array' ? '[]' : ''}.`);
    return [{ ...row, notes: notesOf(field) }, ...nested];
  });
}

const shown = (content: Record<string, Media> | undefined): ShownSchema | undefined => {
  const schema = Object.values(content ?? {})[0]?.schema;
  return schema && { name: nameIn(schema), type: typeOf(schema) };
};

const ANSWER_REF = '#/components/responses/';

/** Answers that are described once for all calls. */
type Known = Record<string, Answer>;

const rolesIn = (roles: string[]): string =>
  roles.length === 0 ? 'no login needed' : roles.length === 3 ? 'everybody signed in' : roles.join(', ');

const operationOf = (path: string, method: string, one: Described, known: Known): ShownOperation => ({
  id: one.operationId,
  method: method.toUpperCase(),
  path,
  summary: one.summary,
  description: one.description ?? '',
  roles: rolesIn(one['x-roles']),
  parameters: (one.parameters ?? []).map(({ name, in: place, required, schema = {}, description }) => ({
    name,
    place,
    type: typeOf(schema),
    required: required === true,
    notes: notesOf(schema, description ?? schema.description),
  })),
  body: shown(one.requestBody?.content),
  answers: Object.entries(one.responses).map(([status, answer]) => {
    const { description, headers, content } = known[answer.$ref?.slice(ANSWER_REF.length) ?? ''] ?? answer;
    return {
      status,
      description,
      headers: Object.keys(headers ?? {}).join(', '),
      schema: shown(content),
      good: status.startsWith('2'),
    };
  }),
});

const METHODS = ['get', 'post', 'put', 'patch', 'delete'];

/** What views/docs.ejs shows. */
export function documentPage(document: ApiDocument): ShownDocument {
  const known = (document.components?.responses ?? {}) as unknown as Known;
  const operations = Object.entries((document.paths ?? {}) as Record<string, Record<string, Described>>).flatMap(
    ([path, item]) =>
      METHODS.flatMap((method) => {
        const one = item[method];
        return one ? [{ tag: one.tags[0], shown: operationOf(`/api${path}`, method, one, known) }] : [];
      }),
  );
  const schemas = Object.entries((document.components?.schemas ?? {}) as Record<string, Schema>);
  return {
    version: document.info.version,
    paragraphs: (document.info.description ?? '').split('\n\n'),
    groups: (document.tags ?? []).map(({ name, description = '' }) => ({
      name,
      id: name.toLowerCase(),
      description,
      operations: operations.filter(({ tag }) => tag === name).map((one) => one.shown),
    })),
    schemas: schemas.map(([name, schema]) => ({
      name,
      description: schema.description ?? '',
      fields: fieldsOf(schema),
    })),
  };
}
