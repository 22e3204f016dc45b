// How does the planned college get into the tables? Through the same services as everything else, record by record.
import { systemActor } from '../platform/actor.ts';
import type { Actor, Context } from '../platform/actor.ts';
import { NotFound } from '../platform/errors.ts';
import { StartRefused } from '../platform/start-refused.ts';
import type { Services } from '../services.ts';
import type { College } from './college.ts';
import type { Moments } from './moment.ts';
import type { PlannedUser } from './people.ts';
import type { Progress } from './progress.ts';

export interface LoadNeeds {
  services: Services;
  moments: Moments;
  /** Of every login that is made. */
  password: string;
  /** ADMIN_USERNAME: the login of the administration. */
  adminUsername: string;
  progress: Progress;
}

/** So many students are written at once: the engine has one writer, more would only wait. */
const AT_ONCE = 8;
const PAGE = 500;
const SECOND = 1_000;
const DAY = 86_400_000;

const asSystem: Context = { actor: systemActor };

/** Every task in order, at most `atOnce` under way. */
async function inParallel<T>(items: readonly T[], atOnce: number, task: (item: T, i: number) => Promise<void>) {
  const queue = items.entries();
  const work = async (): Promise<void> => {
    for (const [i, item] of queue) await task(item, i);
  };
  await Promise.all(Array.from({ length: atOnce }, work));
}

const exists = (get: () => unknown): boolean => {
  try {
    get();
    return true;
  } catch (error) {
    if (error instanceof NotFound) return false;
    throw error;
  }
};

const ELSEWHERE = 'Load the demo college into an empty DATA_DIR or under another TABLE_PREFIX.';

/** Everything a list has, page by page. */
function* everyOne<T>(list: (page: number) => { items: T[] }): Generator<T> {
  for (let page = 1; ; page++) {
    const { items } = list(page);
    yield* items;
    if (items.length < PAGE) return;
  }
}

/** Nothing that is not of this data set is touched: throws StartRefused when a code of it belongs to another record. */
export function demandFreeCodes({ students, courses }: College, services: Services): void {
  const wanted = new Map<string, string>();
  for (const { student_code, student_id } of students) wanted.set(student_code.toLowerCase(), student_id);
  for (const { course_code, course_id } of courses) wanted.set(course_code.toLowerCase(), course_id);
  const demand = (code: string, id: string): void => {
    if ((wanted.get(code.toLowerCase()) ?? id) === id) return;
    throw new StartRefused(`The code ${code} belongs to a record of your own. ${ELSEWHERE}`);
  };
  const page_size = PAGE;
  for (const one of everyOne((page) => services.students.list(asSystem, { page, page_size }))) {
    demand(one.student_code, one.student_id);
  }
  for (const one of everyOne((page) => services.courses.list(asSystem, { page, page_size }))) {
    demand(one.course_code, one.course_id);
  }
}

/** Writes whatever of the plan is missing; what is there is left as it is. */
export async function loadCollege(college: College, needs: LoadNeeds): Promise<void> {
  const { services, moments, password, adminUsername, progress } = needs;

  /** Makes a login unless the name is taken; returns who has it. */
  async function login(planned: PlannedUser, at: number): Promise<Actor> {
    const { user_id, ...fields } = planned;
    const name = fields.username.toLowerCase();
    const found = services.users
      .list(asSystem, { q: fields.username, page_size: 500 })
      .items.find((user) => user.username.toLowerCase() === name);
    if (found && found.role !== fields.role) {
      throw new StartRefused(
        `The login ${found.username} exists and is no ${fields.role}: rename it, or load elsewhere.`,
      );
    }
    const user =
      found ?? (await moments.during({ at, id: user_id }, () => services.users.add(asSystem, { ...fields, password })));
    const { username, full_name, role, student_id } = user;
    return { user_id: user.user_id, username, full_name, role, student_id };
  }

  async function staff(): Promise<Map<string, Actor>> {
    const { user_id: id } = college.admin;
    // The very first login is counted as the first admin; on a college that was started before, one is there.
    await moments.during({ at: college.begin, id }, () => services.users.ensureFirstAdmin(adminUsername, password));
    await login({ ...college.admin, username: adminUsername }, college.begin);
    const teachers = new Map<string, Actor>();
    await inParallel(college.faculty, 2, async (planned, i) => {
      teachers.set(planned.user_id, await login(planned, college.begin + (i + 1) * SECOND));
      progress('Staff logins', teachers.size, college.faculty.length);
    });
    return teachers;
  }

  async function courses(teachers: Map<string, Actor>): Promise<void> {
    const at = college.begin + 3_600 * SECOND;
    for (const [i, planned] of college.courses.entries()) {
      const { course_id, course_code, course_name, credits, schedule, capacity, description } = planned;
      const faculty_id = teachers.get(planned.faculty_id)?.user_id ?? null;
      const input = { course_code, course_name, credits, schedule, capacity, description, faculty_id };
      if (!exists(() => services.courses.get(asSystem, course_id))) {
        await moments.during({ at: at + i * SECOND, id: course_id }, () => services.courses.add(asSystem, input));
      }
      progress('Courses', i + 1, college.courses.length);
    }
  }

  let added = 0;
  async function students(from: number, to: number): Promise<void> {
    const at = college.begin + DAY;
    await inParallel(college.students.slice(from, to), AT_ONCE, async ({ student_id, ...input }, i) => {
      const moment = { at: at + (from + i) * SECOND, id: student_id };
      if (!exists(() => services.students.get(asSystem, student_id))) {
        await moments.during(moment, () => services.students.add(asSystem, input));
      }
      progress('Students', (added += 1), college.students.length);
    });
  }

  async function studentLogins(): Promise<void> {
    const at = college.begin + 2 * DAY;
    await inParallel(college.studentLogins, 2, async (planned, i) => {
      await login(planned, at + i * SECOND);
    });
  }

  // One after the other, in order of time: so the feed has them in the order in which they happened.
  async function sheets(teachers: Map<string, Actor>): Promise<void> {
    const writer = (faculty_id: string): Context => ({ actor: teachers.get(faculty_id) ?? systemActor });
    const total = { marks: 0, results: 0 };
    for (const { entries } of college.attendance) total.marks += entries.length;
    for (const { entries } of college.results) total.results += entries.length;
    const done = { marks: 0, results: 0 };

    const attendance = college.attendance.map((sheet) => ({
      at: sheet.at,
      save: async (): Promise<void> => {
        const { course_id, faculty_id } = sheet.course;
        const { date, period, entries } = sheet;
        const ctx = writer(faculty_id);
        const { version } = await services.attendance.sheet(ctx, course_id, date, period);
        if (version === 0) await services.attendance.saveSheet(ctx, course_id, date, period, { entries });
        progress('Attendance marks', (done.marks += entries.length), total.marks);
      },
    }));
    const results = college.results.map((sheet) => ({
      at: sheet.at,
      save: async (): Promise<void> => {
        const { course_id, faculty_id } = sheet.course;
        const { exam_type, number, max_marks, entries } = sheet;
        const ctx = writer(faculty_id);
        const { version } = await services.results.sheet(ctx, course_id, exam_type, number);
        if (version === 0) await services.results.saveSheet(ctx, course_id, exam_type, number, { max_marks, entries });
        progress('Results', (done.results += entries.length), total.results);
      },
    }));
    for (const { at, save } of [...attendance, ...results].sort((a, b) => a.at - b.at))
      await moments.during({ at }, save);
  }

  const teachers = await staff();
  await courses(teachers);
  // While bcrypt computes for the students who get a login, the others go in. Both ends are waited for, so that a
  // failure of one leaves nothing running.
  const withLogin = college.studentLogins.length;
  await students(0, withLogin);
  const ends = await Promise.allSettled([students(withLogin, college.students.length), studentLogins()]);
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
  await sheets(teachers);
}
