// How does a planned college lie in the tables? The items that the services would have written, made by the app's own code.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const load = (app, file) => import(pathToFileURL(join(app, 'dist', file)).href);
/** Stands in for the client where only table names are asked for. */
const names = { table: (name) => name };

/** What the repositories write for a change: the table and the item. */
const put = ({ item: { Put } }) => [Put.TableName, Put.Item];

/**
 * Every item beside the logins, table by table, consistent as after that many saved forms: records, guards, rosters,
 * sheets. Left out: the trail, which nothing reads but the feed and an audit.
 */
export async function* itemsOf(app, { facts, courses, faculty }) {
  const [guards, students, coursesFile, rosters, sheet, marks, results, mark, result, grading] = await Promise.all([
    load(app, 'platform/dynamo/guards.js'),
    load(app, 'students/students.repository.js'),
    load(app, 'courses/courses.repository.js'),
    load(app, 'courses/rosters.js'),
    load(app, 'sheets/sheet.js'),
    load(app, 'attendance/marks.repository.js'),
    load(app, 'results/results.repository.js'),
    load(app, 'attendance/mark.js'),
    load(app, 'results/result.js'),
    load(app, 'results/grading.js'),
  ]);
  const at = `${facts.today}T08:00:00.000Z`;
  const stamps = { version: 1, created_at: at, updated_at: at };
  const taken = { field: '', message: '' };
  const roster = rosters.createRosters(names);
  const teachers = new Map(faculty.map(({ user_id, full_name }) => [user_id, full_name]));
  const byStudent = new Map(facts.students.map((student) => [student.student_id, student]));
  const byCourse = new Map(courses.map((course) => [course.course_id, course]));
  const memberCount = new Map(facts.courses.map(({ course_id, members }) => [course_id, members.length]));

  for (const student of facts.students) {
    yield put(guards.takeName(names, 'students', student.student_code, student.student_id, taken));
    yield ['students', students.toStudentItem({ ...student, ...stamps })];
  }
  for (const course of courses) {
    const { course_id, course_code, course_name, credits, schedule, faculty_id, description } = course;
    const count = memberCount.get(course_id);
    const record = { course_id, course_code, course_name, credits, schedule, faculty_id, description };
    const more = { faculty: teachers.get(faculty_id) ?? null, capacity: count + 20, ...stamps };
    yield put(guards.takeName(names, 'courses', course_code, course_id, taken));
    yield ['courses', coursesFile.toCourseItem({ ...record, ...more })];
    const [table, item] = put(roster.add(course_id));
    yield [table, { ...item, count, version: 1 + count }];
  }

  /** What a row copies from its student and course. */
  const copied = (student_id, course_id) => {
    const { student_code, full_name } = byStudent.get(student_id);
    const { course_code, course_name, faculty_id } = byCourse.get(course_id);
    return { copies: { student_code, student_name: full_name, course_code, course_name }, by: faculty_id };
  };
  const sheetItem = (kind, ref, rows) => {
    const counts = rows.reduce((sum, row) => sheet.recount(sum, undefined, kind.tally(row)), {});
    return ['system', sheet.toSheetItem({ ...sheet.blankSheet(ref), version: 1, counts })];
  };

  for (const { course_id, date, period, ids, statuses } of facts.marks) {
    const key = { course_id, date, period };
    const rows = ids.map((student_id, i) => {
      const { copies, by } = copied(student_id, course_id);
      const attendance_id = mark.markId(student_id, key);
      return { attendance_id, student_id, ...key, status: statuses[i], ...copies, marked_by: by, ...stamps };
    });
    for (const row of rows) yield ['attendance', marks.markKind.toItem(row)];
    yield sheetItem(marks.markKind, marks.attendanceRef(key), rows);
  }
  for (const { course_id, exam_type, number, max_marks, ids, marks: earned } of facts.results) {
    const key = { course_id, exam_type, number };
    const rows = ids.map((student_id, i) => {
      const { copies, by } = copied(student_id, course_id);
      const { percentage, grade } = grading.gradeOf(earned[i], max_marks);
      const told = { marks: earned[i], max_marks, percentage, grade };
      return {
        result_id: result.resultId(student_id, key),
        student_id,
        ...key,
        ...told,
        ...copies,
        entered_by: by,
        ...stamps,
      };
    });
    for (const row of rows) yield ['results', results.resultKind.toItem(row)];
    yield sheetItem(results.resultKind, results.resultRef(key), rows);
  }
}
