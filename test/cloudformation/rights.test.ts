import { expect, it } from 'vitest';
import { differences } from '../../scripts/rehearse/check-role.mjs';
import type { Resolved } from '../../scripts/rehearse/template.mjs';
import { mainStack, ofType, pipelineStack } from './stacks.ts';

interface Statement {
  Effect: string;
  Action: string | string[];
  Resource: string | string[];
  Condition?: Record<string, unknown>;
}

const github = {
  GitHubConnectionArn: 'arn:aws:codeconnections:us-east-1:123456789012:connection/01234567-89ab-cdef-0123-456789abcdef',
  GitHubRepository: 'college/studentcore',
};
const STACKS: [string, Resolved][] = [
  ['main', mainStack()],
  ['pipeline with CodeCommit', pipelineStack()],
  ['pipeline with GitHub', pipelineStack(github)],
];

/** Everything that a stack grants to a role. */
const statements = (stack: Resolved): Statement[] => [
  ...ofType(stack, 'AWS::IAM::Role').flatMap(([, { Properties }]) =>
    (Properties.Policies as { PolicyDocument: { Statement: Statement[] } }[]).flatMap(
      (p) => p.PolicyDocument.Statement,
    ),
  ),
  ...ofType(stack, 'AWS::IAM::Policy').flatMap(
    ([, { Properties }]) => Properties.PolicyDocument.Statement as Statement[],
  ),
];
const list = (one: string | string[]): string[] => [one].flat();

/** Actions that IAM can't limit to a resource. */
const WITHOUT_RESOURCE = [
  'cloudwatch:PutMetricData',
  'dynamodb:ListTables',
  'ec2:DescribeInstances',
  'ec2:DescribeInstanceStatus',
  'ssmmessages:CreateControlChannel',
  'ssmmessages:CreateDataChannel',
  'ssmmessages:OpenControlChannel',
  'ssmmessages:OpenDataChannel',
  'tag:GetResources',
];

it.each(STACKS)('%s: every right is written out, action by action, on named resources', (_name, stack) => {
  const all = statements(stack);
  expect(all.length).toBeGreaterThan(0);
  for (const { Effect, Action, Resource } of all) {
    expect(Effect).toBe('Allow');
    for (const action of list(Action)) expect(action).toMatch(/^[a-z0-9-]+:[A-Za-z]+$/);
    const everything = list(Resource).includes('*');
    if (everything) expect(WITHOUT_RESOURCE).toEqual(expect.arrayContaining(list(Action)));
    else for (const action of list(Action)) expect(WITHOUT_RESOURCE).not.toContain(action);
  }
});

it.each(STACKS)('%s: wildcards stand only for what has no name yet', (_name, stack) => {
  const wild = statements(stack)
    .flatMap(({ Resource }) => list(Resource))
    .filter((resource) => resource !== '*' && resource.includes('*'));
  for (const resource of wild) {
    expect(resource).toMatch(
      // objects of the bucket · streams of a log group · machines and alarms of this account
      /^arn:aws:(s3:::ArtifactBucket\/\*|logs:us-east-1:123456789012:log-group:[\w/-]+:\*|ec2:us-east-1:123456789012:instance\/\*|cloudwatch:us-east-1:123456789012:alarm:\*)$/,
    );
  }
});

it.each(STACKS)('%s: no role has a managed policy, and each is assumed by one service', (_name, stack) => {
  for (const [id, { Properties }] of ofType(stack, 'AWS::IAM::Role')) {
    expect(Properties.ManagedPolicyArns, id).toBeUndefined();
    const [trust, ...others] = Properties.AssumeRolePolicyDocument.Statement;
    expect(others, id).toEqual([]);
    expect(trust, id).toMatchObject({ Effect: 'Allow', Action: 'sts:AssumeRole' });
    const services: Record<string, string> = {
      InstanceRole: 'ec2.amazonaws.com',
      BuildRole: 'codebuild.amazonaws.com',
      DeployRole: 'codedeploy.amazonaws.com',
      PipelineRole: 'codepipeline.amazonaws.com',
      PushRole: 'events.amazonaws.com',
    };
    expect(trust.Principal, id).toEqual({ Service: services[id] });
    // A service that works for every account must not be talked into using the roles of this one.
    if (id !== 'InstanceRole') {
      expect(trust.Condition, id).toEqual({ StringEquals: { 'aws:SourceAccount': '123456789012' } });
    }
  }
});

it('the machine reads and makes its three secrets, and no other parameter', () => {
  const ssm = statements(mainStack({ ApplicationName: 'hill' })).filter(({ Action }) =>
    list(Action).some((action) => action.endsWith('Parameter')),
  );
  const parameter = (name: string): string => `arn:aws:ssm:us-east-1:123456789012:parameter/hill/${name}`;
  expect(ssm).toEqual([
    {
      Effect: 'Allow',
      Action: ['ssm:GetParameter', 'ssm:PutParameter'],
      Resource: [parameter('session-secret'), parameter('trail-key'), parameter('first-admin-password')],
    },
  ]);
});

it('the machine reports under its own namespace only', () => {
  const [metrics] = statements(mainStack()).filter(({ Action }) => Action === 'cloudwatch:PutMetricData');
  expect(metrics?.Condition).toEqual({ StringEquals: { 'cloudwatch:namespace': 'StudentCore/studentcore' } });
});

it('the machine may fetch releases, by a policy that comes with the pipeline', () => {
  const [[, policy] = []] = ofType(pipelineStack(), 'AWS::IAM::Policy');
  expect(policy?.Properties).toMatchObject({
    Roles: ['InstanceRole'],
    PolicyDocument: {
      Statement: [
        { Action: ['s3:GetObject', 's3:GetObjectVersion'], Resource: 'arn:aws:s3:::ArtifactBucket/*', Effect: 'Allow' },
      ],
    },
  });
});

const actionsOf = (stack: Resolved, id: string): string[] => {
  const { Policies } = stack.Resources[id]!.Properties as {
    Policies: { PolicyDocument: { Statement: Statement[] } }[];
  };
  return Policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement.flatMap(({ Action }) => list(Action)));
};

it('the roles of the pipeline may do their part and no more', () => {
  const stack = pipelineStack();
  const artifacts = ['s3:GetObject', 's3:GetObjectVersion', 's3:PutObject'];
  expect(actionsOf(stack, 'BuildRole')).toEqual(['logs:CreateLogStream', 'logs:PutLogEvents', ...artifacts]);
  expect(actionsOf(stack, 'DeployRole')).toEqual([
    ...['ec2:DescribeInstances', 'ec2:DescribeInstanceStatus', 'tag:GetResources'],
    ...['cloudwatch:DescribeAlarms', 'sns:Publish'],
  ]);
  expect(actionsOf(stack, 'PushRole')).toEqual(['codepipeline:StartPipelineExecution']);
  const ends = [
    ...['codebuild:StartBuild', 'codebuild:BatchGetBuilds'],
    ...['codedeploy:RegisterApplicationRevision', 'codedeploy:GetApplicationRevision'],
    ...['codedeploy:CreateDeployment', 'codedeploy:GetDeployment', 'codedeploy:GetDeploymentConfig'],
  ];
  const begins = ['s3:GetBucketAcl', 's3:GetBucketLocation', 's3:GetBucketVersioning', ...artifacts];
  expect(actionsOf(stack, 'PipelineRole')).toEqual([
    ...begins,
    ...['codecommit:GetBranch', 'codecommit:GetCommit', 'codecommit:UploadArchive'],
    ...['codecommit:GetUploadArchiveStatus', 'codecommit:CancelUploadArchive'],
    ...ends,
  ]);
  expect(actionsOf(pipelineStack(github), 'PipelineRole')).toEqual([
    ...begins,
    ...['codeconnections:UseConnection', 'codestar-connections:UseConnection'],
    ...ends,
  ]);
});

// The real comparison needs the calls of the whole suite and runs after it; this shows that it would notice.
it('notices a call that the role does not allow, and a right that nobody uses', () => {
  const stack = mainStack();
  const extra = (fault: string) =>
    /allows (BatchGetItem|BatchWriteItem|ConditionCheckItem|Query \S+\/index\/)/.test(fault);
  const used = ['GetItem users', 'Query system feed', 'ListTables', 'BatchGetItem results'];
  const faults = differences(stack, used);
  expect(faults.filter((fault) => !extra(fault))).toEqual([]);
  const table = (name: string): string => `arn:aws:dynamodb:us-east-1:123456789012:table/studentcore-${name}`;
  expect(faults).toContain(`The role allows BatchGetItem ${table('users')}, but the app never uses it.`);
  expect(faults).not.toContain(`The role allows BatchGetItem ${table('results')}, but the app never uses it.`);
  for (const call of ['BatchWriteItem users', 'Scan attendance by-date', 'Query users by-name', 'CreateTable users']) {
    expect(differences(stack, [call])).toContain(`The app needs ${call}, but the role does not allow it.`);
  }

  const broad = mainStack();
  broad.Resources['InstanceRole']!.Properties.Policies = [
    { PolicyDocument: { Statement: [{ Effect: 'Allow', Action: 'dynamodb:*', Resource: table('users') }] } },
  ];
  expect(differences(broad, ['GetItem users'])).toEqual(
    expect.arrayContaining([
      'The app needs GetItem users, but the role does not allow it.',
      `The paper allows Scan ${table('system')}, the role does not.`,
      `The role allows * ${table('users')}, but the app never uses it.`,
    ]),
  );
});
