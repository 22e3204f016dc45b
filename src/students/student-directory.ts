// Who are the students, who takes which course, how many are there of each programme? Out of memory.
import { createDirectory } from '../platform/directory.ts';
import type { Kept } from '../platform/directory.ts';
import { compareTexts } from '../platform/fold.ts';
import { STUDENT_SORTS } from './student.ts';
import type { Student } from './student.ts';

export type KeptStudent = Kept<Student>;

const NOBODY: ReadonlySet<string> = new Set();

export function createStudentDirectory() {
  const directory = createDirectory<KeptStudent>({
    idOf: ({ record }) => record.student_id,
    searched: ({ record }) => [record.student_code, record.full_name, record.email],
    sortValue: ({ record }, column) => {
      const value = record[column as keyof Student];
      return Array.isArray(value) ? value.length : value;
    },
    nameOf: ({ record }) => record.student_code,
    facets: { program: ({ record }) => record.program, status: ({ record }) => record.status },
  });
  const members = new Map<string, Set<string>>();
  const programs = new Map<string, number>();
  // In order of the names; made when somebody asks after a change.
  let counted: { names: string[]; byProgram: Record<string, number> } | undefined;
  let active = 0;
  let enrolments = 0;
  let filled = 0;

  function enrol(course_id: string, student_id: string): void {
    let students = members.get(course_id);
    if (!students) {
      members.set(course_id, (students = new Set()));
      filled += 1;
    }
    students.add(student_id);
    enrolments += 1;
  }

  function leave(course_id: string, student_id: string): void {
    const students = members.get(course_id);
    if (!students?.delete(student_id)) return;
    enrolments += 1;
    if (students.size > 0) return;
    members.delete(course_id);
    filled += 1;
  }

  function count({ program, status }: Student, by: 1 | -1): void {
    counted = undefined;
    const n = (programs.get(program) ?? 0) + by;
    if (n > 0) programs.set(program, n);
    else programs.delete(program);
    if (status === 'active') active += by;
  }

  /** Takes over what a record says instead of the one before. */
  function follow(before: Student | undefined, after: Student | undefined): void {
    if (before) count(before, -1);
    if (after) count(after, 1);
    const old = new Set(before?.enrolled_courses);
    for (const course_id of after?.enrolled_courses ?? [])
      if (after && !old.delete(course_id)) enrol(course_id, after.student_id);
    for (const course_id of old) if (before) leave(course_id, before.student_id);
  }

  function countPrograms() {
    if (counted) return counted;
    const sorted = [...programs].sort(([a], [b]) => compareTexts(a, b));
    return (counted = { names: sorted.map(([name]) => name), byProgram: Object.fromEntries(sorted) });
  }

  return {
    /** To be called once everybody is here: orders all columns before the first list is asked for. */
    prepare: (): void => directory.prepare(STUDENT_SORTS),
    get: directory.get,
    byCode: directory.byName,
    list: directory.list,
    values: directory.values,
    size: directory.size,
    put: (kept: KeptStudent): void => {
      if (!directory.isNews(kept)) return;
      follow(directory.get(kept.record.student_id)?.record, kept.record);
      directory.put(kept);
    },
    remove: (student_id: string): void => {
      follow(directory.get(student_id)?.record, undefined);
      directory.remove(student_id);
    },
    /** Ids of everybody enrolled, whatever their status. */
    memberIds: (course_id: string): ReadonlySet<string> => members.get(course_id) ?? NOBODY,
    /** Grows with every change of who takes what. */
    enrolments: (): number => enrolments,
    /** Grows when a course gets its first student or loses its last. */
    filled: (): number => filled,
    /** Everybody enrolled, in order of their codes. */
    members: (course_id: string): KeptStudent[] =>
      [...(members.get(course_id) ?? [])]
        .flatMap((id) => directory.get(id) ?? [])
        .sort((a, b) => compareTexts(a.record.student_code, b.record.student_code)),
    programs: (): readonly string[] => countPrograms().names,
    byProgram: (): Readonly<Record<string, number>> => countPrograms().byProgram,
    active: (): number => active,
  };
}

export type StudentDirectory = ReturnType<typeof createStudentDirectory>;
