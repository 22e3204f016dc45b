// What goes with a course? It leaves its students, then its sheets go row by row, then its roster and itself.
// Every step may be repeated: a crash at any point leaves a job that goes on from there.
import type { Actor, Context } from '../platform/actor.ts';
import { timestamp } from '../platform/clock.ts';
import { freeName, tombstone } from '../platform/dynamo/guards.ts';
import type { Job } from '../platform/dynamo/jobs.ts';
import { backoff, getItems, pause, queryAll } from '../platform/dynamo/reads.ts';
import { Raced, remove } from '../platform/dynamo/transaction.ts';
import type { Write } from '../platform/dynamo/transaction.ts';
import { difference } from '../platform/dynamo/trail.ts';
import { NotFound, Stale, Unavailable } from '../platform/errors.ts';
import { attendanceKey, marksBy } from '../attendance/marks.repository.ts';
import type { CoursesRepository } from '../courses/courses.repository.ts';
import { resultsBy } from '../results/results.repository.ts';
import type { RowFinder } from '../sheets/row-cache.ts';
import type { SheetRecord } from '../sheets/rows.ts';
import { sheetKey } from '../sheets/sheet.ts';
import type { Sheet } from '../sheets/sheet.ts';
import type { KeptStudent } from '../students/student-directory.ts';
import { toStudentItem } from '../students/students.repository.ts';
import type { Student } from '../students/student.ts';
import type { UsersRepository } from '../users/users.repository.ts';
import type { RemovalNeeds } from './remove-student.ts';

export interface CourseRemovalNeeds extends RemovalNeeds {
  coursesRepository: CoursesRepository;
  usersRepository: UsersRepository;
}

interface Body {
  actor: Actor;
  attendance: number;
  results: number;
}

const KIND = 'remove-course';
const STUDENTS_A_STEP = 45; // a record and its chain entry each
const ROWS_A_STEP = 90;
const TRIES = 30;

export function registerCourseRemoval(needs: CourseRemovalNeeds): void {
  needs.jobs.register(KIND, async (job) => {
    const ctx: Context = { actor: (job.body as unknown as Body).actor };
    needs.courses.remove(job.id);
    needs.sheets.forget(job.id); // its marks count no more, from now on
    await leaveStudents(needs, ctx, job.id);
    for (const sheet of await needs.writer.finishOpen(job.id)) {
      needs.sheets.forget(job.id);
      if (attendanceKey(sheet)) await removeSheet(needs, ctx, job, needs.marks.finder, sheet, 'attendance');
      else await removeSheet(needs, ctx, job, needs.results.finder, sheet, 'results');
    }
    needs.sheets.forget(job.id);
    await finish(needs, ctx, job);
  });
}

/** The course leaves everybody's list; versions rise, nothing is told. */
async function leaveStudents(needs: CourseRemovalNeeds, ctx: Context, course_id: string): Promise<void> {
  for (let attempt = 0; attempt < TRIES;) {
    const members = needs.students.members(course_id).slice(0, STUDENTS_A_STEP);
    if (members.length === 0) return;
    try {
      await leaveTogether(needs, ctx, course_id, members);
      attempt = 0;
    } catch (error) {
      if (!(error instanceof Stale || error instanceof NotFound || error instanceof Raced)) throw error;
      // Somebody changed one of them; a student that is going is out of the directory already.
      for (const { record } of members) {
        const now = await needs.studentsRepository.stored(record.student_id);
        if (now && needs.students.get(record.student_id)) needs.students.put(now);
      }
      attempt += 1;
      await pause(backoff(attempt));
    }
  }
  throw new Unavailable();
}

async function leaveTogether(needs: CourseRemovalNeeds, ctx: Context, course_id: string, members: KeptStudent[]) {
  const { clock, commit, trail, students, studentsRepository } = needs;
  const at = timestamp(clock);
  const parts = members.map((before) => {
    const after: Student = {
      ...before.record,
      enrolled_courses: before.record.enrolled_courses.filter((id) => id !== course_id),
      version: before.record.version + 1,
      updated_at: at,
    };
    const { student_id, student_code, full_name } = after;
    const entry = trail.entry({
      chain: `student#${student_id}`,
      version: after.version,
      previous: before.head,
      at,
      actor: ctx.actor,
      event: {
        name: 'student_updated',
        id: student_id,
        summary: `${student_code} ${full_name} left a course that was removed.`,
        student_code,
        full_name,
      },
      entity: 'student',
      entity_id: student_id,
      rows: [{ id: student_id, record: toStudentItem(after), ...difference(before.record, after) }],
      quiet: true,
    });
    const writes: Write[] = [
      studentsRepository.change(after, entry.head, before.record.version, students.put),
      ...entry.writes('0'),
    ];
    return { kept: { record: after, head: entry.head }, writes };
  });
  await commit({
    ctx,
    result: undefined,
    writes: parts.flatMap((part) => part.writes),
    applied: () => {
      for (const part of parts) students.put(part.kept);
    },
  });
}

/** All rows of one sheet, then the sheet item. It knows how many rows there are, so none is left behind. */
async function removeSheet<R extends SheetRecord>(
  needs: CourseRemovalNeeds,
  ctx: Context,
  job: Job,
  finder: RowFinder<R>,
  first: Sheet,
  count: 'attendance' | 'results',
): Promise<void> {
  const { dynamo, sheets, writer, jobs, commit } = needs;
  const { kind } = finder;
  const indexed = async (): Promise<R[]> => {
    const question =
      count === 'attendance'
        ? marksBy.course(first.course_id, ...daysOf(first))
        : resultsBy.course(first.course_id, first.name.split('#')[1]);
    const keys = await queryAll(dynamo, kind.table, question);
    const ids = keys.map((item) => ({ [kind.key]: item[kind.key] }));
    const items = await getItems(dynamo, kind.table, ids); // what the index still shows may be gone
    return items
      .map((item) => kind.fromItem(item))
      .filter((row) => finder.idFor(row.student_id, first) === kind.idOf(row));
  };
  sheets.replace(first);
  for (let attempt = 0; ; attempt++) {
    if (kind.size(sheets.get(first).counts) === 0) break;
    if (attempt >= TRIES) throw new Unavailable();
    if (attempt > 0) await pause(attempt > 2 ? 200 : 10);
    const removed = await writer.removeRows(
      kind,
      ctx,
      [first],
      async () => (await indexed()).slice(0, ROWS_A_STEP),
      (n) => [jobs.add(KIND, job.id, { [count]: n })],
    );
    if (removed > 0) attempt = 0;
  }
  const gone = remove(dynamo, 'system', sheetKey(first));
  await commit({ ctx, result: undefined, writes: [gone] });
}

const daysOf = (sheet: Sheet): [string, string] => {
  const date = attendanceKey(sheet)?.date ?? '';
  return [date, date];
};

/** The record itself, its code, its roster, a tombstone and the one event. */
async function finish(needs: CourseRemovalNeeds, ctx: Context, { id }: Job): Promise<void> {
  const { dynamo, clock, commit, trail, jobs, coursesRepository, usersRepository, rosters } = needs;
  const job = await jobs.find(KIND, id);
  const kept = await coursesRepository.stored(id);
  if (!job || !kept) return; // another process has finished it
  const { attendance, results } = job.body as unknown as Body;
  const { record } = kept;
  const at = timestamp(clock);
  const entry = trail.entry({
    chain: `course#${id}`,
    version: record.version + 1,
    previous: kept.head,
    at,
    actor: ctx.actor,
    event: {
      name: 'course_deleted',
      id,
      summary: `Course ${record.course_code} ${record.course_name} was removed, with ${String(attendance)} marks and ${String(results)} results.`,
      course_code: record.course_code,
      course_name: record.course_name,
      removed: { attendance, results },
    },
    entity: 'course',
    entity_id: id,
    rows: [{ id, record: null, ...difference(record, null) }],
  });
  try {
    await commit({
      ctx,
      entry,
      result: undefined,
      writes: [
        coursesRepository.drop(id),
        freeName(dynamo, 'courses', record.course_code),
        rosters.drop(id),
        ...(record.faculty_id === null ? [] : [usersRepository.stopTeaching(record.faculty_id)]),
        jobs.end(KIND, id),
        tombstone(dynamo, 'courses', id, at),
      ],
      applied: () => rosters.dropped(id),
    });
  } catch (error) {
    if (!(error instanceof Raced)) throw error; // another process was faster
  }
}
