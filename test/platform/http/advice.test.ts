// Does every refused page say what to do next, and does every hint belong to its field?
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestApp } from '../../support/app.ts';
import type { Person, TestApp } from '../../support/app.ts';

let app: TestApp;
let admin: Person;
let teacher: Person;
beforeAll(async () => {
  app = await startTestApp();
  [admin, teacher] = await Promise.all([app.admin(), app.faculty()]);
});
afterAll(() => app.stop());

test('404 names the lists that this person has', async () => {
  const office = await admin.browser.get('/students/00000000-0000-4000-8000-000000000000');
  expect(office.status).toBe(404);
  expect(office.text).toContain('Look for it in its list');
  for (const href of ['/students', '/courses', '/users']) expect(office.text).toContain(`<a href="${href}">`);
  const student = await app.student();
  const own = await student.browser.get('/courses/00000000-0000-4000-8000-000000000000');
  expect(own.text).toContain('<a href="/courses">My courses</a>');
  expect(own.text).not.toContain('<a href="/users">');
});

test('403, 405, 413 and 415 say how to go on', async () => {
  const forbidden = await teacher.browser.get('/users');
  expect(forbidden.status).toBe(403);
  expect(forbidden.text).toContain('Ask an administrator if you need it.');
  const method = await admin.browser.request('/students', { method: 'PUT' });
  expect(method.status).toBe(405);
  expect(method.text).toContain('Go back and use the links and buttons of the page.');
  const large = await admin.browser.post('/students', { full_name: 'x'.repeat(1_100_000) }, { from: '/students/new' });
  expect(large.status).toBe(413);
  expect(large.text).toContain('Go back and send less at a time');
  const kind = await admin.browser.request('/students', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{}',
  });
  expect(kind.status).toBe(415);
  expect(kind.text).toContain('Go back and send the form from its own page.');
});

test('each hint is tied to its field', async () => {
  await app.services.courses.add(app.system, { course_code: 'HINT-26A', course_name: 'Hints', credits: 1 });
  for (const path of ['/students/new', '/courses/new', '/users/new', '/attendance']) {
    const { text } = await admin.browser.get(path);
    const described = [...text.matchAll(/aria-describedby="([^"]+)"/g)].flatMap(([, ids]) => ids!.split(' '));
    expect(described.length).toBeGreaterThan(1);
    for (const id of described) expect(text, `${path} ${id}`).toContain(`id="${id}"`);
    // And no hint stands alone.
    for (const [, id] of text.matchAll(/class="form-text" id="([^"]+)"/g)) expect(described).toContain(id);
  }
});
