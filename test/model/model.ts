// What must be stored? The rules of docs/contract.md §1 once more, in memory and as plainly as they can be said.
// Each verb answers with a status when it refuses, and has then changed nothing.
import { gradeOf } from '../../src/results/grading.ts';

export interface Student {
  student_id: string;
  student_code: string;
  full_name: string;
  program: string;
  email: string | null;
  semester: number | null;
  status: 'active' | 'graduated' | 'withdrawn';
  enrolled_courses: string[];
  version: number;
}

export interface Course {
  course_id: string;
  course_code: string;
  course_name: string;
  credits: number;
  capacity: number | null;
  faculty_id: string | null;
  /** What stays shown when nobody teaches it any more. */
  faculty: string | null;
  version: number;
}

export interface User {
  user_id: string;
  username: string;
  full_name: string;
  role: 'admin' | 'faculty' | 'student';
  student_id: string | null;
  active: boolean;
  version: number;
}

/** A mark or a result; `value` is what it says. */
export interface Row {
  version: number;
  value: { status: string; remarks: string | null } | ResultValue;
}

export interface ResultValue {
  marks: number;
  max_marks: number;
  title: string | null;
  remarks: string | null;
}

export interface Sheet {
  version: number;
  rows: Map<string, Row>;
}

/** An entry of a sheet: null removes; what is left out of `value` stays as it was. */
export interface Entry {
  student_id: string;
  version?: number;
  value: { status: string; remarks?: string | null } | { marks: number; remarks?: string | null } | null;
}

/** Either refused with this status, or what was done. */
export type Outcome<T> = number | { done: T };

const sameText = (text: string): string => text.trim().normalize('NFKC').toLowerCase();
const inOrder = (one: object): string => JSON.stringify(Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1)));
const same = (a: object, b: object): boolean => inOrder(a) === inOrder(b);

export function createModel() {
  const students = new Map<string, Student>();
  const courses = new Map<string, Course>();
  const users = new Map<string, User>();
  /** `<course>/attendance/<date>/<period>` or `<course>/results/<exam>/<number>`. */
  const sheets = new Map<string, Sheet>();

  const members = (course_id: string): Student[] =>
    [...students.values()].filter((student) => student.enrolled_courses.includes(course_id));
  const taught = (user_id: string): boolean => [...courses.values()].some((course) => course.faculty_id === user_id);
  const admins = (): User[] => [...users.values()].filter((user) => user.role === 'admin' && user.active);
  const shownFaculty = (course: Course): string | null =>
    course.faculty_id === null ? course.faculty : (users.get(course.faculty_id)?.full_name ?? null);
  const sheet = (key: string): Sheet => sheets.get(key) ?? { version: 0, rows: new Map() };
  const keyTaken = <T>(all: Map<string, T>, id: string, of: (one: T) => string, text: string): boolean =>
    [...all].some(([other, one]) => other !== id && sameText(of(one)) === sameText(text));

  const full = (course_ids: string[]): boolean =>
    course_ids.some((id) => {
      const capacity = courses.get(id)?.capacity ?? null;
      return capacity !== null && members(id).length + 1 > capacity;
    });

  function addStudent(student: Student): Outcome<Student> {
    if (student.enrolled_courses.some((id) => !courses.has(id))) return 422;
    if (keyTaken(students, '', (one) => one.student_code, student.student_code)) return 409;
    if (full(student.enrolled_courses)) return 409;
    return { done: student };
  }

  function changeStudent(id: string, version: number, patch: Partial<Student>): Outcome<Student> {
    const before = students.get(id);
    if (!before) return 404;
    if (before.version !== version) return 412;
    const after = { ...before, ...patch };
    if (same(before, after)) return { done: before };
    const joined = after.enrolled_courses.filter((course) => !before.enrolled_courses.includes(course));
    if (after.enrolled_courses.some((course) => !courses.has(course))) return 422;
    if (keyTaken(students, id, (one) => one.student_code, after.student_code)) return 409;
    if (full(joined)) return 409;
    students.set(id, { ...after, version: version + 1 });
    return { done: { ...after, version: version + 1 } };
  }

  function removeStudent(id: string, version: number): Outcome<undefined> {
    const before = students.get(id);
    if (!before) return 404;
    if (before.version !== version) return 412;
    students.delete(id);
    for (const user of users.values()) if (user.student_id === id) users.delete(user.user_id);
    for (const one of sheets.values()) if (one.rows.delete(id)) one.version += 1;
    return { done: undefined };
  }

  const mayTeach = (user_id: string | null): boolean => {
    const user = user_id === null ? undefined : users.get(user_id);
    return user_id === null || (user !== undefined && user.active && user.role !== 'student');
  };

  function addCourse(course: Course): Outcome<Course> {
    if (!mayTeach(course.faculty_id)) return 422;
    if (keyTaken(courses, '', (one) => one.course_code, course.course_code)) return 409;
    return { done: course };
  }

  function changeCourse(id: string, version: number, patch: Partial<Course>): Outcome<Course> {
    const stored = courses.get(id);
    if (!stored) return 404;
    if (stored.version !== version) return 412;
    const before = { ...stored, faculty: shownFaculty(stored) };
    const after = { ...before, ...patch };
    if (patch.faculty_id !== undefined && !mayTeach(after.faculty_id)) return 422;
    if (same(before, { ...after, faculty: shownFaculty(after) })) return { done: before };
    if (keyTaken(courses, id, (one) => one.course_code, after.course_code)) return 409;
    courses.set(id, { ...after, version: version + 1 });
    return { done: { ...after, version: version + 1 } };
  }

  function removeCourse(id: string, version: number): Outcome<undefined> {
    const before = courses.get(id);
    if (!before) return 404;
    if (before.version !== version) return 412;
    for (const student of members(id)) {
      student.enrolled_courses = student.enrolled_courses.filter((one) => one !== id);
      student.version += 1;
    }
    courses.delete(id);
    for (const key of sheets.keys()) if (key.startsWith(id)) sheets.delete(key);
    return { done: undefined };
  }

  function changeRoster(id: string, add: string[], remove: string[]) {
    const course = courses.get(id);
    if (!course) return 404;
    const named = [...remove, ...add];
    if (named.some((one) => !students.has(one)) || new Set(named).size < named.length) return 422;
    const takes = (one: string): boolean => students.get(one)?.enrolled_courses.includes(id) === true;
    const joins = add.filter((one) => !takes(one));
    const leaves = remove.filter(takes);
    const by = joins.length - leaves.length;
    if (course.capacity !== null && by > 0 && members(id).length + by > course.capacity) return 409;
    for (const one of [...joins, ...leaves]) {
      const student = students.get(one);
      if (!student) continue;
      const others = student.enrolled_courses.filter((other) => other !== id);
      student.enrolled_courses = joins.includes(one) ? [...others, id] : others;
      student.version += 1;
    }
    const unchanged = named.length - joins.length - leaves.length;
    return { done: { added: joins.length, removed: leaves.length, unchanged } };
  }

  const demandStudent = ({ role, student_id }: User): boolean =>
    role === 'student' ? student_id !== null && students.has(student_id) : student_id === null;

  function addUser(user: User): Outcome<User> {
    if (!demandStudent(user)) return 422;
    return keyTaken(users, '', (one) => one.username, user.username) ? 409 : { done: user };
  }

  const isLastAdmin = (user: User): boolean => admins().length === 1 && admins()[0]?.user_id === user.user_id;

  function changeUser(id: string, version: number, patch: Partial<User>): Outcome<User> {
    const before = users.get(id);
    if (!before) return 404;
    if (before.version !== version) return 412;
    const after = { ...before, ...patch };
    if (!demandStudent(after)) return 422;
    if (same(before, after)) return { done: before };
    if (taught(id) && (!after.active || after.role === 'student')) return 409;
    if (isLastAdmin(before) && !(after.active && after.role === 'admin')) return 409;
    if (keyTaken(users, id, (one) => one.username, after.username)) return 409;
    users.set(id, { ...after, version: version + 1 });
    return { done: { ...after, version: version + 1 } };
  }

  function removeUser(id: string, version: number): Outcome<undefined> {
    const before = users.get(id);
    if (!before) return 404;
    if (before.version !== version) return 412;
    if (taught(id) || isLastAdmin(before)) return 409;
    users.delete(id);
    return { done: undefined };
  }

  const courseOf = (key: string): Course | undefined => courses.get(key.split('/')[0] ?? '');
  const takes = (student_id: string, key: string): boolean =>
    students.get(student_id)?.enrolled_courses.includes(courseOf(key)?.course_id ?? '') === true;
  const tooMuch = (value: Row['value']): boolean => 'marks' in value && value.marks > value.max_marks;

  /** Writes rows of a sheet, all with its next version. */
  function write(key: string, rows: [student_id: string, value: Row['value'] | null][]): number {
    const now = sheet(key);
    const version = now.version + 1;
    for (const [student_id, value] of rows) {
      if (value === null) now.rows.delete(student_id);
      else now.rows.set(student_id, { version, value });
    }
    sheets.set(key, { ...now, version });
    return version;
  }

  function addRow(key: string, student_id: string, value: Row['value']): Outcome<Row> {
    if (tooMuch(value) || !takes(student_id, key)) return 422;
    if (sheet(key).rows.has(student_id)) return 409;
    return { done: { version: write(key, [[student_id, value]]), value } };
  }

  function changeRow(key: string, student_id: string, version: number, patch: object): Outcome<Row> {
    const before = sheet(key).rows.get(student_id);
    if (!before) return 404;
    if (before.version !== version) return 412;
    const value = { ...before.value, ...patch };
    if (tooMuch(value)) return 422;
    if (same(before.value, value)) return { done: before };
    return { done: { version: write(key, [[student_id, value]]), value } };
  }

  function removeRow(key: string, student_id: string, version: number): Outcome<undefined> {
    const before = sheet(key).rows.get(student_id);
    if (!before) return 404;
    if (before.version !== version) return 412;
    write(key, [[student_id, null]]);
    return { done: undefined };
  }

  /** What the newest result of a sheet was out of. */
  const maxOf = (key: string): number => {
    const newest = [...sheet(key).rows.values()].sort((a, b) => b.version - a.version)[0];
    return newest && 'marks' in newest.value ? newest.value.max_marks : 100;
  };

  function saveSheet(key: string, entries: Entry[], max?: number) {
    if (!courseOf(key)) return 404;
    const { rows, version } = sheet(key);
    if (entries.some((one) => one.version !== undefined && one.version !== (rows.get(one.student_id)?.version ?? 0)))
      return 412;
    const max_marks = max ?? maxOf(key);
    const named = entries.map((one) => one.student_id);
    if (new Set(named).size < named.length || named.some((one) => !students.has(one))) return 422;
    const counts = { created: 0, updated: 0, unchanged: 0, removed: 0 };
    const changes: [string, Row['value'] | null][] = [];
    for (const { student_id, value } of entries) {
      const old = rows.get(student_id)?.value;
      if (!old && !takes(student_id, key)) return 422;
      const blank = value && 'marks' in value ? { marks: 0, max_marks, title: null } : { status: '' };
      const next = value && { ...blank, remarks: null, ...old, ...value, ...('marks' in value ? { max_marks } : {}) };
      if (next && tooMuch(next)) return 422;
      if (same(old ?? {}, next ?? {})) counts.unchanged += 1;
      else {
        counts[next ? (old ? 'updated' : 'created') : 'removed'] += 1;
        changes.push([student_id, next]);
      }
    }
    return { done: { ...counts, version: changes.length === 0 ? version : write(key, changes) } };
  }

  /** What the record of a row says of its value. */
  const shownValue = (value: Row['value']): object => {
    if (!('marks' in value)) return value;
    const { percentage, grade } = gradeOf(value.marks, value.max_marks);
    return { ...value, percentage, grade };
  };

  return {
    ...{ students, courses, users, sheets, sheet, members, shownFaculty, shownValue },
    ...{ addStudent, changeStudent, removeStudent, addCourse, changeCourse, removeCourse, changeRoster },
    ...{ addUser, changeUser, removeUser, addRow, changeRow, removeRow, saveSheet },
  };
}

export type Model = ReturnType<typeof createModel>;
