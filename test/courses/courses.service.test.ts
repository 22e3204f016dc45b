// Do courses and rosters keep their rules: codes, teachers, capacity, who sees which?
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { audit } from '../support/audit.ts';
import { startTestApp, unique } from '../support/app.ts';
import type { Person, TestApp } from '../support/app.ts';

let app: TestApp;
let teacher: Person;
const courses = () => app.services.courses;
const fields = (more: object = {}) => ({ course_code: `C-${unique()}`, course_name: 'Course', credits: 3, ...more });
const course = (more: object = {}) => courses().add(app.system, fields(more));
const many = (n: number) => Promise.all(Array.from({ length: n }, () => app.addStudent()));
const ids = (students: { student_id: string }[]) => students.map((s) => s.student_id);
const eventsOf = async (task: () => Promise<unknown>) => {
  const seen = app.events.length;
  await task();
  return app.events.slice(seen);
};

beforeAll(async () => {
  app = await startTestApp();
  teacher = await app.faculty({ full_name: 'Ada Teacher' });
});
afterAll(async () => {
  expect(await audit(app.engine.dynamo)).toEqual([]);
  await app.stop();
});

describe('a course', () => {
  test('has credits in halves, a code of its own, and no fields that are not its', async () => {
    expect(await course({ credits: 2.5, capacity: 1 })).toMatchObject({
      credits: 2.5,
      capacity: 1,
      faculty: null,
      version: 1,
    });
    for (const bad of [
      { credits: 2.25 },
      { credits: -1 },
      { credits: 30.5 },
      { credits: '3' },
      { capacity: 0 },
      { capacity: 1.5 },
      { enrolled: 3 },
      { course_name: '' },
      { description: 'x'.repeat(2001) },
    ]) {
      await expect(course(bad)).rejects.toMatchObject({ status: 422 });
    }
    const code = `Cap-${unique()}`;
    const all = await Promise.allSettled(
      [code, code.toUpperCase(), ` ${code}`].map((course_code) => course({ course_code })),
    );
    expect(all.filter((r) => r.status === 'fulfilled')).toHaveLength(1);
  });

  test('shows the name of who teaches it, also after a rename, and searches by it', async () => {
    const person = await app.faculty({ full_name: 'Grace Before' });
    const { course_id } = await course({ faculty_id: person.user.user_id, faculty: 'Somebody else' });
    expect(courses().get(app.system, course_id).faculty).toBe('Grace Before');
    await app.services.users.change(app.system, person.user.user_id, 1, { full_name: 'Grace After' });
    expect(courses().get(app.system, course_id)).toMatchObject({ faculty: 'Grace After', version: 1 });
    expect(
      courses()
        .list(app.system, { q: 'grace after' })
        .items.map((c) => c.course_id),
    ).toEqual([course_id]);
    expect(courses().list(app.system, { q: 'grace before' }).total).toBe(0);
    // The shown name can't be changed under the teacher: nothing happens.
    expect(await courses().change(app.system, course_id, 1, { faculty: 'Nobody' })).toMatchObject({
      version: 1,
      faculty: 'Grace After',
    });
    const free = await courses().change(app.system, course_id, 1, { faculty_id: null, faculty: 'A guest' });
    expect(free).toMatchObject({ faculty_id: null, faculty: 'A guest' });
  });

  test('is taught by active staff only', async () => {
    const off = await app.faculty();
    await app.services.users.change(app.system, off.user.user_id, 1, { active: false });
    const learner = await app.student();
    for (const faculty_id of [off.user.user_id, learner.user.user_id, '6ba7b811-9dad-41d1-80b4-00c04fd430c8', 'x']) {
      await expect(course({ faculty_id })).rejects.toMatchObject({ status: 422 });
    }
  });

  test('changes once under 20 parallel changes; a change that changes nothing is none', async () => {
    const c = await course();
    const all = await Promise.allSettled(
      Array.from({ length: 20 }, (_, i) => courses().change(app.system, c.course_id, 1, { capacity: i + 1 })),
    );
    expect(all.filter((r) => r.status === 'fulfilled')).toHaveLength(1);
    const now = courses().get(app.system, c.course_id);
    const events = await eventsOf(async () => {
      expect(await courses().change(app.system, c.course_id, 2, { course_name: ' Course ', schedule: '' })).toEqual(
        now,
      );
    });
    expect(events).toEqual([]);
  });

  test('lists sort by number of students, and students see only what they take', async () => {
    const tag = unique();
    const [a, b] = [await course({ course_code: `${tag}-2` }), await course({ course_code: `${tag}-10` })];
    const learner = await app.student();
    await courses().changeRoster(app.system, a.course_id, { add: [learner.user.student_id!] });
    const list = (query: object, ctx = app.system) =>
      courses()
        .list(ctx, query)
        .items.map((c) => c.course_id);
    expect(list({ q: tag })).toEqual([a.course_id, b.course_id]);
    expect(list({ q: tag, sort: 'enrolled' })).toEqual([b.course_id, a.course_id]);
    expect(list({ q: tag, sort: 'enrolled', order: 'desc' })).toEqual([a.course_id, b.course_id]);
    expect(courses().list(app.system, { q: tag }).items[0]).toMatchObject({ enrolled: 1 });
    expect(list({}, learner.ctx)).toEqual([a.course_id]);
    expect(courses().get(learner.ctx, a.course_id)).toEqual(a);
    expect(() => courses().get(learner.ctx, b.course_id)).toThrow('no such course');
    expect(() => courses().roster(learner.ctx, a.course_id)).toThrow();
    for (const who of [learner.ctx, teacher.ctx]) {
      await expect(courses().add(who, fields())).rejects.toMatchObject({ status: 403 });
      await expect(courses().change(who, a.course_id, 1, {})).rejects.toMatchObject({ status: 403 });
      await expect(courses().remove(who, a.course_id, 1)).rejects.toMatchObject({ status: 403 });
      await expect(courses().changeRoster(who, a.course_id, {})).rejects.toMatchObject({ status: 403 });
    }
    for (const bad of [{ sort: 'constructor' }, { faculty_id: 'x' }, { page_size: 1000 }, { x: 1 }]) {
      expect(() => courses().list(app.system, bad)).toThrow();
    }
  });
});

describe('a roster', () => {
  test('changes many at once with one event, counts who was there already, and raises versions', async () => {
    const { course_id } = await course();
    const all = await many(100);
    const events = await eventsOf(async () => {
      expect(await courses().changeRoster(app.system, course_id, { add: ids(all) })).toEqual({
        added: 100,
        removed: 0,
        unchanged: 0,
      });
      expect(
        await courses().changeRoster(app.system, course_id, {
          add: ids(all.slice(0, 2)),
          remove: ids(all.slice(2, 4)),
        }),
      ).toEqual({ added: 0, removed: 2, unchanged: 2 });
      expect(
        await courses().changeRoster(app.system, course_id, {
          add: ids(all.slice(0, 2)),
          remove: ids(all.slice(2, 4)),
        }),
      ).toEqual({ added: 0, removed: 0, unchanged: 4 });
      expect(await courses().changeRoster(app.system, course_id, {})).toEqual({ added: 0, removed: 0, unchanged: 0 });
    });
    expect(events).toMatchObject([
      { name: 'course_updated', count: 100 },
      { name: 'course_updated', count: 2, ids: ids(all.slice(2, 4)) },
    ]);
    expect(courses().get(app.system, course_id).version).toBe(1);
    expect(app.services.students.get(app.system, all[0]!.student_id).version).toBe(2);
    expect(app.services.students.get(app.system, all[2]!.student_id).version).toBe(3);
  });

  test('refuses unknown and doubled students by their place, and more than 500', async () => {
    const { course_id } = await course();
    const [one] = await many(1);
    const nobody = '6ba7b811-9dad-41d1-80b4-00c04fd430c8';
    const bad = { add: [one!.student_id, nobody, one!.student_id], remove: [one!.student_id] };
    const error = (await courses()
      .changeRoster(app.system, course_id, bad)
      .catch((e: unknown) => e)) as { errors: { field: string }[] };
    expect(error.errors.map((e) => e.field)).toEqual(['add[0]', 'add[1]', 'add[2]']);
    const lots = Array.from({ length: 501 }, () => nobody);
    await expect(courses().changeRoster(app.system, course_id, { add: lots })).rejects.toMatchObject({ status: 422 });
    await expect(courses().changeRoster(app.system, nobody, {})).rejects.toMatchObject({ status: 404 });
    expect(app.services.students.get(app.system, one!.student_id).version).toBe(1);
  });

  test('is all or nothing beyond the capacity; who leaves makes room', async () => {
    const { course_id } = await course({ capacity: 60 });
    const all = await many(61);
    await expect(courses().changeRoster(app.system, course_id, { add: ids(all) })).rejects.toMatchObject({
      status: 409,
    });
    expect(courses().roster(app.system, course_id).students).toEqual([]);
    await courses().changeRoster(app.system, course_id, { add: ids(all.slice(0, 60)) });
    const swap = { add: ids(all.slice(60)), remove: ids(all.slice(0, 1)) };
    expect(await courses().changeRoster(app.system, course_id, swap)).toEqual({ added: 1, removed: 1, unchanged: 0 });
    // Nobody is thrown out of a course that was made smaller, but nobody gets in.
    await courses().change(app.system, course_id, 1, { capacity: 10 });
    await expect(courses().changeRoster(app.system, course_id, { add: ids(all.slice(0, 1)) })).rejects.toMatchObject({
      status: 409,
    });
    expect(await courses().changeRoster(app.system, course_id, { remove: ids(all.slice(1, 52)) })).toMatchObject({
      removed: 51,
    });
    expect(await courses().changeRoster(app.system, course_id, { add: ids(all.slice(0, 1)) })).toMatchObject({
      added: 1,
    });
  });

  test('holds its capacity when many fill it by rosters and records at once', async () => {
    const { course_id } = await course({ capacity: 50 });
    const all = await many(90);
    const seen = app.events.length;
    await Promise.allSettled([
      courses().changeRoster(app.system, course_id, { add: ids(all.slice(0, 48)) }),
      ...all
        .slice(48)
        .map((s) => app.services.students.change(app.system, s.student_id, 1, { enrolled_courses: [course_id] })),
      courses().changeRoster(app.system, course_id, { add: ids(all.slice(48, 52)) }),
    ]);
    const { students } = courses().roster(app.system, course_id);
    expect(students.length).toBeLessThanOrEqual(50);
    // Everybody who got in was told of, by themselves or with the roster.
    const told = app.events
      .slice(seen)
      .flatMap((e) => (e.name === 'course_updated' ? (e.ids ?? []) : 'id' in e ? [e.id] : []));
    expect(new Set(told)).toEqual(new Set(ids(students)));
  });

  test('tells of everybody who was moved, also when it gets stuck half way', async () => {
    const { course_id } = await course({ capacity: 60 });
    const all = await many(62);
    const seen = app.events.length;
    // 60 places for 60, but while the first 45 move somebody else takes one.
    const filling = courses().changeRoster(app.system, course_id, { add: ids(all.slice(0, 60)) });
    const late = all
      .slice(60)
      .map((s) => app.services.students.change(app.system, s.student_id, 1, { enrolled_courses: [course_id] }));
    await Promise.allSettled([filling, ...late]);
    const { students } = courses().roster(app.system, course_id);
    const told = app.events
      .slice(seen)
      .flatMap((e) => (e.name === 'course_updated' ? (e.ids ?? []) : 'id' in e ? [e.id] : []));
    expect(new Set(told)).toEqual(new Set(ids(students)));
    expect(students.length).toBeLessThanOrEqual(60);
  });

  test('loses nobody when its students are changed and removed meanwhile', async () => {
    const { course_id } = await course();
    const all = await many(60);
    const roster = courses().changeRoster(app.system, course_id, { add: ids(all) });
    const [outcome] = await Promise.allSettled([
      roster,
      ...all.slice(0, 20).map((s) => app.services.students.change(app.system, s.student_id, 1, { semester: 2 })),
      ...all.slice(40, 50).map((s) => app.services.students.remove(app.system, s.student_id, 1)),
    ]);
    if (outcome.status === 'rejected') expect([412, 422]).toContain((outcome.reason as { status: number }).status);
    else expect(outcome.value.added).toBeGreaterThanOrEqual(50);
  });
});

describe('removing a course', () => {
  test('while students enrol leaves nobody in it', async () => {
    for (let round = 0; round < 4; round++) {
      const { course_id } = await course();
      const all = await many(12);
      await courses().changeRoster(app.system, course_id, { add: ids(all.slice(0, 4)) });
      const outcome = await Promise.allSettled([
        ...all
          .slice(4, 8)
          .map((s) => app.services.students.change(app.system, s.student_id, 1, { enrolled_courses: [course_id] })),
        courses().remove(app.system, course_id, 1),
        ...all
          .slice(8)
          .map((s) => app.services.students.change(app.system, s.student_id, 1, { enrolled_courses: [course_id] })),
        app.addStudent({ enrolled_courses: [course_id] }),
        courses().changeRoster(app.system, course_id, { add: ids(all.slice(10)) }),
      ]);
      expect(outcome[4]?.status).toBe('fulfilled');
      for (const r of outcome)
        if (r.status === 'rejected') expect([404, 412, 422]).toContain((r.reason as { status: number }).status);
      for (const s of all) expect(app.services.students.get(app.system, s.student_id).enrolled_courses).toEqual([]);
      expect(app.services.students.list(app.system, { course_id }).total).toBe(0);
    }
  });

  test('while its students are removed too', async () => {
    const { course_id } = await course();
    const all = await many(6);
    await courses().changeRoster(app.system, course_id, { add: ids(all) });
    const entries = all.map((s) => ({ student_id: s.student_id, status: 'Present' }));
    for (let period = 1; period <= 4; period++)
      await app.services.attendance.saveSheet(app.system, course_id, app.today(), period, { entries });
    const before = app.services.stats.stats(app.system).attendance.total;
    const seen = app.events.length;
    await Promise.all([
      courses().remove(app.system, course_id, 1),
      ...all.slice(0, 3).map((s) => app.services.students.remove(app.system, s.student_id, 2)),
    ]).catch((error: unknown) => {
      expect(error).toMatchObject({ status: 412 }); // the course took itself from the student first
    });
    await expect.poll(() => app.services.stats.stats(app.system).attendance.total).toBe(before - 24);
    // The total falls at once, the removal goes on.
    await expect.poll(() => app.events.slice(seen).filter((e) => e.name === 'course_deleted').length).toBe(1);
  });

  test('takes its marks out of every list and statistic at once, and keeps them out', async () => {
    const { course_id } = await course();
    const all = await many(50);
    await courses().changeRoster(app.system, course_id, { add: ids(all) });
    const entries = all.map((s) => ({ student_id: s.student_id, status: 'Late' }));
    const before = app.services.stats.stats(app.system).attendance;
    for (let period = 1; period <= 3; period++)
      await app.services.attendance.saveSheet(app.system, course_id, app.today(), period, { entries });
    const seen: number[] = [];
    const send = app.platform.dynamo.doc.send.bind(app.platform.dynamo.doc);
    let gone = false;
    app.platform.dynamo.doc.send = ((command: never) => {
      try {
        courses().get(app.system, course_id);
      } catch {
        gone = true;
      }
      if (gone) seen.push(app.services.stats.stats(app.system).attendance.total);
      return send(command);
    }) as typeof send;
    await courses().remove(app.system, course_id, 1);
    app.platform.dynamo.doc.send = send;
    expect(seen.length).toBeGreaterThan(3);
    expect(new Set(seen)).toEqual(new Set([before.total]));
    expect(app.services.stats.stats(app.system).attendance).toEqual(before);
  });

  test('frees its code and its teacher', async () => {
    const person = await app.faculty();
    const c = await course({ faculty_id: person.user.user_id });
    await expect(app.services.users.remove(app.system, person.user.user_id, 1)).rejects.toMatchObject({ status: 409 });
    await courses().remove(app.system, c.course_id, 1);
    await app.services.users.remove(app.system, person.user.user_id, 1);
    expect((await course({ course_code: c.course_code })).version).toBe(1);
  });
});
