// Do students keep their rules: unique codes, versions, courses with room, who sees whom?
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { audit } from '../support/audit.ts';
import { startTestApp, unique } from '../support/app.ts';
import type { Person, TestApp } from '../support/app.ts';

let app: TestApp;
let faculty: Person;
let learner: Person;
const students = () => app.services.students;
const fields = (more: object = {}) => ({
  student_code: `T-${unique()}`,
  full_name: 'Ann Lee',
  program: 'BSc',
  ...more,
});
const course = (more: object = {}) =>
  app.services.courses.add(app.system, { course_code: `C-${unique()}`, course_name: 'Course', credits: 3, ...more });
const eventsOf = async (task: () => Promise<unknown>) => {
  const seen = app.events.length;
  await task();
  return app.events.slice(seen);
};

beforeAll(async () => {
  app = await startTestApp();
  faculty = await app.faculty();
  learner = await app.student();
});
afterAll(async () => {
  expect(await audit(app.engine.dynamo)).toEqual([]);
  await app.stop();
});

describe('adding', () => {
  test('fills in what was left out, trims, and tells it once', async () => {
    const code = `T-${unique()}`;
    const events = await eventsOf(async () => {
      const student = await students().add(app.system, fields({ student_code: `  ${code} `, email: '' }));
      expect(student).toMatchObject({
        student_code: code,
        status: 'active',
        enrolled_courses: [],
        email: null,
        semester: null,
        version: 1,
      });
      expect(student.created_at).toBe(student.updated_at);
      expect(students().get(app.system, student.student_id)).toEqual(student);
    });
    expect(events.map((e) => e.name)).toEqual(['student_added']);
    expect(JSON.stringify(events)).not.toContain('@');
  });

  test('names every fault, and fields that nobody may set', async () => {
    const bad = {
      student_code: ' ',
      full_name: 'x'.repeat(201),
      semester: 13,
      status: 'gone',
      email: 'no',
      version: 7,
      student_id: 'x',
    };
    await expect(students().add(app.system, bad)).rejects.toMatchObject({ status: 422 });
    const error = await students()
      .add(app.system, bad)
      .catch((e: unknown) => e as { errors: { field: string }[] });
    expect((error as { errors: { field: string }[] }).errors.map((e) => e.field).sort()).toEqual([
      'email',
      'full_name',
      'program',
      'semester',
      'status',
      'student_code',
      'student_id',
      'version',
    ]);
    for (const not of [null, undefined, [], 'x', 5])
      await expect(students().add(app.system, not)).rejects.toMatchObject({ status: 422 });
  });

  test('takes the longest code there is, however wide its letters', async () => {
    const student = await students().add(app.system, fields({ student_code: '\uFDFA'.repeat(32) }));
    expect(student.student_code).toHaveLength(32);
    await expect(students().add(app.system, fields({ student_code: '\uFDFA'.repeat(32) }))).rejects.toMatchObject({
      status: 409,
    });
  });

  test('among 50 at once with the same code in other case or width, exactly one wins', async () => {
    const base = `Ab${unique()}`;
    const wide = Array.from(base, (c) => (/[a-z]/i.test(c) ? String.fromCharCode(c.charCodeAt(0) + 0xfee0) : c)).join(
      '',
    );
    const variants = [base, base.toUpperCase(), base.toLowerCase(), wide, ` ${base} `];
    const all = await Promise.allSettled(
      Array.from({ length: 50 }, (_, i) => students().add(app.system, fields({ student_code: variants[i % 5] }))),
    );
    expect(all.filter((r) => r.status === 'fulfilled')).toHaveLength(1);
    for (const r of all)
      if (r.status === 'rejected') expect(r.reason).toMatchObject({ status: 409, field: 'student_code' });
  });

  test('refuses courses that are not there, doubled ones, and more than 90', async () => {
    const { course_id } = await course();
    const nowhere = '6ba7b811-9dad-41d1-80b4-00c04fd430c8';
    const refused = async (enrolled_courses: unknown) =>
      expect(students().add(app.system, fields({ enrolled_courses }))).rejects.toMatchObject({ status: 422 });
    await refused([nowhere]);
    await refused([course_id, course_id]);
    await refused(Array.from({ length: 91 }, () => nowhere));
    await refused('x');
    await refused(['__proto__']);
  });
});

describe('changing', () => {
  test('of 20 parallel changes of one version exactly one wins; the others see what is stored', async () => {
    const { student_id } = await app.addStudent();
    const all = await Promise.allSettled(
      Array.from({ length: 20 }, (_, i) => students().change(app.system, student_id, 1, { semester: (i % 12) + 1 })),
    );
    const won = all.filter((r) => r.status === 'fulfilled');
    expect(won).toHaveLength(1);
    const stored = students().get(app.system, student_id);
    expect(stored).toEqual(won[0]?.status === 'fulfilled' ? won[0].value : undefined);
    expect(stored.version).toBe(2);
    for (const r of all) if (r.status === 'rejected') expect(r.reason).toMatchObject({ status: 412 });
  });

  test('nothing writes nothing: same version, no event', async () => {
    const student = await app.addStudent({ email: 'a@b.edu' });
    const events = await eventsOf(async () => {
      for (const patch of [
        {},
        { full_name: student.full_name },
        { full_name: ` ${student.full_name} `, phone: '' },
        { phone: null, email: 'a@b.edu' },
      ]) {
        expect(await students().change(app.system, student.student_id, 1, patch)).toEqual(student);
      }
    });
    expect(events).toEqual([]);
  });

  test('asks for the version first, then for the fields', async () => {
    const { student_id } = await app.addStudent();
    await expect(students().change(app.system, student_id, 7, { semester: 99 })).rejects.toMatchObject({ status: 412 });
    await expect(students().change(app.system, student_id, 1, { semester: 99 })).rejects.toMatchObject({ status: 422 });
    await expect(students().change(app.system, student_id, 1, { created_at: 'x' })).rejects.toMatchObject({
      status: 422,
    });
    for (const id of ['nobody', '__proto__', 'constructor']) {
      await expect(students().change(app.system, id, 1, {})).rejects.toMatchObject({ status: 404 });
    }
  });

  test('frees the old code and takes the new one; other case of the own code is no conflict', async () => {
    const one = await app.addStudent();
    const two = await app.addStudent();
    await expect(
      students().change(app.system, two.student_id, 1, { student_code: one.student_code.toLowerCase() }),
    ).rejects.toMatchObject({ status: 409 });
    const lower = await students().change(app.system, one.student_id, 1, {
      student_code: one.student_code.toLowerCase(),
    });
    expect(lower.student_code).toBe(one.student_code.toLowerCase());
    await students().change(app.system, one.student_id, 2, { student_code: `N-${unique()}` });
    expect((await students().change(app.system, two.student_id, 1, { student_code: one.student_code })).version).toBe(
      2,
    );
  });

  test('moves somebody from 90 courses to none, but not to 90 others at once', async () => {
    const many = await Promise.all(Array.from({ length: 180 }, () => course()));
    const ids = many.map((c) => c.course_id);
    const { student_id } = await app.addStudent({ enrolled_courses: ids.slice(0, 90) });
    await expect(
      students().change(app.system, student_id, 1, { enrolled_courses: ids.slice(90) }),
    ).rejects.toMatchObject({ status: 422 });
    const none = await students().change(app.system, student_id, 1, {
      enrolled_courses: [],
      student_code: `M-${unique()}`,
      full_name: 'New',
    });
    expect(none.enrolled_courses).toEqual([]);
    expect(
      (await students().change(app.system, student_id, 2, { enrolled_courses: ids.slice(90) })).enrolled_courses,
    ).toHaveLength(90);
  });

  test('never fills a course beyond its capacity, under 50 at once', async () => {
    const { course_id } = await course({ capacity: 7 });
    const many = await Promise.all(Array.from({ length: 50 }, () => app.addStudent()));
    const all = await Promise.allSettled(
      many.map((s) => students().change(app.system, s.student_id, 1, { enrolled_courses: [course_id] })),
    );
    expect(all.filter((r) => r.status === 'fulfilled')).toHaveLength(7);
    for (const r of all) if (r.status === 'rejected') expect(r.reason).toMatchObject({ status: 409 });
    expect(app.services.courses.roster(app.system, course_id).students).toHaveLength(7);
    // One leaves: there is room for exactly one, also by the roster.
    const { students: inside } = app.services.courses.roster(app.system, course_id);
    const [first] = inside;
    await students().change(app.system, first!.student_id, 2, { enrolled_courses: [] });
    const outside = many.map((s) => s.student_id).filter((id) => !inside.some((s) => s.student_id === id));
    const change = app.services.courses.changeRoster(app.system, course_id, { add: outside.slice(0, 1) });
    expect(await change).toEqual({ added: 1, removed: 0, unchanged: 0 });
    await expect(
      app.services.courses.changeRoster(app.system, course_id, { add: outside.slice(1, 2) }),
    ).rejects.toMatchObject({ status: 409 });
  });

  test('contact and birth data stand in the trail by name only', async () => {
    const { student_id } = await app.addStudent({ email: 'secret@b.edu' });
    await students().change(app.system, student_id, 1, {
      phone: '+49 555',
      date_of_birth: '2005-05-05',
      guardian_name: 'Mum',
    });
    const { items } = await app.services.activity.list(app.system, { limit: 2 });
    expect(JSON.stringify(items)).not.toMatch(/555|2005-05-05|Mum|secret/);
  });
});

describe('removing', () => {
  test('asks for the version, answers 404 from then on, and frees the code', async () => {
    const student = await app.addStudent();
    await expect(students().remove(app.system, student.student_id, 2)).rejects.toMatchObject({ status: 412 });
    const events = await eventsOf(() => students().remove(app.system, student.student_id, 1));
    expect(events).toMatchObject([{ name: 'student_deleted', removed: { attendance: 0, results: 0 } }]);
    expect(() => students().get(app.system, student.student_id)).toThrow('no such student');
    await expect(students().change(app.system, student.student_id, 1, {})).rejects.toMatchObject({ status: 404 });
    await expect(students().remove(app.system, student.student_id, 1)).rejects.toMatchObject({ status: 404 });
    expect((await app.addStudent({ student_code: student.student_code })).version).toBe(1);
  });

  test('twice at once happens once', async () => {
    const { student_id } = await app.addStudent();
    const events = await eventsOf(async () => {
      const all = await Promise.allSettled(
        Array.from({ length: 5 }, () => students().remove(app.system, student_id, 1)),
      );
      expect(all.filter((r) => r.status === 'fulfilled')).toHaveLength(1);
      for (const r of all)
        if (r.status === 'rejected') expect([404, 412]).toContain((r.reason as { status: number }).status);
    });
    expect(events.map((e) => e.name)).toEqual(['student_deleted']);
  });

  test('takes the logins along, each told, also while one is being changed', async () => {
    for (let round = 0; round < 5; round++) {
      const person = await app.student();
      const { student_id } = person.user;
      const events = await eventsOf(async () => {
        const [removed] = await Promise.allSettled([
          students().remove(app.system, student_id!, 1),
          app.services.users.change(app.system, person.user.user_id, 1, { full_name: 'Other' }),
        ]);
        expect(removed.status).toBe('fulfilled');
      });
      const names = events.map((e) => e.name);
      expect(names.filter((n) => n === 'user_deleted')).toHaveLength(1);
      expect(names.at(-1)).toBe('student_deleted');
      expect(app.services.users.login(person.user.user_id)).toBeUndefined();
      expect(app.services.users.list(app.system, { student_id: student_id! }).total).toBe(0);
    }
  });
});

describe('seeing', () => {
  test('a student sees only the own record, and may change nothing', async () => {
    const other = await app.addStudent();
    const { ctx, user } = learner;
    expect(students().get(ctx, user.student_id!).student_id).toBe(user.student_id);
    expect(() => students().get(ctx, other.student_id)).toThrow('no such student');
    expect(
      students()
        .list(ctx, {})
        .items.map((s) => s.student_id),
    ).toEqual([user.student_id]);
    expect(students().list(ctx, { q: other.student_code })).toMatchObject({ items: [], total: 0 });
    expect(() => students().programs(ctx)).toThrow();
    for (const who of [ctx, faculty.ctx]) {
      await expect(students().add(who, fields())).rejects.toMatchObject({ status: 403 });
      await expect(students().change(who, other.student_id, 1, {})).rejects.toMatchObject({ status: 403 });
      await expect(students().remove(who, other.student_id, 1)).rejects.toMatchObject({ status: 403 });
    }
    expect(students().get(faculty.ctx, other.student_id)).toEqual(other);
  });

  test('lists search, filter, sort and page', async () => {
    const tag = unique();
    const { course_id } = await course();
    await app.addStudent({
      student_code: `${tag}-10`,
      full_name: 'Élise',
      program: 'Physics',
      enrolled_courses: [course_id],
      semester: 10,
    });
    await app.addStudent({
      student_code: `${tag}-9`,
      full_name: 'elise',
      program: 'Chemistry',
      status: 'withdrawn',
      semester: 9,
    });
    await app.addStudent({
      student_code: `${tag}-100`,
      full_name: 'Bob',
      email: `ELISE@${tag}.edu`,
      program: 'Physics',
    });
    const list = (query: object) =>
      students()
        .list(app.system, query)
        .items.map((s) => s.student_code.slice(tag.length + 1));
    expect(list({ q: tag })).toEqual(['9', '10', '100']);
    expect(list({ q: tag, order: 'desc' })).toEqual(['100', '10', '9']);
    expect(list({ q: tag, sort: 'semester' })).toEqual(['100', '9', '10']);
    expect(list({ q: 'ELISE' })).toEqual(['9', '10', '100']);
    expect(list({ q: tag, program: 'Physics' })).toEqual(['10', '100']);
    expect(list({ q: tag, status: 'withdrawn' })).toEqual(['9']);
    expect(list({ course_id })).toEqual(['10']);
    expect(list({ q: tag, page: '2', page_size: '2' })).toEqual(['100']);
    expect(students().programs(app.system)).toContain('Physics');
    for (const bad of [
      { sort: '__proto__' },
      { page: 0 },
      { page_size: 501 },
      { status: 'x' },
      { course_id: 'x' },
      { order: 'x' },
      { what: 'x' },
    ]) {
      expect(() => students().list(app.system, bad)).toThrow();
    }
  });
});
