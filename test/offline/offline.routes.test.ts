// What does the server say about keeping pages on a device: which, whose, and when all of it has to go?
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestApp } from '../support/app.ts';
import type { Person, TestApp } from '../support/app.ts';

const KEEP = 'x-keep-offline';

let app: TestApp;
let teacher: Person;
let course_id: string;
beforeAll(async () => {
  app = await startTestApp({ env: { COLLEGE_NAME: 'The <Ash> & Elm College' } });
  teacher = await app.faculty();
  ({ course_id } = await app.services.courses.add(app.system, {
    ...{ course_code: 'CS1-26B', course_name: 'Programming', credits: 4, faculty_id: teacher.user.user_id },
  }));
  await app.addStudent({ enrolled_courses: [course_id] });
});
afterAll(() => app.stop());

it('names the college in the manifest, and a short name that fits a home screen', async () => {
  const { status, headers, text } = await app.browser().get('/manifest.webmanifest');
  expect(status).toBe(200);
  expect(headers.get('content-type')).toBe('application/manifest+json; charset=utf-8');
  expect(JSON.parse(text)).toMatchObject({ name: 'The <Ash> & Elm College', short_name: 'StudentCore', id: '/' });
});

it('serves the worker at the top, to be asked for anew each time', async () => {
  const { status, headers } = await app.browser().get('/sw.js');
  expect(status).toBe(200);
  expect(headers.get('cache-control')).toBe('no-cache');
  expect(headers.get('content-type')).toMatch(/javascript/);
  expect((await app.browser().get('/build/sw.js')).status).toBe(404);
});

it('shows the same page for no connection to everybody', async () => {
  const { text } = await app.browser().get('/offline');
  expect((await teacher.browser.get('/offline')).text).toBe(text);
  expect(text).not.toContain('_csrf');
});

describe('which pages may be kept', () => {
  const keptFor = async (person: Person, path: string) => (await person.browser.get(path)).headers.get(KEEP);
  const sheet = (day: string) => `/courses/${course_id}/attendance/${day}`;

  it('the own sheets of today, rosters, results and the start page, for the one who asked', async () => {
    const roster = `/courses/${course_id}/roster`;
    for (const path of ['/', '/waiting', sheet(app.today()), roster, `/courses/${course_id}/results/quiz`])
      expect(await keptFor(teacher, path), path).toBe(teacher.user.user_id);
  });

  it('no sheet of another day, no search, no record, no list', async () => {
    for (const path of [sheet('2026-03-02'), `/courses/${course_id}/roster?q=a`, '/students', '/account', '/nowhere'])
      expect(await keptFor(teacher, path), path).toBeNull();
  });

  it('not those of others, and nothing of students', async () => {
    const [other, admin, student] = [await app.faculty(), await app.admin(), await app.student()];
    for (const person of [other, admin]) expect(await keptFor(person, sheet(app.today()))).toBeNull();
    for (const path of ['/', '/account', '/attendance']) expect(await keptFor(student, path), path).toBeNull();
    expect((await student.browser.get('/waiting')).status).toBe(403);
  });

  it('not with what is said only once, and what is said waits for a page that is looked at', async () => {
    const { browser } = teacher;
    const saved = await browser.post(sheet(app.today()), {});
    expect(saved.status).toBe(303);
    const fetched = await browser.get(sheet(app.today()), { 'sec-fetch-dest': 'empty' });
    expect(fetched.text).not.toContain('is-success');
    expect(fetched.headers.get(KEEP)).toBe(teacher.user.user_id);
    const shown = await browser.get(sheet(app.today()), { 'sec-fetch-dest': 'document' });
    expect(shown.text).toContain('is-success');
    expect(shown.headers.get(KEEP)).toBeNull();
  });

  it('lists the pages to fetch on the start page, registers before rosters', async () => {
    const { text } = await teacher.browser.get('/');
    const list = /data-keep-offline="([^"]*)"/.exec(text)?.[1]?.replaceAll('&#34;', '"') ?? '';
    expect(JSON.parse(list)).toEqual([sheet(app.today()), `/courses/${course_id}/roster`]);
  });
});

describe('what has to go', () => {
  it('everything, when somebody signs out without our script; with it, it is gone already', async () => {
    const clears = async (form: Record<string, string>) => {
      const { user } = await app.faculty();
      const browser = await app.signIn(user.username);
      return (await browser.post('/logout', form, { from: '/account' })).headers.get('clear-site-data');
    };
    expect(await clears({})).toBe('"storage"');
    expect(await clears({ cleared: 'yes' })).toBeNull();
  });

  it('kept pages, where a session was ended from elsewhere; not where it grew too old', async () => {
    const { user, ctx } = await app.faculty();
    const [lost, own] = [await app.signIn(user.username), await app.signIn(user.username)];
    await own.api('DELETE', '/api/session?everywhere=true');
    expect((await lost.get('/students')).location).toBe('/login?next=%2Fstudents&ended=yes');
    expect((await lost.get('/students')).location).toBe('/login?next=%2Fstudents');
    expect((await lost.get('/login?ended=yes')).text).toContain('data-ended');
    const old = await app.signIn(ctx.actor.username);
    app.passTime(25 * 3_600_000);
    expect((await old.get('/students')).location).toBe('/login?next=%2Fstudents');
  });
});
