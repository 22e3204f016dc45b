// Composition root: every repository and service is made here, in order.
import type { StoredEvent } from './events.ts';
import { systemActor } from './platform/actor.ts';
import type { Platform } from './platform/platform.ts';
import { StartRefused } from './platform/start-refused.ts';
import { createToday } from './platform/clock.ts';
import { createCheckpointer } from './platform/dynamo/checkpointer.ts';
import type { KnownHead } from './platform/dynamo/checkpointer.ts';
import { createCommit } from './platform/dynamo/commit.ts';
import { demandWhole } from './platform/dynamo/half-restored.ts';
import { createJobs } from './platform/dynamo/jobs.ts';
import { createKeys } from './platform/dynamo/keys.ts';
import type { Keys } from './platform/dynamo/keys.ts';
import { createNumbers } from './platform/dynamo/numbers.ts';
import { createTrail } from './platform/dynamo/trail.ts';
import { createWriteBehind } from './platform/dynamo/write-behind.ts';
import { createAttendanceService } from './attendance/attendance.service.ts';
import type { AttendanceService } from './attendance/attendance.service.ts';
import { attendanceRef, createMarksRepository, markKind } from './attendance/marks.repository.ts';
import { registerErasure } from './cascades/erase-student.ts';
import { registerCourseRemoval } from './cascades/remove-course.ts';
import { registerStudentRemoval } from './cascades/remove-student.ts';
import { registerRenames } from './cascades/renames.ts';
import { createCourseDirectory } from './courses/course-directory.ts';
import { createCoursesRepository } from './courses/courses.repository.ts';
import { mayMark } from './courses/course-reads.ts';
import { createCoursesService } from './courses/courses.service.ts';
import type { CoursesService } from './courses/courses.service.ts';
import { createRosters } from './courses/rosters.ts';
import { createActivityService } from './dashboard/activity.service.ts';
import type { ActivityService } from './dashboard/activity.service.ts';
import { createDueService } from './dashboard/due.service.ts';
import type { DueService } from './dashboard/due.service.ts';
import { createFirstRunService } from './dashboard/first-run.service.ts';
import type { FirstRunService } from './dashboard/first-run.service.ts';
import { createStatsService } from './dashboard/stats.service.ts';
import type { StatsService } from './dashboard/stats.service.ts';
import { createAccessRepository } from './privacy/access.repository.ts';
import { createAccessService } from './privacy/access.service.ts';
import type { AccessService } from './privacy/access.service.ts';
import { createErasureService } from './privacy/erasure.service.ts';
import type { ErasureService } from './privacy/erasure.service.ts';
import { createExportHistory } from './privacy/export-history.ts';
import { createExportService } from './privacy/export.service.ts';
import type { ExportService } from './privacy/export.service.ts';
import { createTraces } from './privacy/traces.repository.ts';
import { createResultsRepository, resultKind, resultRef } from './results/results.repository.ts';
import { createResultsService } from './results/results.service.ts';
import type { ResultsService } from './results/results.service.ts';
import { createCourseAccess } from './sheets/access.ts';
import { createNames, createPresent } from './sheets/present.ts';
import { createRowCache } from './sheets/row-cache.ts';
import { createSheets } from './sheets/sheets.ts';
import { sheetId } from './sheets/sheet.ts';
import { createTotals } from './sheets/totals.ts';
import { createSheetWriter } from './sheets/writer.ts';
import { createStudentDirectory } from './students/student-directory.ts';
import { createStudentsRepository } from './students/students.repository.ts';
import { createStudentsService } from './students/students.service.ts';
import type { StudentsService } from './students/students.service.ts';
import { createEntriesRepository } from './trail/entries.repository.ts';
import type { Names as CodeNames } from './trail/history-words.ts';
import { createHistoryService } from './trail/history.service.ts';
import type { HistoryService } from './trail/history.service.ts';
import { createPasswords } from './users/passwords.ts';
import { createSignInEvents } from './users/sign-in-events.ts';
import type { SignInEvents } from './users/sign-in-events.ts';
import { createUserDirectory } from './users/user-directory.ts';
import { createUsersRepository } from './users/users.repository.ts';
import { createUsersService } from './users/users.service.ts';
import type { UsersService } from './users/users.service.ts';

export interface Services {
  users: UsersService;
  students: StudentsService;
  courses: CoursesService;
  attendance: AttendanceService;
  results: ResultsService;
  stats: StatsService;
  activity: ActivityService;
  due: DueService;
  firstRun: FirstRunService;
  history: HistoryService;
  signIns: SignInEvents;
  access: AccessService;
  exports: ExportService;
  erasure: ErasureService;
  /** Answers kept beside idempotency keys. */
  keys: Pick<Keys, 'find'>;
}

export interface Running {
  services: Services;
  /** Loads the directories and finishes what a crash left undone; before it nothing may be asked. */
  start: () => Promise<void>;
  /** What happened in the last two minutes, for clients that were away over a restart. */
  recentEvents: () => Promise<StoredEvent[]>;
  /** Whether jobs wait for the tables to come back. */
  unfinishedJobs: () => boolean;
  /** Seals the heads of the trail every minute (`every`, milliseconds), and once more when it is stopped. */
  takeCheckpoints: (every?: number) => { stop: () => Promise<void> };
  /** Stores what is noted but not yet written, at the end. */
  storeNotes: () => Promise<void>;
  close: () => void;
}

const RECOVERY_MS = 180_000; // two minutes are promised, a restart takes some of them
const RECOVERY_EVENTS = 10_000;
const STORE_NOTES_MS = 2_000;

export function createServices(platform: Platform): Running {
  const { config, log, clock, newId, dynamo, bus } = platform;
  const today = createToday(clock, config.timeZone);

  const keys = createKeys(dynamo, clock);
  const numbers = createNumbers(clock);
  const checkpointer = createCheckpointer({ dynamo, clock, log, keys: config.trailKeys });
  const trail = createTrail(dynamo, config.trailKeys, checkpointer.note);
  const jobs = createJobs(dynamo, log);
  const commit = createCommit({ dynamo, keys, numbers, bus, lookForJobs: jobs.retryLater, log });
  const core = { dynamo, clock, today, newId, commit, trail, jobs };

  const userDirectory = createUserDirectory();
  const studentDirectory = createStudentDirectory();
  const courseDirectory = createCourseDirectory({
    nameOf: (user_id) => userDirectory.get(user_id)?.record.full_name,
    enrolled: (course_id) => studentDirectory.memberIds(course_id).size,
    moves: { faculty: userDirectory.nameChanges, enrolled: studentDirectory.enrolments },
  });
  const usersRepository = createUsersRepository(dynamo);
  const studentsRepository = createStudentsRepository(dynamo);
  const coursesRepository = createCoursesRepository(dynamo);
  const marksRepository = createMarksRepository(dynamo);
  const resultsRepository = createResultsRepository(dynamo);
  const rosters = createRosters(dynamo);

  const sheets = createSheets(dynamo);
  const totals = createTotals(sheets);
  const cache = createRowCache({ dynamo, sheets, enrolled: studentDirectory.memberIds });
  const writer = createSheetWriter({ ...core, sheets, cache, totals });
  writer.register(markKind);
  writer.register(resultKind);
  const names = createNames({
    student: (student_id) => studentDirectory.get(student_id)?.record,
    course: (course_id) => courseDirectory.get(course_id)?.record,
  });
  const present = createPresent(names);
  const withhold = async (student_id: string): Promise<() => void> => {
    const [marks, results] = await Promise.all([
      marksRepository.ofStudent(student_id),
      resultsRepository.ofStudent(student_id),
    ]);
    const rows = [
      ...marks.map((mark) => ({
        id: mark.attendance_id,
        student_id,
        ref: attendanceRef(mark),
        counts: markKind.tally(mark),
      })),
      ...results.map((result) => ({
        id: result.result_id,
        student_id,
        ref: resultRef(result),
        counts: resultKind.tally(result),
      })),
    ];
    return () => totals.withhold(rows.filter(({ ref }) => courseDirectory.get(ref.course_id)));
  };
  const access = createCourseAccess(courseDirectory, mayMark);

  const users = createUsersService({
    ...core,
    directory: userDirectory,
    repository: usersRepository,
    passwords: createPasswords(config.bcryptCost),
    students: studentDirectory,
    courses: courseDirectory,
    college: config.collegeName,
    weakFirstPassword: (why) => {
      if (config.env === 'production') throw new StartRefused(`ADMIN_PASSWORD can't be used. ${why}`);
      log.warn(`ADMIN_PASSWORD is a poor choice, and in production it would be refused. ${why}`);
    },
  });
  const students = createStudentsService({
    ...core,
    directory: studentDirectory,
    repository: studentsRepository,
    courses: courseDirectory,
    rosters,
    withhold,
  });
  const courses = createCoursesService({
    ...core,
    directory: courseDirectory,
    repository: coursesRepository,
    rosters,
    sheets,
    students: studentDirectory,
    studentsRepository,
    users: userDirectory,
    usersRepository,
  });
  const forSheets = {
    ...core,
    writer,
    sheets,
    totals,
    cache,
    names,
    present,
    students: studentDirectory,
    studentsRepository,
    courses: courseDirectory,
    rosters,
    access,
    writerName: (user_id: string | null) =>
      user_id === systemActor.user_id
        ? systemActor.full_name
        : (userDirectory.get(user_id ?? '')?.record.full_name ?? 'Somebody who left'),
  };
  const attendance = createAttendanceService({ ...forSheets, repository: marksRepository });
  const results = createResultsService({ ...forSheets, repository: resultsRepository });
  const signIns = createSignInEvents({ dynamo, clock, numbers, directory: userDirectory, log });
  const stats = createStatsService({ clock, today, totals, students: studentDirectory, courses: courseDirectory });
  const due = createDueService({
    today,
    sheets,
    courses: courseDirectory,
    students: studentDirectory,
    attendance,
    results,
  });
  const firstRun = createFirstRunService({
    totals,
    users: userDirectory,
    courses: courseDirectory,
    students: studentDirectory,
  });
  const activity = createActivityService({ dynamo, clock, bus, signIns });
  const entries = createEntriesRepository(dynamo);
  const codes: CodeNames = {
    course: (course_id) => courseDirectory.get(course_id)?.record.course_code,
    student: (student_id) => studentDirectory.get(student_id)?.record.student_code,
    user: (user_id) => userDirectory.get(user_id)?.record.full_name,
  };
  const history = createHistoryService({
    entries,
    names: codes,
    students,
    courses,
    users,
    attendance,
    results,
  });

  const notes = createWriteBehind({ dynamo, log });
  const accessRepository = createAccessRepository(dynamo);
  const readLog = createAccessService({
    clock,
    notes,
    repository: accessRepository,
    students,
    days: config.retain.accessDays,
  });

  const traces = createTraces({ dynamo, clock, marks: marksRepository, results: resultsRepository });
  const exports = createExportService({
    clock,
    collegeName: config.collegeName,
    students,
    users: userDirectory,
    courses: courseDirectory,
    attendance,
    results,
    access: readLog,
    history: createExportHistory({ entries, traces, sheets, courses: courseDirectory, names: codes }),
  });

  const removal = {
    ...core,
    sheets,
    writer,
    students: studentDirectory,
    studentsRepository,
    courses: courseDirectory,
    rosters,
    users: userDirectory,
    totals,
    withhold,
    removeLogin: users.removeLogin,
    marks: marksRepository,
    results: resultsRepository,
  };
  registerStudentRemoval(removal);
  registerCourseRemoval({ ...removal, coursesRepository, usersRepository });
  const erasure = createErasureService({
    ...core,
    directory: studentDirectory,
    repository: studentsRepository,
    users: userDirectory,
    traces,
  });
  erasure.listen(activity.retell);
  registerErasure({ ...removal, traces, keys, accesses: readLog, tell: erasure.tell });
  registerRenames({ dynamo, jobs, students: studentDirectory, courses: courseDirectory, users: userDirectory });

  /** Where every chain in memory stands. */
  function* heads(): Generator<KnownHead> {
    const head = (chain: string, version: number, hash: string | null, at?: string): KnownHead[] =>
      hash === null ? [] : [{ chain, version, hash, at }];
    for (const { record, head: hash } of userDirectory.values()) {
      yield* head(`user#${record.user_id}`, record.version, hash, record.updated_at);
    }
    for (const { record, head: hash } of studentDirectory.values()) {
      yield* head(`student#${record.student_id}`, record.version, hash, record.updated_at);
    }
    for (const { record, head: hash } of courseDirectory.values()) {
      const { course_id } = record;
      yield* head(`course#${course_id}`, record.version, hash, record.updated_at);
      const roster = rosters.get(course_id);
      yield* head(`roster#${course_id}`, roster.changes, roster.head);
      for (const sheet of sheets.of(course_id)) yield* head(`sheet#${sheetId(sheet)}`, sheet.version, sheet.head);
    }
  }

  async function load(): Promise<void> {
    for await (const user of usersRepository.all()) userDirectory.put(user);
    for await (const course of coursesRepository.all()) courseDirectory.put(course);
    const course_ids = [...courseDirectory.values()].map(({ record }) => record.course_id);
    await Promise.all([loadStudents(), rosters.load(course_ids), sheets.load(course_ids)]);
  }

  async function loadStudents(): Promise<void> {
    for await (const student of studentsRepository.all()) studentDirectory.put(student);
    studentDirectory.prepare();
  }

  // What a kept answer says is true once memory knows of it and its job is finished: whoever asks again waits for that.
  const findAnswer: Keys['find'] = async (user_id, key) => {
    const kept = await keys.find(user_id, key);
    if (kept) await commit.settled(user_id, key);
    if (kept?.job) {
      await jobs.run(kept.job.kind, kept.job.id);
      await commit.jobsSettled();
    }
    return kept;
  };

  return {
    services: {
      users,
      students,
      courses,
      attendance,
      results,
      stats,
      activity,
      due,
      firstRun,
      history,
      signIns,
      access: readLog,
      exports,
      erasure,
      keys: { find: findAnswer },
    },
    start: async () => {
      await demandWhole(dynamo);
      const [newest] = await Promise.all([activity.load(), signIns.load()]);
      if (newest !== undefined) numbers.startAbove(newest);
      await load();
      await jobs.recover();
    },
    recentEvents: () => activity.since(clock.now() - RECOVERY_MS, RECOVERY_EVENTS),
    unfinishedJobs: jobs.unfinished,
    takeCheckpoints: (every) => checkpointer.start(heads, every),
    storeNotes: () => notes.stop(STORE_NOTES_MS),
    close: () => {
      jobs.close();
      notes.close();
    },
  };
}
