// May the machine do what the app does, and nothing else? Holds the instance role of the template against the DynamoDB
// calls that the test suite noted (test/support/calls.ts). `node scripts/rehearse/check-role.mjs [template]` after the suite.
import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { readTemplate, resolve } from './template.mjs';

/** The paper's role (docs/paper.md) without CreateTable: in production tables come from the template only. */
const PAPER = ['GetItem', 'PutItem', 'UpdateItem', 'DeleteItem', 'Scan', 'Query', 'DescribeTable', 'ListTables'];

const at = (path) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
export const CALLS = at('node_modules/.cache/studentcore/dynamo-calls/');

/** What a role may do in DynamoDB: `action resource` for every pair. */
export function allowed(role) {
  return role.Properties.Policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement).flatMap((statement) =>
    [statement.Action].flat().flatMap((action) => {
      const [service, name] = action.split(':');
      if (service !== 'dynamodb' && service !== '*') return [];
      return [statement.Resource].flat().map((resource) => `${name ?? '*'} ${resource}`);
    }),
  );
}

/** Every difference between a role and the calls (`action table [index]`), as a sentence; empty when there is none. */
export function differences({ Resources, parameters }, calls) {
  const role = new Set(allowed(Resources.InstanceRole));
  const used = new Set();
  const faults = [];
  const prefix = `${parameters.ApplicationName}-`;
  const arn = (table) => `arn:aws:dynamodb:us-east-1:123456789012:table/${prefix}${table}`;
  for (const call of calls) {
    const [action, table, index] = call.split(' ');
    const right = `${action} ${table === undefined ? '*' : arn(table)}${index === undefined ? '' : `/index/${index}`}`;
    if (role.has(right)) used.add(right);
    else faults.push(`The app needs ${call}, but the role does not allow it.`);
  }
  const tables = Object.values(Resources).filter(({ Type }) => Type === 'AWS::DynamoDB::Table');
  const ofPaper = new Set(
    PAPER.flatMap((action) =>
      action === 'ListTables'
        ? [`${action} *`]
        : tables.map(({ Properties }) => `${action} ${arn(Properties.TableName.replace(prefix, ''))}`),
    ),
  );
  for (const right of ofPaper) if (!role.has(right)) faults.push(`The paper allows ${right}, the role does not.`);
  for (const right of role) {
    if (!used.has(right) && !ofPaper.has(right)) faults.push(`The role allows ${right}, but the app never uses it.`);
  }
  return faults;
}

function notedCalls() {
  try {
    const lines = readdirSync(CALLS).flatMap((file) => readFileSync(`${CALLS}${file}`, 'utf8').trim().split('\n'));
    return [...new Set(lines)].sort();
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
    return [];
  }
}

function main() {
  const calls = notedCalls();
  if (calls.length === 0) {
    console.error('No call was noted: run the whole test suite first (./scripts/test.sh).');
    return 1;
  }
  const faults = differences(resolve(readTemplate(process.argv[2] ?? at('cloudformation/cloudformation.yaml'))), calls);
  for (const fault of faults) console.error(fault);
  if (faults.length === 0)
    console.log(
      `The role allows each of the ${calls.length} kinds of calls that the tests made; beyond them only what the paper grants.`,
    );
  return faults.length === 0 ? 0 : 1;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = main();
