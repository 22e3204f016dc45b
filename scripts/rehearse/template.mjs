// What does a template say once its parameters are known? Reads CloudFormation's YAML and resolves as much as checks need.
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

const FUNCTIONS = ['And', 'Base64', 'Equals', 'GetAtt', 'GetAZs', 'If', 'ImportValue', 'Not', 'Or', 'Select', 'Sub'];

const short = (name) => {
  const long = name === 'Ref' ? 'Ref' : `Fn::${name}`;
  const node = (value) => ({ [long]: name === 'GetAtt' && typeof value === 'string' ? value.split('.') : value });
  return [
    { tag: `!${name}`, resolve: node },
    { tag: `!${name}`, collection: 'seq', resolve: (seq) => node(seq.toJSON()) },
    { tag: `!${name}`, collection: 'map', resolve: (map) => node(map.toJSON()) },
  ];
};

/** The template of a file, with its short functions (`!Ref`) written long. */
export const readTemplate = (file) =>
  parse(readFileSync(file, 'utf8'), { customTags: ['Ref', ...FUNCTIONS].flatMap(short) });

/** The parameters of a template: the given ones, else the defaults. */
export const parametersOf = (template, given = {}) =>
  Object.fromEntries(
    Object.entries(template.Parameters).map(([name, { Default }]) => [name, String(given[name] ?? Default)]),
  );

function fault(value, { AllowedPattern, AllowedValues, MinValue, MaxValue, Type }) {
  if (AllowedPattern !== undefined && !new RegExp(AllowedPattern).test(value)) return true;
  if (AllowedValues !== undefined && !AllowedValues.map(String).includes(value)) return true;
  return Type === 'Number' && !(Number(value) >= (MinValue ?? -Infinity) && Number(value) <= (MaxValue ?? Infinity));
}

const NOTHING = Symbol('AWS::NoValue');
const PSEUDO = {
  'AWS::AccountId': '123456789012',
  'AWS::NoValue': NOTHING,
  'AWS::Partition': 'aws',
  'AWS::Region': 'us-east-1',
  'AWS::StackName': 'the-stack',
  'AWS::URLSuffix': 'amazonaws.com',
};
const ARN = `us-east-1:123456789012`;

/** What Ref gives where that is more than the logical id. */
const REFS = {
  'AWS::DynamoDB::Table': ({ TableName }) => TableName,
  'AWS::EC2::EIP': () => '203.0.113.7',
  'AWS::Logs::LogGroup': ({ LogGroupName }) => LogGroupName,
  'AWS::SNS::Topic': (_properties, id) => `arn:aws:sns:${ARN}:${id}`,
};
const ARNS = {
  'AWS::DynamoDB::Table': ({ TableName }) => `arn:aws:dynamodb:${ARN}:table/${TableName}`,
  'AWS::IAM::Role': (_properties, id) => `arn:aws:iam::123456789012:role/${id}`,
};

/** The template with all functions resolved; what a condition leaves out is gone. Throws on what is not defined. */
export function resolve(template, given = {}, imports = {}) {
  const parameters = parametersOf(template, given);
  const conditions = {};

  const condition = (name) => (conditions[name] ??= value(template.Conditions[name], {}));

  function named(name, locals) {
    for (const known of [locals, PSEUDO, parameters]) if (Object.hasOwn(known, name)) return known[name];
    const [id, ...attribute] = name.split('.');
    const resource = template.Resources[id];
    if (!resource) throw new Error(`${name} is not defined`);
    const tell = (attribute.length === 0 ? REFS : attribute[0] === 'Arn' ? ARNS : {})[resource.Type];
    return tell ? tell(value(resource.Properties, {}), id) : name;
  }

  const sub = (text, locals) =>
    text.replace(/\$\{(!?)([^}]+)\}/g, (_all, literal, name) => (literal ? `\${${name}}` : named(name, locals)));

  const functions = {
    Ref: (name, locals) => named(name, locals),
    'Fn::And': (all, locals) => all.every((one) => value(one, locals)),
    'Fn::Base64': (text, locals) => value(text, locals),
    'Fn::Equals': (pair, locals) => {
      const [a, b] = pair.map((one) => String(value(one, locals)));
      return a === b;
    },
    'Fn::GetAtt': (path, locals) => named(path.join('.'), locals),
    'Fn::GetAZs': () => ['us-east-1a', 'us-east-1b'],
    'Fn::If': ([name, yes, no], locals) => value(condition(name) ? yes : no, locals),
    'Fn::ImportValue': (name, locals) => {
      const wanted = value(name, locals);
      if (!Object.hasOwn(imports, wanted)) throw new Error(`nothing exports ${wanted}`);
      return imports[wanted];
    },
    'Fn::Not': ([one], locals) => !value(one, locals),
    'Fn::Or': (any, locals) => any.some((one) => value(one, locals)),
    'Fn::Select': ([index, list], locals) => value(list, locals)[index],
    'Fn::Sub': (what, locals) => {
      const [text, more] = Array.isArray(what) ? what : [what, {}];
      return sub(text, { ...locals, ...value(more, locals) });
    },
  };

  function value(of, locals) {
    if (Array.isArray(of)) return of.map((one) => value(one, locals)).filter((one) => one !== NOTHING);
    if (of === null || typeof of !== 'object') return of;
    const entries = Object.entries(of);
    const [key, argument] = entries[0] ?? [];
    if (entries.length === 1 && Object.hasOwn(functions, key)) return functions[key](argument, locals);
    return Object.fromEntries(
      entries.map(([name, one]) => [name, value(one, locals)]).filter(([, one]) => one !== NOTHING),
    );
  }

  const present = (section) =>
    Object.fromEntries(
      Object.entries(section)
        .filter(([, one]) => one.Condition === undefined || condition(one.Condition))
        .map(([id, one]) => [id, value(one, {})]),
    );
  return { parameters, Resources: present(template.Resources), Outputs: present(template.Outputs) };
}

/** Why these parameters are refused: one sentence each; empty when they are fine. */
export function refusals(template, given = {}) {
  const parameters = parametersOf(template, given);
  const asked = { Parameters: template.Parameters, Resources: {}, Outputs: { rules: { Value: template.Rules ?? {} } } };
  const rules = Object.values(resolve({ ...template, ...asked }, given).Outputs.rules.Value);
  return [
    ...Object.entries(template.Parameters).flatMap(([name, rule]) =>
      fault(parameters[name], rule) ? [rule.ConstraintDescription] : [],
    ),
    ...rules.flatMap(({ Assertions }) => Assertions).flatMap((one) => (one.Assert ? [] : [one.AssertDescription])),
  ];
}

/** What a template exports: name → value. */
export const exportsOf = (resolved) =>
  Object.fromEntries(
    Object.values(resolved.Outputs).flatMap(({ Export, Value }) => (Export ? [[Export.Name, Value]] : [])),
  );
