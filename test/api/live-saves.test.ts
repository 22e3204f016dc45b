// Do sheets that save row by row hold when many people do so at once, and do they say who stored what?
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../../src/platform/ids.ts';
import { startTestApp } from '../support/app.ts';
import type { Person, TestApp } from '../support/app.ts';

let app: TestApp;
let people: Person[];
let course_id: string;
let ids: string[];

beforeAll(async () => {
  app = await startTestApp();
  people = await Promise.all([1, 2, 3].map((n) => app.admin({ full_name: `Person ${String(n)}` })));
  const course = await app.services.courses.add(app.system, { course_code: 'L1', course_name: 'Live', credits: 1 });
  course_id = course.course_id;
  ids = [];
  for (let n = 0; n < 30; n += 1) ids.push((await app.addStudent({ enrolled_courses: [course_id] })).student_id);
});
afterAll(() => app.stop());

const address = (date: string): string => `/api/courses/${course_id}/attendance/${date}`;

describe('one-row saves', () => {
  it('of three people on one sheet at the same time are all stored, each once', async () => {
    const before = app.events.length;
    const began = performance.now();
    const answers = await Promise.all(
      ids.map((student_id, n) =>
        people[n % 3]!.browser.api(
          'PUT',
          address('2026-03-02'),
          { entries: [{ student_id, status: 'Present', version: 0 }] },
          { 'idempotency-key': newId() },
        ),
      ),
    );
    const took = performance.now() - began;
    expect(answers.map(({ status }) => status)).toEqual(ids.map(() => 200));
    expect(new Set(answers.map(({ json }) => (json as { version: number }).version)).size).toBe(30);
    expect(app.events.length - before).toBe(30);
    const { json } = await people[0]!.browser.api('GET', address('2026-03-02'));
    const rows = (json as { entries: { status: string }[] }).entries;
    expect(rows.every(({ status }) => status === 'Present')).toBe(true);
    // Far from a bound that a loaded machine would reach; a queue that stands still would.
    expect(took).toBeLessThan(20_000);
  });

  it('of sixty registers at once are all stored', async () => {
    const dates = Array.from({ length: 60 }, (_, n) => new Date(Date.UTC(2026, 3, n + 1)).toISOString().slice(0, 10));
    const answers = await Promise.all(
      dates.map((date, n) =>
        people[n % 3]!.browser.api('PUT', address(date), {
          entries: ids.map((student_id) => ({ student_id, status: 'Late', version: 0 })),
        }),
      ),
    );
    expect(answers.map(({ status }) => status)).toEqual(dates.map(() => 200));
  });
});

describe('a row', () => {
  it('says when and by whom it was stored, on the sheet and in a refusal; nobody where nothing is', async () => {
    const path = address('2026-03-03');
    const [student_id] = ids;
    await people[1]!.browser.api('PUT', path, { entries: [{ student_id, status: 'Absent', version: 0 }] });
    const sheet = await people[0]!.browser.api('GET', path);
    const rows = sheet.json.entries as { student_id: string; updated_at: string | null; updated_by: string | null }[];
    const stored = rows.find((row) => row.student_id === student_id);
    expect(stored?.updated_by).toBe('Person 2');
    expect(Date.parse(stored?.updated_at ?? '')).toBeGreaterThan(Date.now() - 60_000);
    expect(rows.find((row) => row.student_id === ids[1])).toMatchObject({ updated_at: null, updated_by: null });
    const late = await people[0]!.browser.api('PUT', path, {
      entries: [{ student_id, status: 'Present', version: 0 }],
    });
    expect(late.status).toBe(412);
    expect(late.json.current[0]).toMatchObject({ status: 'Absent', updated_by: 'Person 2' });
  });

  it('has a name also when its writer is gone', async () => {
    const path = address('2026-03-04');
    const gone = await app.admin({ full_name: 'Short Stay' });
    await gone.browser.api('PUT', path, { entries: [{ student_id: ids[0], status: 'Late' }] });
    const { version } = app.services.users.get(app.system, gone.user.user_id);
    await app.services.users.remove(app.system, gone.user.user_id, version);
    const { json } = await people[0]!.browser.api('GET', path);
    const row = (json.entries as { student_id: string; updated_by: string }[]).find((one) => one.student_id === ids[0]);
    expect(row?.updated_by).toBe('Somebody who left');
  });

  it('is never shown to a student, nor who stored it', async () => {
    const student = await app.student({ student_id: ids[0]! });
    expect((await student.browser.api('GET', address('2026-03-03'))).status).toBe(403);
    const own = await student.browser.api('GET', '/api/attendance?date=2026-03-03');
    expect(own.json.items).toHaveLength(1);
    expect(own.text).not.toContain('Person 2');
  });
});
