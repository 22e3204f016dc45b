// How do a command and its answer become text? By JSON itself. The SDK marshals every value, walks its schema over all of it
// once more, and puts its steps in order anew for every call: together more than what is left, which stays the SDK's:
// endpoint, signing, tries, errors and sockets.
import { text } from 'node:stream/consumers';
import type { Readable } from 'node:stream';
import {
  BatchGetItemCommand,
  BatchWriteItemCommand,
  DeleteItemCommand,
  GetItemCommand,
  PutItemCommand,
  QueryCommand as PlainQueryCommand,
  ScanCommand as PlainScanCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { AttributeValue, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  BatchGetCommand,
  BatchWriteCommand,
  DeleteCommand,
  GetCommand,
  PutCommand,
  QueryCommand,
  ScanCommand,
  TransactWriteCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { convertToNative } from '@aws-sdk/util-dynamodb';

type Plain = Record<string, unknown>;
type Wire = Record<string, unknown>;

/** A value as DynamoDB writes it. An absent one is left out, as in JSON. */
export function toAttribute(value: unknown): Wire | undefined {
  if (typeof value === 'string') return { S: value };
  if (typeof value === 'number') {
    if (!Number.isFinite(value) || Math.abs(value) > Number.MAX_SAFE_INTEGER)
      throw new Error(`${String(value)} can't be stored exactly`);
    return { N: String(value) };
  }
  if (typeof value === 'boolean') return { BOOL: value };
  if (value === undefined) return undefined;
  if (value === null) return { NULL: true };
  if (Array.isArray(value)) return { L: value.map(toAttribute).filter((one) => one !== undefined) };
  const prototype: unknown = typeof value === 'object' ? Object.getPrototypeOf(value) : undefined;
  if (prototype === Object.prototype || prototype === null) return { M: toAttributes(value as Plain) };
  throw new Error(`a value of type ${typeof value} can't be stored`);
}

function toAttributes(values: Plain): Wire {
  const all: Wire = {};
  for (const name of Object.keys(values)) all[name] = toAttribute(values[name]);
  return all;
}

/** What DynamoDB wrote as a value. */
export function fromAttribute(attribute: Wire): unknown {
  if ('S' in attribute) return attribute['S'];
  if ('N' in attribute) return Number(attribute['N']);
  if ('M' in attribute) return fromAttributes(attribute['M'] as Record<string, Wire>);
  if ('L' in attribute) return (attribute['L'] as Wire[]).map(fromAttribute);
  if ('BOOL' in attribute) return attribute['BOOL'];
  if ('NULL' in attribute) return null;
  return convertToNative(attribute as unknown as AttributeValue); // a set or bytes: not ours, somebody else put it there
}

function fromAttributes(attributes: Record<string, Wire>): Plain {
  const values: Plain = {};
  for (const name of Object.keys(attributes)) values[name] = fromAttribute(attributes[name] ?? {});
  return values;
}

/** Where values stand in a command or an answer; everything else is said in plain JSON already. */
const VALUES = new Set([
  ...['Item', 'Key', 'ExpressionAttributeValues', 'ExclusiveStartKey', 'LastEvaluatedKey', 'Attributes'],
]);
const LISTS_OF_VALUES = new Set(['Items', 'Keys']);

/** The same with every map of values converted, at whatever depth it stands. */
function convert(part: unknown, values: (map: never) => Plain): unknown {
  if (Array.isArray(part)) return part.map((one) => convert(one, values));
  if (typeof part !== 'object' || part === null) return part;
  const all: Plain = {};
  for (const [name, one] of Object.entries(part)) {
    if (one === undefined) continue;
    if (VALUES.has(name)) all[name] = values(one as never);
    else if (LISTS_OF_VALUES.has(name)) all[name] = (one as never[]).map(values);
    else all[name] = convert(one, values);
  }
  return all;
}

/** A batch answers with lists under the names of the tables. */
function convertAnswer(answer: Plain): Plain {
  const { Responses, ...rest } = answer as { Responses?: Record<string, Record<string, Wire>[]> };
  const converted = convert(rest, fromAttributes) as Plain;
  if (!Responses) return converted;
  const found = Object.entries(Responses).map(([table, items]) => [table, items.map(fromAttributes)]);
  return { ...converted, Responses: Object.fromEntries(found) as unknown };
}

/** What the SDK's steps hand on, as far as it is touched here. */
interface Passed {
  input?: unknown;
  /** What is to be sent, while the SDK is shown an empty command. */
  said?: unknown;
  request?: { body?: unknown };
  /** `heard` is what the database answered, while the SDK is shown an empty answer. */
  response?: { statusCode: number; body: unknown; heard?: Plain };
  output?: Plain;
}

type Step = (next: (args: Passed) => Promise<Passed>) => (args: Passed) => Promise<Passed>;

const hideCommand: Step = (next) => (args) => next({ ...args, input: {}, said: args.input });

const writeText: Step = (next) => (args) => {
  if (args.request) args.request.body = JSON.stringify(convert(args.said, toAttributes));
  return next(args);
};

/** An answer that is an error is left to the SDK. */
const readText: Step = (next) => async (args) => {
  const passed = await next(args);
  const { response } = passed;
  if (response?.statusCode === 200) {
    response.heard = JSON.parse(await text(response.body as Readable)) as Plain;
    response.body = new Uint8Array();
  }
  return passed;
};

const giveAnswer: Step = (next) => async (args) => {
  const passed = await next(args);
  return { ...passed, output: { ...passed.output, ...convertAnswer(passed.response?.heard ?? {}) } };
};

/** A document command, and the one that takes its place: of the same input, with the SDK's steps in order once for all. */
const PLAIN_COMMANDS = new Map<unknown, new (input: never) => object>([
  [BatchGetCommand, BatchGetItemCommand],
  [BatchWriteCommand, BatchWriteItemCommand],
  [DeleteCommand, DeleteItemCommand],
  [GetCommand, GetItemCommand],
  [PutCommand, PutItemCommand],
  [QueryCommand, PlainQueryCommand],
  [ScanCommand, PlainScanCommand],
  [TransactWriteCommand, TransactWriteItemsCommand],
  [UpdateCommand, UpdateItemCommand],
]);

/** Lets a document client send what it knows of records over `client`, as text; everything else goes as before. */
export function sendAsText(doc: DynamoDBDocumentClient, client: DynamoDBClient): void {
  const add = (name: string, step: Step, where: 'serialize' | 'deserialize', priority: 'high' | 'low'): void =>
    client.middlewareStack.add(step as never, { step: where, priority, name } as never);
  add('hideCommand', hideCommand, 'serialize', 'high');
  add('writeText', writeText, 'serialize', 'low');
  add('giveAnswer', giveAnswer, 'deserialize', 'high');
  add('readText', readText, 'deserialize', 'low');

  const byTheSdk = doc.send.bind(doc) as (command: unknown, options: unknown) => Promise<unknown>;
  const send = client.send.bind(client) as typeof byTheSdk;
  doc.send = ((command: { input: never }, options?: object) => {
    const PlainCommand = PLAIN_COMMANDS.get(command.constructor);
    return PlainCommand ? send(new PlainCommand(command.input), options) : byTheSdk(command, options);
  }) as unknown as typeof doc.send;
}
