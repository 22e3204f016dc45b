// What can be done with students?
import { z } from 'zod';
import { isStaff } from '../platform/actor.ts';
import type { Context } from '../platform/actor.ts';
import { timestamp } from '../platform/clock.ts';
import type { Clock, Today } from '../platform/clock.ts';
import type { Dynamo } from '../platform/dynamo/client.ts';
import type { Commit } from '../platform/dynamo/commit.ts';
import { renameGuards, takeName } from '../platform/dynamo/guards.ts';
import type { Jobs } from '../platform/dynamo/jobs.ts';
import type { Write } from '../platform/dynamo/transaction.ts';
import { difference, isSame } from '../platform/dynamo/trail.ts';
import type { Trail } from '../platform/dynamo/trail.ts';
import { Invalid, NotFound, Stale } from '../platform/errors.ts';
import { filter, given, listQuery } from '../platform/list-query.ts';
import type { Page } from '../platform/page.ts';
import { demandRole } from '../platform/policy.ts';
import { id, lastDay, parse } from '../platform/schema.ts';
import type { CourseDirectory } from '../courses/course-directory.ts';
import type { Rosters } from '../courses/rosters.ts';
import { MAX_COURSES, STUDENT_SORTS, STUDENT_STATUSES, studentInput, studentPatch } from './student.ts';
import type { Student } from './student.ts';
import type { KeptStudent, StudentDirectory } from './student-directory.ts';
import { toStudentItem } from './students.repository.ts';
import type { StudentsRepository } from './students.repository.ts';

/** What a list of students is asked for; all of it optional, checked by the service (422). */
export interface StudentQuery {
  q?: string;
  program?: string;
  status?: string;
  course_id?: string;
  sort?: string;
  order?: string;
  page?: string | number;
  page_size?: string | number;
}

export interface StudentsService {
  /** Students the actor may see. Throws Invalid for a query it does not understand. */
  list: (ctx: Context, query: StudentQuery) => Page<Student>;
  /** Throws NotFound, also for a student that asks for another's record. */
  get: (ctx: Context, student_id: string) => Student;
  /** The student with this code; undefined when there is none that the actor may see. */
  byCode: (ctx: Context, code: string) => Student | undefined;
  /** Throws Forbidden, Invalid, Conflict (code taken, course full). */
  add: (ctx: Context, input: unknown) => Promise<Student>;
  /** Throws NotFound, Stale, Invalid, Conflict, in that order. A patch that changes nothing writes nothing. */
  change: (ctx: Context, student_id: string, version: number, patch: unknown) => Promise<Student>;
  /** Takes marks, results and logins along. Throws NotFound, Stale. */
  remove: (ctx: Context, student_id: string, version: number) => Promise<void>;
  /** All programmes there are, in order. */
  programs: (ctx: Context) => readonly string[];
}

/** Contact, guardian and birth data: the trail says that they changed, never how. */
export const PRIVATE_FIELDS = new Set(['email', 'phone', 'date_of_birth', 'guardian_name', 'guardian_email']);

export interface StudentsNeeds {
  dynamo: Dynamo;
  clock: Clock;
  today: Today;
  newId: () => string;
  commit: Commit;
  trail: Trail;
  jobs: Jobs;
  directory: StudentDirectory;
  repository: StudentsRepository;
  courses: CourseDirectory;
  rosters: Rosters;
  /** Reads the marks and results of a student and returns what takes them out of the totals. */
  withhold: (student_id: string) => Promise<() => void>;
}

const query = z.strictObject({
  ...listQuery(STUDENT_SORTS),
  program: filter(z.string().max(200)),
  status: filter(z.enum(STUDENT_STATUSES, { error: () => `Status is one of: ${STUDENT_STATUSES.join(', ')}.` })),
  course_id: filter(id('Course')),
});

export function createStudentsService(needs: StudentsNeeds): StudentsService {
  const { dynamo, clock, today, newId, commit, trail, jobs, directory, repository, courses, rosters } = needs;

  const maySee = (ctx: Context, { record }: KeptStudent): boolean =>
    isStaff(ctx.actor) || ctx.actor.student_id === record.student_id;

  const visible = (ctx: Context, student_id: string): KeptStudent => {
    const kept = directory.get(student_id);
    if (!kept || !maySee(ctx, kept)) {
      throw new NotFound('There is no such student, or the record has been removed.');
    }
    return kept;
  };

  const taken = (student_code: string) => ({
    field: 'student_code',
    message: `The code ${student_code} belongs to another student. Choose another code.`,
  });

  function demandCourses(course_ids: string[]): void {
    const errors = course_ids.flatMap((course_id, i) =>
      courses.get(course_id)
        ? []
        : [{ field: `enrolled_courses[${String(i)}]`, message: 'There is no such course. Choose another.' }],
    );
    if (errors.length > 0) throw new Invalid(errors);
  }

  /** The roster part of a change of somebody's courses. */
  const enrolment = (course_ids: string[], by: 1 | -1): Write[] =>
    course_ids.map((course_id) => {
      const course = courses.get(course_id)?.record;
      return rosters.raise(course_id, by, {
        capacity: course?.capacity ?? null,
        full: () => rosters.full(course?.course_code ?? 'The course'),
        gone: () =>
          new Invalid([
            {
              field: 'enrolled_courses',
              message: 'A course was removed meanwhile. Look at the courses again, then save.',
            },
          ]),
      });
    });

  function entryFor(
    ctx: Context,
    name: 'student_added' | 'student_updated',
    before: KeptStudent | undefined,
    after: Student,
    summary: string,
  ) {
    return trail.entry({
      chain: `student#${after.student_id}`,
      version: after.version,
      previous: before?.head ?? null,
      at: after.updated_at,
      actor: ctx.actor,
      event: {
        name,
        id: after.student_id,
        summary,
        student_code: after.student_code,
        full_name: after.full_name,
      },
      entity: 'student',
      entity_id: after.student_id,
      rows: [
        {
          id: after.student_id,
          record: toStudentItem(after),
          ...difference(before?.record ?? null, after, PRIVATE_FIELDS),
        },
      ],
    });
  }

  function demandBorn(date_of_birth: string | null | undefined): void {
    if (date_of_birth == null || date_of_birth <= lastDay(today())) return;
    throw new Invalid([
      { field: 'date_of_birth', message: 'Date of birth is tomorrow at the latest: choose an earlier day.' },
    ]);
  }

  async function add(ctx: Context, input: unknown): Promise<Student> {
    demandRole(ctx, 'admin');
    const fields = parse(studentInput, input);
    demandBorn(fields.date_of_birth);
    demandCourses(fields.enrolled_courses);
    const at = timestamp(clock);
    const student: Student = { student_id: newId(), ...fields, version: 1, created_at: at, updated_at: at };
    const entry = entryFor(ctx, 'student_added', undefined, student, `Student ${shown(student)} was added.`);
    return await commit({
      ctx,
      entry,
      result: student,
      writes: [
        takeName(dynamo, 'students', student.student_code, student.student_id, taken(student.student_code)),
        repository.add(student, entry.head),
        ...enrolment(student.enrolled_courses, 1),
      ],
      applied: () => {
        directory.put({ record: student, head: entry.head });
        for (const course_id of student.enrolled_courses) rosters.raised(course_id, 1);
      },
    });
  }

  async function change(ctx: Context, student_id: string, version: number, patch: unknown): Promise<Student> {
    demandRole(ctx, 'admin');
    const before = visible(ctx, student_id);
    if (before.record.version !== version) throw new Stale(before.record);
    const fields = parse(studentPatch, patch);
    demandBorn(fields.date_of_birth);
    if (isSame(before.record, { ...before.record, ...fields }))
      return await commit({ ctx, writes: [], result: before.record });

    const old = new Set(before.record.enrolled_courses);
    const wanted = new Set(fields.enrolled_courses ?? old);
    const joined = [...wanted].filter((id) => !old.has(id));
    const left = [...old].filter((id) => !wanted.has(id));
    if (fields.enrolled_courses) demandCourses(fields.enrolled_courses);
    if (joined.length + left.length > MAX_COURSES) {
      const message = `At most ${String(MAX_COURSES)} courses can be joined and left at once. Do it in two steps.`;
      throw new Invalid([{ field: 'enrolled_courses', message }]); // more would not fit one transaction
    }

    const after: Student = {
      ...before.record,
      ...given(fields),
      version: version + 1,
      updated_at: timestamp(clock),
    };
    const renamed = after.full_name !== before.record.full_name || after.student_code !== before.record.student_code;
    const entry = entryFor(ctx, 'student_updated', before, after, `Student ${shown(after)} was changed.`);
    const result = await commit({
      ctx,
      entry,
      result: after,
      writes: [
        repository.change(after, entry.head, version, directory.put),
        ...renameGuards(
          dynamo,
          'students',
          before.record.student_code,
          after.student_code,
          student_id,
          taken(after.student_code),
        ),
        ...enrolment(joined, 1),
        ...enrolment(left, -1),
        ...(renamed ? [jobs.store('rename', `students#${student_id}`, {}).write] : []),
      ],
      applied: () => {
        directory.put({ record: after, head: entry.head });
        for (const course_id of joined) rosters.raised(course_id, 1);
        for (const course_id of left) rosters.raised(course_id, -1);
      },
    });
    if (renamed) jobs.start('rename', `students#${student_id}`);
    return result;
  }

  async function remove(ctx: Context, student_id: string, version: number): Promise<void> {
    demandRole(ctx, 'admin');
    const before = visible(ctx, student_id);
    if (before.record.version !== version) throw new Stale(before.record);
    const withhold = await needs.withhold(student_id);
    const job = jobs.store('remove-student', student_id, {
      actor: ctx.actor,
      courses: before.record.enrolled_courses,
      attendance: 0,
      results: 0,
    });
    await commit({
      ctx,
      result: undefined,
      writes: [repository.markDeleting(student_id, version, directory.put), job.write],
      job,
      applied: () => {
        directory.remove(student_id);
        withhold();
      },
    });
    await jobs.run('remove-student', student_id);
  }

  function list(ctx: Context, asked: StudentQuery): Page<Student> {
    const { q, sort, order, page, page_size, program, status, course_id } = parse(query, given(asked));
    const members = course_id === undefined ? undefined : directory.memberIds(course_id);
    const among = isStaff(ctx.actor) ? members : ownAmong(ctx, members);
    const descending = order === 'desc';
    const found = directory.list({ q, where: { program, status }, among, sort, descending, page, page_size });
    return { ...found, items: found.items.map((kept) => kept.record) };
  }

  return {
    list,
    get: (ctx, student_id) => visible(ctx, student_id).record,
    byCode: (ctx, code) => {
      const kept = directory.byCode(code);
      return kept && maySee(ctx, kept) ? kept.record : undefined;
    },
    add,
    change,
    remove,
    programs: (ctx) => {
      demandRole(ctx, 'admin', 'faculty');
      return directory.programs();
    },
  };
}

/** A student sees the own record only. */
const ownAmong = ({ actor: { student_id } }: Context, members: ReadonlySet<string> | undefined): string[] =>
  student_id !== null && (members?.has(student_id) ?? true) ? [student_id] : [];

const shown = ({ student_code, full_name }: Student): string => `${student_code} ${full_name}`;
