// Does the deploy script read the templates' parameters as they are? Its reader in awk against a real YAML parser.
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { readTemplate } from '../../scripts/rehearse/template.mjs';

const at = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));

it.each(['cloudformation/cloudformation.yaml', 'cloudformation/pipeline.yaml'])('%s', (file) => {
  const lines = execFileSync('awk', ['-f', at('scripts/cloud/parameters.awk'), at(file)], { encoding: 'utf8' });
  const read = lines.trimEnd().split('\n');
  const rules = [
    'Type',
    'Default',
    'AllowedPattern',
    'AllowedValues',
    'MinLength',
    'MaxLength',
    'MinValue',
    'MaxValue',
  ];
  const expected = Object.entries(readTemplate(at(file)).Parameters).map(([name, one]) => {
    const rule = new Map(Object.entries(one) as [string, string | string[]][]);
    const fields = [...rules, 'ConstraintDescription', 'NoEcho'].map((key) => [rule.get(key) ?? ''].flat().join('\t'));
    return [name, ...fields].join('\u001f');
  });
  expect(read.length).toBeGreaterThan(4);
  expect(read).toEqual(expected);
});
