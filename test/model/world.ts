// What does a random history work on? The services, the model beside them, and a journal that a person can read.
import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import { addDays } from '../../src/platform/clock.ts';
import { Refusal } from '../../src/platform/errors.ts';
import type { Context, KeptAnswer } from '../../src/platform/actor.ts';
import { markId } from '../../src/attendance/mark.ts';
import { resultId } from '../../src/results/result.ts';
import type { ExamType } from '../../src/results/result.ts';
import { startCollege } from '../support/college.ts';
import type { College } from '../support/college.ts';
import type { TestEngine } from '../support/engine.ts';
import { createModel } from './model.ts';
import type { Model, Outcome } from './model.ts';

/** A well-formed id of nobody. */
export const NOBODY = '00000000-0000-4000-8000-000000000000';

export interface World {
  college: College;
  model: Model;
  /** One line an operation: what was asked and what came of it. */
  journal: string[];
  /** Ids of whatever was removed. */
  gone: string[];
  /** Short names for ids, for the journal. */
  names: Map<string, string>;
  restart: () => Promise<void>;
}

/** What every history begins with. */
const COURSES = 3;
const STUDENTS = 7;

/** The model has no clock. */
const withoutTimes = <T extends object>(record: T): T =>
  Object.fromEntries(Object.entries(record).filter(([field]) => !field.endsWith('_at'))) as T;

export async function createWorld(engine: TestEngine): Promise<World> {
  const model = createModel();
  const world: World = {
    college: await startCollege(engine),
    model,
    journal: [],
    gone: [],
    names: new Map([[NOBODY, 'nobody']]),
    restart: async () => {
      world.college.close();
      world.college = await startCollege(engine);
    },
  };
  const { services, system } = world.college;
  await services.users.ensureFirstAdmin('admin', 'correct horse battery');
  const { user_id, username, full_name, student_id, active, version } = services.users.list(system, {}).items[0]!;
  model.users.set(user_id, { user_id, username, full_name, role: 'admin', student_id, active, version });
  world.names.set(user_id, 'the first admin');
  for (let i = 0; i < COURSES; i++) {
    const { course_id, ...course } = await world.college.course({ capacity: i === 0 ? STUDENTS + 1 : null });
    model.courses.set(course_id, { course_id, ...withoutTimes(course) });
    called(world, 'course', course_id);
  }
  for (let i = 0; i < STUDENTS; i++) {
    const enrolled_courses = [...model.courses.keys()].slice(i % 2);
    const { student_id, ...student } = await world.college.student({ enrolled_courses });
    model.students.set(student_id, { student_id, ...withoutTimes(student) });
    called(world, 'student', student_id);
  }
  return world;
}

/** Somebody of these by number; every fortieth is gone, or was never there. */
export function pick(world: World, alive: ReadonlyMap<string, unknown>, n: number): string {
  const ids = [...alive.keys()];
  if (ids.length === 0 || n % 40 === 39) return world.gone[n % (world.gone.length + 1)] ?? NOBODY;
  return ids[n % ids.length] ?? NOBODY;
}

/** Gives a new record a name for the journal, `student 3`. */
export function called(world: World, kind: string, id: string): void {
  const n = [...world.names.values()].filter((name) => name.startsWith(kind)).length;
  world.names.set(id, `${kind} ${String(n + 1)}`);
}

/** A part of a line, with names instead of ids. */
const readable = (world: World, part: unknown): string =>
  (typeof part === 'string' ? part : JSON.stringify(part)).replaceAll(
    /"?([0-9a-f]{8}-[0-9a-f-]{27})"?/g,
    (all, id: string) => world.names.get(id) ?? all,
  );

export interface Asked<T> {
  /** In words, with ids in it; for the journal. */
  what: [verb: string, ...about: unknown[]];
  /** What the model says. */
  outcome: Outcome<T>;
  call: (ctx: Context) => Promise<unknown>;
  /** Under an Idempotency-Key, and then sent once more. */
  keyed?: boolean;
  /** What of the model's answer must be in the real one. */
  shown?: (done: T) => unknown;
}

/** Does it, and demands that the services say what the model says. Returns the real answer, if it was done. */
export async function agree<T>(world: World, asked: Asked<T>): Promise<unknown> {
  const { outcome, call, keyed = false, shown = (done: T): unknown => done } = asked;
  const { system, services } = world.college;
  const key = { key: randomUUID(), request: 'a digest', answer: (result: unknown) => answerOf(result) };
  const ctx: Context = keyed ? { actor: system.actor, key } : system;
  const line = asked.what
    .map((part) => readable(world, part))
    .join(' ')
    .replaceAll(/ +/g, ' ');
  let real: Outcome<unknown>;
  try {
    real = { done: await call(ctx) };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    real = error.status;
  }
  world.journal.push(`${line}${keyed ? ' (twice)' : ''} → ${typeof real === 'number' ? String(real) : 'done'}`);
  if (typeof outcome === 'number' || typeof real === 'number') {
    expect(real, line).toEqual(typeof outcome === 'number' ? outcome : { done: shown(outcome.done) });
    return undefined;
  }
  const wanted = shown(outcome.done);
  if (wanted === undefined) expect(real.done, line).toBeUndefined();
  else expect(real.done, line).toMatchObject(wanted as object);
  if (keyed) {
    const kept = await services.keys.find(system.actor.user_id, key.key);
    expect(kept?.answer).toEqual(answerOf(real.done));
    await expect(call(ctx)).rejects.toThrow();
  }
  return real.done;
}

const answerOf = (result: unknown): KeptAnswer => ({ status: 200, headers: {}, body: result ?? null });

/** The parts of a sheet's name. */
export function partsOf(key: string): { course_id: string; marks: boolean; name: string; n: number } {
  const [course_id = '', kind, name = '', n = ''] = key.split('/');
  return { course_id, marks: kind === 'attendance', name, n: Number(n) };
}

/** The id of a row is made of what it is about. */
export function rowId(key: string, student_id: string): string {
  const { course_id, marks, name, n } = partsOf(key);
  return marks
    ? markId(student_id, { course_id, date: name, period: n })
    : resultId(student_id, { course_id, exam_type: name as ExamType, number: n });
}

export const dayOf = (world: World, offset: number): string => addDays(world.college.today(), offset);
