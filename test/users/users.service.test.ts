// Do logins keep their rules: one name, one last admin, passwords that never leave, teachers who stay?
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { audit, scan } from '../support/audit.ts';
import { PASSWORD, startTestApp, unique } from '../support/app.ts';
import type { TestApp } from '../support/app.ts';

let app: TestApp;
const users = () => app.services.users;
const fields = (more: object = {}) => ({
  username: `u-${unique()}`,
  full_name: 'Somebody',
  role: 'faculty',
  password: PASSWORD,
  ...more,
});
const add = (more: object = {}) => users().add(app.system, fields(more));
const eventsOf = async (task: () => Promise<unknown>) => {
  const seen = app.events.length;
  await task();
  return app.events.slice(seen);
};

beforeAll(async () => {
  app = await startTestApp();
});
afterAll(async () => {
  expect(await audit(app.engine.dynamo)).toEqual([]);
  await app.stop();
});

describe('a login', () => {
  test('never shows its password or hash, nor in events or the feed', async () => {
    const user = await add({ email: 'me@b.edu' });
    await users().change(app.system, user.user_id, 1, { password: 'another good one', email: 'you@b.edu' });
    const seen = [
      user,
      users().get(app.system, user.user_id),
      users().list(app.system, {}),
      app.events,
      await app.services.activity.list(app.system, {}),
    ];
    expect(JSON.stringify(seen)).not.toMatch(/password_hash|\$2[aby]\$|correct horse|another good/);
    expect(JSON.stringify([app.events, seen[4]])).not.toMatch(/b\.edu/);
    const stored = await scan(app.engine.dynamo, 'users');
    expect(JSON.stringify(stored)).not.toContain(PASSWORD);
    for (const item of stored) expect(item['password_hash']).toMatch(/^\$2[aby]\$10\$/);
  });

  test('has a name of its own, whatever its case or width', async () => {
    const name = `Name${unique()}`;
    const all = await Promise.allSettled(
      [name, name.toUpperCase(), `Ｎ${name.slice(1)}`, ` ${name} `].map((username) => add({ username })),
    );
    expect(all.filter((r) => r.status === 'fulfilled')).toHaveLength(1);
    for (const r of all)
      if (r.status === 'rejected') expect(r.reason).toMatchObject({ status: 409, field: 'username' });
    expect(await users().verify(name.toLowerCase(), PASSWORD)).toMatchObject({ must_change_password: false });
  });

  test('may have the longest and widest name there is', async () => {
    const username = '\uFDFA'.repeat(64);
    await add({ username });
    await expect(add({ username })).rejects.toMatchObject({ status: 409 });
    expect(await users().verify(username, PASSWORD)).toBeDefined();
  });

  test('demands a good password, and a student only for role student', async () => {
    const { student_id } = await app.addStudent();
    const nobody = '6ba7b811-9dad-41d1-80b4-00c04fd430c8';
    for (const bad of [
      { password: 'short' },
      { password: 'x'.repeat(73) },
      { role: 'student' },
      { role: 'student', student_id: nobody },
      { role: 'faculty', student_id },
      { role: 'root' },
      { active: 'yes' },
      { password_hash: 'x' },
      { epoch: 3 },
      { username: '' },
    ]) {
      await expect(add(bad)).rejects.toMatchObject({ status: 422 });
    }
    expect((await add({ role: 'student', student_id })).student_id).toBe(student_id);
  });

  test('is verified by its password only, while active and while its student is there', async () => {
    const student = await app.addStudent();
    const user = await add({ role: 'student', student_id: student.student_id });
    const epoch = (await users().verify(user.username, PASSWORD))!.epoch;
    expect(await users().verify(user.username, `${PASSWORD} `)).toBeUndefined();
    expect(await users().verify('nobody', PASSWORD)).toBeUndefined();
    expect(await users().verify('__proto__', PASSWORD)).toBeUndefined();
    expect(users().login('constructor')).toBeUndefined();
    await users().change(app.system, user.user_id, 1, { active: false });
    expect(await users().verify(user.username, PASSWORD)).toBeUndefined();
    expect(users().login(user.user_id)).toBeUndefined();
    await users().change(app.system, user.user_id, 2, { active: true });
    expect(users().login(user.user_id)!.epoch).toBeGreaterThan(epoch);
    await app.services.students.remove(app.system, student.student_id, 1);
    expect(await users().verify(user.username, PASSWORD)).toBeUndefined();
    expect(() => users().get(app.system, user.user_id)).toThrow('no such user');
  });

  test('ends its sessions with a new password, role, student or switch, but not with a new name', async () => {
    const [one, two] = [await app.addStudent(), await app.addStudent()];
    const user = await add();
    let { epoch } = users().login(user.user_id)!;
    let version = 1;
    const change = async (patch: object): Promise<number> => {
      ({ version } = await users().change(app.system, user.user_id, version, patch));
      const before = epoch;
      ({ epoch } = users().login(user.user_id)!);
      return epoch - before;
    };
    expect(await change({ full_name: 'Other', email: 'a@b.edu' })).toBe(0);
    expect(await change({ password: 'a wholly new one' })).toBe(1);
    expect(await change({ role: 'student', student_id: one.student_id })).toBe(1);
    expect(await change({ student_id: two.student_id })).toBe(1);
    expect(await change({ role: 'admin', student_id: null })).toBe(1);
    expect(await change({ full_name: 'Other' })).toBe(0);
  });

  test('changes once under parallel changes, and not at all by nothing', async () => {
    const user = await add();
    const all = await Promise.allSettled(
      Array.from({ length: 10 }, (_, i) => users().change(app.system, user.user_id, 1, { full_name: `N${String(i)}` })),
    );
    expect(all.filter((r) => r.status === 'fulfilled')).toHaveLength(1);
    const now = users().get(app.system, user.user_id);
    const events = await eventsOf(async () => {
      expect(await users().change(app.system, user.user_id, 2, { full_name: now.full_name, email: '' })).toEqual(now);
    });
    expect(events).toEqual([]);
    await expect(users().change(app.system, user.user_id, 1, {})).rejects.toMatchObject({ status: 412 });
  });
});

test('a login without a password is one that nobody can sign in with yet', async () => {
  const user = await add({ password: undefined });
  for (const guess of ['', 'undefined', 'null', PASSWORD])
    expect(await users().verify(user.username, guess)).toBeUndefined();
  await users().change(app.system, user.user_id, 1, { password: PASSWORD });
  expect(await users().verify(user.username, PASSWORD)).toBeDefined();
});

describe('the last active admin', () => {
  test('stays, however two of them try to get rid of each other', async () => {
    // The app began with one admin.
    const first = users().list(app.system, { role: 'admin', active: 'true' }).items;
    const two = await add({ role: 'admin' });
    for (const one of first.slice(1)) await users().change(app.system, one.user_id, one.version, { role: 'faculty' });
    const [one] = first;
    const tries = [
      [{ role: 'faculty' }, { role: 'faculty' }],
      [{ active: false }, { active: false }],
      [{ role: 'faculty' }, { active: false }],
    ];
    for (const patches of tries) {
      const both = [users().get(app.system, one!.user_id), users().get(app.system, two.user_id)];
      const outcome = await Promise.allSettled(
        both.map((u, i) => users().change(app.system, u.user_id, u.version, patches[i])),
      );
      expect(outcome.map((r) => r.status).sort()).toEqual(['fulfilled', 'rejected']);
      for (const r of outcome) if (r.status === 'rejected') expect(r.reason).toMatchObject({ status: 409 });
      expect(users().list(app.system, { role: 'admin', active: 'true' }).total).toBe(1);
      for (const { user_id } of both) {
        const now = users().get(app.system, user_id);
        await users().change(app.system, user_id, now.version, { role: 'admin', active: true });
      }
    }
    const both = [users().get(app.system, one!.user_id), users().get(app.system, two.user_id)];
    const outcome = await Promise.allSettled(both.map((u) => users().remove(app.system, u.user_id, u.version)));
    expect(outcome.map((r) => r.status).sort()).toEqual(['fulfilled', 'rejected']);
    const [left] = users().list(app.system, { role: 'admin', active: 'true' }).items;
    // An inactive or demoted admin does not count, and a new one makes room.
    await add({ role: 'admin', active: false });
    await expect(users().remove(app.system, left!.user_id, left!.version)).rejects.toMatchObject({ status: 409 });
    await add({ role: 'admin' });
    await users().remove(app.system, left!.user_id, left!.version);
  });
});

describe('who teaches', () => {
  test('can be neither removed, demoted nor switched off before the courses have somebody else', async () => {
    const user = await add();
    const next = await add();
    const course = await app.services.courses.add(app.system, {
      course_code: `C-${unique()}`,
      course_name: 'Course',
      credits: 3,
      faculty_id: user.user_id,
    });
    const { student_id } = await app.addStudent();
    const refused = { status: 409, extra: { courses: [course.course_code] } };
    await expect(users().remove(app.system, user.user_id, 1)).rejects.toMatchObject(refused);
    await expect(users().change(app.system, user.user_id, 1, { active: false })).rejects.toMatchObject(refused);
    await expect(users().change(app.system, user.user_id, 1, { role: 'student', student_id })).rejects.toMatchObject(
      refused,
    );
    expect((await users().change(app.system, user.user_id, 1, { role: 'admin' })).role).toBe('admin');
    await users().change(app.system, user.user_id, 2, { role: 'faculty' });
    await app.services.courses.change(app.system, course.course_id, 1, { faculty_id: next.user_id });
    await users().remove(app.system, user.user_id, 3);
    await expect(users().remove(app.system, next.user_id, 1)).rejects.toMatchObject({ status: 409 });
  });

  test('is not given a course and removed at the same moment', async () => {
    for (let round = 0; round < 6; round++) {
      const user = await add();
      const course = { course_code: `C-${unique()}`, course_name: 'Course', credits: 3, faculty_id: user.user_id };
      const [given, removed] = await Promise.allSettled([
        app.services.courses.add(app.system, course),
        round % 2
          ? users().remove(app.system, user.user_id, 1)
          : users().change(app.system, user.user_id, 1, { active: false }),
      ]);
      expect([given.status, removed.status].sort()).toEqual(['fulfilled', 'rejected']);
    }
  });
});

describe('the own password', () => {
  test('changes with the current one, and a new login follows', async () => {
    const { ctx, user } = await app.faculty();
    const change = (current_password: string, new_password: string, confirm_password = new_password) =>
      users().changeOwnPassword(ctx, { current_password, new_password, confirm_password });
    await expect(change('wrong password', 'brand new password')).rejects.toMatchObject({
      status: 422,
      errors: [{ field: 'current_password' }],
    });
    await expect(change(PASSWORD, 'brand new password', 'brand new passwort')).rejects.toMatchObject({
      errors: [{ field: 'confirm_password' }],
    });
    await expect(change(PASSWORD, PASSWORD)).rejects.toMatchObject({ errors: [{ field: 'new_password' }] });
    await expect(change(PASSWORD, 'short')).rejects.toMatchObject({ status: 422 });
    const before = users().login(user.user_id)!.epoch;
    expect((await change(PASSWORD, 'brand new password')).epoch).toBe(before + 1);
    expect(await users().verify(user.username, PASSWORD)).toBeUndefined();
    expect(await users().verify(user.username, 'brand new password')).toBeDefined();
  });
});

test('only admins see and change users; staff sees who may teach', async () => {
  const learner = await app.student();
  const faculty = await app.faculty();
  for (const { ctx } of [learner, faculty]) {
    expect(() => users().list(ctx, {})).toThrow('role');
    expect(() => users().get(ctx, faculty.user.user_id)).toThrow('role');
    await expect(users().add(ctx, fields())).rejects.toMatchObject({ status: 403 });
    await expect(users().change(ctx, faculty.user.user_id, 1, {})).rejects.toMatchObject({ status: 403 });
    await expect(users().remove(ctx, faculty.user.user_id, 1)).rejects.toMatchObject({ status: 403 });
  }
  expect(
    users()
      .teachers(faculty.ctx)
      .map((u) => u.user_id),
  ).toContain(faculty.user.user_id);
  expect(
    users()
      .teachers(faculty.ctx)
      .map((u) => u.user_id),
  ).not.toContain(learner.user.user_id);
  expect(() => users().teachers(learner.ctx)).toThrow('role');
});

test('the first admin is made once', async () => {
  expect(await users().ensureFirstAdmin('again', undefined)).toBeUndefined();
  expect(users().list(app.system, { q: 'again' }).total).toBe(0);
});
