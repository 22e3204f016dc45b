// Which DynamoDB actions does the app really use, and on what? Notes each once, in a file of this process;
// scripts/rehearse/check-role.mjs holds the instance role of the template against all of them after the suite.
import { appendFileSync, mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Dynamo } from '../../src/platform/dynamo/client.ts';
import { tables } from '../../src/tables.ts';

const FOLDER = fileURLToPath(new URL('../../node_modules/.cache/studentcore/dynamo-calls/', import.meta.url));

interface Target {
  TableName?: string;
  IndexName?: string;
}
type Call = [action: string, target: Target];

const BATCHES: Record<string, string> = { BatchGet: 'BatchGetItem', BatchWrite: 'BatchWriteItem' };
const SINGLE = new Set(['Get', 'Put', 'Update', 'Delete']);

/** A command as IAM sees it: a transaction is the sum of its parts. */
function callsOf(command: { constructor: { name: string }; input: object }): Call[] {
  const kind = command.constructor.name.replace(/Command$/, '');
  if (kind === 'TransactWrite' || kind === 'TransactGet') {
    const { TransactItems } = command.input as { TransactItems: Record<string, Target>[] };
    return TransactItems.flatMap((item) => Object.entries(item).map(([part, target]): Call => [`${part}Item`, target]));
  }
  const batch = BATCHES[kind];
  if (batch !== undefined) {
    const { RequestItems } = command.input as { RequestItems: Record<string, unknown> };
    return Object.keys(RequestItems).map((TableName) => [batch, { TableName }]);
  }
  return [[SINGLE.has(kind) ? `${kind}Item` : kind, command.input]];
}

const noted = new Set<string>();

function note(line: string): void {
  if (noted.has(line)) return;
  if (noted.size === 0) mkdirSync(FOLDER, { recursive: true });
  noted.add(line);
  appendFileSync(`${FOLDER}${String(process.pid)}`, `${line}\n`);
}

/** The same client for the app alone, which notes what is sent: what tests send by themselves does not count. */
export function noting(dynamo: Dynamo): Dynamo {
  const nameOf = (full = ''): string => tables.find(({ name }) => dynamo.table(name) === full)?.name ?? full;
  const doc = Object.create(dynamo.doc) as Dynamo['doc'];
  doc.send = ((command: never, ...rest: never[]) => {
    for (const [action, { TableName, IndexName }] of callsOf(command)) {
      note([action, nameOf(TableName), IndexName ?? ''].join(' ').trim());
    }
    return (dynamo.doc.send as (...args: unknown[]) => unknown)(command, ...rest);
  }) as Dynamo['doc']['send'];
  return { ...dynamo, doc };
}
