// What goes with a student? Logins, places on rosters, marks and results, step by step; then the record itself.
// Every step may be repeated: a crash at any point leaves a job that goes on from there.
import type { Actor, Context } from '../platform/actor.ts';
import { timestamp } from '../platform/clock.ts';
import type { Clock } from '../platform/clock.ts';
import type { Dynamo } from '../platform/dynamo/client.ts';
import type { Commit } from '../platform/dynamo/commit.ts';
import { freeName, tombstone } from '../platform/dynamo/guards.ts';
import type { Job, Jobs } from '../platform/dynamo/jobs.ts';
import { getItems, pause } from '../platform/dynamo/reads.ts';
import { Unavailable } from '../platform/errors.ts';
import { Raced } from '../platform/dynamo/transaction.ts';
import { difference } from '../platform/dynamo/trail.ts';
import type { Trail } from '../platform/dynamo/trail.ts';
import type { MarksRepository } from '../attendance/marks.repository.ts';
import type { CourseDirectory } from '../courses/course-directory.ts';
import type { Rosters } from '../courses/rosters.ts';
import type { ResultsRepository } from '../results/results.repository.ts';
import { resultRef } from '../results/results.repository.ts';
import { attendanceRef } from '../attendance/marks.repository.ts';
import type { RowFinder } from '../sheets/row-cache.ts';
import type { SheetKind, SheetRecord } from '../sheets/rows.ts';
import type { Sheet, SheetRef } from '../sheets/sheet.ts';
import type { Sheets } from '../sheets/sheets.ts';
import type { Totals } from '../sheets/totals.ts';
import type { SheetWriter } from '../sheets/writer.ts';
import type { StudentDirectory } from '../students/student-directory.ts';
import { PRIVATE_FIELDS } from '../students/students.service.ts';
import type { StudentsRepository } from '../students/students.repository.ts';
import type { UserDirectory } from '../users/user-directory.ts';

export interface RemovalNeeds {
  dynamo: Dynamo;
  clock: Clock;
  commit: Commit;
  trail: Trail;
  jobs: Jobs;
  sheets: Sheets;
  writer: SheetWriter;
  students: StudentDirectory;
  studentsRepository: StudentsRepository;
  courses: CourseDirectory;
  rosters: Rosters;
  users: UserDirectory;
  totals: Totals;
  /** Reads the rows of a student and returns what takes them out of the totals. */
  withhold: (student_id: string) => Promise<() => void>;
  removeLogin: (ctx: Context, user_id: string) => Promise<void>;
  marks: MarksRepository;
  results: ResultsRepository;
}

interface Body {
  actor: Actor;
  /** The courses taken when the delete began. */
  courses: string[];
  attendance: number;
  results: number;
}

const KIND = 'remove-student';
/** A row, its sheet and its chain entry: three items each. */
const ROWS_A_STEP = 28;
const PASSES = 30;

export function registerStudentRemoval(needs: RemovalNeeds): void {
  const { jobs, students, users, removeLogin } = needs;

  jobs.register(KIND, async (job) => {
    const student_id = job.id;
    const body = job.body as unknown as Body;
    const ctx: Context = { actor: body.actor };
    (await needs.withhold(student_id))();
    students.remove(student_id); // after a crash it was never loaded; a late write may have brought it back
    for (const { record } of users.ofStudent(student_id)) await removeLogin(ctx, record.user_id);
    await leaveCourses(needs, ctx, student_id, body.courses);
    const open = new Map<string, Sheet[]>();
    // A large save that is under way may still bring a row of a course left meanwhile.
    const saves = (await jobs.all())
      .filter(({ kind }) => kind === 'sheet')
      .map((save) => String(save.body['course_id']));
    for (const course_id of new Set([...body.courses, ...saves]))
      open.set(course_id, await needs.writer.finishOpen(course_id));
    const sheets = [...open.values()].flat();
    await removeAll(needs.marks.finder, attendanceRef, needs.marks.ofStudent, 'attendance', sheets, {
      needs,
      ctx,
      job,
    });
    await removeAll(needs.results.finder, resultRef, needs.results.ofStudent, 'results', sheets, { needs, ctx, job });
    await settleTotals(needs, student_id);
    await finish(needs, ctx, job);
  });
}

/** A row whose removal was stored although its answer got lost is released here, behind its sheet as it is stored. */
async function settleTotals({ sheets, totals }: RemovalNeeds, student_id: string): Promise<void> {
  const left = totals.withheld(student_id);
  for (const course_id of new Set(left.map(({ ref }) => ref.course_id))) {
    (await sheets.stored(course_id)).forEach(sheets.replace);
  }
  for (const { id } of left) totals.release(id);
}

/** Takes the student off every roster, in one transaction that can only happen once. */
async function leaveCourses(needs: RemovalNeeds, ctx: Context, student_id: string, course_ids: string[]) {
  const { commit, studentsRepository, rosters, courses } = needs;
  const kept = await studentsRepository.stored(student_id);
  const enrolled = kept?.record.enrolled_courses ?? [];
  if (enrolled.length === 0) return;
  // A course that is being deleted takes its roster along itself.
  const there = course_ids.filter((course_id) => courses.get(course_id));
  try {
    await commit({
      ctx,
      result: undefined,
      writes: [
        studentsRepository.leaveAll(student_id),
        ...there.map((course_id) =>
          rosters.raise(course_id, -1, { capacity: null, full: () => new Raced(), gone: () => new Raced() }),
        ),
      ],
      applied: () => {
        for (const course_id of there) rosters.raised(course_id, -1);
      },
    });
  } catch (error) {
    if (!(error instanceof Raced)) throw error;
    await pause(20); // a course began to go, or another process was faster: look again
    await leaveCourses(needs, ctx, student_id, course_ids);
  }
}

interface Run {
  needs: RemovalNeeds;
  ctx: Context;
  job: Job;
}

/**
 * Removes every row of the student: those on sheets of the courses just left, found by their ids in the tables
 * themselves, and those of courses left earlier, found through the index. Looks again until nothing is found.
 */
async function removeAll<R extends SheetRecord, K>(
  finder: RowFinder<R>,
  refOf: (record: R & K) => SheetRef,
  indexed: (student_id: string) => Promise<(R & K)[]>,
  count: 'attendance' | 'results',
  sheets: Sheet[],
  { needs, ctx, job }: Run,
): Promise<void> {
  const { kind } = finder;
  const prefix = count === 'attendance' ? 'a#' : 'r#';
  const ids = sheets.filter((sheet) => sheet.name.startsWith(prefix)).map((sheet) => finder.idFor(job.id, sheet));
  for (let pass = 0; pass < PASSES; pass++) {
    if (pass > 1) await pause(200); // the index may show for a second what is gone
    const rows = new Map<string, R & K>();
    const stored = await getItems(
      needs.dynamo,
      kind.table,
      ids.map((id) => ({ [kind.key]: id })),
    );
    for (const row of stored) rows.set(String(row[kind.key]), kind.fromItem(row) as R & K);
    for (const row of await indexed(job.id)) rows.set(kind.idOf(row), row);
    if (rows.size === 0) return;
    const all = [...rows.values()];
    for (let at = 0; at < all.length; at += ROWS_A_STEP) {
      const part = all.slice(at, at + ROWS_A_STEP);
      await removePart(
        kind,
        part.map((row) => refOf(row)),
        count,
        { needs, ctx, job },
      );
    }
  }
  throw new Unavailable();
}

async function removePart<R extends SheetRecord>(
  kind: SheetKind<R>,
  refs: SheetRef[],
  count: 'attendance' | 'results',
  { needs, ctx, job }: Run,
): Promise<void> {
  const finder = count === 'attendance' ? needs.marks.finder : needs.results.finder;
  const rowsOf = async (sheet: Sheet): Promise<R[]> => {
    const id = finder.idFor(job.id, sheet);
    const items = await getItems(needs.dynamo, kind.table, [{ [kind.key]: id }]);
    return items.map((item) => kind.fromItem(item));
  };
  await needs.writer.removeRows(kind, ctx, refs, rowsOf, (removed) => [
    needs.jobs.add(KIND, job.id, { [count]: removed }),
  ]);
}

/** The record itself, its code, a tombstone and the one event. */
async function finish(needs: RemovalNeeds, ctx: Context, { id }: Job): Promise<void> {
  const { dynamo, clock, commit, trail, jobs, studentsRepository } = needs;
  const job = await jobs.find(KIND, id);
  const kept = await studentsRepository.stored(id);
  if (!job || !kept) return; // another process has finished it
  const { attendance, results } = job.body as unknown as Body;
  const { record } = kept;
  const at = timestamp(clock);
  const entry = trail.entry({
    chain: `student#${id}`,
    version: record.version + 1,
    previous: kept.head,
    at,
    actor: ctx.actor,
    event: {
      name: 'student_deleted',
      id,
      summary: `Student ${record.student_code} ${record.full_name} was removed, with ${String(attendance)} marks and ${String(results)} results.`,
      student_code: record.student_code,
      full_name: record.full_name,
      removed: { attendance, results },
    },
    entity: 'student',
    entity_id: id,
    rows: [{ id, record: null, ...difference(record, null, PRIVATE_FIELDS) }],
  });
  try {
    await commit({
      ctx,
      entry,
      result: undefined,
      writes: [
        studentsRepository.drop(id),
        freeName(dynamo, 'students', record.student_code),
        jobs.end(KIND, id),
        tombstone(dynamo, 'students', id, at),
      ],
    });
  } catch (error) {
    if (!(error instanceof Raced)) throw error; // another process was faster
  }
}
