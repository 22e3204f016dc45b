// Who are the students, who takes which course, how many are there of each programme? Out of memory.
import { createDirectory } from '../platform/directory.ts';
import type { Kept } from '../platform/directory.ts';
import { compareTexts } from '../platform/fold.ts';
import { STUDENT_SORTS } from './student.ts';
import type { Student } from './student.ts';

export type KeptStudent = Kept<Student>;

export function createStudentDirectory() {
  const directory = createDirectory<KeptStudent>({
    idOf: ({ record }) => record.student_id,
    searched: ({ record }) => [record.student_code, record.full_name, record.email],
    sortValue: ({ record }, column) => {
      const value = record[column as keyof Student];
      return Array.isArray(value) ? value.length : value;
    },
    facets: { program: ({ record }) => record.program, status: ({ record }) => record.status },
  });
  const members = new Map<string, Set<string>>();
  const programs = new Map<string, number>();
  // In order of the names; made when somebody asks after a change.
  let counted: { names: string[]; byProgram: Record<string, number> } | undefined;
  let active = 0;

  function count({ record }: KeptStudent, by: 1 | -1): void {
    for (const course_id of record.enrolled_courses) {
      let students = members.get(course_id);
      if (!students) members.set(course_id, (students = new Set()));
      if (by === 1) students.add(record.student_id);
      else students.delete(record.student_id);
      if (students.size === 0) members.delete(course_id);
    }
    counted = undefined;
    const n = (programs.get(record.program) ?? 0) + by;
    if (n > 0) programs.set(record.program, n);
    else programs.delete(record.program);
    if (record.status === 'active') active += by;
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
    list: directory.list,
    values: directory.values,
    size: directory.size,
    put: (kept: KeptStudent): void => {
      if (!directory.isNews(kept)) return;
      const before = directory.get(kept.record.student_id);
      if (before) count(before, -1);
      count(kept, 1);
      directory.put(kept);
    },
    remove: (student_id: string): void => {
      const before = directory.get(student_id);
      if (before) count(before, -1);
      directory.remove(student_id);
    },
    /** Ids of everybody enrolled, whatever their status. */
    memberIds: (course_id: string): ReadonlySet<string> => members.get(course_id) ?? new Set(),
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
