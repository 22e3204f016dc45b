// Is everything there that the paper's two templates make (docs/paper.md), with the properties that they came to?

const ofType = (stack, type) => Object.values(stack).filter((one) => one.Type === type);
const list = (one) => [one].flat();

function createDemands() {
  const faults = [];
  return { faults, demand: (fine, fault) => fine || faults.push(fault) };
}

/** The properties of the only resource of a type. */
function only(stack, type, demand) {
  const found = ofType(stack, type);
  demand(found.length === 1, `there is not exactly one ${type}`);
  return found[0]?.Properties ?? {};
}

/** What the main stack lacks; empty when it is the paper's. */
export function mainFaults(stack, name) {
  const { faults, demand } = createDemands();
  const one = (type) => only(stack, type, demand);
  demand(one('AWS::EC2::VPC').CidrBlock === '10.0.0.0/16', 'the VPC is not 10.0.0.0/16');
  demand(/^10\.0\.\d+\.0\/24$/.test(one('AWS::EC2::Subnet').CidrBlock), 'the subnet is no /24 of the VPC');
  const [gateway] = ofType(stack, 'AWS::EC2::InternetGateway');
  demand(
    one('AWS::EC2::VPCGatewayAttachment').InternetGatewayId === gateway?.PhysicalResourceId,
    'the internet gateway is not attached',
  );
  const route = one('AWS::EC2::Route');
  demand(
    route.DestinationCidrBlock === '0.0.0.0/0' && route.GatewayId === gateway?.PhysicalResourceId,
    'there is no route out',
  );
  one('AWS::EC2::RouteTable');
  one('AWS::EC2::SubnetRouteTableAssociation');
  const open = list(one('AWS::EC2::SecurityGroup').SecurityGroupIngress).map(
    (rule) => `${rule.FromPort}-${rule.ToPort} ${rule.CidrIp}`,
  );
  demand(
    open.sort().join() === '443-443 0.0.0.0/0,80-80 0.0.0.0/0',
    `other ports than 80 and 443 are open: ${open.join()}`,
  );
  const machine = one('AWS::EC2::Instance');
  demand(machine.InstanceType === 't3.micro', 'the instance is no t3.micro');
  demand(/^ami-[0-9a-f]+$/.test(machine.ImageId), 'the instance has no image');
  demand(machine.MetadataOptions?.HttpTokens === 'required', 'IMDSv2 is not required');
  demand(machine.IamInstanceProfile !== undefined, 'the instance has no role');
  const association = one('AWS::EC2::EIPAssociation');
  const [address] = ofType(stack, 'AWS::EC2::EIP');
  const [instance] = ofType(stack, 'AWS::EC2::Instance');
  demand(address && association.InstanceId === instance?.PhysicalResourceId, 'the address is not that of the instance');
  const tables = ofType(stack, 'AWS::DynamoDB::Table').map(({ Properties }) => Properties);
  const names = tables.map((table) => table.TableName).sort();
  const wanted = ['attendance', 'courses', 'results', 'students', 'system', 'users'].map((table) => `${name}-${table}`);
  demand(names.join() === wanted.join(), `the tables are ${names.join()}`);
  for (const table of tables) {
    demand(table.BillingMode === 'PAY_PER_REQUEST', `${table.TableName} is not paid per request`);
    demand(
      table.PointInTimeRecoverySpecification?.PointInTimeRecoveryEnabled === true,
      `${table.TableName} has no PITR`,
    );
    demand(table.DeletionProtectionEnabled === true, `${table.TableName} can be deleted`);
  }
  const rights = one('AWS::IAM::Role').Policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement);
  demand(
    rights.every((right) => !list(right.Action).includes('*')),
    'the role may do anything',
  );
  return faults;
}

/** What the pipeline stack lacks. */
export function pipelineFaults(stack, name) {
  const { faults, demand } = createDemands();
  const one = (type) => only(stack, type, demand);
  const bucket = one('AWS::S3::Bucket');
  demand(bucket.VersioningConfiguration?.Status === 'Enabled', 'the bucket is not versioned');
  const [rule] = bucket.LifecycleConfiguration?.Rules ?? [];
  demand(
    rule?.ExpirationInDays === 30 && rule.NoncurrentVersionExpiration?.NoncurrentDays === 30,
    'artifacts do not expire after 30 days',
  );
  demand(one('AWS::CodeCommit::Repository').RepositoryName === name, 'the repository has another name');
  demand(one('AWS::CodeBuild::Project').LogsConfig?.CloudWatchLogs?.Status === 'ENABLED', 'the build does not log');
  const group = one('AWS::CodeDeploy::DeploymentGroup');
  demand(group.DeploymentStyle?.DeploymentType === 'IN_PLACE', 'the deployment is not in place');
  const events = group.AutoRollbackConfiguration?.Enabled ? group.AutoRollbackConfiguration.Events : [];
  demand(
    events.includes('DEPLOYMENT_FAILURE') && events.includes('DEPLOYMENT_STOP_ON_ALARM'),
    'failed deployments are not taken back',
  );
  demand(group.AlarmConfiguration?.Alarms?.[0]?.Name === `${name}-server-errors`, 'no alarm takes a deployment back');
  one('AWS::CodeDeploy::Application');
  const pipeline = one('AWS::CodePipeline::Pipeline');
  demand(pipeline.PipelineType === 'V2', 'the pipeline is not V2');
  demand(
    pipeline.Stages?.map((stage) => stage.Name).join() === 'Source,Build,Deploy',
    'the stages are not Source, Build, Deploy',
  );
  const push = one('AWS::Events::Rule').EventPattern?.detail;
  demand(
    push?.event?.join() === 'referenceCreated,referenceUpdated' && push.referenceName?.join() === 'main',
    'a push to main does not start the pipeline',
  );
  demand(
    ofType(stack, 'AWS::IAM::Role').length === 4,
    'CodeBuild, CodeDeploy, CodePipeline and EventBridge have not a role each',
  );
  return faults;
}
