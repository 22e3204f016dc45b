// How is one mark or result read, made, changed and removed, whichever it is?
import { isStaff } from '../platform/actor.ts';
import type { Context } from '../platform/actor.ts';
import type { Commit } from '../platform/dynamo/commit.ts';
import type { Item } from '../platform/dynamo/reads.ts';
import { Conflict, Invalid, NotFound, Stale } from '../platform/errors.ts';
import type { FieldError } from '../platform/errors.ts';
import { isId } from '../platform/ids.ts';
import { demandRole } from '../platform/policy.ts';
import type { Course } from '../courses/course.ts';
import type { StudentDirectory } from '../students/student-directory.ts';
import type { StudentsRepository } from '../students/students.repository.ts';
import type { CourseAccess } from './access.ts';
import type { CopiedNames, Names, Present } from './present.ts';
import type { SheetKind, SheetRecord } from './rows.ts';
import type { SheetRef } from './sheet.ts';
import type { RowStamp, SheetWriter } from './writer.ts';

export interface SingleNeeds {
  commit: Commit;
  writer: SheetWriter;
  names: Names;
  present: Present;
  access: CourseAccess;
  students: StudentDirectory;
  studentsRepository: StudentsRepository;
}

export interface SingleKind<R extends SheetRecord> {
  kind: SheetKind<R>;
  find: (id: string) => Promise<R | undefined>;
  refOf: (record: R) => SheetRef;
  /** What is said when there is none, and when there is one already. */
  none: string;
  twice: string;
}

/** When and as which version of its sheet a record is written, and what it copies. */
export interface Stamp extends RowStamp {
  names: CopiedNames;
}

/** Why a record is added, changed or removed; demanded when its sheet is posted. */
export type Reason = string | null | undefined;

export function createSingle<R extends SheetRecord>(of: SingleKind<R>, needs: SingleNeeds) {
  const { kind, find, refOf } = of;
  const { commit, writer, names, present, access, students, studentsRepository } = needs;

  const none = (): NotFound => new NotFound(of.none);

  /** Throws NotFound, also for a student that asks for another's. */
  async function get(ctx: Context, id: string): Promise<R> {
    const stored = isId(id) ? await find(id) : undefined;
    const record = stored && present(stored);
    if (!record || !(isStaff(ctx.actor) || record.student_id === ctx.actor.student_id)) throw none();
    return record;
  }

  /** The record that a change or removal is about. Throws NotFound, Forbidden, Stale, in that order. */
  async function writable(ctx: Context, id: string, version: number): Promise<R> {
    demandRole(ctx, 'admin', 'faculty');
    const record = await get(ctx, id);
    access.demandTeacher(ctx, access.courseOf(record.course_id));
    if (record.version !== version) throw new Stale(record);
    return record;
  }

  // Somebody wrote this very record between our look and our write.
  const moved = (stored: Item | undefined): Error => {
    const record = stored && present(kind.fromItem(stored));
    return record ? new Stale(record) : none();
  };

  /** Before a body is read: the course it names is asked for its teacher, since 403 goes before 422. */
  function demandTeacherOf(ctx: Context, input: unknown): Course | undefined {
    demandRole(ctx, 'admin', 'faculty');
    const course = access.named(input);
    if (course) access.demandTeacher(ctx, course);
    return course;
  }

  /** Throws Invalid unless the student is there and takes the course; `faults` are told along. */
  function demandEnrolled(student_id: string, course: Course | undefined, faults: FieldError[] = []): Course {
    const student = students.get(student_id)?.record;
    const errors = [
      ...(course ? [] : [{ field: 'course_id', message: 'There is no such course. Choose another.' }]),
      ...(student ? [] : [{ field: 'student_id', message: 'There is no such student. Choose another.' }]),
      ...faults,
    ];
    if (errors.length > 0 || !course || !student) throw new Invalid(errors);
    if (student.enrolled_courses.includes(course.course_id)) return course;
    const message = `${student.student_code} does not take ${course.course_code}. Enrol the student first.`;
    throw new Invalid([{ field: 'student_id', message }]);
  }

  async function drop(ctx: Context, old: R, reason?: Reason): Promise<void> {
    await writer.save(kind, ctx, refOf(old), false, () => {
      const rows = [{ id: kind.idOf(old), old, new: undefined }];
      return Promise.resolve({ rows, answer: undefined, reason, checks: [], refused: moved });
    });
  }

  return {
    get,
    writable,
    demandTeacherOf,
    demandEnrolled,
    /** Throws Conflict with existing_id when there is one for the same key. */
    add: (ctx: Context, student_id: string, ref: SheetRef, record: (stamp: Stamp) => R, reason?: Reason): Promise<R> =>
      writer.save(kind, ctx, ref, false, (_sheet, stamp) => {
        const copied = names(student_id, ref.course_id);
        if (!copied)
          throw new Invalid([
            { field: 'student_id', message: 'The student or the course was removed. Load the page again.' },
          ]);
        const made = record({ ...stamp, names: copied });
        const id = kind.idOf(made);
        return Promise.resolve({
          rows: [{ id, old: undefined, new: made }],
          answer: made,
          reason,
          checks: [studentsRepository.checkEnrolled(student_id, ref.course_id)],
          refused: () => new Conflict(of.twice, { existing_id: id }),
        });
      }),
    /** Throws Stale when somebody was faster. */
    replace: (ctx: Context, old: R, record: (stamp: Stamp) => R, reason?: Reason): Promise<R> =>
      writer.save(kind, ctx, refOf(old), false, (_sheet, stamp) => {
        const changed = record({ ...stamp, names: names(old.student_id, old.course_id) ?? old });
        const rows = [{ id: kind.idOf(old), old, new: changed }];
        return Promise.resolve({ rows, answer: changed, reason, checks: [], refused: moved });
      }),
    /** Nothing changes: only the answer is kept, for a call with a key. */
    keep: (ctx: Context, record: R): Promise<R> => commit({ ctx, writes: [], result: record }),
    drop,
    remove: async (ctx: Context, id: string, version: number): Promise<void> =>
      await drop(ctx, await writable(ctx, id, version)),
  };
}
