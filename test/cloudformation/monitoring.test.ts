import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PASSWORD, startTestApp } from '../support/app.ts';
import type { TestApp } from '../support/app.ts';
import { mainStack, ofType, theOne, userData } from './stacks.ts';

const stack = mainStack();
const alarms = Object.fromEntries(
  ofType(stack, 'AWS::CloudWatch::Alarm').map(([, { Properties }]) => [Properties.AlarmName as string, Properties]),
);

type Line = Record<string, unknown>;
type Test = (line: Line) => boolean;

/** A filter pattern for JSON lines, as CloudWatch Logs reads it: comparisons, && before ||, brackets. */
function matcher(pattern: string): Test {
  const tokens = pattern.match(/"[^"]*"|&&|\|\||>=|[{}()=]|[^\s(){}"=]+/g) ?? [];
  const take = (): string => tokens.shift() ?? '';
  const joined = (operator: string, part: () => Test, join: (tests: Test[]) => Test): Test => {
    const tests = [part()];
    while (tokens[0] === operator) {
      take();
      tests.push(part());
    }
    return join(tests);
  };
  const or = (): Test => joined('||', and, (tests) => (line) => tests.some((test) => test(line)));
  const and = (): Test => joined('&&', one, (tests) => (line) => tests.every((test) => test(line)));
  function one(): Test {
    if (tokens[0] === '(') {
      take();
      const inner = or();
      expect(take()).toBe(')');
      return inner;
    }
    const field = take().replace('$.', '');
    const operator = take();
    const value = JSON.parse(take()) as string | number;
    expect(['=', '>=']).toContain(operator);
    return (line) => (operator === '=' ? line[field] === value : Number(line[field]) >= Number(value));
  }
  expect(take()).toBe('{');
  const test = or();
  expect(tokens).toEqual(['}']);
  return test;
}

describe('what is counted in the log', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startTestApp({ env: { LOG_LEVEL: 'info' } });
  });
  afterAll(() => app.stop());

  /** Which lines a filter finds among those that are logged from now on. */
  function watch(id: string): () => string[] {
    const { FilterPattern, LogGroupName } = stack.Resources[id]!.Properties as Record<string, string>;
    expect(LogGroupName).toBe('/studentcore/service');
    const before = app.lines.length;
    const counts = matcher(FilterPattern!);
    const shown = ({ method, route, status }: Line) => [method, route, status].join(' ');
    return () => app.lines.slice(before).filter(counts).map(shown);
  }

  const signIns = async () => {
    await app.browser().signIn('admin', 'a wrong password');
    await app.browser().signIn('admin', PASSWORD);
    const credentials = { username: 'admin', password: 'a wrong password' };
    await app.browser().api('POST', '/api/session', credentials);
    await app.browser().api('POST', '/api/session', { ...credentials, password: PASSWORD });
    await app.browser().get('/api/students'); // 401 as well, and no sign-in
  };

  it('failed sign-ins, on the page and by the API, and nothing else', async () => {
    const found = watch('FailedSignInsFilter');
    await signIns();
    await expect.poll(found).toEqual(['POST /login 401', 'POST /api/session 401']);
  });

  it('the time of every request', async () => {
    const found = watch('LatencyFilter');
    await signIns();
    const pages = ['GET /login 200', 'POST /login 401', 'GET /login 200', 'POST /login 302'];
    // A browser asks for its token first; nobody is signed in then.
    const calls = ['GET - 401', 'POST /api/session 401', 'GET - 401', 'POST /api/session 201', 'GET - 401'];
    await expect.poll(found).toEqual([...pages, ...calls]);
    const [transformation] = stack.Resources['LatencyFilter']!.Properties.MetricTransformations;
    expect(transformation).toMatchObject({ MetricValue: '$.ms', Unit: 'Milliseconds' });
  });

  it('requests that failed, and not those that were refused', async () => {
    const { doc } = app.platform.dynamo;
    const send = doc.send.bind(doc);
    const person = await app.admin();
    const found = watch('ServerErrorsFilter');
    await app.browser().get('/nowhere');
    doc.send = () => Promise.reject(Object.assign(new Error('no'), { name: 'TimeoutError' }));
    expect((await person.browser.get(`/api/attendance/${randomUUID()}`)).status).toBe(503);
    doc.send = send;
    await expect.poll(found).toEqual(['GET /api/attendance/:attendance_id 503']);
  });

  // The last one: whoever has tried too often is kept out for a while.
  it('failed sign-ins are also those that came too often', async () => {
    const found = watch('FailedSignInsFilter');
    for (let n = 0; n < 12; n += 1) await app.browser().signIn('nobody', 'a wrong password');
    await expect.poll(() => found().length).toBe(12);
    expect(found().at(-1)).toBe('POST /login 429');
  });
});

it('reads the files that the agent is told to send, in groups that are made here and kept for a while', () => {
  const groups = ofType(stack, 'AWS::Logs::LogGroup').map(
    ([, { Properties }]) => Properties as { LogGroupName: string; RetentionInDays: string },
  );
  const json = /cloudwatch-agent\.json 0644 root <<'END'\n(.*?)\nEND\n/s.exec(userData())?.[1] ?? '';
  const agent = JSON.parse(json) as {
    metrics: { namespace: string; append_dimensions: object; metrics_collected: object };
    logs: { logs_collected: { files: { collect_list: { file_path: string; log_group_name: string }[] } } };
  };
  const files = agent.logs.logs_collected.files.collect_list;
  expect(files.map((one) => one.file_path)).toEqual(['/var/log/studentcore/service.log', '/var/log/nginx/error.log']);
  expect(files.map((one) => one.log_group_name)).toEqual(groups.map(({ LogGroupName }) => LogGroupName));
  for (const { RetentionInDays } of groups) expect(RetentionInDays).toBe('30');
  expect(agent.metrics).toMatchObject({
    namespace: 'StudentCore/studentcore',
    append_dimensions: { InstanceId: '${aws:InstanceId}' },
    metrics_collected: { mem: { measurement: ['mem_used_percent'] }, disk: { measurement: ['used_percent'] } },
  });
});

describe('the alarms', () => {
  it('are those that somebody has to act on, and tell the topic', () => {
    expect(Object.keys(alarms).sort()).toEqual(
      ['status-system', 'status-instance', 'server-errors', 'latency', 'failed-sign-ins', 'memory', 'disk']
        .map((name) => `studentcore-${name}`)
        .sort(),
    );
    for (const [name, alarm] of Object.entries(alarms)) {
      expect((alarm.AlarmActions as string[]).at(-1), name).toBe('arn:aws:sns:us-east-1:123456789012:AlarmTopic');
      expect(alarm.AlarmDescription, name).toMatch(/^[A-Z].*\.$/);
    }
  });

  it('bring a machine with broken hardware back', () => {
    expect(alarms['studentcore-status-system']).toMatchObject({
      MetricName: 'StatusCheckFailed_System',
      Dimensions: [{ Name: 'InstanceId', Value: 'Instance' }],
      AlarmActions: ['arn:aws:automate:us-east-1:ec2:recover', expect.any(String)],
    });
  });

  it('look at metrics that something fills', () => {
    const filters = ofType(stack, 'AWS::Logs::MetricFilter').flatMap(
      ([, { Properties }]) => Properties.MetricTransformations as { MetricNamespace: string; MetricName: string }[],
    );
    const own = [...filters.map((one) => one.MetricName), 'mem_used_percent', 'disk_used_percent'];
    for (const [name, { Namespace, MetricName }] of Object.entries(alarms)) {
      if (Namespace === 'AWS/EC2') continue;
      expect(Namespace, name).toBe('StudentCore/studentcore');
      expect(own, name).toContain(MetricName);
    }
  });

  it('take slowness by the 95th of a hundred requests, and silence of the machine as a fault', () => {
    expect(alarms['studentcore-latency']).toMatchObject({ ExtendedStatistic: 'p95', Threshold: 1000 });
    expect(alarms['studentcore-memory']).toMatchObject({ TreatMissingData: 'breaching', Threshold: 90 });
  });

  it('are published by this account only, and encrypted', () => {
    const { Statement } = theOne(stack, 'AWS::SNS::TopicPolicy').Properties.PolicyDocument;
    expect(Statement).toMatchObject([
      { Effect: 'Allow', Condition: { StringEquals: { 'aws:SourceAccount': '123456789012' } } },
      { Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } },
    ]);
  });
});

it('shows every alarm on the dashboard', () => {
  const { DashboardBody } = theOne(stack, 'AWS::CloudWatch::Dashboard').Properties as { DashboardBody: string };
  const { widgets } = JSON.parse(DashboardBody) as { widgets: { properties: { alarms?: string[] } }[] };
  const prefix = 'arn:aws:cloudwatch:us-east-1:123456789012:alarm:';
  const shown = widgets.flatMap(({ properties }) => properties.alarms ?? []).map((arn) => arn.replace(prefix, ''));
  expect(shown.sort()).toEqual(Object.keys(alarms).sort());
});

it('has a budget of 15 USD that warns before and when it is passed', () => {
  const { Budget, NotificationsWithSubscribers } = theOne(stack, 'AWS::Budgets::Budget').Properties;
  expect(Budget).toMatchObject({ BudgetType: 'COST', TimeUnit: 'MONTHLY', BudgetLimit: { Amount: '15', Unit: 'USD' } });
  expect(NotificationsWithSubscribers).toMatchObject([
    { Notification: { NotificationType: 'ACTUAL', Threshold: 80 }, Subscribers: [{ SubscriptionType: 'SNS' }] },
    { Notification: { NotificationType: 'FORECASTED', Threshold: 100 }, Subscribers: [{ SubscriptionType: 'SNS' }] },
  ]);
});
