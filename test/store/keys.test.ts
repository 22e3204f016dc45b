// Is a call with an Idempotency-Key done once, and is its answer kept for 14 days?
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Context, KeptAnswer } from '../../src/platform/actor.ts';
import { KeyUsed } from '../../src/platform/errors.ts';
import { audit } from '../support/audit.ts';
import { startCollege } from '../support/college.ts';
import type { College } from '../support/college.ts';
import { unique } from '../support/app.ts';
import { startTestEngine } from '../support/engine.ts';
import type { TestEngine } from '../support/engine.ts';

let engine: TestEngine;
let college: College;

beforeAll(async () => {
  engine = await startTestEngine();
  college = await startCollege(engine);
});
afterAll(async () => {
  expect(await audit(engine.dynamo)).toEqual([]);
  college.close();
  await engine.stop();
});

const keyed = (key: string, user_id = 'system'): Context => ({
  actor: { ...college.system.actor, user_id },
  key: {
    key,
    request: `digest of ${key}`,
    answer: (body): KeptAnswer => ({ status: 201, headers: { etag: '"1"' }, body }),
  },
});
const fields = () => ({ student_code: `K-${unique()}`, full_name: 'Ann', program: 'BSc' });

describe('a key', () => {
  test('keeps the first answer, with the digest of its request', async () => {
    const key = `key-${unique()}`;
    expect(await college.services.keys.find('system', key)).toBeUndefined();
    const student = await college.services.students.add(keyed(key), fields());
    const kept = { request: `digest of ${key}`, answer: { status: 201, headers: { etag: '"1"' }, body: student } };
    expect(await college.services.keys.find('system', key)).toEqual(kept);
  });

  test('sent twenty times at once does it once', async () => {
    const key = `key-${unique()}`;
    const before = college.events.length;
    const input = fields();
    const all = await Promise.allSettled(
      Array.from({ length: 20 }, () => college.services.students.add(keyed(key), input)),
    );
    expect(all.filter((r) => r.status === 'fulfilled')).toHaveLength(1);
    for (const r of all) if (r.status === 'rejected') expect(r.reason).toBeInstanceOf(KeyUsed);
    expect(college.events.length).toBe(before + 1);
  });

  test('belongs to its user', async () => {
    const key = `key-${unique()}`;
    await college.services.students.add(keyed(key), fields());
    await college.services.students.add(keyed(key, 'somebody-else'), fields());
    await expect(college.services.students.add(keyed(key), fields())).rejects.toBeInstanceOf(KeyUsed);
  });

  test('guards changes, removals, sheets, rosters, and what changes nothing', async () => {
    const { students, courses, attendance } = college.services;
    const { course_id, ids } = await college.classOf(100);
    const [student_id = ''] = ids;
    const entries = ids.map((id) => ({ student_id: id, status: 'Late' }));
    const calls: ((ctx: Context) => Promise<unknown>)[] = [
      (ctx) => students.change(ctx, student_id, 1, {}),
      (ctx) => students.change(ctx, student_id, 1, { semester: 2 }),
      (ctx) => attendance.saveSheet(ctx, course_id, '2026-01-05', 1, { entries: entries.slice(0, 3) }),
      (ctx) => attendance.saveSheet(ctx, course_id, '2026-01-05', 2, { entries }),
      (ctx) => attendance.saveSheet(ctx, course_id, '2026-01-05', 2, { entries }),
      (ctx) => courses.changeRoster(ctx, course_id, { remove: ids.slice(1, 60) }),
      (ctx) => courses.changeRoster(ctx, course_id, { remove: ids.slice(1, 60) }),
      (ctx) => students.remove(ctx, student_id, 3),
      (ctx) => courses.remove(ctx, course_id, 1),
    ];
    await students.change(college.system, student_id, 1, { phone: '1' }).catch(() => undefined);
    for (const [i, call] of calls.entries()) {
      const ctx = keyed(`call-${String(i)}-${unique()}`);
      const version = students.get(college.system, student_id).version;
      const first = await (i < 2
        ? students.change(ctx, student_id, version, i === 0 ? {} : { semester: 2 })
        : call(ctx));
      const { answer } = (await college.services.keys.find('system', ctx.key?.key ?? ''))!;
      expect(answer.body).toEqual(first);
      if (i === 7) break;
      const before = college.events.length;
      await expect(
        i < 2 ? students.change(ctx, student_id, version + i, { semester: 9 }) : call(ctx),
      ).rejects.toBeInstanceOf(KeyUsed);
      expect(college.events.length).toBe(before);
    }
    await courses.remove(college.system, course_id, 1);
  });

  test('of a refused call is free', async () => {
    const key = `key-${unique()}`;
    await expect(college.services.students.add(keyed(key), {})).rejects.toMatchObject({ status: 422 });
    expect(await college.services.keys.find('system', key)).toBeUndefined();
    await college.services.students.add(keyed(key), fields());
  });

  test('expires after 14 days, and may then be used anew', async () => {
    const key = `key-${unique()}`;
    await college.services.students.add(keyed(key), fields());
    college.passTime(14 * 86_400_000 - 60_000);
    await expect(college.services.students.add(keyed(key), fields())).rejects.toBeInstanceOf(KeyUsed);
    college.passTime(61_000);
    expect(await college.services.keys.find('system', key)).toBeUndefined();
    const again = await college.services.students.add(keyed(key), fields());
    expect((await college.services.keys.find('system', key))?.answer.body).toEqual(again);
  });
});
