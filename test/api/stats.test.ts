// Do the dashboard's numbers equal a recount of what is stored, whatever happened before?
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addDays } from '../../src/platform/clock.ts';
import { activityAnswer, statsAnswer } from '../../src/dashboard/dashboard.api.ts';
import type { Mark } from '../../src/attendance/mark.ts';
import type { Result } from '../../src/results/result.ts';
import type { Student } from '../../src/students/student.ts';
import { startTestApp } from '../support/app.ts';
import type { TestApp } from '../support/app.ts';
import { addCourse, addMembers, clientOf, expectProblem } from './client.ts';
import type { Client } from './client.ts';

let app: TestApp;
let admin: Client;

beforeAll(async () => {
  app = await startTestApp();
  admin = await clientOf((await app.admin()).browser);
});
afterAll(() => app.stop());

async function everything<T>(path: string): Promise<T[]> {
  const items: T[] = [];
  for (let cursor: string | null = ''; cursor !== null;) {
    const { body } = await admin('GET', `/api/${path}&limit=1000&cursor=${encodeURIComponent(cursor)}`);
    items.push(...(body.items as T[]));
    cursor = body.next_cursor as string | null;
  }
  return items;
}

const GRADES = ['A+', 'A', 'B+', 'B', 'C', 'D', 'F'] as const;
// Whole hundredths, so that the recount itself is exact.
const percent = (part: number, all: number) => (all === 0 ? null : Math.floor((part * 20_000 + all) / (2 * all)) / 100);

/** The numbers, counted from what the lists show. */
async function recount() {
  const students = (await admin('GET', '/api/students?page_size=500')).body.items as Student[];
  const courses = (await admin('GET', '/api/courses?page_size=500')).body.total as number;
  const marks = await everything<Mark>('attendance?from=2000-01-01');
  const results = await everything<Result>('results?student_id=');
  const today = app.today();
  const on = (date: string) => {
    const of = (status: string) => marks.filter((mark) => mark.date === date && mark.status === status).length;
    return { present: of('Present'), absent: of('Absent'), late: of('Late') };
  };
  const now = on(today);
  const hundredths = results.reduce((sum, one) => sum + Math.round(one.percentage * 100), 0);
  const passed = results.filter((one) => one.grade !== 'F').length;
  return {
    students: {
      total: students.length,
      active: students.filter((one) => one.status === 'active').length,
      by_program: Object.fromEntries(
        [...new Set(students.map((one) => one.program))].map((program) => [
          program,
          students.filter((one) => one.program === program).length,
        ]),
      ),
    },
    courses: { total: courses },
    attendance: {
      total: marks.length,
      today: { ...now, rate: percent(now.present + now.late, now.present + now.late + now.absent) },
      days: Array.from({ length: 30 }, (_, i) => {
        const date = addDays(today, i - 29);
        return { date, ...on(date) };
      }),
    },
    results: {
      total: results.length,
      average_percentage:
        results.length === 0 ? null : Math.floor((hundredths * 2 + results.length) / (2 * results.length)) / 100,
      pass_rate: percent(passed, results.length),
      grades: Object.fromEntries(GRADES.map((grade) => [grade, results.filter((one) => one.grade === grade).length])),
    },
  };
}

async function expectEqual() {
  const { status, body } = await admin('GET', '/api/stats');
  expect(status).toBe(200);
  const { as_of, ...stats } = statsAnswer.parse(body);
  expect(Math.abs(Date.parse(as_of) - Date.now())).toBeLessThan(60_000);
  expect(stats).toEqual(await recount());
  return stats;
}

describe('the numbers', () => {
  it('of an empty college are zeros and nulls', async () => {
    const stats = await expectEqual();
    expect(stats.results).toMatchObject({ total: 0, average_percentage: null, pass_rate: null });
    expect(stats.attendance.today.rate).toBeNull();
    expect(stats.attendance.days).toHaveLength(30);
    expect(stats.attendance.days[29]!.date).toBe(app.today());
  });

  it('equal a recount after sheets, changes, removals and races', async () => {
    const today = app.today();
    const course = await addCourse(app);
    const second = await addCourse(app);
    const members = await addMembers(app, course.course_id, 110);
    const few = await addMembers(app, second.course_id, 6);
    const STATUSES = ['Present', 'Absent', 'Late', 'Present', 'Present'];
    const sheet = (date: string, students: Student[], course_id: string, shift: number) =>
      admin('PUT', `/api/courses/${course_id}/attendance/${date}`, {
        body: { entries: students.map(({ student_id }, i) => ({ student_id, status: STATUSES[(i + shift) % 5] })) },
      });
    const exam = (type: string, students: Student[], course_id: string, max_marks: number) =>
      admin('PUT', `/api/courses/${course_id}/results/${type}`, {
        body: {
          max_marks,
          entries: students.map(({ student_id }, i) => ({ student_id, marks: (i * 7) % (max_marks + 1) })),
        },
      });
    const saved = await Promise.all([
      sheet(today, members, course.course_id, 0),
      sheet(today, few, second.course_id, 1),
      sheet(addDays(today, -29), few, second.course_id, 2),
      sheet(addDays(today, -30), few, second.course_id, 3),
      sheet(addDays(today, 1), few, second.course_id, 4),
      exam('final', members, course.course_id, 89),
      exam('quiz', few, second.course_id, 3),
    ]);
    expect(saved.map((one) => one.status)).toEqual(Array<number>(7).fill(200));
    await expectEqual();

    await sheet(today, members.slice(0, 50), course.course_id, 3);
    const [first, other, gone] = members;
    await admin('PUT', `/api/courses/${course.course_id}/results/final`, {
      body: {
        max_marks: 60,
        entries: [
          { student_id: first!.student_id, marks: 60 },
          { student_id: other!.student_id, marks: null },
        ],
      },
    });
    const patch = (student: Student, body: object) =>
      admin('PATCH', `/api/students/${student.student_id}`, { version: student.version, body });
    expect((await patch(few[0]!, { program: 'MSc', status: 'graduated' })).status).toBe(200);
    await expectEqual();

    const removed = await admin('DELETE', `/api/students/${gone!.student_id}`, { version: gone!.version });
    expect(removed.status).toBe(204);
    await expectEqual();

    const { student_id } = few[1]!;
    const body = { student_id, course_id: second.course_id, date: today, period: 4, status: 'Late' };
    const races = await Promise.all([
      ...Array.from({ length: 10 }, () => admin('POST', '/api/attendance', { body })),
      ...Array.from({ length: 5 }, (_, i) =>
        admin('POST', '/api/results', {
          body: { student_id, course_id: second.course_id, exam_type: 'midterm', marks: i },
        }),
      ),
    ]);
    expect(races.filter((one) => one.status === 201)).toHaveLength(2);
    await expectEqual();

    const course_now = await admin('GET', `/api/courses/${course.course_id}`);
    const dropped = await admin('DELETE', `/api/courses/${course.course_id}`, { version: course_now.body.version });
    expect(dropped.status).toBe(204);
    const stats = await expectEqual();
    expect(stats.results.total).toBe(7);
    expect(await everything<Mark>(`attendance?course_id=${course.course_id}`)).toEqual([]);
  });
});

describe('activity', () => {
  it('tells what happened, newest first, page by page', async () => {
    const { student_code } = await app.addStudent();
    const first = activityAnswer.parse((await admin('GET', '/api/activity?limit=1')).body);
    expect(first.items).toMatchObject([{ event: 'student_added', entity: 'student' }]);
    expect(first.items[0]!.summary).toContain(student_code);
    const seen = [...first.items];
    let before = first.next_before;
    while (before !== null && seen.length < 40) {
      const answer = await admin('GET', `/api/activity?limit=7&before=${encodeURIComponent(before)}`);
      expect(answer.status).toBe(200);
      const page = activityAnswer.parse(answer.body);
      seen.push(...page.items);
      before = page.next_before;
    }
    // As it was told, read backwards; calls under way at the same moment may carry times in another order.
    const told = app.events.map((event) => ({ at: event.stamp.at, summary: event.summary })).reverse();
    expect(seen.map(({ at, summary }) => ({ at, summary }))).toEqual(told.slice(0, seen.length));
  });

  it('tells of users only to admins, and nothing to students', async () => {
    const events = async (client: Client) =>
      activityAnswer.parse((await client('GET', '/api/activity?limit=500')).body).items.map((one) => one.entity);
    const teacher = await clientOf((await app.faculty()).browser);
    expect(await events(admin)).toContain('user');
    expect(await events(teacher)).not.toContain('user');
    const student = await clientOf((await app.student()).browser);
    expectProblem(await student('GET', '/api/activity'), 403);
    expectProblem(await student('GET', '/api/stats'), 403);
  });
});
