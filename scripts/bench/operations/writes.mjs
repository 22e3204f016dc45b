// A single attendance mark, and a single result with its grade: each for another student, course and day or exam.
import { createHash } from 'node:crypto';
import { Buffer } from 'node:buffer';
import { gradeOf, hundredths } from '../grade.mjs';
import { request } from '../http-client.mjs';
import { admin } from '../world.mjs';

const DAY_MS = 86_400_000;
const STATUSES = ['Present', 'Present', 'Present', 'Present', 'Absent', 'Late'];
const EXAMS = ['quiz', 'assignment', 'midterm', 'final', 'practical'];
// The seed's classes lie within twelve weeks and its exams have small numbers: these keys are all free.
const FIRST_DAY = 100;
const DAYS = 800;
const FIRST_NUMBER = 8;
const NUMBERS = 13;
const NAMESPACE = Buffer.from('6ba7b8119dad11d180b400c04fd430c8', 'hex');

/** UUIDv5 of what a record is about (docs/contract.md §1). */
function idOf(name) {
  const bytes = createHash('sha1').update(NAMESPACE).update(name).digest().subarray(0, 16);
  bytes[6] = (bytes[6] & 0x0f) | 0x50;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

const day = (today, before) => new Date(Date.parse(today) - before * DAY_MS).toISOString().slice(0, 10);

/** The n-th pair of student and course, in an order without pattern, and how many rounds there were before. */
function nthEnrolment({ enrolments, turns }, name) {
  const n = (turns[name] = (turns[name] ?? -1) + 1);
  const size = enrolments.length;
  // A step without a common divisor visits everybody once a round.
  const step = [7919, 7907, 7901].find((prime) => size % prime !== 0);
  return { at: (n * step) % size, round: Math.floor(n / size) };
}

function post(world, user, path, body) {
  const { cookie, token } = admin(world, user);
  return request('POST', path, { Cookie: cookie, 'X-CSRF-Token': token }, JSON.stringify(body));
}

/** The first field that differs, or undefined. */
function differs(record, wanted) {
  const field = Object.keys(wanted).find((name) => record[name] !== wanted[name]);
  return field && `${field} is ${JSON.stringify(record[field])}, not ${JSON.stringify(wanted[field])}`;
}

function written(world, kind, answer, wanted, done) {
  world.sent[kind] -= 1;
  if (answer.status !== 201) return `status ${String(answer.status)}: ${answer.body.toString().slice(0, 200)}`;
  const record = JSON.parse(answer.body.toString());
  done(record);
  world.written[kind].push(wanted);
  return differs(record, wanted) ?? (record.version >= 1 ? undefined : 'no version');
}

/** `dayOf` and `periodOf` decide how many meet on one sheet. */
const marking = (name, dayOf, periodOf) => ({
  name,
  writes: true,
  next: (world, user) => {
    const { at, round } = nthEnrolment(world, name);
    const { student_id, course_id } = world.enrolments[at];
    const date = day(world.facts.today, dayOf(at, round));
    const period = periodOf(round);
    const status = world.chance.pick(STATUSES);
    const body = { student_id, course_id, date, period, status };
    const attendance_id = idOf(`studentcore/attendance/${student_id}/${course_id}/${date}/${String(period)}`);
    world.sent.marks += 1;
    return {
      id: attendance_id,
      text: post(world, user, '/api/attendance', body),
      check: (answer) => written(world, 'marks', answer, { attendance_id, ...body }, () => world.mark(date, status)),
    };
  },
});

const result = {
  name: 'result',
  writes: true,
  next: (world, user) => {
    const { at, round } = nthEnrolment(world, 'result');
    const { student_id, course_id } = world.enrolments[at];
    const slot = (at * 31 + round) % (EXAMS.length * NUMBERS);
    const exam_type = EXAMS[slot % EXAMS.length];
    const number = FIRST_NUMBER + Math.floor(slot / EXAMS.length);
    const max_marks = 89;
    const marks = world.chance.whole(max_marks * 10 + 1) / 10;
    const body = { student_id, course_id, exam_type, number, marks, max_marks };
    const result_id = idOf(`studentcore/results/${student_id}/${course_id}/${exam_type}/${String(number)}`);
    const wanted = {
      result_id,
      ...body,
      grade: gradeOf(marks, max_marks),
      percentage: hundredths(marks, max_marks) / 100,
    };
    world.sent.results += 1;
    return {
      text: post(world, user, '/api/results', body),
      check: (answer) => written(world, 'results', answer, wanted, () => world.result(marks, max_marks)),
    };
  },
};

export const writes = [
  // Fifty people in fifty classes: hardly two on the same sheet.
  marking(
    'mark',
    (at, round) => FIRST_DAY + ((at * 37 + round) % DAYS),
    () => 1,
  ),
  // Everybody marks today's classes: one sheet a course, all at once.
  marking(
    'mark-today',
    () => 0,
    (round) => 5 + (round % 8),
  ),
  result,
];
