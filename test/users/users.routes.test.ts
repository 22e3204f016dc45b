// The pages of logins: added, changed, switched off and removed by admins only.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { User } from '../../src/users/user.ts';
import { PASSWORD, startTestApp, unique } from '../support/app.ts';
import type { Person, TestApp } from '../support/app.ts';
import type { Form } from '../support/browser.ts';
import { filledForm } from '../support/page-form.ts';

let app: TestApp;
let admin: Person;
beforeAll(async () => {
  app = await startTestApp();
  admin = await app.admin();
});
afterAll(() => app.stop());

const buildUser = (fields: Partial<User> = {}): Promise<User> =>
  app.services.users.add(app.system, {
    username: `u-${unique()}`,
    full_name: 'Some Body',
    password: PASSWORD,
    role: 'faculty',
    ...fields,
  });
const stored = (user: User): User => app.services.users.get(app.system, user.user_id);
const path = (user: User, rest = ''): string => `/users/${user.user_id}${rest}`;
const post = (to: string, form: Form) => admin.browser.post(to, form, { from: '/account' });
const editForm = async (user: User): Promise<Form> =>
  filledForm((await admin.browser.get(path(user, '/edit'))).text, path(user));

describe('adding a user', () => {
  it('links the student by code, and asks for an own password at first sign-in', async () => {
    const student = await app.addStudent({ full_name: 'Linked Student' });
    const page = await admin.browser.get(
      `/users/new?role=student&student_id=${student.student_code}&full_name=Linked+Student`,
    );
    const form = filledForm(page.text, '/users');
    expect(form).toMatchObject({ role: 'student', student_id: student.student_code, full_name: 'Linked Student' });
    const username = `new-${unique()}`;
    const added = await post('/users', { ...form, username, password: '  spaces stay  ' });
    expect(added).toMatchObject({ status: 303, location: expect.stringMatching(/^\/users\/[0-9a-f-]{36}$/) });
    const record = await admin.browser.get(added.location ?? '');
    expect(record.text).toContain(`href="/students/${student.student_id}"`);
    const login = await app.services.users.verify(username, '  spaces stay  ');
    expect(login).toMatchObject({ must_change_password: true, actor: { student_id: student.student_id } });
  });

  it('says which students fit when a name fits several, and never shows an id or a password', async () => {
    const mark = unique();
    const [one, two] = await Promise.all([1, 2].map(() => app.addStudent({ full_name: `Twin ${mark}` })));
    const refused = await post('/users', {
      username: `t-${unique()}`,
      full_name: 'Twin',
      role: 'student',
      student_id: `twin ${mark}`,
      password: 'a secret of ten',
    });
    expect(refused.status).toBe(422);
    expect(refused.text).toContain(one!.student_code);
    expect(refused.text).toContain(two!.student_code);
    expect(refused.text).toContain(`value="twin ${mark}"`);
    expect(refused.text).not.toContain(one!.student_id);
    expect(refused.text).not.toContain('a secret of ten');
  });

  it('is refused beside each field', async () => {
    const refused = await post('/users', { username: '', full_name: 'Kept', role: 'student', password: 'short' });
    expect(refused.status).toBe(422);
    expect(refused.text).toContain('User name is needed.');
    expect(refused.text).toContain('A password has at least 10 characters.');
    expect(refused.text).toContain('value="Kept"');
    const nobody = await post('/users', {
      username: `n-${unique()}`,
      full_name: 'N',
      role: 'student',
      password: PASSWORD,
      student_id: '',
    });
    expect(nobody.text).toContain('Choose the student this login belongs to.');
    const unknown = await post('/users', {
      username: `n-${unique()}`,
      full_name: 'N',
      role: 'student',
      password: PASSWORD,
      student_id: 'no such code',
    });
    expect(unknown.text).toContain('No student has this code or name.');
  });

  it('may sign in unless the form says otherwise', async () => {
    const username = `plain-${unique()}`;
    const added = await post('/users', { username, full_name: 'Plain', role: 'faculty', password: PASSWORD });
    expect(added.status).toBe(303);
    expect(await app.services.users.verify(username, PASSWORD)).toBeDefined();
  });
});

describe('changing a user', () => {
  it('keeps the password when none is typed, and switches off by the empty tick', async () => {
    const user = await buildUser();
    const form = await editForm(user);
    expect((await post(path(user), form)).status).toBe(303);
    expect(stored(user).version).toBe(1);
    await post(path(user), { ...form, email: 'a@college.edu' });
    expect(await app.services.users.verify(user.username, PASSWORD)).toBeDefined();
    expect(stored(user)).toMatchObject({ email: 'a@college.edu', active: true });
    const off = { ...(await editForm(user)), active: 'false' };
    await post(path(user), off);
    expect(stored(user).active).toBe(false);
    expect((await admin.browser.get(path(user))).text).toContain('Switched off');
  });

  it('drops the linked student with the role', async () => {
    const { user } = await app.student();
    const form = await editForm(user);
    expect(form['student_id']).toBe(app.services.students.get(app.system, user.student_id ?? '').student_code);
    await post(path(user), { ...form, role: 'faculty' });
    expect(stored(user)).toMatchObject({ role: 'faculty', student_id: null });
  });

  it('that lost a race shows both values', async () => {
    const user = await buildUser({ full_name: 'First' });
    const form = await editForm(user);
    await app.services.users.change(app.system, user.user_id, 1, { full_name: 'Theirs', must_change_password: true });
    const lost = await post(path(user), { ...form, full_name: 'Mine', role: 'admin' });
    expect(lost.status).toBe(412);
    expect(lost.text).toMatch(/Full name<\/th><td[^>]*>Mine<\/td><td[^>]*>Theirs</);
    expect(lost.text).toMatch(/Role<\/th><td[^>]*>Administrator<\/td><td[^>]*>Faculty</);
    expect(lost.text).not.toMatch(/Must change the password<\/th>/);
    expect(stored(user)).toMatchObject({ full_name: 'Theirs', role: 'faculty' });
    await post(path(user), filledForm(lost.text, path(user)));
    expect(stored(user)).toMatchObject({ full_name: 'Mine', role: 'admin', must_change_password: true });
  });

  it('is refused in words while the user teaches', async () => {
    const user = await buildUser();
    const course = await app.services.courses.add(app.system, {
      course_code: `T-${unique()}`,
      course_name: 'Taught',
      credits: 1,
      faculty_id: user.user_id,
    });
    const refused = await post(path(user), { ...(await editForm(user)), active: 'false' });
    expect(refused.status).toBe(422);
    expect(refused.text).toContain(`teaches ${course.course_code}`);
    const kept = await post(path(user, '/delete'), { version: '1', code: user.username });
    expect(kept.status).toBe(422);
    expect(kept.text).toContain('Give these courses to somebody else first.');
    expect(stored(user)).toMatchObject({ active: true, version: 1 });
    expect((await admin.browser.get(path(user))).text).toContain(course.course_code);
  });
});

describe('removing a user', () => {
  it('offers to switch off, wants the user name typed, and ends with the list', async () => {
    const user = await buildUser();
    const page = await admin.browser.get(path(user, '/delete'));
    expect(filledForm(page.text, path(user))).toMatchObject({ active: 'false', version: '1' });
    const wrong = await post(path(user, '/delete'), { version: '1', code: 'x' });
    expect(wrong.status).toBe(422);
    expect(wrong.text).toContain(`Type ${user.username} to confirm.`);
    const gone = await post(path(user, '/delete'), { version: '1', code: user.username });
    expect(gone).toMatchObject({ status: 303, location: '/users' });
    expect((await admin.browser.get(path(user))).status).toBe(404);
  });
});

it('the list filters by role and sign-in, and shows names as text', async () => {
  const mark = `<i>${unique()}`;
  await buildUser({ full_name: `On ${mark}` });
  await buildUser({ full_name: `Off ${mark}`, active: false });
  const shown = async (query: string) => (await admin.browser.get(`/users?q=${encodeURIComponent(mark)}${query}`)).text;
  expect(await shown('')).not.toContain('<i>');
  expect(await shown('&active=false')).toContain('Off &lt;i&gt;');
  expect(await shown('&active=false')).not.toContain('On &lt;i&gt;');
  expect(await shown('&role=student')).toContain('No user fits this search.');
});

it('only admins come here', async () => {
  const user = await buildUser();
  const [faculty, student] = await Promise.all([app.faculty(), app.student()]);
  for (const { browser } of [faculty, student]) {
    for (const closed of [
      '/users',
      '/users/new',
      path(user),
      path(user, '/edit'),
      path(user, '/delete'),
      '/users/nobody',
    ])
      expect((await browser.get(closed)).status, closed).toBe(403);
    const refused = await browser.post(path(user), { version: '1', role: 'admin' }, { from: '/account' });
    expect(refused.status).toBe(403);
  }
  expect(stored(user).role).toBe('faculty');
});
