// What can be done with courses and their rosters?
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
import { Invalid, Stale } from '../platform/errors.ts';
import { given } from '../platform/list-query.ts';
import { demandRole } from '../platform/policy.ts';
import { parse } from '../platform/schema.ts';
import type { Sheets } from '../sheets/sheets.ts';
import type { StudentDirectory } from '../students/student-directory.ts';
import type { StudentsRepository } from '../students/students.repository.ts';
import type { UserDirectory } from '../users/user-directory.ts';
import type { UsersRepository } from '../users/users.repository.ts';
import { courseInput, coursePatch } from './course.ts';
import type { Course, RosterChanged } from './course.ts';
import type { CourseDirectory, KeptCourse } from './course-directory.ts';
import { createCourseReads } from './course-reads.ts';
import type { CourseReads } from './course-reads.ts';
import { toCourseEvidence } from './courses.repository.ts';
import type { CoursesRepository } from './courses.repository.ts';
import { createRosterService } from './roster.service.ts';
import type { Rosters } from './rosters.ts';

export interface CoursesService extends CourseReads {
  add: (ctx: Context, input: unknown) => Promise<Course>;
  change: (ctx: Context, course_id: string, version: number, patch: unknown) => Promise<Course>;
  remove: (ctx: Context, course_id: string, version: number) => Promise<void>;
  /** Throws Conflict beyond `capacity`, Invalid for unknown students. Admin only. */
  changeRoster: (ctx: Context, course_id: string, change: unknown) => Promise<RosterChanged>;
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

export function createCoursesService(needs: CoursesNeeds): CoursesService {
  const { dynamo, clock, newId, commit, trail, jobs, directory, repository, rosters, sheets, students, users } = needs;
  const { usersRepository } = needs;
  const { changeRoster } = createRosterService(needs);
  const { visible, reads } = createCourseReads(directory, students);

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

  return { ...reads, add, change, remove, changeRoster };
}
