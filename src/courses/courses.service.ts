// What can be done with courses and their rosters?
import { z } from 'zod';
import type { Context } from '../platform/actor.ts';
import { timestamp } from '../platform/clock.ts';
import type { Clock } from '../platform/clock.ts';
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
import { id, parse } from '../platform/schema.ts';
import type { Sheets } from '../sheets/sheets.ts';
import type { Student } from '../students/student.ts';
import type { StudentDirectory } from '../students/student-directory.ts';
import type { StudentsRepository } from '../students/students.repository.ts';
import type { UserDirectory } from '../users/user-directory.ts';
import type { UsersRepository } from '../users/users.repository.ts';
import { COURSE_SORTS, courseInput, coursePatch } from './course.ts';
import type { Course, RosterChanged } from './course.ts';
import type { CourseDirectory, KeptCourse } from './course-directory.ts';
import { toCourseEvidence } from './courses.repository.ts';
import type { CoursesRepository } from './courses.repository.ts';
import { createRosterService } from './roster.service.ts';
import type { Rosters } from './rosters.ts';

/** What a list of courses is asked for; checked by the service (422). */
export interface CourseQuery {
  q?: string;
  faculty_id?: string;
  sort?: string;
  order?: string;
  page?: string | number;
  page_size?: string | number;
}

/** A course beside who takes it. */
export interface CourseRoster {
  course: Course;
  /** In order of their codes, whatever their status. */
  students: Student[];
}

export interface CoursesService {
  /** A student sees the courses they are enrolled in. */
  list: (ctx: Context, query: CourseQuery) => Page<Course & { enrolled: number }>;
  get: (ctx: Context, course_id: string) => Course;
  /** The course with this code; undefined when there is none that the actor may see. */
  byCode: (ctx: Context, code: string) => Course | undefined;
  add: (ctx: Context, input: unknown) => Promise<Course>;
  change: (ctx: Context, course_id: string, version: number, patch: unknown) => Promise<Course>;
  remove: (ctx: Context, course_id: string, version: number) => Promise<void>;
  /** Staff only. */
  roster: (ctx: Context, course_id: string) => CourseRoster;
  /** Throws Conflict beyond `capacity`, Invalid for unknown students. Admin only. */
  changeRoster: (ctx: Context, course_id: string, change: unknown) => Promise<RosterChanged>;
  /** Whether the actor may write marks and results of this course. */
  mayMark: (ctx: Context, course: Course) => boolean;
}

export interface CoursesNeeds {
  dynamo: Dynamo;
  clock: Clock;
  newId: () => string;
  commit: Commit;
  trail: Trail;
  jobs: Jobs;
  directory: CourseDirectory;
  repository: CoursesRepository;
  rosters: Rosters;
  sheets: Sheets;
  students: StudentDirectory;
  studentsRepository: StudentsRepository;
  users: UserDirectory;
  usersRepository: UsersRepository;
}

const query = z.strictObject({ ...listQuery(COURSE_SORTS), faculty_id: filter(id('Faculty')) });

/** Admins, and whoever teaches it; everybody of the faculty when nobody does. */
export const mayMark = (ctx: Context, course: Course): boolean =>
  ctx.actor.role === 'admin' ||
  (ctx.actor.role === 'faculty' && (course.faculty_id === null || course.faculty_id === ctx.actor.user_id));

export function createCoursesService(needs: CoursesNeeds): CoursesService {
  const { dynamo, clock, newId, commit, trail, jobs, directory, repository, rosters, sheets, students, users } = needs;
  const { usersRepository } = needs;
  const { changeRoster } = createRosterService(needs);

  const takenBy = ({ actor: { student_id } }: Context): string[] =>
    (student_id === null ? undefined : students.get(student_id)?.record.enrolled_courses) ?? [];

  const maySee = (ctx: Context, { record }: KeptCourse): boolean =>
    ctx.actor.role !== 'student' || takenBy(ctx).includes(record.course_id);

  const visible = (ctx: Context, course_id: string): KeptCourse => {
    const kept = directory.get(course_id);
    if (!kept || !maySee(ctx, kept)) {
      throw new NotFound('There is no such course, or it has been removed.');
    }
    return kept;
  };

  const taken = (course_code: string) => ({
    field: 'course_code',
    message: `The code ${course_code} belongs to another course. Choose another code.`,
  });

  /** The shown name comes from the user, when there is one. */
  function withFaculty(course: Course): Course {
    if (course.faculty_id === null) return course;
    const user = users.get(course.faculty_id)?.record;
    if (!user || user.role === 'student' || !user.active) {
      throw new Invalid([{ field: 'faculty_id', message: 'Choose somebody of the staff who is active.' }]);
    }
    return { ...course, faculty: user.full_name };
  }

  function entryFor(ctx: Context, verb: 'added' | 'updated', before: KeptCourse | undefined, course: Course) {
    return trail.entry({
      chain: `course#${course.course_id}`,
      version: course.version,
      previous: before?.head ?? null,
      at: course.updated_at,
      actor: ctx.actor,
      event: {
        name: `course_${verb}`,
        id: course.course_id,
        summary: `Course ${course.course_code} ${course.course_name} was ${verb === 'added' ? 'added' : 'changed'}.`,
        course_code: course.course_code,
        course_name: course.course_name,
      },
      entity: 'course',
      entity_id: course.course_id,
      rows: [{ id: course.course_id, record: toCourseEvidence(course), ...difference(before?.record ?? null, course) }],
    });
  }

  async function add(ctx: Context, input: unknown): Promise<Course> {
    demandRole(ctx, 'admin');
    const fields = parse(courseInput, input);
    const at = timestamp(clock);
    const course = withFaculty({ course_id: newId(), ...fields, version: 1, created_at: at, updated_at: at });
    const entry = entryFor(ctx, 'added', undefined, course);
    return await commit({
      ctx,
      entry,
      result: course,
      writes: [
        takeName(dynamo, 'courses', course.course_code, course.course_id, taken(course.course_code)),
        repository.add(course, entry.head),
        rosters.add(course.course_id),
        ...(course.faculty_id === null ? [] : [usersRepository.teach(course.faculty_id)]),
      ],
      applied: () => {
        rosters.added(course.course_id);
        directory.put({ record: course, head: entry.head });
      },
    });
  }

  async function change(ctx: Context, course_id: string, version: number, patch: unknown): Promise<Course> {
    demandRole(ctx, 'admin');
    const before = visible(ctx, course_id);
    if (before.record.version !== version) throw new Stale(directory.present(before.record));
    const fields = parse(coursePatch, patch);
    const old = directory.present(before.record);
    const merged = { ...old, ...given(fields) };
    const next = fields.faculty_id === undefined && fields.faculty === undefined ? merged : withFaculty(merged);
    if (isSame(old, next)) {
      return await commit({ ctx, writes: [], result: old });
    }
    const course: Course = { ...next, version: version + 1, updated_at: timestamp(clock) };
    const renamed = course.course_name !== old.course_name || course.course_code !== old.course_code;
    const entry = entryFor(ctx, 'updated', { ...before, record: old }, course);
    await commit({
      ctx,
      entry,
      result: course,
      writes: [
        repository.change(course, entry.head, version, directory.put),
        ...renameGuards(dynamo, 'courses', old.course_code, course.course_code, course_id, taken(course.course_code)),
        ...handOver(old.faculty_id, course.faculty_id),
        ...(renamed ? [jobs.store('rename', `courses#${course_id}`, {}).write] : []),
      ],
      applied: () => directory.put({ record: course, head: entry.head }),
    });
    if (renamed) jobs.start('rename', `courses#${course_id}`);
    return course;
  }

  const handOver = (from: string | null, to: string | null): Write[] =>
    from === to
      ? []
      : [
          ...(to === null ? [] : [usersRepository.teach(to)]),
          ...(from === null ? [] : [usersRepository.stopTeaching(from)]),
        ];

  async function remove(ctx: Context, course_id: string, version: number): Promise<void> {
    demandRole(ctx, 'admin');
    const before = visible(ctx, course_id);
    if (before.record.version !== version) throw new Stale(directory.present(before.record));
    const job = jobs.store('remove-course', course_id, { actor: ctx.actor, attendance: 0, results: 0 });
    await commit({
      ctx,
      result: undefined,
      writes: [repository.markDeleting(course_id, version, directory.put), rosters.close(course_id), job.write],
      job,
      applied: () => {
        directory.remove(course_id);
        sheets.forget(course_id);
      },
    });
    await jobs.run('remove-course', course_id);
  }

  return {
    list: (ctx, asked) => {
      const { q, sort, order, page, page_size, faculty_id } = parse(query, given(asked));
      const among = ctx.actor.role === 'student' ? takenBy(ctx) : undefined;
      const descending = order === 'desc';
      const found = directory.list({ q, where: { faculty_id }, among, sort, descending, page, page_size });
      const items = found.items.map(({ record }) => ({
        ...directory.present(record),
        enrolled: students.memberIds(record.course_id).size,
      }));
      return { ...found, items };
    },
    get: (ctx, course_id) => directory.present(visible(ctx, course_id).record),
    byCode: (ctx, code) => {
      const kept = directory.byCode(code);
      return kept && maySee(ctx, kept) ? directory.present(kept.record) : undefined;
    },
    add,
    change,
    remove,
    roster: (ctx, course_id) => {
      demandRole(ctx, 'admin', 'faculty');
      return {
        course: directory.present(visible(ctx, course_id).record),
        students: students.members(course_id).map((kept) => kept.record),
      };
    },
    changeRoster,
    mayMark,
  };
}
