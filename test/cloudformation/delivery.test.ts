import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { exportsOf, resolve } from '../../scripts/rehearse/template.mjs';
import { mainStack, ofType, pipelineStack, pipelineTemplate, theOne, userData } from './stacks.ts';

const stack = pipelineStack();
const root = fileURLToPath(new URL('../../', import.meta.url));
const yaml = (name: string) => parse(readFileSync(root + name, 'utf8')) as Record<string, unknown>;

it('imports nothing that the main stack does not export', () => {
  expect(() => resolve(pipelineTemplate, {}, {})).toThrow('nothing exports studentcore-');
  expect(Object.keys(exportsOf(mainStack({ ApplicationName: 'hill' })))).toEqual([
    'hill-instance-role',
    'hill-server-errors-alarm',
    'hill-alarm-topic',
  ]);
  expect(() => resolve(pipelineTemplate, { ApplicationName: 'hill' }, exportsOf(mainStack()))).toThrow();
});

it('keeps artifacts for 30 days, also old versions and half uploads, closed to the public and to plain http', () => {
  const bucket = theOne(stack, 'AWS::S3::Bucket');
  expect(bucket.Properties).toMatchObject({
    VersioningConfiguration: { Status: 'Enabled' },
    PublicAccessBlockConfiguration: {
      BlockPublicAcls: true,
      BlockPublicPolicy: true,
      IgnorePublicAcls: true,
      RestrictPublicBuckets: true,
    },
    LifecycleConfiguration: {
      Rules: [
        {
          Status: 'Enabled',
          ExpirationInDays: 30,
          NoncurrentVersionExpiration: { NoncurrentDays: 30 },
          AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 },
        },
      ],
    },
  });
  expect(theOne(stack, 'AWS::S3::BucketPolicy').Properties.PolicyDocument.Statement).toMatchObject([
    {
      Effect: 'Deny',
      Principal: '*',
      Action: 's3:*',
      Resource: ['arn:aws:s3:::ArtifactBucket', 'arn:aws:s3:::ArtifactBucket/*'],
      Condition: { Bool: { 'aws:SecureTransport': 'false' } },
    },
  ]);
  for (const { DeletionPolicy, UpdateReplacePolicy } of [bucket, theOne(stack, 'AWS::CodeCommit::Repository')]) {
    expect([DeletionPolicy, UpdateReplacePolicy]).toEqual(['RetainExceptOnCreate', 'Retain']);
  }
});

it('builds with the image and the file that this project is made for', () => {
  expect(theOne(stack, 'AWS::CodeBuild::Project').Properties).toMatchObject({
    Source: { Type: 'CODEPIPELINE', BuildSpec: 'buildspec.yml' },
    Environment: {
      Type: 'LINUX_CONTAINER',
      ComputeType: 'BUILD_GENERAL1_SMALL',
      Image: 'aws/codebuild/amazonlinux-x86_64-standard:6.0',
      PrivilegedMode: false,
    },
    LogsConfig: { CloudWatchLogs: { Status: 'ENABLED', GroupName: '/aws/codebuild/studentcore' } },
  });
  expect(yaml('buildspec.yml')).toMatchObject({
    version: 0.2,
    phases: { install: { 'runtime-versions': { nodejs: 24 } } },
  });
  // What is cached locally there must be what the build file names.
  expect(theOne(stack, 'AWS::CodeBuild::Project').Properties.Cache).toEqual({
    Type: 'LOCAL',
    Modes: ['LOCAL_CUSTOM_CACHE'],
  });
  expect(yaml('buildspec.yml')['cache']).toEqual({ paths: ['/root/.npm/**/*'] });
});

it('deploys in place to the machine of the same name, and takes back what fails or raises the alarm', () => {
  const group = theOne(stack, 'AWS::CodeDeploy::DeploymentGroup').Properties;
  expect(group).toMatchObject({
    DeploymentStyle: { DeploymentType: 'IN_PLACE', DeploymentOption: 'WITHOUT_TRAFFIC_CONTROL' },
    DeploymentConfigName: 'CodeDeployDefault.AllAtOnce',
    AutoRollbackConfiguration: { Enabled: true },
    AlarmConfiguration: { Enabled: true, Alarms: [{ Name: 'studentcore-server-errors' }] },
  });
  expect(group.AutoRollbackConfiguration.Events).toEqual([
    'DEPLOYMENT_FAILURE',
    'DEPLOYMENT_STOP_ON_ALARM',
    'DEPLOYMENT_STOP_ON_REQUEST',
  ]);
  const alarms = ofType(mainStack(), 'AWS::CloudWatch::Alarm').map(
    ([, { Properties }]) => Properties.AlarmName as string,
  );
  expect(alarms).toContain(group.AlarmConfiguration.Alarms[0].Name);
  const [filter] = group.Ec2TagFilters;
  expect(theOne(mainStack(), 'AWS::EC2::Instance').Properties.Tags).toContainEqual({
    Key: filter.Key,
    Value: filter.Value,
  });
});

it('goes from a push to the machine in three stages', () => {
  const { PipelineType, Stages } = theOne(stack, 'AWS::CodePipeline::Pipeline').Properties;
  expect(PipelineType).toBe('V2');
  expect(Stages).toMatchObject([
    {
      Name: 'Source',
      Actions: [
        { Configuration: { RepositoryName: 'studentcore', BranchName: 'main', PollForSourceChanges: 'false' } },
      ],
    },
    {
      Name: 'Build',
      Actions: [{ Configuration: { ProjectName: 'studentcore' }, InputArtifacts: [{ Name: 'Source' }] }],
    },
    {
      Name: 'Deploy',
      Actions: [
        {
          Configuration: { ApplicationName: 'studentcore', DeploymentGroupName: 'studentcore' },
          InputArtifacts: [{ Name: 'Release' }],
        },
      ],
    },
  ]);
});

it('starts the pipeline by a push to main, with a role that may do just that', () => {
  expect(theOne(stack, 'AWS::Events::Rule').Properties).toMatchObject({
    State: 'ENABLED',
    EventPattern: {
      source: ['aws.codecommit'],
      'detail-type': ['CodeCommit Repository State Change'],
      resources: ['arn:aws:codecommit:us-east-1:123456789012:studentcore'],
      detail: {
        event: ['referenceCreated', 'referenceUpdated'],
        referenceType: ['branch'],
        referenceName: ['main'],
      },
    },
    Targets: [
      {
        Arn: 'arn:aws:codepipeline:us-east-1:123456789012:studentcore',
        RoleArn: 'arn:aws:iam::123456789012:role/PushRole',
      },
    ],
  });
});

describe('the machine is prepared for what appspec.yml does', () => {
  const appspec = yaml('appspec.yml') as {
    files: { destination: string }[];
    hooks: Record<string, { location: string; timeout: number }[]>;
  };

  it('the folder exists that files are copied to', () => {
    const [file, ...others] = appspec.files;
    expect(others).toEqual([]);
    const folders = /^install -d (\/etc\/studentcore .*)$/m.exec(userData())?.[1]?.split(' ');
    expect(folders).toContain(file?.destination);
  });

  it('every hook is there, and the front that the user data renews', () => {
    const hooks = Object.values(appspec.hooks).flat();
    expect(hooks.length).toBeGreaterThan(2);
    for (const { location, timeout } of hooks) {
      expect(existsSync(root + location), location).toBe(true);
      expect(timeout).toBeLessThanOrEqual(300);
    }
    const front = /^front=\/opt\/studentcore\/current\/(\S+)$/m.exec(userData())?.[1] ?? '';
    expect(existsSync(root + front), front).toBe(true);
  });
});
