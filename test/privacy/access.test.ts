// Who opened a record: one entry for each reader and hour, without a call to the database on the way.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestApp } from '../support/app.ts';
import type { Person, TestApp } from '../support/app.ts';
import { scan } from '../support/audit.ts';

const HOUR = 3_600_000;

let app: TestApp;
let admin: Person;
let faculty: Person;
let reader: Person;

beforeAll(async () => {
  app = await startTestApp({ env: { RETAIN_ACCESS_DAYS: '30' } });
  [admin, faculty, reader] = await Promise.all([app.admin(), app.faculty(), app.admin()]);
});
afterAll(() => app.stop());

interface Listed {
  items: { at: string; user_id: string; role: string }[];
  next_cursor: string | null;
}

const listOf = async (student_id: string, query = '', person = reader): Promise<Listed> =>
  (await person.browser.get(`/api/students/${student_id}/access${query}`)).json as Listed;

test('page, history page, form and API call count, a list and a repeat do not, and the feed hears nothing', async () => {
  const { student_id, student_code } = await app.addStudent();
  const told = app.events.length;
  await admin.browser.get(`/students?q=${student_code}`);
  await admin.browser.get(`/api/students?q=${student_code}`);
  expect((await listOf(student_id)).items).toEqual([]);

  const before = Date.now();
  expect((await admin.browser.get(`/students/${student_id}`)).status).toBe(200);
  expect((await admin.browser.get(`/api/students/${student_id}`)).status).toBe(200);
  expect((await admin.browser.get(`/students/${student_id}/edit`)).status).toBe(200);
  expect((await faculty.browser.get(`/students/${student_id}/history`)).status).toBe(200);
  const { items, next_cursor } = await listOf(student_id);
  expect(next_cursor).toBeNull();
  const { user_id, full_name: name } = admin.user;
  expect(items).toHaveLength(2);
  expect(items[0]).toMatchObject({ user_id: faculty.user.user_id, role: 'faculty', what: 'opened' });
  expect(items[1]).toEqual({ at: expect.any(String), user_id, name, role: 'admin', what: 'opened' });
  expect(Date.parse(items[1]!.at)).toBeGreaterThanOrEqual(before);
  expect(app.events).toHaveLength(told);
});

test('whoever did not get to see the record has not opened it', async () => {
  const { student_id } = await app.addStudent();
  const other = await app.student();
  expect((await other.browser.get(`/api/students/${student_id}`)).status).toBe(404);
  expect((await app.browser().get(`/api/students/${student_id}`)).status).toBe(401);
  expect((await listOf(student_id)).items).toEqual([]);
});

test('who is shown what is stored now has seen it, by a call or a form; who is not, has not', async () => {
  const { student_id } = await app.addStudent();
  const path = `/api/students/${student_id}`;
  const { browser } = admin;
  for (const head of [path, `${path}/export`, `/students/${student_id}`])
    expect((await browser.api('HEAD', head)).status).toBe(200);
  for (const method of ['PATCH', 'DELETE']) expect((await browser.api(method, path, {})).status).toBe(428);
  const badKey = { 'If-Match': '"1"', 'Idempotency-Key': 'none' };
  expect((await browser.api('PATCH', path, { phone: '1' }, badKey)).status).toBe(422);
  expect((await listOf(student_id)).items).toEqual([]);

  const opened = [{ user_id: admin.user.user_id, what: 'opened' }];
  for (const [method, call] of [
    ['PATCH', path],
    ['DELETE', path],
    ['POST', `${path}/erasure`],
  ] as const) {
    const lost = await browser.api(method, call, method === 'PATCH' ? { phone: '1' } : undefined, {
      'If-Match': '"7"',
    });
    expect(lost.json).toMatchObject({ status: 412, current: { student_id } });
    expect((await listOf(student_id)).items).toMatchObject(opened);
    app.passTime(HOUR);
    opened.unshift(opened[0]!);
  }
  const form = await browser.post(`/students/${student_id}`, { version: '7', phone: '1' }, { from: '/account' });
  expect(form.status).toBe(412);
  expect((await listOf(student_id)).items).toMatchObject(opened);
});

test('the next hour is another entry, newest first, page by page; after the time of keeping it is gone', async () => {
  const { student_id } = await app.addStudent();
  const readers = [admin, faculty, reader];
  for (let hour = 0; hour < 3; hour += 1) {
    for (const { browser } of readers) await browser.get(`/api/students/${student_id}`);
    app.passTime(HOUR);
  }
  const all = (await listOf(student_id)).items;
  expect(all).toHaveLength(9);
  expect(all.map(({ at }) => at)).toEqual(
    all
      .map(({ at }) => at)
      .toSorted()
      .reverse(),
  );
  for (const limit of [1, 2, 4, 9]) {
    const paged: unknown[] = [];
    let cursor = '';
    do {
      const page = await listOf(student_id, `?limit=${String(limit)}${cursor}`);
      expect(page.items.length).toBeLessThanOrEqual(limit);
      paged.push(...page.items);
      cursor = page.next_cursor === null ? '' : `&cursor=${page.next_cursor}`;
    } while (cursor !== '');
    expect(paged).toEqual(all);
  }
  expect((await reader.browser.get(`/api/students/${student_id}/access?cursor=made-up`)).status).toBe(422);
  app.passTime(31 * 24 * HOUR);
  reader.browser = await app.signIn(reader.user.username);
  expect((await listOf(student_id)).items).toEqual([]);
  [admin.browser, faculty.browser] = await Promise.all([
    app.signIn(admin.user.username),
    app.signIn(faculty.user.username),
  ]);
});

test('administrators and the student may ask, by page too; the own visit stands there as well', async () => {
  const student = await app.student();
  const own = student.user.student_id!;
  const { text } = await student.browser.get(`/students/${own}`);
  expect(text).toContain(`href="/students/${own}/access"`);
  expect((await admin.browser.get(`/students/${own}`)).text).toContain(`href="/students/${own}/access"`);
  expect((await faculty.browser.get(`/students/${own}`)).text).not.toContain('/access"');
  const { items } = await listOf(own, '', student);
  expect(items.map(({ role }) => role).sort()).toEqual(['admin', 'faculty', 'student']);
  const page = await student.browser.get(`/students/${own}/access`);
  expect(page.status).toBe(200);
  for (const { user } of [admin, faculty, student]) expect(page.text).toContain(`<span>${user.full_name} <span`);

  const { student_id } = await app.addStudent();
  for (const path of [`/api/students/${student_id}/access`, `/students/${student_id}/access`]) {
    expect((await student.browser.get(path)).status).toBe(404);
    expect((await faculty.browser.get(path)).status).toBe(403);
    expect((await app.browser().get(path)).status).toBe(path.startsWith('/api') ? 401 : 302);
  }
});

test('reading a record asks the database nothing', async () => {
  const { student_id } = await app.addStudent();
  await admin.browser.get(`/api/students/${student_id}`);
  await listOf(student_id); // written
  const before = new Map(app.platform.dynamo.calls);
  for (let n = 0; n < 20; n += 1) await admin.browser.get(`/api/students/${student_id}`);
  expect(app.platform.dynamo.calls).toEqual(before);
});

test('a second process writes the same item again', async () => {
  const { student_id } = await app.addStudent();
  await admin.browser.get(`/api/students/${student_id}`);
  await listOf(student_id);
  const second = await startTestApp({ engine: app.engine });
  second.passTime(Date.parse((await listOf(student_id)).items[0]!.at) - Date.now());
  const browser = await second.signIn(admin.user.username);
  expect((await browser.get(`/api/students/${student_id}`)).status).toBe(200);
  await second.stop(); // writes what waits
  const items = (await scan(app.engine.dynamo, 'system')).filter((item) => item['pk'] === `access#${student_id}`);
  expect(items).toHaveLength(1);
  expect(items[0]).toMatchObject({ user_id: admin.user.user_id, ttl: expect.any(Number) });
});
