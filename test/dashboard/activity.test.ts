// Does the feed show everything that happened once, newest first, to those who may see it?
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestApp } from '../support/app.ts';
import type { TestApp } from '../support/app.ts';

let app: TestApp;
const activity = () => app.services.activity;

beforeAll(async () => {
  app = await startTestApp();
});
afterAll(async () => {
  await app.stop();
});

test('pages show every event once, newest first', async () => {
  const seen = app.events.length;
  await Promise.all(Array.from({ length: 30 }, () => app.addStudent()));
  const events = app.events.slice(seen);
  const found = [];
  let before: string | null | undefined;
  do {
    const page = await activity().list(app.system, { limit: 7, ...(before ? { before } : {}) });
    found.push(...page.items);
    if (page.next_before !== null) expect(page.items).toHaveLength(7);
    before = page.next_before;
  } while (before);
  expect(found).toHaveLength(app.events.length);
  expect(found.slice(0, 30).map((a) => a.summary)).toEqual(events.map((e) => e.summary).reverse());
  expect(found.at(-1)).toMatchObject({ event: 'user_added', actor: 'StudentCore', entity: 'user' });
  // Events are told in the order of their numbers.
  const numbers = app.events.map((e) => e.stamp.number);
  expect(numbers).toEqual([...numbers].sort());
});

test('what concerns users only admins see; students see nothing', async () => {
  const faculty = await app.faculty();
  const learner = await app.student();
  const { items } = await activity().list(faculty.ctx, { limit: 500 });
  expect(items.length).toBeGreaterThan(30);
  expect(items.filter((a) => a.entity === 'user')).toEqual([]);
  expect(
    (await activity().list(app.system, { limit: 500 })).items.filter((a) => a.entity === 'user').length,
  ).toBeGreaterThan(2);
  await expect(activity().list(learner.ctx, {})).rejects.toMatchObject({ status: 403 });
});

test('a strange place to read on from is refused or simply empty', async () => {
  for (const before of ['x', '-1', '1e15', '99999999999999999']) {
    await expect(activity().list(app.system, { before })).rejects.toMatchObject({ status: 422 });
  }
  for (const limit of [0, 501, 'x'])
    await expect(activity().list(app.system, { limit })).rejects.toMatchObject({ status: 422 });
  expect(await activity().list(app.system, { before: '0000000000000000' })).toEqual({ items: [], next_before: null });
  const all = await activity().list(app.system, { limit: 500 });
  expect(await activity().list(app.system, { limit: 500, before: '9999999999999999' })).toEqual(all);
});

test('since a moment, the events after it come oldest first, with the one before', async () => {
  await app.addStudent();
  await new Promise((resolve) => setTimeout(resolve, 5));
  const from = Date.now();
  await new Promise((resolve) => setTimeout(resolve, 5));
  await app.addStudent();
  await app.addStudent();
  const events = await activity().since(from, 100);
  expect(events).toEqual(app.events.slice(-3));
  expect(await activity().since(from, 2)).toEqual(app.events.slice(-2));
});
