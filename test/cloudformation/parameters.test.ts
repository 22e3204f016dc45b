import { readFileSync, statSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { refusals } from '../../scripts/rehearse/template.mjs';
import { mainFile, mainStack, mainTemplate, pipelineStack, pipelineTemplate } from './stacks.ts';

const TEMPLATES = [
  ['main', mainTemplate],
  ['pipeline', pipelineTemplate],
] as const;

describe.each(TEMPLATES)('the parameters of the %s template', (_name, template) => {
  it('are fine as they are by default', () => {
    expect(refusals(template)).toEqual([]);
  });

  it('say what they are, have limits, and tell in one sentence what is wrong', () => {
    for (const [name, rule] of Object.entries(template.Parameters)) {
      expect(rule.Description, name).toMatch(/^[A-Z].*\.$/s);
      expect(rule.Default, name).toBeDefined();
      expect(rule.AllowedPattern ?? rule.AllowedValues ?? rule.MaxValue, name).toBeDefined();
      if (rule.AllowedPattern !== undefined) expect(rule.AllowedPattern, name).toMatch(/^\^.*\$$/);
      expect(rule.ConstraintDescription, name).toMatch(new RegExp(`^${name} must [^\\n]+\\.$`));
    }
  });
});

const long = (n: number, letter = 'a'): string => letter.repeat(n);

// The refusal must name the parameter: the sentence is the same as above.
it.each([
  ['ApplicationName', 'StudentCore', 'a', '-core', 'core-', '1core', 'aws-core', 'ssmx', 'a_b', long(21), 'a b', ''],
  ['CollegeName', '', ' Hill', 'Hill ', 'a"b', 'a$b', 'a`b', 'a\\b', 'a\nb', 'a\u0000b', long(101)],
  ['TimeZone', '', 'Europe/', '/Berlin', 'Europe Berlin', "Europe'Berlin", 'A/B/C/D', 'Europe/../x'],
  ['DomainName', 'college', 'College.edu', 'college.edu.', '-a.edu', 'a..edu', 'http://a.edu', 'a.edu/x', '1.2.3.4'],
  ['CertificateEmail', 'office', 'office@college', 'a b@c.edu', '@c.edu', 'a@c.edu, b@c.edu', "a'@c.edu"],
  ['AlarmEmail', 'office', 'office@college', 'a b@c.edu', '@c.edu'],
  ['AllowPlainHttp', '', 'true', 'Yes'],
  ['InstanceType', '', 't2.micro', 't4g.micro', 'm5.large'],
  ['LatestImage', '', 'ami-0123456789abcdef0', '/aws/service/ami-amazon-linux-latest/amzn2-ami-hvm-x86_64-gp2'],
  ['FixedImage', 'ami-1', 'ami-0123456789ABCDEF0', 'al2023'],
  ['SshCidr', '0.0.0.0/0', '10.0.0.0/7', '10.0.0.0', '256.0.0.0/8', '10.0.0.0/33', '::/0', '10.0.0/8'],
  ['CodeDeployAgentPrefix', '', 'v2'],
  ['MonthlyBudget', '-1', '100001', 'much', 'NaN'],
  ['LogRetentionDays', '0', '2', '9999', 'x'],
])('the main template refuses %s out of range', (name, ...values) => {
  for (const value of values) {
    expect(refusals(mainTemplate, { [name]: value }), `${name}=${value}`).toContain(
      mainTemplate.Parameters[name]!.ConstraintDescription,
    );
  }
});

it.each([
  ['RepositoryName', '.x', 'core.git', 'a/b', 'a.', 'a b', long(101)],
  ['BranchName', '', '/main', 'main/', 'a b', '-main', long(101)],
  ['GitHubConnectionArn', 'connection', 'arn:aws:s3:::bucket', 'arn:aws:codeconnections:us-east-1:1:connection/x'],
  ['GitHubRepository', 'name', 'a/b/c', '-a/b', 'a/', 'https://github.com/a/b'],
  ['LogRetentionDays', '2'],
])('the pipeline refuses %s out of range', (name, ...values) => {
  for (const value of values) {
    expect(refusals(pipelineTemplate, { [name]: value }), `${name}=${value}`).toContain(
      pipelineTemplate.Parameters[name]!.ConstraintDescription,
    );
  }
});

it.each([
  { CollegeName: "St. Mary's College – Zürich & Genève (2026)", TimeZone: 'America/Argentina/Buenos_Aires' },
  { TimeZone: 'Etc/GMT+5', SshCidr: '192.0.2.0/24', FixedImage: 'ami-0123456789abcdef0', MonthlyBudget: '0' },
  { DomainName: 'students.college.edu', CertificateEmail: 'it.office+tls@college.edu', ApplicationName: 'hill-2' },
  { DomainName: 'xn--hgschule-n4a.xn--p1ai', CollegeName: 'X', LogRetentionDays: '365', AllowPlainHttp: 'no' },
])('the main template takes %o', (given) => {
  expect(refusals(mainTemplate, given)).toEqual([]);
});

it('refuses what does not go together', () => {
  expect(refusals(mainTemplate, { AllowPlainHttp: 'yes', DomainName: 'college.edu' })).toEqual([
    'AllowPlainHttp must be no when a DomainName is given, because a domain always gets a certificate.',
  ]);
  const together = 'GitHubConnectionArn and GitHubRepository must be given together, or both be empty.';
  expect(refusals(pipelineTemplate, { GitHubRepository: 'college/studentcore' })).toEqual([together]);
});

it('is small enough to be sent without a bucket', () => {
  expect(statSync(mainFile).size).toBeLessThan(51_200);
  expect(readFileSync(mainFile, 'utf8')).not.toContain('\t');
});

it('tells the address, and warns of plain http only where it is spoken', () => {
  const outputs = (given: Record<string, string>) => {
    const { Outputs } = mainStack(given);
    return [Outputs['Url']?.Value, Outputs['PlainHttpWarning'] !== undefined];
  };
  expect(outputs({})).toEqual(['https://203.0.113.7', false]);
  expect(outputs({ AllowPlainHttp: 'yes' })).toEqual(['http://203.0.113.7', true]);
  expect(outputs({ DomainName: 'college.edu' })).toEqual(['https://college.edu', false]);
});

it('makes a budget and a subscription only when they are wanted', () => {
  const made = (given: Record<string, string>) => Object.keys(mainStack(given).Resources);
  expect(made({})).toContain('Budget');
  expect(made({ MonthlyBudget: '0' })).not.toContain('Budget');
  expect(made({})).not.toContain('AlarmSubscription');
  expect(made({ AlarmEmail: 'office@college.edu' })).toContain('AlarmSubscription');
});

it('takes the code from CodeCommit, or from GitHub when a connection is given', () => {
  const connection = 'arn:aws:codeconnections:us-east-1:123456789012:connection/01234567-89ab-cdef-0123-456789abcdef';
  const source = (given: Record<string, string>) => {
    const { Resources } = pipelineStack(given);
    return [
      Resources['Pipeline']?.Properties.Stages[0].Actions[0].ActionTypeId.Provider as string,
      ['Repository', 'PushRule', 'PushRole'].filter((id) => Resources[id]),
    ];
  };
  expect(source({})).toEqual(['CodeCommit', ['Repository', 'PushRule', 'PushRole']]);
  const github = { GitHubConnectionArn: connection, GitHubRepository: 'college/studentcore' };
  expect(refusals(pipelineTemplate, github)).toEqual([]);
  expect(source(github)).toEqual(['CodeStarSourceConnection', []]);
});
