// What does the generator know? The planned college, its own sessions, and everything it has written so far.
import { createChance } from './chance.mjs';
import { createConnection, header, request } from './http-client.mjs';
import { gradeOf, hundredths } from './grade.mjs';

export const PASSWORD = 'studentcore-demo';
const USERS = ['admin', ...Array.from({ length: 8 }, (_, i) => `faculty0${String(i + 1)}`)];
const STUDENTS = Array.from({ length: 10 }, (_, i) => `student${String(i + 1).padStart(2, '0')}`);
/** Everybody the seed gave a login. */
export const LOGINS = [...USERS, ...STUDENTS];

const countInto = (counts, key, n = 1) => {
  counts[key] = (counts[key] ?? 0) + n;
};

/** Counts of marks and results that an exact GET /api/stats has to show. */
function createTally(facts) {
  const days = new Map();
  const tally = { marks: 0, results: 0, sum: 0, grades: {}, days };
  const mark = (date, status, n = 1) => {
    tally.marks += n;
    if (!days.has(date)) days.set(date, { Present: 0, Absent: 0, Late: 0 });
    countInto(days.get(date), status, n);
  };
  const result = (marks, max) => {
    tally.results += 1;
    tally.sum += hundredths(marks, max);
    countInto(tally.grades, gradeOf(marks, max));
  };
  for (const { date, statuses } of facts.marks) for (const status of statuses) mark(date, status);
  for (const { marks, max_marks } of facts.results) for (const one of marks) result(one, max_marks);
  return { tally, mark, result };
}

export function createWorld(facts, port) {
  const byId = new Map(facts.students.map((student) => [student.student_id, student]));
  const byCode = [...facts.students].sort((a, b) => (a.student_code < b.student_code ? -1 : 1));
  const enrolments = facts.courses.flatMap(({ course_id, members }) =>
    members.map((student_id) => ({ course_id, student_id })),
  );
  const { tally, mark, result } = createTally(facts);
  return {
    facts,
    port,
    byId,
    byCode,
    enrolments,
    /** Courses with at least sixty students, for whole sheets. */
    large: facts.courses.filter(({ members }) => members.length >= 60),
    chance: createChance(7),
    /** Signed-in people; the first half may write everywhere. */
    sessions: [],
    tally,
    mark,
    result,
    /** Writes on their way: sent minus answered must not be counted yet, or may be. */
    sent: { marks: 0, results: 0 },
    /** Everything written and answered, to be read back. */
    written: { marks: [], results: [], sheets: [] },
    /** How often each operation was asked for a request: makes every write new. */
    turns: {},
  };
}

/** Signs in over the API; resolves to what a request of this person needs. */
export async function signIn(world, username) {
  const connection = createConnection(world.port);
  try {
    const body = JSON.stringify({ username, password: PASSWORD });
    const answer = await connection.send(request('POST', '/api/session', {}, body));
    if (answer.status !== 201) throw new Error(`${username} could not sign in: ${String(answer.status)}`);
    const { csrf_token, user } = JSON.parse(answer.body.toString());
    const cookie = header(answer, 'set-cookie')?.split(';')[0];
    return { cookie, token: csrf_token, role: user.role, username };
  } finally {
    connection.close();
  }
}

/** `count` sessions in all, every second one an administrator's. */
export async function openSessions(world, count) {
  const missing = Array.from(
    { length: Math.max(0, count - world.sessions.length) },
    (_, i) => i + world.sessions.length,
  );
  const take = async () => {
    for (let i = missing.shift(); i !== undefined; i = missing.shift()) {
      world.sessions[i] = await signIn(world, i % 2 === 0 ? 'admin' : USERS[1 + (((i - 1) / 2) % 8)]);
    }
  };
  await Promise.all([take(), take()]);
}

/** Someone who reads. */
export const reader = (world, user) => world.sessions[user % world.sessions.length];
/** Someone who may write everywhere. */
export const admin = (world, user) =>
  world.sessions[(2 * user) % (world.sessions.length + (world.sessions.length % 2))];
