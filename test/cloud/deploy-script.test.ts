// Does deploy.sh refuse what can't work in one clear line, before it asks or makes anything? Without network: aws is a stub
// that notes its calls. What a whole deployment does is rehearsed by `npm run rehearse`.
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const TOOLS = [
  'awk',
  'bash',
  'cat',
  'cp',
  'curl',
  'cut',
  'date',
  'dirname',
  'env',
  'git',
  'grep',
  'head',
  'mktemp',
  'perl',
];
const MORE_TOOLS = ['rm', 'sed', 'sleep', 'sort', 'tail', 'tr', 'wc'];

/** Answers as AWS does for an account without any stack; $FAULT makes the first call fail with these words. */
const AWS = `#!/usr/bin/env bash
echo "$*" >>"$CALLS"
case "$*" in
  'configure get region') exit 1 ;;
  'sts '*) [ -z "\${FAULT:-}" ] || { echo "$FAULT" >&2; exit 255; }; echo 123456789012 ;;
  'ec2 describe-regions'*us-east-9*) echo None ;;
  'ec2 describe-regions'*ap-east-1*) printf 'ap-east-1\\tnot-opted-in\\n' ;;
  'ec2 describe-regions'*) printf 'eu-west-1\\topt-in-not-required\\n' ;;
  'cloudformation describe-stacks'*) echo 'An error occurred (ValidationError) when calling the DescribeStacks operation: Stack with id x does not exist' >&2; exit 255 ;;
  'ssm get-parameter'*) echo ami-0123456789abcdef0 ;;
  'cloudformation create-change-set'*) cp "$(sed -E 's/.*--parameters file:\\/\\/([^ ]+).*/\\1/' <<<"$*")" "$CALLS.parameters"; echo arn:stack ;;
  'cloudformation describe-change-set'*' Status') echo CREATE_COMPLETE ;;
  'cloudformation describe-change-set'*Changes*) printf 'Add\\tVpc\\tAWS::EC2::VPC\\tNone\\nModify\\tInstance\\tAWS::EC2::Instance\\tTrue\\n' ;;
esac
`;

let folder: string;
let checkout: string;

/** A folder for PATH with all tools but the named ones. */
async function toolsWithout(...missing: string[]): Promise<string> {
  const bin = await mkdtemp(join(folder, 'bin-'));
  for (const tool of [...TOOLS, ...MORE_TOOLS].filter((name) => !missing.includes(name))) {
    const path = await new Promise<string>((done) => {
      execFile('/bin/sh', ['-c', `command -v ${tool}`], (_error, stdout) => done(stdout.trim()));
    });
    if (path !== '') await symlink(path, join(bin, tool));
  }
  if (!missing.includes('aws')) await writeFile(join(bin, 'aws'), AWS, { mode: 0o755 });
  return bin;
}

interface Options {
  env?: Record<string, string>;
  bin?: string;
  from?: string;
}

async function deploy(args: string[], { env = {}, bin, from = checkout }: Options = {}) {
  const calls = join(await mkdtemp(join(folder, 'calls-')), 'calls');
  await writeFile(calls, '');
  const all = { PATH: bin ?? (await toolsWithout()), HOME: folder, CALLS: calls, AWS_REGION: 'eu-west-1', ...env };
  const ended = await new Promise<{ code: number; stdout: string; stderr: string }>((done) => {
    const child = execFile(
      '/bin/bash',
      [join(from, 'scripts/deploy.sh'), ...args],
      { env: all },
      (error, stdout, stderr) => done({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr }),
    );
    child.stdin?.end();
  });
  const parameters = await readFile(`${calls}.parameters`, 'utf8').catch(() => '[]');
  return {
    ...ended,
    calls: (await readFile(calls, 'utf8')).trim().split('\n'),
    parameters: JSON.parse(parameters) as { ParameterKey: string; ParameterValue: string }[],
  };
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'studentcore-deploy-'));
  checkout = join(folder, 'checkout');
  await mkdir(checkout);
  for (const part of ['scripts/deploy.sh', 'scripts/cloud', 'cloudformation']) {
    await cp(join(root, part), join(checkout, part), { recursive: true });
  }
  const git = (...args: string[]) =>
    new Promise((done) =>
      execFile('git', ['-C', checkout, '-c', 'user.name=t', '-c', 'user.email=t@t', ...args], done),
    );
  await git('init', '--quiet');
  await git('add', '--all');
  await git('commit', '--quiet', '--message', 'all');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('./scripts/deploy.sh', { timeout: 60_000 }, () => {
  it('explains itself', async () => {
    const { code, stdout, stderr } = await deploy(['--help']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('--endpoint-url URL');
  });

  it.each([
    [['--nonsense', 'x'], 'The option --nonsense is unknown: see --help.'],
    [['--region'], 'The option --region is unknown or lacks its value: see --help.'],
    [['everything'], "'everything' is not understood: see --help."],
    [['--parameter', 'MonthlyBudget'], "--parameter takes Name=Value, not 'MonthlyBudget'."],
    [['--parameter', 'Nonsense=1'], 'The templates have no parameter Nonsense: see the list in cloudformation/.'],
    [['--with-data'], '--with-data and --yes-delete-everything go with --destroy only.'],
    [['--region', 'Virginia'], "'Virginia' is no region: they are named like us-east-1."],
    [
      ['--region=us-east-9'],
      'There is no region us-east-9: see https://docs.aws.amazon.com/global-infrastructure for their names.',
    ],
    [['--region=ap-east-1'], 'The region ap-east-1 is switched off in this account: switch it on, or choose another.'],
    [
      ['--domain', 'college.example.edu', '--plain-http'],
      'AllowPlainHttp must be no when a DomainName is given (college.example.edu), because a domain always gets a certificate.',
    ],
    [
      ['--github-repository', 'college/studentcore'],
      'GitHubConnectionArn and GitHubRepository must be given together, or both be empty.',
    ],
  ])('refuses %j in one line', async (args, line) => {
    const { code, stderr, calls } = await deploy(['--yes', ...args]);
    expect({ code, stderr }).toEqual({ code: 1, stderr: `deploy.sh: ${line}\n` });
    expect(calls.join('\n')).not.toContain('change-set');
  });

  it.each([
    ['MonthlyBudget=-1', 'MonthlyBudget must be a number'],
    ['MonthlyBudget=many', 'MonthlyBudget must be a number'],
    ['MonthlyBudget=100001', 'MonthlyBudget must be a number'],
    ['InstanceType=m5.24xlarge', 'InstanceType must be'],
    ['LogRetentionDays=8', 'LogRetentionDays must be'],
    ['DomainName=-college-', 'DomainName must be'],
    ['SshCidr=0.0.0.0/0', 'SshCidr must be'],
    ['ApplicationName=Student_Core', 'ApplicationName must'],
    ['ApplicationName=aws-college', 'ApplicationName must'],
    ['BranchName=-x', 'BranchName must'],
  ])('refuses %s in the words of the template, before AWS is asked', async (parameter, words) => {
    const { code, stderr, calls } = await deploy(['--yes', '--parameter', parameter]);
    expect(code).toBe(1);
    const [name, value] = parameter.split('=');
    expect(stderr).toMatch(new RegExp(`^deploy\\.sh: The parameter ${name!} can't be '${value!}': ${words}.*\\n$`));
    expect(calls).toEqual(['']);
  });

  it.each([
    ['aws', 'The AWS command line (aws) is missing: install it from https://aws.amazon.com/cli and try again.'],
    ['git', 'git is missing: install it and try again.'],
  ])('says that %s is missing', async (tool, line) => {
    const { code, stderr } = await deploy(['--yes'], { bin: await toolsWithout(tool) });
    expect({ code, stderr }).toEqual({ code: 1, stderr: `deploy.sh: ${line}\n` });
  });

  it.each([
    [
      'Unable to locate credentials. You can configure credentials by running "aws configure".',
      'There are no AWS credentials: ',
    ],
    [
      'An error occurred (ExpiredToken) when calling the GetCallerIdentity operation: The security token included in the request is expired',
      'The AWS credentials have expired: ',
    ],
    [
      'An error occurred (InvalidClientTokenId) when calling the GetCallerIdentity operation: The security token is invalid.',
      'AWS does not accept these credentials: The security token is invalid.',
    ],
    [
      'Could not connect to the endpoint URL: "https://sts.us-east-1.amazonaws.com/"',
      "AWS can't be reached from here: ",
    ],
  ])('explains %j', async (fault, words) => {
    const { code, stderr, calls } = await deploy(['--yes'], { env: { FAULT: fault } });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^deploy\.sh: .*\n$/);
    expect(stderr).toContain(words);
    expect(calls).toHaveLength(1);
  });

  it('asks for a region when none is set anywhere', async () => {
    const { code, stderr } = await deploy(['--yes'], { env: { AWS_REGION: '' } });
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: 'deploy.sh: No region is chosen: give one as --region us-east-1, or set AWS_REGION.\n',
    });
  });

  it('ships commits only', async () => {
    const bare = join(folder, 'bare');
    await cp(checkout, bare, { recursive: true, filter: (path) => !path.endsWith('/.git') });
    const { code, stderr } = await deploy(['--yes'], { from: bare });
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: 'deploy.sh: This folder is not a git repository with a commit: the pipeline ships commits only.\n',
    });
    const dirty = join(folder, 'dirty');
    await cp(checkout, dirty, { recursive: true });
    await writeFile(join(dirty, 'notes'), '');
    const { stdout } = await deploy([], { from: dirty });
    expect(stdout).toMatch(
      /^There are uncommitted changes here: they stay here, only the commit [0-9a-f]{12} is shipped\.\n/,
    );
  });

  it('without a terminal shows the changes, makes none, and leaves nothing behind', async () => {
    const { code, stdout, stderr, calls } = await deploy([]);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: 'deploy.sh: There is no terminal to ask on: run it again with --yes.\n',
    });
    expect(stdout).toMatch(/add +Vpc +AWS::EC2::VPC +-\n +modify +Instance +AWS::EC2::Instance +YES\n/);
    const said = calls.join('\n');
    expect(said).toMatch(/delete-change-set --stack-name arn:stack --change-set-name deploy-\d+-\d+/);
    expect(said).toContain('delete-stack --stack-name arn:stack');
    expect(said).not.toContain('execute-change-set');
  });

  it('hands over every parameter: given, default, and the image that is newest now', async () => {
    const { parameters } = await deploy([
      '--college',
      "King's & Queen's, 日本",
      '--parameter=MonthlyBudget=20',
      '--name',
      'college',
    ]);
    const values = Object.fromEntries(parameters.map((one) => [one.ParameterKey, one.ParameterValue]));
    expect(values).toMatchObject({
      ApplicationName: 'college',
      CollegeName: "King's & Queen's, 日本",
      MonthlyBudget: '20',
      DomainName: '',
      InstanceType: 't3.micro',
      AllowPlainHttp: 'no',
      FixedImage: 'ami-0123456789abcdef0',
    });
  });

  it('takes nothing down unasked', async () => {
    const { code, stderr, calls } = await deploy(['--destroy']);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: 'deploy.sh: There is no terminal to ask on: run it again with --yes.\n',
    });
    const withData = await deploy(['--destroy', '--with-data', '--yes']);
    expect(withData.code).toBe(1);
    expect(withData.stderr).toBe(
      'deploy.sh: There is no terminal to ask on: run it again with --yes-delete-everything.\n',
    );
    expect([...calls, ...withData.calls].join('\n')).not.toContain('delete');
  });
});
