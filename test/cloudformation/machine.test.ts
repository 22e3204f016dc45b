import { describe, expect, it } from 'vitest';
import { mainStack, ofType, theOne } from './stacks.ts';

const stack = mainStack();

it('makes the network of the paper', () => {
  expect(theOne(stack, 'AWS::EC2::VPC').Properties.CidrBlock).toBe('10.0.0.0/16');
  expect(theOne(stack, 'AWS::EC2::Subnet').Properties).toMatchObject({
    CidrBlock: expect.stringMatching(/^10\.0\.\d+\.0\/24$/),
    MapPublicIpOnLaunch: true,
  });
  expect(theOne(stack, 'AWS::EC2::Route').Properties).toEqual({
    RouteTableId: 'PublicRouteTable',
    DestinationCidrBlock: '0.0.0.0/0',
    GatewayId: 'InternetGateway',
  });
  expect(theOne(stack, 'AWS::EC2::SubnetRouteTableAssociation').Properties).toEqual({
    SubnetId: 'PublicSubnet',
    RouteTableId: 'PublicRouteTable',
  });
  const endpoints = ofType(stack, 'AWS::EC2::VPCEndpoint').map(
    ([, { Properties }]) => Properties as { ServiceName: string },
  );
  expect(endpoints.map(({ ServiceName }) => ServiceName)).toEqual([
    'com.amazonaws.us-east-1.dynamodb',
    'com.amazonaws.us-east-1.s3',
  ]);
  for (const endpoint of endpoints) {
    expect(endpoint).toMatchObject({ VpcEndpointType: 'Gateway', RouteTableIds: ['PublicRouteTable'] });
  }
});

describe('the ports', () => {
  const open = (given?: Record<string, string>) => {
    const resolved = mainStack(given);
    const rules = [
      ...(theOne(resolved, 'AWS::EC2::SecurityGroup').Properties.SecurityGroupIngress as Record<string, unknown>[]),
      ...ofType(resolved, 'AWS::EC2::SecurityGroupIngress').map(([, one]) => one.Properties as Record<string, unknown>),
    ];
    return rules.map((rule) => [rule['FromPort'], rule['ToPort'], rule['CidrIp']]);
  };
  const web = [
    [80, 80, '0.0.0.0/0'],
    [443, 443, '0.0.0.0/0'],
  ];

  it('are 80 and 443 for everybody', () => {
    expect(open()).toEqual(web);
  });

  it('are 22 as well, for the given network only', () => {
    expect(open({ SshCidr: '192.0.2.0/24' })).toEqual([...web, [22, 22, '192.0.2.0/24']]);
  });

  it('lead out to 443 only', () => {
    expect(theOne(stack, 'AWS::EC2::SecurityGroup').Properties.SecurityGroupEgress).toMatchObject([
      { IpProtocol: 'tcp', FromPort: 443, ToPort: 443 },
    ]);
  });
});

describe('the machine', () => {
  const instance = theOne(stack, 'AWS::EC2::Instance');

  it('is small, encrypted, shy about its metadata, and can not run up a bill', () => {
    expect(instance.Properties).toMatchObject({
      InstanceType: 't3.micro',
      CreditSpecification: { CPUCredits: 'standard' },
      MetadataOptions: { HttpTokens: 'required', HttpPutResponseHopLimit: 1 },
      BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { Encrypted: true, VolumeType: 'gp3' } }],
      IamInstanceProfile: 'InstanceProfile',
      SecurityGroupIds: ['SecurityGroup'],
      SubnetId: 'PublicSubnet',
    });
    expect(theOne(stack, 'AWS::IAM::InstanceProfile').Properties).toEqual({ Roles: ['InstanceRole'] });
  });

  it('has no key for SSH: shells come by Session Manager or EC2 Instance Connect', () => {
    expect(instance.Properties.KeyName).toBeUndefined();
  });

  it('fails the stack when its bootstrap fails', () => {
    expect(instance.CreationPolicy).toEqual({ ResourceSignal: { Count: 1, Timeout: 'PT15M' } });
  });

  it('takes the newest image, or the one to stay with', () => {
    const image = (given: Record<string, string>) => {
      const fixed = mainStack(given);
      expect(fixed.Outputs['ImageId']?.Value).toBe(fixed.Resources['Instance']?.Properties.ImageId);
      return fixed.Outputs['ImageId']?.Value;
    };
    expect(image({})).toMatch(/^\/aws\/service\/ami-amazon-linux-latest\/al2023-/);
    expect(image({ FixedImage: 'ami-0123456789abcdef0' })).toBe('ami-0123456789abcdef0');
  });

  it('has an address of its own, known before it exists', () => {
    expect(theOne(stack, 'AWS::EC2::EIP').Properties.InstanceId).toBeUndefined();
    expect(theOne(stack, 'AWS::EC2::EIPAssociation').Properties).toEqual({
      AllocationId: 'ElasticIp.AllocationId',
      InstanceId: 'Instance',
    });
  });
});

it('every resource that can have tags says to which installation it belongs', () => {
  const taggable =
    /^AWS::(EC2::(VPC|InternetGateway|Subnet|RouteTable|SecurityGroup|EIP|Instance)|DynamoDB::Table|IAM::Role|Logs::LogGroup|SNS::Topic)$/;
  const found = Object.entries(stack.Resources).filter(([, { Type }]) => taggable.test(Type));
  expect(found.length).toBeGreaterThan(15);
  for (const [id, { Properties }] of found) {
    expect(Properties.Tags, id).toContainEqual({ Key: 'Application', Value: 'studentcore' });
  }
});
