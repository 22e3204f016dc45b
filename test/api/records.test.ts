// Do records come, change and go as the contract says? Over HTTP, on all five of them.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { markAnswer } from '../../src/attendance/attendance.api.ts';
import type { Course } from '../../src/courses/course.ts';
import { courseAnswer } from '../../src/courses/courses.api.ts';
import { resultAnswer } from '../../src/results/results.api.ts';
import type { Student } from '../../src/students/student.ts';
import { studentAnswer } from '../../src/students/students.api.ts';
import { userAnswer } from '../../src/users/users.api.ts';
import { PASSWORD, startTestApp, unique } from '../support/app.ts';
import type { TestApp } from '../support/app.ts';
import { addCourse, addMembers, clientOf, expectProblem } from './client.ts';
import type { Client } from './client.ts';

let app: TestApp;
let admin: Client;
let course: Course;
let members: Student[];

beforeAll(async () => {
  app = await startTestApp();
  admin = await clientOf((await app.admin()).browser);
  course = await addCourse(app);
  members = await addMembers(app, course.course_id, 60);
});
afterAll(() => app.stop());

let next = 0;
const member = (): Student => members[(next += 1)]!;

const kinds = [
  {
    kind: 'students',
    id: 'student_id',
    schema: studentAnswer,
    input: () => ({ student_code: `N-${unique()}`, full_name: ' Ann  Lee ', program: 'BSc', email: '' }),
    patch: { semester: 4 },
  },
  {
    kind: 'courses',
    id: 'course_id',
    schema: courseAnswer,
    input: () => ({ course_code: `N-${unique()}`, course_name: 'Logic', credits: 2.5 }),
    patch: { capacity: 30 },
  },
  {
    kind: 'users',
    id: 'user_id',
    schema: userAnswer,
    input: () => ({ username: `n-${unique()}`, full_name: 'Ann', role: 'faculty', password: PASSWORD }),
    patch: { email: 'ann@college.edu' },
  },
  {
    kind: 'attendance',
    id: 'attendance_id',
    schema: markAnswer,
    input: () => ({
      student_id: member().student_id,
      course_id: course.course_id,
      date: app.today(),
      status: 'Present',
    }),
    patch: { status: 'Late' },
  },
  {
    kind: 'results',
    id: 'result_id',
    schema: resultAnswer,
    input: () => ({ student_id: member().student_id, course_id: course.course_id, exam_type: 'final', marks: 71 }),
    patch: { marks: 80 },
  },
];

describe.each(kinds)('$kind', ({ kind, id, schema, input, patch }) => {
  const base = `/api/${kind}`;
  const add = async () => {
    const answer = await admin('POST', base, { body: input() });
    expect([answer.status, answer.text]).toEqual([201, expect.any(String)]);
    return answer;
  };

  it('POST answers 201 with the record, its address and its version', async () => {
    const answer = await add();
    const record = schema.parse(answer.body);
    expect(answer.headers['location']).toBe(`${base}/${String(answer.body[id])}`);
    expect(answer.headers['etag']).toBe(`"${String(record.version)}"`);
    const read = await admin('GET', answer.headers['location']!);
    expect(read.status).toBe(200);
    expect(read.body).toEqual(answer.body);
    expect(read.headers['etag']).toBe(answer.headers['etag']);
  });

  it('PATCH changes what is named, and the version', async () => {
    const { body, headers } = await add();
    const answer = await admin('PATCH', headers['location']!, {
      headers: { 'If-Match': headers['etag']! },
      body: patch,
    });
    expect([answer.status, answer.text]).toEqual([200, expect.any(String)]);
    expect(schema.parse(answer.body).version).toBeGreaterThan(body.version as number);
    expect(answer.body).toMatchObject({ ...patch, [id]: body[id], created_at: body.created_at });
    expect(answer.headers['etag']).toBe(`"${String(answer.body.version)}"`);
  });

  it('PATCH that changes nothing answers 200 with the same version, and tells nobody', async () => {
    const { body, headers } = await add();
    const before = app.events.length;
    for (const nothing of [{}, Object.fromEntries(Object.keys(patch).map((key) => [key, body[key]]))]) {
      const answer = await admin('PATCH', headers['location']!, { version: body.version, body: nothing });
      expect([answer.status, answer.body]).toEqual([200, body]);
    }
    expect(app.events.length).toBe(before);
  });

  it('PATCH and DELETE of another version are 412 with what is stored now', async () => {
    const { body, headers } = await add();
    const path = headers['location']!;
    const changed = await admin('PATCH', path, { version: body.version, body: patch });
    for (const method of ['PATCH', 'DELETE']) {
      const answer = await admin(method, path, {
        version: body.version,
        ...(method === 'PATCH' ? { body: patch } : {}),
      });
      expectProblem(answer, 412);
      expect(answer.body.current).toEqual(changed.body);
      expectProblem(await admin(method, path, method === 'PATCH' ? { body: patch } : {}), 428);
    }
    expect((await admin('GET', path)).body).toEqual(changed.body);
  });

  it('of 20 changes of one version exactly one wins', async () => {
    const { body, headers } = await add();
    const wins = await Promise.all(
      Array.from({ length: 20 }, () => admin('PATCH', headers['location']!, { version: body.version, body: patch })),
    );
    expect(wins.map((one) => one.status).sort()).toEqual([200, ...Array<number>(19).fill(412)]);
  });

  it('DELETE answers 204 and leaves nothing behind', async () => {
    const { body, headers } = await add();
    const answer = await admin('DELETE', headers['location']!, { version: body.version });
    expect([answer.status, answer.text]).toEqual([204, '']);
    expectProblem(await admin('GET', headers['location']!), 404);
    expectProblem(await admin('DELETE', headers['location']!, { version: body.version }), 404);
    expectProblem(await admin('PATCH', headers['location']!, { body: patch }), 404);
  });

  it('of 50 that want to be the same exactly one is stored', async () => {
    const body = input();
    const answers = await Promise.all(Array.from({ length: 50 }, () => admin('POST', base, { body })));
    expect(answers.map((one) => one.status).sort()).toEqual([201, ...Array<number>(49).fill(409)]);
    const [first] = answers.filter((one) => one.status === 201);
    if (kind === 'attendance' || kind === 'results') {
      for (const one of answers) if (one.status === 409) expect(one.body.existing_id).toBe(first!.body[id]);
    }
  });

  it('refuses fields that are not the client’s to set', async () => {
    for (const field of ['version', 'created_at', id, 'deleting', '__proto__', 'constructor', 'password_hash']) {
      const raw = JSON.stringify(input()).replace('{', `{${JSON.stringify(field)}:{"x":1},`);
      const answer = await admin('POST', base, { raw });
      expectProblem(answer, 422);
      expect(answer.body.errors).toContainEqual({ field, message: expect.any(String) });
    }
    expect(({} as Record<string, unknown>)['x']).toBeUndefined();
  });
});

describe('natural keys', () => {
  it('make the id, and can not be changed', async () => {
    const mark = await admin('POST', '/api/attendance', { body: kinds[3]!.input() });
    const result = await admin('POST', '/api/results', { body: kinds[4]!.input() });
    for (const field of ['student_id', 'course_id', 'date', 'period', 'marked_by', 'student_name']) {
      const answer = await admin('PATCH', mark.headers['location']!, {
        version: mark.body.version,
        body: { [field]: mark.body[field] },
      });
      expectProblem(answer, 422);
    }
    for (const field of ['student_id', 'course_id', 'exam_type', 'number', 'percentage', 'grade', 'entered_by']) {
      const answer = await admin('PATCH', result.headers['location']!, {
        version: result.body.version,
        body: { [field]: result.body[field] },
      });
      expectProblem(answer, 422);
    }
  });

  it('a record made again never repeats a version', async () => {
    const body = kinds[3]!.input();
    const first = await admin('POST', '/api/attendance', { body });
    await admin('DELETE', first.headers['location']!, { version: first.body.version });
    const second = await admin('POST', '/api/attendance', { body });
    expect(second.body.attendance_id).toBe(first.body.attendance_id);
    expect(second.body.version).toBeGreaterThan(first.body.version as number);
    expectProblem(await admin('PATCH', second.headers['location']!, { version: first.body.version, body: {} }), 412);
  });

  it('ask for a student who takes the course', async () => {
    const other = await app.addStudent();
    const { course_id } = course;
    for (const [student_id, course_, field] of [
      [other.student_id, course_id, 'student_id'],
      [randomUUID(), course_id, 'student_id'],
      [member().student_id, randomUUID(), 'course_id'],
    ]) {
      const body = { student_id, course_id: course_, date: app.today(), status: 'Late' };
      const answer = await admin('POST', '/api/attendance', { body });
      expectProblem(answer, 422);
      expect(answer.body.errors).toContainEqual({ field, message: expect.any(String) });
      const exam = { student_id, course_id: course_, exam_type: 'quiz', marks: 1 };
      expectProblem(await admin('POST', '/api/results', { body: exam }), 422);
    }
  });
});

describe('names', () => {
  it('are one whatever the case and the way they are written', async () => {
    const code = `Zoë-${unique()}`;
    const body = (student_code: string) => ({ student_code, full_name: 'A', program: 'B' });
    expect((await admin('POST', '/api/students', { body: body(code) })).status).toBe(201);
    for (const other of [code.toUpperCase(), ` ${code} `, code.normalize('NFD')]) {
      const answer = await admin('POST', '/api/students', { body: body(other) });
      expectProblem(answer, 409);
      expect(answer.body.errors[0].field).toBe('student_code');
    }
  });

  it('may be taken again once they are free', async () => {
    const body = kinds[1]!.input();
    const first = await admin('POST', '/api/courses', { body });
    const moved = { version: 1, body: { course_code: `M-${unique()}` } };
    expect((await admin('PATCH', first.headers['location']!, moved)).status).toBe(200);
    expect((await admin('POST', '/api/courses', { body })).status).toBe(201);
    const back = { version: 2, body: { course_code: (body as { course_code: string }).course_code } };
    expectProblem(await admin('PATCH', first.headers['location']!, back), 409);
  });
});

describe('optional fields', () => {
  it("are null without value, and null or '' clears them", async () => {
    const body = { ...kinds[0]!.input(), phone: '123', guardian_email: 'g@college.edu' };
    const { headers } = await admin('POST', '/api/students', { body });
    const answer = await admin('PATCH', headers['location']!, {
      version: 1,
      body: { phone: '', guardian_email: null },
    });
    expect(answer.body).toMatchObject({ phone: null, guardian_email: null, email: null, semester: null, version: 2 });
    expect(answer.body.full_name).toBe('Ann  Lee');
  });
});

describe('lists', () => {
  it('answer full pages in order, every page once', async () => {
    const program = `P-${unique()}`;
    await Promise.all(Array.from({ length: 30 }, () => app.addStudent({ program })));
    const seen: string[] = [];
    for (const page of [1, 2, 3, 4]) {
      const { body } = await admin('GET', `/api/students?program=${program}&page=${String(page)}&page_size=10`);
      expect(body).toMatchObject({ total: 30, page, page_size: 10 });
      expect(body.items).toHaveLength(page < 4 ? 10 : 0);
      for (const one of body.items as unknown[]) seen.push(studentAnswer.parse(one).student_id);
    }
    expect(new Set(seen).size).toBe(30);
  });

  it('of marks and results are read on by their cursor', async () => {
    const taught = await addCourse(app);
    const students = await addMembers(app, taught.course_id, 7);
    const entries = students.map(({ student_id }) => ({ student_id, status: 'Present' }));
    for (const date of ['2026-03-02', '2026-03-04', '2026-03-03']) {
      await app.services.attendance.saveSheet(app.system, taught.course_id, date, 1, { entries });
    }
    const dates: string[] = [];
    const ids = new Set<string>();
    let cursor: string | null = '';
    let pages = 0;
    while (cursor !== null) {
      const { body, status } = await admin(
        'GET',
        `/api/attendance?course_id=${taught.course_id}&limit=5&cursor=${encodeURIComponent(cursor)}`,
      );
      expect(status).toBe(200);
      for (const one of body.items as unknown[]) {
        const mark = markAnswer.parse(one);
        dates.push(mark.date);
        ids.add(mark.attendance_id);
      }
      cursor = body.next_cursor as string | null;
      pages += 1;
      expect(body.items).toHaveLength(cursor === null ? 1 : 5);
    }
    expect([pages, ids.size]).toEqual([5, 21]);
    expect(dates).toEqual([...dates].sort().reverse());
  });

  it('of results can be narrowed in every way', async () => {
    const taught = await addCourse(app);
    const [student, mate] = await addMembers(app, taught.course_id, 2);
    for (const exam_type of ['quiz', 'final'] as const) {
      for (const one of [student!, mate!]) {
        const body = { student_id: one.student_id, course_id: taught.course_id, exam_type, marks: 50 };
        expect((await admin('POST', '/api/results', { body })).status).toBe(201);
      }
    }
    const of_student = `student_id=${student!.student_id}`;
    const of_course = `course_id=${taught.course_id}`;
    for (const [query, n] of [
      [of_student, 2],
      [of_course, 4],
      [`${of_student}&${of_course}`, 2],
      [`${of_course}&exam_type=quiz`, 2],
      [`${of_student}&exam_type=quiz`, 1],
      [`${of_student}&${of_course}&exam_type=final`, 1],
      [`${of_student}&course_id=${randomUUID()}`, 0],
    ] as const) {
      const answer = await admin('GET', `/api/results?${query}`);
      expect([query, answer.status, (answer.body.items as unknown[] | undefined)?.length]).toEqual([query, 200, n]);
    }
  });
});

describe('users', () => {
  it('never show a password or its hash, and a new password ends their sessions', async () => {
    const person = await app.faculty();
    const client = await clientOf(person.browser);
    expect((await client('GET', '/api/session')).status).toBe(200);
    const path = `/api/users/${person.user.user_id}`;
    const answer = await admin('PATCH', path, { version: 1, body: { password: 'another good one' } });
    expect(answer.status).toBe(200);
    expect(answer.text).not.toMatch(/another good one|\$2[aby]\$|hash/);
    expectProblem(await client('GET', '/api/session'), 401);
  });

  it.each([
    ['short', 'nine char'],
    ['72 bytes and one', 'é'.repeat(36) + 'x'],
    ['a NUL', 'ten characters\u0000'],
  ])('refuse a password of %s', async (_, password) => {
    const answer = await admin('POST', '/api/users', { body: { ...kinds[2]!.input(), password } });
    expectProblem(answer, 422);
    expect(answer.body.errors[0].field).toBe('password');
    expect(answer.text).not.toContain(password);
  });

  it('who teach can not go before their courses', async () => {
    const { user } = await app.faculty();
    const taught = await addCourse(app, { faculty_id: user.user_id });
    const path = `/api/users/${user.user_id}`;
    for (const answer of [
      await admin('DELETE', path, { version: 1 }),
      await admin('PATCH', path, { version: 1, body: { active: false } }),
    ]) {
      expectProblem(answer, 409);
      expect(answer.body.detail).toContain(taught.course_code);
    }
  });
});

describe('the roster', () => {
  it('takes students on and off, and is safe to repeat', async () => {
    const { course_id } = await addCourse(app, { capacity: 3 });
    const path = `/api/courses/${course_id}/roster`;
    const ids = (await Promise.all(Array.from({ length: 4 }, () => app.addStudent()))).map((one) => one.student_id);
    const first = await admin('PUT', path, { body: { add: ids.slice(0, 3) } });
    expect([first.status, first.body]).toEqual([200, { added: 3, removed: 0, unchanged: 0 }]);
    expect((await admin('PUT', path, { body: { add: ids.slice(0, 3) } })).body).toMatchObject({
      added: 0,
      unchanged: 3,
    });
    expectProblem(await admin('PUT', path, { body: { add: [ids[3]] } }), 409);
    const swap = await admin('PUT', path, { body: { add: [ids[3]], remove: [ids[0]] } });
    expect(swap.body).toEqual({ added: 1, removed: 1, unchanged: 0 });
    expect((await admin('GET', `/api/students/${ids[0]!}`)).body).toMatchObject({ version: 3, enrolled_courses: [] });
    for (const body of [
      { add: 'x' },
      { add: [randomUUID()] },
      { add: [ids[1], ids[1]] },
      { nonsense: [] },
      { add: [null] },
    ]) {
      expectProblem(await admin('PUT', path, { body }), 422);
    }
    expectProblem(await admin('PUT', path, { body: { add: Array.from({ length: 501 }, () => randomUUID()) } }), 422);
    expectProblem(await admin('PUT', `/api/courses/${randomUUID()}/roster`, { body: { add: [] } }), 404);
  });
});
