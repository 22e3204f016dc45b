// Is anything ever served that is older than the last answered write? Eight people at once, whatever chance makes them do.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Refusal, Unavailable } from '../../src/platform/errors.ts';
import { createRandom } from '../../src/seed/random.ts';
import { audit, recountStats } from '../support/audit.ts';
import { startCollege } from '../support/college.ts';
import type { College } from '../support/college.ts';
import { startTestEngine } from '../support/engine.ts';
import type { TestEngine } from '../support/engine.ts';
import { createKnown } from './known.ts';
import type { Known } from './known.ts';

const PEOPLE = 8;
const STEPS = 40;
const STATUSES = ['Present', 'Absent', 'Late'] as const;
const EXAMS = ['quiz', 'final'] as const;
const PAUSE_MS = 6;

let engine: TestEngine;
beforeAll(async () => {
  engine = await startTestEngine();
});
afterAll(() => engine.stop());

/** Everything one run of people shares. */
interface Run {
  college: College;
  known: Known;
  courses: string[];
  dates: string[];
}

const sheetKey = (course_id: string, name: string): string => `sheet ${course_id} ${name}`;

function person({ college, known, courses, dates }: Run, seed: number) {
  const chance = createRandom(seed, 'person');
  const { services, system } = college;
  const someStudent = (): string => chance.pick(known.alive('student '));
  const someSheet = () => ({ course_id: chance.pick(courses), date: chance.pick(dates) });

  const steps = {
    addStudent: async () => {
      const made = await college.student({ enrolled_courses: courses });
      known.stored(`student ${made.student_id}`, made.version, made.full_name);
    },
    rename: async () => {
      const id = someStudent();
      const { version } = services.students.get(system, id);
      const full_name = `Bea ${String(chance.whole(1, 1e9))}`;
      const made = await services.students.change(system, id, version, { full_name });
      known.stored(`student ${id}`, made.version, made.full_name);
    },
    removeStudent: async () => {
      // Somebody must be left for the others, though all remove at once.
      if (known.alive('student ').length <= PEOPLE) return;
      const id = someStudent();
      const { version } = services.students.get(system, id);
      await known.removes(
        [`student ${id}`, ...known.alive('mark ', id), ...known.alive('result ', id)],
        () => services.students.remove(system, id, version),
        Infinity,
      );
    },
    mark: async () => {
      const { course_id, date } = someSheet();
      const input = { student_id: someStudent(), course_id, date, status: chance.pick(STATUSES) };
      const made = await services.attendance.add(system, input);
      known.stored(`mark ${made.attendance_id} ${made.student_id}`, made.version, made.status);
      known.stored(sheetKey(course_id, date), made.version, '');
    },
    changeMark: async () => {
      const marks = known.alive('mark ');
      if (marks.length === 0) return;
      const key = chance.pick(marks);
      const id = key.split(' ')[1] ?? '';
      const old = await services.attendance.get(system, id);
      if (chance.chance(0.4)) {
        await known.removes([key], () => services.attendance.remove(system, id, old.version), old.version);
        return;
      }
      const made = await services.attendance.change(system, id, old.version, { status: chance.pick(STATUSES) });
      known.stored(key, made.version, made.status);
      known.stored(sheetKey(made.course_id, made.date), made.version, '');
    },
    result: async () => {
      const exam = { course_id: chance.pick(courses), exam_type: chance.pick(EXAMS) };
      const made = await services.results.add(system, {
        student_id: someStudent(),
        ...exam,
        marks: chance.whole(0, 100),
      });
      known.stored(`result ${made.result_id} ${made.student_id}`, made.version, made.grade);
    },
    saveSheet: async () => {
      const { course_id, date } = someSheet();
      const before = await services.attendance.sheet(system, course_id, date, 1);
      const entries = chance
        .sample(before.entries, 5, () => 1)
        .map(({ student_id, version }) => ({ student_id, version, status: chance.pick(STATUSES) }));
      const saved = await services.attendance.saveSheet(system, course_id, date, 1, { entries });
      if (saved.created + saved.updated > 0) known.stored(sheetKey(course_id, date), saved.version, '');
    },
    readStudent: () => {
      for (const id of known.ids('student ')) {
        const look = known.look(`student ${id}`);
        look.found(
          ifThere(() => services.students.get(system, id)),
          ({ full_name }) => full_name,
        );
      }
      return Promise.resolve();
    },
    search: () => {
      const key = `student ${someStudent()}`;
      const look = known.look(key);
      const q = known.body(key) ?? '';
      const now = ifThere(() => services.students.get(system, key.split(' ')[1] ?? ''));
      const { items } = services.students.list(system, { q, sort: 'full_name', page_size: 500 });
      // Found under the name of the last answered write, unless somebody renames or removes it right now.
      if (now?.full_name === q)
        look.found(
          items.find((s) => s.student_id === now.student_id),
          (s) => s.full_name,
        );
      return Promise.resolve();
    },
    list: () => {
      const looks = known.ids('student ').map((id) => ({ id, look: known.look(`student ${id}`) }));
      const { items } = services.students.list(system, { page_size: 500 });
      const listed = new Map(items.map((item) => [item.student_id, item]));
      for (const { id, look } of looks) look.found(listed.get(id), ({ full_name }) => full_name);
      return Promise.resolve();
    },
    readMark: async () => {
      const key = chance.pick(known.all('mark '));
      const look = known.look(key);
      const found = await services.attendance.get(system, key.split(' ')[1] ?? '').catch((error: unknown) => {
        if (!isGone(error)) throw error;
        return undefined;
      });
      look.found(found, ({ status }) => status);
    },
    readSheet: async () => {
      const { course_id, date } = someSheet();
      const look = known.look(sheetKey(course_id, date));
      const marks = known.all('mark ').map((key) => ({ id: key.split(' ')[1], look: known.look(key) }));
      const sheet = await services.attendance.sheet(system, course_id, date, 1);
      look.atLeast(sheet.version);
      const rows = new Map(sheet.entries.map((row) => [row.attendance_id, row]));
      for (const { id, look } of marks) {
        const row = rows.get(id ?? null);
        if (row) look.found(row, ({ status }) => String(status));
      }
    },
    stats: () => {
      const { students } = services.stats.stats(system);
      expect(students.total).toBe(services.students.list(system, {}).total);
      return Promise.resolve();
    },
  };
  const weights = Object.entries({ mark: 5, changeMark: 4, rename: 3, saveSheet: 3, result: 2, removeStudent: 0.4 });
  const weightOf = (name: string): number => weights.find(([one]) => one === name)?.[1] ?? 2;

  return async () => {
    for (let n = 0; n < STEPS; n++) {
      const step = chance.weighted(Object.keys(steps) as (keyof typeof steps)[], weightOf);
      try {
        await steps[step]();
      } catch (error) {
        // Somebody else was faster, or has removed it: an answer, too.
        if (!(error instanceof Refusal) || error instanceof Unavailable) throw error;
      }
    }
  };
}

function ifThere<T>(get: () => T): T | undefined {
  try {
    return get();
  } catch (error) {
    if (!isGone(error)) throw error;
    return undefined;
  }
}

const isGone = (error: unknown): boolean => error instanceof Refusal && error.status === 404;

/** What every listener hears is in memory by then. */
function demandMemoryBeforeEvents({ services, system, events }: College): void {
  const push = events.push.bind(events);
  events.push = (...told) => {
    for (const event of told) {
      if (!('sheet_version' in event) || !('date' in event)) continue;
      const lines = services.attendance.sheetsOfCourse(system, event.course_id);
      const line = lines.find(({ date, period }) => date === event.date && period === event.period);
      if (line) expect(line.version).toBeGreaterThanOrEqual(event.sheet_version);
    }
    return push(...told);
  };
}

test.each([1, 2, 3])(
  'nothing is served that is older than the last answered write, run %i',
  async (seed) => {
    const known = createKnown();
    let courses: string[] = [];
    // The second time everything is read anew: caches are cold.
    for (const restarted of [false, true]) {
      const college = await startCollege(engine);
      const chance = createRandom(seed, `pauses ${String(restarted)}`);
      const wait = () => new Promise<void>((resolve) => setTimeout(resolve, chance.whole(0, PAUSE_MS)));
      if (!restarted) {
        courses = await Promise.all([1, 2].map(async () => (await college.course()).course_id));
        for (let n = 0; n < 8; n++) {
          const made = await college.student({ enrolled_courses: courses });
          known.stored(`student ${made.student_id}`, made.version, made.full_name);
        }
        const [course_id = ''] = courses;
        const [student_id = ''] = known.ids('student ');
        const mark = { student_id, course_id, date: college.today(), status: 'Late' };
        const made = await college.services.attendance.add(college.system, mark);
        known.stored(`mark ${made.attendance_id} ${student_id}`, made.version, made.status);
      }
      demandMemoryBeforeEvents(college);
      college.line.before = wait;
      college.line.after = wait;
      const run = { college, known, courses, dates: [college.today(), '2024-02-29'] };
      const people = Array.from({ length: PEOPLE }, (_, n) => person(run, seed * 1_000 + n + (restarted ? 500 : 0)));
      await Promise.all(people.map((go) => go()));
      expect(known.faults).toEqual([]);

      await expect.poll(college.openJobs).toBe(0);
      const stats = college.services.stats.stats(college.system);
      const counted = await recountStats(college.dynamo);
      expect(stats.students).toEqual(counted.students);
      expect(stats.attendance.total).toBe(counted.attendance);
      expect(stats.results).toEqual(counted.results);
      expect(known.checks).toBeGreaterThan(200);
      college.close();
    }
    expect(await audit(engine.dynamo)).toEqual([]);
  },
  120_000,
);
