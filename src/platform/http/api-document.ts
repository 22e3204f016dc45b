// How does the API describe itself? An OpenAPI 3.1 document, out of the table and the schemas that also check the calls.
import { createDocument } from 'zod-openapi';
import type { CreateDocumentOptions, ZodOpenApiOperationObject, ZodOpenApiResponsesObject } from 'zod-openapi';
import { z } from 'zod';
import { STATUS_CODES } from 'node:http';
import type { Operation } from './api-operation.ts';
import { problem } from './api-shapes.ts';

export type ApiDocument = ReturnType<typeof createDocument>;

export interface ApiInfo {
  title: string;
  version: string;
  description: string;
  cookie: string;
  /** In the order they are shown. */
  tags: { name: string; description: string }[];
}

type Override = NonNullable<CreateDocumentOptions['override']>;

/** What JSON Schema can't know of our schemas: a number in an address comes as text, an e-mail is checked after trimming. */
const plainly: Override = ({ jsonSchema, zodSchema }) => {
  const { def } = zodSchema._zod;
  if (def.type === 'pipe') {
    const { type, format, minimum, maximum } = z.toJSONSchema(def.out, { io: 'input', unrepresentable: 'any' });
    if (type === 'integer') {
      delete jsonSchema.anyOf;
      Object.assign(jsonSchema, { type, minimum, maximum });
    } else if (format === 'email') jsonSchema.format = format;
  }
  if (def.type === 'default') jsonSchema.default = def.defaultValue;
};

type Json = Record<string, unknown>;
const isJson = (value: unknown): value is Json => typeof value === 'object' && value !== null;

/** A choice that only stands for null, or for nothing: the empty text, blanks. */
const isBlank = (schema: Json): boolean => schema['const'] === '' || schema['pattern'] === '^\\s*$';

/** In place: `''` only stands for null or for nothing, "a text or null" is one type, a format needs no pattern beside it. */
function tidy(node: Json): void {
  // Whole numbers end somewhere in JavaScript; no reader needs to know where.
  if (node['maximum'] === Number.MAX_SAFE_INTEGER) delete node['maximum'];
  for (const value of Object.values(node)) if (isJson(value)) tidy(value);
  if (typeof node['pattern'] === 'string' && node['pattern'].startsWith('^[0-9a-f]{8}-')) node['format'] = 'uuid';
  if (typeof node['format'] === 'string') delete node['pattern'];
  const { anyOf } = node;
  if (!Array.isArray(anyOf)) return;
  const choices = (anyOf as Json[]).filter((one) => !isBlank(one));
  const [only, ...more] = choices.filter((one) => one['type'] !== 'null');
  const nullable = choices.some((one) => one['type'] === 'null');
  if (!only || more.length > 0 || (nullable && (typeof only['type'] !== 'string' || only['enum']))) return;
  delete node['anyOf'];
  Object.assign(node, only, nullable ? { type: [only['type'], 'null'] } : {});
}

const OWN_HEADERS = {
  ifMatch: z.string().meta({
    description: 'The version you have seen, as ETag had it: `"3"`. Without it 428; when somebody was faster 412.',
    example: '"3"',
  }),
  csrf: z.string().meta({ description: '`csrf_token` of `GET /api/session`.' }),
  key: z.uuid().optional().meta({
    description:
      'Makes the call safe to repeat for 14 days: the same call gets the first answer, nothing happens twice.',
  }),
};

const isUnsafe = ({ method }: Operation): boolean => method !== 'GET';

function headersOf(op: Operation): z.ZodObject | undefined {
  if (!isUnsafe(op) || op.roles === 'signed out') return undefined;
  return z.object({
    'X-CSRF-Token': OWN_HEADERS.csrf,
    ...(op.ifMatch === true ? { 'If-Match': OWN_HEADERS.ifMatch } : {}),
    ...(op.ignoresKeys === true ? {} : { 'Idempotency-Key': OWN_HEADERS.key }),
  });
}

const REFUSALS: Record<number, string> = {
  400: 'The body is not readable JSON. Check its commas and quotes.',
  401: 'Not signed in, or the session is over.',
  403: 'Not allowed: the role, a missing X-CSRF-Token, a foreign Origin, or the password must be changed first.',
  404: 'There is no such record, or not for you.',
  409: 'Something else is in the way.',
  412: 'Somebody changed it after you saw it: `current` is what is stored now. Nothing was saved.',
  413: 'More than 1 MiB.',
  415: 'Not application/json in UTF-8.',
  422: 'Something is wrong with a field or a parameter: `errors` says what. Unknown ones are wrong too.',
  428: 'If-Match is missing.',
  429: 'Too many attempts.',
  503: 'The database does not answer; Retry-After says when to try again (seconds).',
};

/** Which refusals a call knows; those that mean the same everywhere are described once. */
function refusalsOf(op: Operation): ZodOpenApiResponsesObject {
  const own = (op.refusals ?? {}) as Partial<Record<number, string>>;
  const statuses = new Set([
    ...(op.roles === 'signed out' ? [] : [401]),
    403,
    ...(isUnsafe(op) ? [413, 415, 400] : []),
    ...(op.params ? [404] : []),
    ...(op.ifMatch === true ? [428, 412] : []),
    422,
    503,
    ...Object.keys(own).map(Number),
  ]);
  const described = [...statuses]
    .sort((a, b) => a - b)
    .map((status): [string, ZodOpenApiResponsesObject[`4${string}`]] => {
      const common = REFUSALS[status] ?? '';
      const meaning = own[status];
      if (meaning === undefined) return [String(status), { $ref: `#/components/responses/${refusalName(status)}` }];
      return [String(status), refusal(status === 403 ? `${common} ${meaning}` : meaning)];
    });
  return Object.fromEntries(described);
}

const refusalName = (status: number | string): string => `Refused${String(status)}`;

const refusal = (description: string) => ({
  description,
  content: { 'application/problem+json': { schema: problem } },
});

function responsesOf(op: Operation): ZodOpenApiResponsesObject {
  const headers = z.object({
    ...(op.version ? { ETag: z.string().meta({ description: 'The version, in quotes.', example: '"1"' }) } : {}),
    ...(op.location ? { Location: z.string().meta({ description: 'The address of the new record.' }) } : {}),
  });
  const type = op.file ?? (op.show ? 'text/html' : 'application/json');
  return {
    [`${op.status}`]: {
      description: STATUS_CODES[op.status] ?? '',
      ...(Object.keys(headers.shape).length > 0 ? { headers } : {}),
      ...(op.answer ? { content: { [type]: { schema: op.answer } } } : {}),
    },
    ...refusalsOf(op),
  };
}

const describe = (op: Operation): ZodOpenApiOperationObject => {
  const header = headersOf(op);
  return {
    operationId: op.id,
    tags: [op.tag],
    summary: op.summary,
    ...(op.description === undefined ? {} : { description: op.description }),
    requestParams: {
      ...(op.params ? { path: op.params } : {}),
      ...(op.query ? { query: op.query } : {}),
      ...(header ? { header } : {}),
    },
    ...(op.body ? { requestBody: { required: true, content: { 'application/json': { schema: op.body } } } } : {}),
    responses: responsesOf(op),
    security: op.roles === 'signed out' ? [] : [{ session: [] }],
    'x-roles': op.roles === 'signed out' ? [] : [...op.roles],
  };
};

/** The document for a table of operations. */
export function describeApi(table: readonly Operation[], info: ApiInfo): ApiDocument {
  const paths: Record<string, Record<string, ZodOpenApiOperationObject>> = {};
  for (const op of table) (paths[op.path] ??= {})[op.method.toLowerCase()] = describe(op);
  const document = createDocument(
    {
      openapi: '3.1.1',
      info: { title: info.title, version: info.version, description: info.description },
      servers: [{ url: '/api' }],
      tags: info.tags,
      paths,
      components: {
        responses: Object.fromEntries(
          Object.entries(REFUSALS).map(([status, text]) => [refusalName(status), refusal(text)]),
        ),
        securitySchemes: { session: { type: 'apiKey', in: 'cookie', name: info.cookie } },
      },
    },
    { override: plainly },
  );
  tidy(document as unknown as Json);
  return document;
}
