// What do people do all day, and is all that was acknowledged there afterwards? Each worker has things of its own, so that
// a plain model knows what must be stored; a call without a clear answer is sent again with its key until there is one.
import { randomUUID } from 'node:crypto';
import type { Answer, Browser } from './browser.ts';

export interface Counts {
  acknowledged: number;
  /** 503, or no answer at all: sent again. */
  unanswered: number;
  /** Milliseconds that each call took. */
  times: number[];
}

export interface Worker {
  /** One write, or one read that is compared with the model. Resolves when it is acknowledged. */
  work: () => Promise<void>;
  /** Reads everything of this worker and compares it with the model. */
  check: () => Promise<void>;
  /** What was not as it must be, as sentences. */
  problems: string[];
}

export interface WorkerNeeds {
  /** Signed in as an administrator; asked anew for every call, since the app may have been started again. */
  browser: () => Browser;
  /** A number from 0 to 1. */
  random: () => number;
  counts: Counts;
  /** How many take the course: above 95 a whole sheet is saved by a job. */
  size: number;
  /** While false nothing is sent: the app is known to be away. */
  stopped?: () => boolean;
}

const MARKS = ['Present', 'Absent', 'Late'] as const;
const PATIENCE_MS = 60_000;
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

interface Pupil {
  version: number;
  full_name: string;
  semester: number | null;
}

interface Told {
  student_id: string;
  status?: string | null;
  marks?: number | null;
}

/** Makes a course and its students, and is then ready to work. */
export async function startWorker({ browser, random, counts, size, stopped }: WorkerNeeds): Promise<Worker> {
  const problems: string[] = [];
  const name = randomUUID().slice(0, 8);
  const pupils = new Map<string, Pupil>();
  const gone: string[] = [];
  /** Path of a sheet → its version, and what stands there by student. */
  const sheets = new Map<string, { version: number; rows: Map<string, string | number> }>();
  let made = 0;

  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const whole = (from: number, to: number): number => from + Math.floor(random() * (to - from + 1));
  const demand = (fine: boolean, what: string): void => {
    if (!fine) problems.push(`${name}: ${what}`);
  };

  /** Sends a call until it is answered; a write always under the same key. */
  async function call(method: string, path: string, body?: unknown, version?: number): Promise<Answer> {
    const headers: Record<string, string> = method === 'GET' ? {} : { 'idempotency-key': randomUUID() };
    if (version !== undefined) headers['if-match'] = `"${String(version)}"`;
    const until = Date.now() + PATIENCE_MS;
    for (;;) {
      while (stopped?.() === true && Date.now() < until) await pause(20);
      const began = performance.now();
      const answer = await browser()
        .api(method, path, body, headers)
        .catch(() => undefined);
      counts.times.push(performance.now() - began);
      if (answer && answer.status !== 503) {
        counts.acknowledged += 1;
        return answer;
      }
      counts.unanswered += 1;
      if (Date.now() > until) throw new Error(`${method} ${path} got no answer for a minute`);
      await pause(50);
    }
  }

  async function expected(status: number, method: string, path: string, body?: unknown, version?: number) {
    const answer = await call(method, path, body, version);
    demand(
      answer.status === status,
      `${method} ${path} answered ${String(answer.status)} ${answer.text.slice(0, 200)}`,
    );
    return answer.status === status ? answer : undefined;
  }

  async function addPupil(): Promise<void> {
    made += 1;
    const fields = { student_code: `${name}-${String(made)}`, full_name: `Pupil ${String(made)}`, program: 'BSc' };
    const sent = { ...fields, enrolled_courses: [course_id] };
    const answer = await expected(201, 'POST', '/api/students', sent);
    if (!answer) return;
    pupils.set(String(answer.json.student_id), { version: 1, full_name: fields.full_name, semester: null });
  }

  async function changePupil(): Promise<void> {
    const [student_id, pupil] = pick([...pupils]);
    const change = random() < 0.5 ? { semester: whole(1, 12) } : { full_name: `Renamed ${String(whole(1, 1e9))}` };
    const answer = await expected(200, 'PATCH', `/api/students/${student_id}`, change, pupil.version);
    if (!answer) return;
    const same = Object.entries(change).every(([field, value]) => pupil[field as keyof Pupil] === value);
    const next = { ...pupil, ...change, version: pupil.version + (same ? 0 : 1) };
    demand(answer.json.version === next.version, `${student_id} is at ${String(answer.json.version)}`);
    pupils.set(student_id, next);
  }

  async function removePupil(): Promise<void> {
    if (pupils.size <= size / 2) {
      await addPupil();
      return;
    }
    const [student_id, { version }] = pick([...pupils]);
    if (!(await expected(204, 'DELETE', `/api/students/${student_id}`, undefined, version))) return;
    pupils.delete(student_id);
    gone.push(student_id);
    for (const sheet of sheets.values()) if (sheet.rows.delete(student_id)) sheet.version += 1;
  }

  async function saveSheet(): Promise<void> {
    const marks = random() < 0.6;
    const kind = marks ? `attendance/2026-01-1${String(whole(0, 4))}?period=` : 'results/quiz?number=';
    const path = `/api/courses/${course_id}/${kind}${String(whole(1, 2))}`;
    const sheet = sheets.get(path) ?? { version: 0, rows: new Map<string, string | number>() };
    const all = random() < 0.3;
    const chosen = [...pupils.keys()].filter(() => all || random() < 0.4);
    if (chosen.length === 0) return;
    const entries = chosen.map((student_id): Told => {
      const empty = random() < 0.05;
      return marks
        ? { student_id, status: empty ? null : pick(MARKS) }
        : { student_id, marks: empty ? null : whole(0, 100) };
    });
    const answer = await expected(200, 'PUT', path, marks ? { entries } : { max_marks: 100, entries });
    if (!answer) return;
    let changed = false;
    for (const { student_id, status, marks: points } of entries) {
      const value = status ?? points ?? undefined;
      if (sheet.rows.get(student_id) !== value) changed = true;
      if (value === undefined) sheet.rows.delete(student_id);
      else sheet.rows.set(student_id, value);
    }
    sheet.version += changed ? 1 : 0;
    sheets.set(path, sheet);
    const { version } = answer.json as { version: number };
    demand(version === sheet.version, `${path} is at ${String(version)}, not at ${String(sheet.version)}`);
  }

  async function readPupil([student_id, pupil] = pick([...pupils])): Promise<void> {
    const answer = await expected(200, 'GET', `/api/students/${student_id}`);
    if (!answer) return;
    const { version, full_name, semester } = answer.json as Pupil;
    const is = JSON.stringify([version, full_name, semester]);
    const want = JSON.stringify([pupil.version, pupil.full_name, pupil.semester]);
    demand(is === want, `student ${student_id} is ${is}, not ${want}`);
  }

  async function readSheet([path, sheet] = pick([...sheets])): Promise<void> {
    const answer = await expected(200, 'GET', path);
    if (!answer) return;
    const { version, entries } = answer.json as { version: number; entries: Told[] };
    demand(version === sheet.version, `${path} reads version ${String(version)}, not ${String(sheet.version)}`);
    const is = new Map(entries.map((row) => [row.student_id, row.status ?? row.marks ?? undefined]));
    for (const student_id of new Set([...is.keys(), ...sheet.rows.keys()])) {
      const [stored, want] = [is.get(student_id), sheet.rows.get(student_id)];
      demand(stored === want, `${path}: ${student_id} has ${String(stored)}, not ${String(want)}`);
    }
  }

  async function readList(): Promise<void> {
    const [student_id] = pick([...pupils]);
    const answer = await expected(200, 'GET', `/api/attendance?student_id=${student_id}&limit=1000`);
    const want = [...sheets].filter(([path, { rows }]) => path.includes('/attendance/') && rows.has(student_id)).length;
    const is = (answer?.json.items as unknown[] | undefined)?.length;
    demand(!answer || is === want, `${student_id} has ${String(is)} marks, not ${String(want)}`);
  }

  const course = await expected(201, 'POST', '/api/courses', {
    course_code: `C-${name}`,
    course_name: 'A course',
    credits: 3,
  });
  if (!course) throw new Error(problems.join('\n'));
  const course_id = String(course.json.course_id);
  while (made < size) await Promise.all(Array.from({ length: Math.min(10, size - made) }, addPupil));
  await saveSheet();

  return {
    problems,
    work: async () => {
      const by = random();
      if (by < 0.3) await saveSheet();
      else if (by < 0.5) await changePupil();
      else if (by < 0.6) await addPupil();
      else if (by < 0.66) await removePupil();
      else if (by < 0.75 && sheets.size > 0) await readSheet();
      else if (by < 0.9) await readPupil();
      else await readList();
    },
    check: async () => {
      for (const one of pupils) await readPupil(one);
      for (const one of sheets) await readSheet(one);
      for (const student_id of gone) await expected(404, 'GET', `/api/students/${student_id}`);
    },
  };
}
