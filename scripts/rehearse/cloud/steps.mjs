// Does deploy.sh bring both templates to the cloud from any state, and take them away again? One step after the other
// against the emulator; each says in a few words what it saw.
import { Buffer } from 'node:buffer';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { mainFaults, pipelineFaults } from './paper.mjs';
import { startFront } from './front.mjs';
import { run } from './tools.mjs';

const NAME = 'studentcore';
const TABLES = ['users', 'students', 'courses', 'attendance', 'results', 'system'];
const TEMPLATES = ['cloudformation/cloudformation.yaml', 'cloudformation/pipeline.yaml'];

function demand(fine, fault) {
  if (!fine) throw new Error(fault);
}

/** The steps by name; the order matters. `place` has the tools' folder, the emulator, the clone and a folder for files. */
export function cloudSteps({ bin, emulator, checkout, folder, signal }) {
  const { PATH } = process.env;
  // Nothing of the caller's AWS settings may reach a call: no profile, no region, no real credentials.
  const base = { PATH: `${bin}:${PATH}`, HOME: folder, AWS_EC2_METADATA_DISABLED: 'true', LANG: 'C.UTF-8' };
  const signedIn = {
    ...base,
    AWS_ACCESS_KEY_ID: 'rehearsal',
    AWS_SECRET_ACCESS_KEY: 'rehearsal',
    AWS_REGION: 'us-east-1',
  };
  let commit = checkout.first;
  let front;

  const aws = async (...args) => {
    const all = [...args, '--endpoint-url', emulator.url, '--region', 'us-east-1', '--output', 'json'];
    const { code, stdout, stderr } = await run(join(bin, 'aws'), all, { env: signedIn, signal });
    demand(code === 0, `aws ${args[0]} ${args[1]}: ${stderr.trim()}`);
    return stdout.trim() === '' ? {} : JSON.parse(stdout);
  };
  const deploy = async (args, env = signedIn) => {
    const all = ['scripts/deploy.sh', '--endpoint-url', emulator.url, ...args];
    return run('bash', all, { cwd: checkout.path, env, signal });
  };
  const succeeds = async (...args) => {
    const { code, stdout, stderr } = await deploy(['--yes', ...args]);
    demand(code === 0, `deploy.sh ${args.join(' ')} ended with ${String(code)}: ${stderr.trim()}`);
    return stdout;
  };
  /** Refused: exit code 1 and one line that fits. */
  const refused = async (args, fits, env) => {
    const { code, stderr } = await deploy(args, env);
    demand(code === 1, `deploy.sh ${args.join(' ')} ended with ${String(code)}: ${stderr.trim()}`);
    const lines = stderr.trim().split('\n');
    demand(lines.length === 1 && fits.test(lines[0]), `deploy.sh ${args.join(' ')} said: ${stderr.trim()}`);
    return lines[0].replace(/^deploy\.sh: /, '');
  };
  const tables = async () => (await aws('dynamodb', 'list-tables')).TableNames.sort();
  const all = TABLES.map((table) => `${NAME}-${table}`).sort();

  return {
    'cfn-lint, informational rules included': async () => {
      const found = await run(join(bin, 'cfn-lint'), ['-c', 'I', '--', ...TEMPLATES], { cwd: checkout.path, signal });
      demand(found.code === 0 && found.stdout.trim() === '', found.stdout.trim() || found.stderr.trim());
      return 'no finding in both templates';
    },
    'bad input is refused in one line': async () => {
      await refused(['--yes', '--region', 'xx-nowhere-9'], /no region xx-nowhere-9/);
      await refused(['--yes'], /no AWS credentials/, { ...base, AWS_REGION: 'us-east-1' });
      await refused(['--yes'], /No region is chosen/, { ...signedIn, AWS_REGION: undefined });
      await refused(['--yes', '--parameter', 'MonthlyBudget=-1'], /MonthlyBudget/);
      await refused(['--yes', '--parameter', 'InstanceType=m5.24xlarge'], /InstanceType/);
      await refused(['--yes', '--parameter', 'Nonsense=1'], /no parameter Nonsense/);
      await refused(['--yes', '--domain', 'college.test', '--plain-http'], /AllowPlainHttp must be no/);
      await refused(['--with-data'], /--destroy only/);
      await refused([], /no terminal/);
      demand(Object.keys(await emulator.resources()).length === 0, 'something was made all the same');
      return '9 kinds, nothing was made';
    },
    'half-created: begun and never made': async () => {
      const change = [
        '--change-set-name',
        'left',
        '--change-set-type',
        'CREATE',
        '--template-body',
        `file://${join(checkout.path, TEMPLATES[0])}`,
      ];
      await aws('cloudformation', 'create-change-set', '--stack-name', NAME, ...change);
      emulator.failNext({
        resource: ['Instance', 'Failed to receive 1 resource signal(s) within the specified duration'],
      });
      const line = await refused(['--yes'], /ROLLBACK_COMPLETE.*Failed to receive 1 resource signal/);
      return line.slice(0, 90);
    },
    'half-created: rolled back, a re-run finishes the job': async () => {
      const said = await succeeds();
      demand(/half made \(ROLLBACK_COMPLETE\)/.test(said), 'the rolled back stack was not cleared');
      demand(/import +UsersTable/.test(said), 'the tables that were left were not taken in');
      demand(
        /Deploy: Deploy Succeeded/.test(said) && /ValidateService Succeeded/.test(said),
        'the deployment was not followed',
      );
      demand(/first-admin-password/.test(said), 'where the first password is was not said');
      return 'both stacks made, tables taken in, code pushed, deployment followed';
    },
    'what the paper makes is there': async () => {
      const { [NAME]: main, [`${NAME}-pipeline`]: pipeline } = await emulator.resources();
      const faults = [...mainFaults(main, NAME), ...pipelineFaults(pipeline, NAME)];
      demand(faults.length === 0, faults.join('; '));
      const stacks = (await aws('cloudformation', 'describe-stacks')).Stacks;
      demand(
        stacks.every((stack) => stack.EnableTerminationProtection),
        'a stack can be deleted by accident',
      );
      const { StackPolicyBody } = await aws('cloudformation', 'get-stack-policy', '--stack-name', NAME);
      demand(
        StackPolicyBody === readFileSync(join(checkout.path, 'cloudformation/stack-policy.json'), 'utf8'),
        'the stack policy is not set',
      );
      const userData = Buffer.from(main.Instance.Properties.UserData, 'base64').toString();
      writeFileSync(join(folder, 'user-data'), userData);
      writeFileSync(join(folder, 'main.json'), JSON.stringify(main));
      const count = Object.keys(main).length + Object.keys(pipeline).length;
      return `${String(count)} resources, ${String(userData.length)} bytes of user data`;
    },
    'again: nothing to change, the build answers through TLS': async () => {
      const { [NAME]: main } = await emulator.resources();
      const address = main.ElasticIp.PhysicalResourceId;
      front = await startFront(folder, address, `0.1.0+${commit}`);
      const env = front ? { ...signedIn, CURL_CA_BUNDLE: front.cert } : signedIn;
      const { code, stdout, stderr } = await deploy([], env);
      await front?.stop();
      demand(code === 0, `deploy.sh ended with ${String(code)}: ${stderr.trim()}`);
      demand(stdout.match(/nothing to change/g)?.length === 2, 'there was something to change');
      demand(/It is deployed already/.test(stdout), 'the same commit was deployed again');
      demand(!front || /It answers with this build/.test(stdout), 'the build was not asked for');
      return front ? `asked https://${address}/healthz` : 'port 443 can’t be had here: TLS was not asked';
    },
    'a parameter is changed': async () => {
      const before = (await emulator.resources())[NAME];
      const said = await succeeds('--college', 'Other College', '--parameter', 'MonthlyBudget=20');
      demand(
        /modify +Instance +AWS::EC2::Instance +perhaps/.test(said) && /modify +Budget/.test(said),
        'the changes were not shown',
      );
      demand(!/ YES$/m.test(said), 'something is replaced');
      const after = (await emulator.resources())[NAME];
      demand(after.Budget.Properties.Budget.BudgetLimit.Amount == 20, 'the budget is the old one');
      demand(
        Buffer.from(after.Instance.Properties.UserData, 'base64').includes('Other College'),
        'the college has the old name',
      );
      demand(after.Instance.Properties.ImageId === before.Instance.Properties.ImageId, 'the image changed');
      return 'shown before it ran; machine and image stay';
    },
    'another image: the machine is new and gets its release': async () => {
      const before = (await emulator.resources())[NAME];
      const said = await succeeds('--parameter', 'FixedImage=ami-0123456789abcdef0');
      demand(/modify +Instance +AWS::EC2::Instance +YES/.test(said), 'that the machine is replaced was not shown');
      demand(
        /has no release yet/.test(said) && /ValidateService Succeeded/.test(said),
        'the new machine got no release',
      );
      const after = (await emulator.resources())[NAME];
      const machine = after.Instance.PhysicalResourceId;
      demand(machine !== before.Instance.PhysicalResourceId, 'the machine is the old one');
      demand(after.ElasticIpAssociation.Properties.InstanceId === machine, 'the address stayed with the old machine');
      demand(!/ YES$/m.test(await succeeds()), 'the next run would replace it again');
      return 'the address goes along; the next run stays with that image';
    },
    'a build that fails': async () => {
      commit = await checkout.next('a version that does not build');
      await emulator.failNext({ delivery: 'build-fails' });
      const line = await refused(['--yes'], /was not deployed.*the build: .*exit status 1.*not touched/);
      return line.slice(0, 90);
    },
    'a deployment that fails': async () => {
      commit = await checkout.next('a version that does not start');
      await emulator.failNext({ delivery: 'validate-fails' });
      return (
        await refused(['--yes'], /ValidateService failed in .*validate\.sh.*the version before serves again/)
      ).slice(0, 90);
    },
    'a stack that could not go back': async () => {
      await emulator.setStatus(NAME, 'UPDATE_ROLLBACK_FAILED');
      const line = await refused(['--yes'], /continue-update-rollback/);
      await emulator.setStatus(NAME, 'UPDATE_COMPLETE');
      return line.slice(0, 90);
    },
    '--destroy keeps the data': async () => {
      await leaveArtifacts();
      const said = await succeeds('--destroy');
      demand(/What stays: .*studentcore-users/.test(said), 'what stays was not said');
      demand(Object.keys(await emulator.resources()).length === 0, 'a stack is left');
      demand((await tables()).join() === all.join(), `the tables are ${(await tables()).join()}`);
      demand((await aws('s3api', 'list-buckets')).Buckets.length === 0, 'the bucket is left');
      const repository = await aws('codecommit', 'get-repository', '--repository-name', NAME).catch(() => undefined);
      demand(repository === undefined, 'the repository is left');
      return 'six tables stay, stacks, bucket with its versions and repository go';
    },
    'made again, with the kept tables': async () => {
      const said = await succeeds();
      demand(said.match(/import +\w+Table/g)?.length === 6, 'the tables were not taken in');
      return 'six tables taken in';
    },
    '--destroy --with-data leaves nothing': async () => {
      await refused(['--destroy', '--with-data'], /no terminal/);
      await aws(
        'ssm',
        'put-parameter',
        '--name',
        `/${NAME}/trail-key`,
        '--type',
        'SecureString',
        '--value',
        'rehearsal',
      );
      await succeeds('--destroy', '--with-data', '--yes-delete-everything');
      demand((await tables()).length === 0, 'tables are left');
      const { InvalidParameters } = await aws('ssm', 'get-parameters', '--names', `/${NAME}/trail-key`);
      demand(InvalidParameters.length === 1, 'a key is left');
      return 'tables and keys are gone';
    },
  };

  /** Versions and delete markers, as a year of deployments leaves them. */
  async function leaveArtifacts() {
    const { [`${NAME}-pipeline`]: pipeline } = await emulator.resources();
    const bucket = ['--bucket', pipeline.ArtifactBucket.PhysicalResourceId, '--key', 'release'];
    mkdirSync(join(folder, 'artifacts'), { recursive: true });
    const body = join(folder, 'artifacts/release');
    for (const version of ['one', 'two']) {
      writeFileSync(body, version);
      await aws('s3api', 'put-object', ...bucket, '--body', body);
    }
    await aws('s3api', 'delete-object', ...bucket);
  }
}
