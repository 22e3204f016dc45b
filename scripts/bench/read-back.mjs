// Is everything that was answered really stored? Every written row read again, and a recount of all of them.
import { createConnection, request } from './http-client.mjs';
import { reader } from './world.mjs';

const LIMIT = 1000;

/** All marks or results of a student, page by page. */
async function rowsOf(world, connection, table, student_id) {
  const rows = [];
  let cursor;
  do {
    const more = cursor ? `&cursor=${encodeURIComponent(cursor)}` : '';
    const path = `/api/${table}?student_id=${student_id}&limit=${String(LIMIT)}${more}`;
    const answer = await connection.send(request('GET', path, { Cookie: reader(world, 0).cookie }));
    if (answer.status !== 200) throw new Error(`${table} of a student: status ${String(answer.status)}`);
    const page = JSON.parse(answer.body.toString());
    rows.push(...page.items);
    cursor = page.next_cursor;
  } while (cursor);
  return rows;
}

const keyOf = ({ student_id, course_id, date, period }) => [student_id, course_id, date, period].join(' ');

function expectedMarks({ written }) {
  const wanted = new Map(written.marks.map((mark) => [keyOf(mark), mark]));
  for (const { course_id, date, entries } of written.sheets) {
    for (const entry of entries) wanted.set(keyOf({ ...entry, course_id, date, period: 1 }), entry);
  }
  return wanted;
}

/** Reads the students that were written about, or all; resolves to how many rows were found and what is wrong. */
export async function readBack(world, { everybody }) {
  const errors = [];
  const marks = expectedMarks(world);
  const results = new Map(world.written.results.map((result) => [result.result_id, result]));
  const touched = [...world.written.marks, ...world.written.results, ...world.written.sheets.flatMap((s) => s.entries)];
  const ids = everybody ? world.byCode.map((one) => one.student_id) : touched.map((one) => one.student_id);
  const found = { marks: 0, results: 0 };
  const connection = createConnection(world.port);
  for (const student_id of new Set(ids)) {
    for (const mark of await rowsOf(world, connection, 'attendance', student_id)) {
      found.marks += 1;
      const wanted = marks.get(keyOf(mark));
      if (wanted && wanted.status !== mark.status) errors.push(`a mark is ${mark.status}, not ${wanted.status}`);
      marks.delete(keyOf(mark));
    }
    for (const result of await rowsOf(world, connection, 'results', student_id)) {
      found.results += 1;
      const wanted = results.get(result.result_id);
      if (wanted && (wanted.marks !== result.marks || wanted.grade !== result.grade)) {
        errors.push(`a result is ${String(result.marks)} ${result.grade}, not ${String(wanted.marks)} ${wanted.grade}`);
      }
      results.delete(result.result_id);
    }
  }
  connection.close();
  if (marks.size > 0) errors.push(`${String(marks.size)} answered marks are not stored`);
  if (results.size > 0) errors.push(`${String(results.size)} answered results are not stored`);
  if (everybody && found.marks !== world.tally.marks)
    errors.push(`${String(found.marks)} marks are stored, ${String(world.tally.marks)} should be`);
  if (everybody && found.results !== world.tally.results)
    errors.push(`${String(found.results)} results are stored, ${String(world.tally.results)} should be`);
  return { ...found, errors };
}
