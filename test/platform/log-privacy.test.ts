// Does the log ever say who? A day's worth of requests at the most talkative level, then every line is searched.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PASSWORD, startTestApp } from '../support/app.ts';
import type { Person, TestApp } from '../support/app.ts';
import { tokenIn } from '../support/browser.ts';

let app: TestApp;
let admin: Person;
beforeAll(async () => {
  app = await startTestApp({ env: { LOG_LEVEL: 'trace' } });
  admin = await app.admin({ full_name: 'Ada Secretname', username: 'ada.secretlogin' });
});
afterAll(() => app.stop());

test('no name, address, password, token or search stands in any line', async () => {
  const { browser } = admin;
  const person = {
    student_code: 'SECRETCODE-1',
    full_name: 'Zora Secretname',
    program: 'Secretprogramme',
    email: 'zora@secret.example',
    phone: '+15550123456',
    date_of_birth: '2004-05-06',
    guardian_name: 'Guardian Secretname',
    guardian_email: 'guardian@secret.example',
  };
  const secrets = [
    'secretname',
    'secretlogin',
    'secretcode',
    'secretprogramme',
    'secret.example',
    '15550123456',
    '2004-05-06',
  ];
  const words = ['a secret guess 1', 'a secret password 2', 'secretremark', 'secretsearch', PASSWORD];

  await app.browser().signIn('ada.secretlogin', 'a secret guess 1');
  await app.browser().signIn('nobody.secretlogin', 'a secret guess 1');
  const added = await browser.api('POST', '/api/students', person);
  expect(added.status).toBe(201);
  const { student_id } = added.json as { student_id: string };
  const call = (method: string, path: string, body?: unknown, version?: string) =>
    browser.api(method, path, body, version === undefined ? {} : { 'if-match': version });
  const statuses = [
    await call('POST', '/api/students', person),
    await call('PATCH', `/api/students/${student_id}`, { full_name: 'Zora Secretname-Two' }, '"1"'),
    await call('PATCH', `/api/students/${student_id}`, { full_name: 'Zora Secretname-Three' }, '"1"'),
    await call('PATCH', `/api/students/${student_id}`, { email: 'not an address of secret.example' }, '"2"'),
    await call('POST', '/api/users', {
      username: 'b.secretlogin',
      full_name: 'B Secretname',
      role: 'faculty',
      password: 'a secret password 2',
    }),
    await call('POST', '/api/users', {
      username: 'b.secretlogin',
      full_name: 'B Secretname',
      role: 'faculty',
      password: 'short',
    }),
    await browser.get('/api/students?q=secretsearch'),
    await browser.get('/students?q=secretsearch&program=Secretprogramme'),
    await browser.get(`/students/${student_id}`),
    await browser.get('/students/zora@secret.example'),
    await browser.get('/secretname/zora@secret.example?email=zora@secret.example', { referer: 'http://x/secretname' }),
    await browser.request('/api/students', {
      method: 'POST',
      body: '{"full_name":"Secretname',
      headers: { 'x-csrf-token': 'secrettoken' },
    }),
    await browser.post('/account', {
      current_password: PASSWORD,
      new_password: 'a secret password 2',
      confirm_password: 'secretname',
    }),
    await browser.get('/account', { 'user-agent': 'secretagent', 'x-forwarded-for': '203.0.113.99' }),
  ].map(({ status }) => status);
  expect(statuses).toEqual([409, 200, 412, 422, 201, 422, 200, 200, 200, 404, 404, 403, 422, 200]);

  // A defect and a database that fails are logged with what they say themselves.
  const { doc } = app.engine.dynamo;
  const send = doc.send.bind(doc);
  doc.send = (() => Promise.reject(Object.assign(new Error('boom'), { item: person }))) as typeof doc.send;
  try {
    expect(
      (await call('PATCH', `/api/students/${student_id}`, { full_name: 'Zora Secretname-Four' }, '"2"')).status,
    ).toBe(500);
  } finally {
    doc.send = send;
  }
  const token = tokenIn((await browser.get('/account')).text);
  const session = browser.cookies.get('studentcore.sid') ?? '';
  const form = browser.cookies.get('studentcore.form') ?? '';
  await browser.signOut();

  expect(app.lines.length).toBeGreaterThan(20);
  const log = JSON.stringify(app.lines).toLowerCase();
  const others = ['secrettoken', 'secretagent', '203.0.113.99', token, session, session.slice(4, 30), form];
  for (const secret of [...secrets, ...words, ...others]) {
    expect(secret).not.toBe('');
    expect(log).not.toContain(secret.toLowerCase());
  }
  for (const line of app.lines.filter(({ msg }) => msg === 'request')) {
    expect(line['id']).toMatch(/^[0-9a-f-]{36}$/);
  }
});
