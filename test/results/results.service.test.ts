// Do results keep their rules: computed grades, one per exam, sheets as one change, exact averages?
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { naturalId } from '../../src/platform/ids.ts';
import { audit, recountStats } from '../support/audit.ts';
import { startTestApp, unique } from '../support/app.ts';
import type { TestApp } from '../support/app.ts';

let app: TestApp;
const results = () => app.services.results;
const course = async (more: object = {}) =>
  (
    await app.services.courses.add(app.system, {
      course_code: `C-${unique()}`,
      course_name: 'Course',
      credits: 3,
      ...more,
    })
  ).course_id;
async function classOf(n: number, more: object = {}) {
  const course_id = await course(more);
  const students = await Promise.all(
    Array.from({ length: n }, (_, i) =>
      app.addStudent({ student_code: `${unique()}-${String(i)}`, enrolled_courses: [course_id] }),
    ),
  );
  return { course_id, ids: students.map((s) => s.student_id) };
}
const errorOf = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (e: unknown) =>
      e as { status: number; errors?: { field: string }[]; extra: { errors: { field: string }[] }; current: unknown },
  );

beforeAll(async () => {
  app = await startTestApp();
});
afterAll(async () => {
  expect(await audit(app.engine.dynamo)).toEqual([]);
  expect(app.services.stats.stats(app.system).results).toEqual((await recountStats(app.engine.dynamo)).results);
  await app.stop();
});

describe('a result', () => {
  test('gets its percentage and grade from the server, on create and on every change', async () => {
    const { course_id, ids } = await classOf(1);
    const [student_id = ''] = ids;
    const made = await results().add(app.system, {
      student_id,
      course_id,
      exam_type: 'quiz',
      marks: 80.1,
      max_marks: 89,
      title: ' First ',
    });
    expect(made).toMatchObject({
      percentage: 90,
      grade: 'A+',
      number: 1,
      title: 'First',
      version: 1,
      entered_by: 'system',
    });
    expect(made.result_id).toBe(naturalId(`studentcore/results/${student_id}/${course_id}/quiz/1`));
    const less = await results().change(app.system, made.result_id, 1, { marks: 80.099999 });
    expect(less).toMatchObject({ percentage: 90, grade: 'A', version: 2, created_at: made.created_at });
    expect(await results().change(app.system, made.result_id, 2, { max_marks: 1_000_000 })).toMatchObject({
      percentage: 0.01,
      grade: 'F',
    });
    expect(await results().change(app.system, made.result_id, 3, { marks: 0, max_marks: 0.000001 })).toMatchObject({
      percentage: 0,
      grade: 'F',
    });
    const same = await results().get(app.system, made.result_id);
    const seen = app.events.length;
    expect(await results().change(app.system, made.result_id, 4, { marks: -0, title: 'First ', remarks: '' })).toEqual(
      same,
    );
    expect(app.events).toHaveLength(seen);
    await results().remove(app.system, made.result_id, 4);
    expect((await results().add(app.system, { student_id, course_id, exam_type: 'quiz', marks: 39.995 })).version).toBe(
      6,
    );
    expect(await results().get(app.system, made.result_id)).toMatchObject({
      max_marks: 100,
      percentage: 40,
      grade: 'F',
    });
  });

  test('is refused when marks, exam or fields are wrong', async () => {
    const { course_id, ids } = await classOf(1);
    const [student_id = ''] = ids;
    for (const [bad, field] of [
      [{ marks: 100.000001 }, 'marks'],
      [{ marks: 1e-7 }, 'marks'],
      [{ marks: 2_000_000, max_marks: 2_000_000 }, 'marks'],
      [{ marks: -1 }, 'marks'],
      [{ marks: '5' }, 'marks'],
      [{ max_marks: 0 }, 'max_marks'],
      [{ exam_type: 'oral' }, 'exam_type'],
      [{ exam_type: '__proto__' }, 'exam_type'],
      [{ number: 21 }, 'number'],
      [{ grade: 'A+' }, 'grade'],
      [{ percentage: 100 }, 'percentage'],
      [{ student_id: course_id }, 'student_id'],
      [{ course_id: student_id }, 'course_id'],
    ] as const) {
      const input = { student_id, course_id, exam_type: 'quiz', marks: 5, ...bad };
      expect((await errorOf(results().add(app.system, input)))?.errors?.map((e) => e.field)).toContain(field);
    }
    const made = await results().add(app.system, { student_id, course_id, exam_type: 'quiz', marks: 50 });
    for (const patch of [
      { marks: 101 },
      { max_marks: 49 },
      { grade: 'A' },
      { percentage: 1 },
      { number: 2 },
      { exam_type: 'final' },
    ]) {
      expect(await errorOf(results().change(app.system, made.result_id, 1, patch))).toMatchObject({ status: 422 });
    }
    expect(
      await errorOf(results().add(app.system, { student_id, course_id, exam_type: 'quiz', marks: 1 })),
    ).toMatchObject({
      status: 409,
      extra: { existing_id: made.result_id },
    });
  });

  test('of 50 students at once all land, with exact sums', async () => {
    const { course_id, ids } = await classOf(50);
    const outcome = await Promise.all(
      ids.map((student_id, i) =>
        results().add(app.system, {
          student_id,
          course_id,
          exam_type: 'final',
          marks: i / 3 > 16 ? 16 : Math.round((i * 1e6) / 3) / 1e6,
          max_marks: 17,
        }),
      ),
    );
    const [line] = results().examsOfCourse(app.system, course_id);
    expect(line).toMatchObject({ count: 50, version: 50 });
    const sum = outcome.reduce((n, r) => n + Math.round(r.percentage * 100), 0);
    expect(line?.average_percentage).toBe(Math.floor((2 * sum + 50) / 100) / 100);
    expect(Object.values(line?.grades ?? {}).reduce((a, b) => a + b, 0)).toBe(50);
  });

  test('changes once under parallel changes', async () => {
    const { course_id, ids } = await classOf(1);
    const made = await results().add(app.system, { student_id: ids[0], course_id, exam_type: 'quiz', marks: 5 });
    const all = await Promise.allSettled(
      Array.from({ length: 20 }, (_, i) => results().change(app.system, made.result_id, 1, { marks: i + 10 })),
    );
    expect(all.filter((r) => r.status === 'fulfilled')).toHaveLength(1);
    for (const r of all) if (r.status === 'rejected') expect(r.reason).toMatchObject({ status: 412 });
  });
});

describe('an exam sheet', () => {
  const save = (course_id: string, input: unknown, exam = 'midterm', number: string | number = 1) =>
    results().saveSheet(app.system, course_id, exam, number, input);

  test('saves what changed, with the maximum for the named rows only', async () => {
    const { course_id, ids } = await classOf(3);
    const [a = '', b = '', c = ''] = ids;
    expect(
      await save(course_id, {
        max_marks: 50,
        entries: [
          { student_id: a, marks: 45 },
          { student_id: b, marks: 20, version: 0 },
        ],
      }),
    ).toEqual({
      created: 2,
      updated: 0,
      unchanged: 0,
      removed: 0,
      version: 1,
    });
    expect((await results().sheet(app.system, course_id, 'midterm', 1)).max_marks).toBe(50);
    // Without a maximum it is the sheet's.
    expect(
      await save(course_id, {
        entries: [
          { student_id: a, marks: 45 },
          { student_id: c, marks: 50 },
        ],
      }),
    ).toMatchObject({ created: 1, unchanged: 1, version: 2 });
    expect(await save(course_id, { max_marks: 60, entries: [{ student_id: a, marks: 45 }] })).toMatchObject({
      updated: 1,
      version: 3,
    });
    const sheet = await results().sheet(app.system, course_id, 'midterm', '1');
    expect(sheet.entries.map((e) => [e.marks, e.max_marks, e.grade, e.version])).toEqual([
      [45, 60, 'B+', 3],
      [20, 50, 'D', 1],
      [50, 50, 'A+', 2],
    ]);
    expect(await save(course_id, { entries: ids.map((student_id) => ({ student_id, marks: null })) })).toMatchObject({
      removed: 3,
      version: 4,
    });
    expect(results().examsOfCourse(app.system, course_id)).toEqual([]);
  });

  test('refuses stale and wrong rows as a whole', async () => {
    const { course_id, ids } = await classOf(3);
    const [a = '', b = ''] = ids;
    await save(course_id, { entries: [{ student_id: a, marks: 45 }] });
    const seen = app.events.length;
    const stale = {
      entries: [
        { student_id: b, marks: 1 },
        { student_id: a, marks: 46, version: 7 },
      ],
    };
    expect(await errorOf(save(course_id, stale))).toMatchObject({
      status: 412,
      extra: { errors: [{ field: 'entries[1].version' }] },
      current: [{ student_id: a, marks: 45, version: 1 }],
    });
    const wrong = {
      max_marks: 40,
      entries: [
        { student_id: b, marks: 1 },
        { student_id: a, marks: 41 },
      ],
    };
    expect((await errorOf(save(course_id, wrong)))?.errors).toMatchObject([{ field: 'entries[1].marks' }]);
    expect(await errorOf(save(course_id, { max_marks: 0, entries: [] }))).toMatchObject({ status: 422 });
    expect(await errorOf(save(course_id, { entries: [{ student_id: a, marks: 3, grade: 'A' }] }))).toMatchObject({
      status: 422,
    });
    expect(await errorOf(save(course_id, { entries: [] }, 'oral'))).toMatchObject({ status: 404 });
    expect(await errorOf(save(course_id, { entries: [] }, 'constructor'))).toMatchObject({ status: 404 });
    expect(await errorOf(save(course_id, { entries: [] }, 'quiz', 21))).toMatchObject({ status: 422 });
    expect(app.events).toHaveLength(seen);
  });

  test('keeps exams and their numbers apart', async () => {
    const { course_id, ids } = await classOf(2);
    for (const [exam, number, marks] of [
      ['quiz', 1, 10],
      ['quiz', 2, 20],
      ['quiz', 10, 30],
      ['final', 1, 40],
    ] as const) {
      await save(course_id, { entries: ids.map((student_id) => ({ student_id, marks })) }, exam, number);
    }
    expect(
      results()
        .examsOfCourse(app.system, course_id)
        .map((e) => [e.exam_type, e.number, e.average_percentage]),
    ).toEqual([
      ['final', 1, 40],
      ['quiz', 1, 10],
      ['quiz', 2, 20],
      ['quiz', 10, 30],
    ]);
    expect((await results().list(app.system, { course_id, exam_type: 'quiz' })).items).toHaveLength(6);
  });

  test('of more rows than a transaction holds is one change and one event', async () => {
    const { course_id, ids } = await classOf(120);
    const seen = app.events.length;
    expect(
      await save(course_id, { max_marks: 7, entries: ids.map((student_id, i) => ({ student_id, marks: i % 8 })) }),
    ).toMatchObject({ created: 120, version: 1 });
    const wrong = { max_marks: 6, entries: ids.map((student_id, i) => ({ student_id, marks: i === 119 ? 7 : 1 })) };
    expect((await errorOf(save(course_id, wrong)))?.errors).toMatchObject([{ field: 'entries[119].marks' }]);
    expect(app.events.slice(seen).map((e) => e.name)).toEqual(['result_added']);
  });
});

describe('lists', () => {
  test('read on page by page over a course, a student, and everything', async () => {
    const { course_id, ids } = await classOf(5);
    for (const [exam, number] of [
      ['quiz', 1],
      ['quiz', 2],
      ['final', 1],
    ] as const) {
      await results().saveSheet(app.system, course_id, exam, number, {
        entries: ids.map((student_id) => ({ student_id, marks: 1 })),
      });
    }
    const pages = async (query: object, limit: number, ctx = app.system) => {
      const found: string[][] = [];
      let cursor: string | undefined;
      do {
        const page = await results().list(ctx, { ...query, limit, ...(cursor ? { cursor } : {}) });
        found.push(page.items.map((r) => r.result_id));
        cursor = page.next_cursor ?? undefined;
      } while (cursor);
      for (const page of found.slice(0, -1)) expect(page).toHaveLength(limit);
      expect(new Set(found.flat()).size).toBe(found.flat().length);
      return found.flat().length;
    };
    for (const limit of [1, 4, 5, 1000]) {
      expect(await pages({ course_id }, limit)).toBe(15);
      expect(await pages({ course_id, exam_type: 'quiz' }, limit)).toBe(10);
      expect(await pages({ student_id: ids[0] }, limit)).toBe(3);
      expect(await pages({ student_id: ids[0], course_id, exam_type: 'final' }, limit)).toBe(1);
    }
    const { total } = app.services.stats.stats(app.system).results;
    expect(await pages({}, 50)).toBe(total);
    const { next_cursor } = await results().list(app.system, { course_id, limit: 1 });
    for (const cursor of ['x', next_cursor!.slice(2), Buffer.from('["__proto__",{}]').toString('base64url')]) {
      expect(await errorOf(results().list(app.system, { course_id, cursor }))).toMatchObject({ status: 422 });
    }
    expect(await errorOf(results().list(app.system, { student_id: ids[0]!, cursor: next_cursor! }))).toMatchObject({
      status: 422,
    });
    expect(await errorOf(results().list(app.system, { exam_type: 'oral' }))).toMatchObject({ status: 422 });
  });

  test('show students only theirs, and let teachers write only their own courses', async () => {
    const mine = await app.faculty();
    const other = await app.faculty();
    const learner = await app.student();
    const own = learner.user.student_id!;
    const { course_id, ids } = await classOf(1, { faculty_id: mine.user.user_id });
    await app.services.courses.changeRoster(app.system, course_id, { add: [own] });
    const add = (ctx = mine.ctx, student_id = own) =>
      results().add(ctx, { student_id, course_id, exam_type: 'quiz', marks: 3 });
    expect(await errorOf(add(other.ctx))).toMatchObject({ status: 403 });
    expect(await errorOf(add(learner.ctx))).toMatchObject({ status: 403 });
    const made = await add();
    const foreign = await add(mine.ctx, ids[0]);
    expect(await errorOf(results().change(other.ctx, made.result_id, 1, { marks: 4 }))).toMatchObject({ status: 403 });
    expect(await errorOf(results().saveSheet(other.ctx, course_id, 'quiz', 1, { entries: [] }))).toMatchObject({
      status: 403,
    });
    const { ctx } = learner;
    for (const query of [{}, { course_id }, { student_id: own }, { exam_type: 'quiz' }])
      expect((await results().list(ctx, query)).items).toEqual([made]);
    expect((await results().list(ctx, { student_id: ids[0]! })).items).toEqual([]);
    expect(await results().get(ctx, made.result_id)).toEqual(made);
    expect(await errorOf(results().get(ctx, foreign.result_id))).toMatchObject({ status: 404 });
    expect(await errorOf(results().remove(ctx, made.result_id, 1))).toMatchObject({ status: 403 });
    expect(await errorOf(results().sheet(ctx, course_id, 'quiz', 1))).toMatchObject({ status: 403 });
    expect(() => results().examsOfCourse(ctx, course_id)).toThrow('role');
  });
});
