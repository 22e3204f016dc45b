// What is kept about one student? All of it as one zip file, read while it is sent, so that its size costs no memory.
import { PassThrough, Readable } from 'node:stream';
import { ZipFile } from 'yazl';
import type { Context } from '../platform/actor.ts';
import { timestamp } from '../platform/clock.ts';
import type { Clock } from '../platform/clock.ts';
import { createGate } from '../platform/dynamo/gate.ts';
import { Busy } from '../platform/errors.ts';
import type { CursorPage } from '../platform/page.ts';
import { demandRole } from '../platform/policy.ts';
import type { AttendanceService } from '../attendance/attendance.service.ts';
import { MARK_COLUMNS } from '../attendance/mark.ts';
import type { CourseDirectory } from '../courses/course-directory.ts';
import { RESULT_COLUMNS } from '../results/result.ts';
import type { ResultsService } from '../results/results.service.ts';
import { STUDENT_COLUMNS } from '../students/student.ts';
import type { Student } from '../students/student.ts';
import type { StudentsService } from '../students/students.service.ts';
import { USER_COLUMNS } from '../users/user.ts';
import type { UserDirectory } from '../users/user-directory.ts';
import type { AccessService } from './access.service.ts';
import { asCsv, asJson, readme } from './export-files.ts';
import type { ExportTable } from './export-files.ts';
import { HISTORY_COLUMNS, historyLines } from './export-history.ts';
import type { ExportHistory } from './export-history.ts';

export interface ExportService {
  /** Its name, type and content. For administrators and the student. Throws Forbidden, NotFound, Unavailable; stands in the list of accesses. */
  all: (ctx: Context, student_id: string) => Promise<{ name: string; type: string; stream: Readable }>;
}

export interface ExportNeeds {
  clock: Clock;
  collegeName: string;
  students: Pick<StudentsService, 'get'>;
  users: Pick<UserDirectory, 'ofStudent'>;
  courses: Pick<CourseDirectory, 'get' | 'present'>;
  attendance: Pick<AttendanceService, 'list'>;
  results: Pick<ResultsService, 'list'>;
  access: AccessService;
  history: ExportHistory;
}

const A_PAGE = 500;
/** An export reads every sheet of every course that the student took, so few are made at once. */
const AT_ONCE = 2;
const WAITING = 10;
const PATIENCE_MS = 10_000;

/** What is read on by a cursor, page by page. */
async function* paged<T>(read: (cursor: { cursor?: string }) => Promise<CursorPage<T>>): AsyncGenerator<T> {
  let next: string | null = null;
  do {
    const page: CursorPage<T> = await read(next === null ? {} : { cursor: next });
    yield* page.items;
    next = page.next_cursor;
  } while (next !== null);
}

async function* of<T>(items: Iterable<T>): AsyncGenerator<T> {
  yield* await Promise.resolve(items);
}

export function createExportService(needs: ExportNeeds): ExportService {
  const { clock, students, users, courses, attendance, results, access, history } = needs;

  const places = createGate(AT_ONCE, WAITING);

  function tablesOf(ctx: Context, student: Student): ExportTable[] {
    const { student_id } = student;
    const own = { student_id, limit: A_PAGE };
    const enrolments = student.enrolled_courses.flatMap((course_id) => {
      const kept = courses.get(course_id);
      return kept ? [courses.present(kept.record)] : [];
    });
    return [
      {
        name: 'record',
        about: 'The record: name, code, programme, contact, guardian and birth data, status.',
        columns: STUDENT_COLUMNS,
        rows: () => of([student]),
      },
      {
        name: 'account',
        about: 'The logins that belong to the student. Empty when there is none.',
        columns: USER_COLUMNS,
        rows: () => of(users.ofStudent(student_id).map(({ record }) => record)),
      },
      {
        name: 'enrolments',
        about: 'The courses that the student takes now. Earlier ones stand in the history.',
        columns: ['course_id', 'course_code', 'course_name', 'credits', 'schedule', 'faculty'],
        rows: () =>
          of(
            enrolments.map(({ course_id, course_code, course_name, credits, schedule, faculty }) => ({
              ...{ course_id, course_code, course_name, credits, schedule, faculty },
            })),
          ),
      },
      {
        name: 'attendance',
        about: 'Every mark of attendance: course, day, period, status and remarks.',
        columns: MARK_COLUMNS,
        rows: () => paged((next) => attendance.list(ctx, { ...own, ...next })),
      },
      {
        name: 'results',
        about: 'Every result: course, exam, marks, percentage, grade and remarks.',
        columns: RESULT_COLUMNS,
        rows: () => paged((next) => results.list(ctx, { ...own, ...next })),
      },
      {
        name: 'history',
        about:
          'Who changed the record, a mark or a result, when, and what it was before and after. Of contact, guardian and ' +
          'birth data only that they changed is kept. Of courses that were removed nothing is listed.',
        columns: HISTORY_COLUMNS,
        rows: () => history(student_id),
        lines: historyLines,
      },
      {
        name: 'access',
        about: 'Who opened the record or made an export like this one, by hour. Older entries expire.',
        columns: ['at', 'user_id', 'name', 'role', 'what'],
        rows: () => paged((next) => access.list(ctx, student_id, { limit: A_PAGE, ...next })),
      },
    ];
  }

  function zip(files: [name: string, content: () => AsyncIterable<string>][], mtime: Date): Readable {
    const file = new ZipFile();
    const output = file.outputStream.pipe(new PassThrough());
    file.on('error', (error: Error) => output.destroy(error));
    // Opened when its turn comes, and read as fast as the reader takes it.
    for (const [name, content] of files) {
      file.addReadStreamLazy(name, { mtime }, (open) => open(null, Readable.from(content(), { objectMode: false })));
    }
    file.end();
    return output;
  }

  return {
    all: async (ctx, student_id) => {
      demandRole(ctx, 'admin', 'student');
      const student = students.get(ctx, student_id);
      if (!(await places.enter(PATIENCE_MS))) throw new Busy();
      try {
        await access.exported(ctx, student_id);
      } catch (error) {
        places.leave();
        throw error;
      }
      const at = timestamp(clock);
      const tables = tablesOf(ctx, student);
      const about = { college: needs.collegeName, name: `${student.full_name} (${student.student_code})`, at };
      const stream = zip(
        [
          ['README.txt', () => of([readme(tables, about)])],
          ...tables.flatMap((table): [string, () => AsyncIterable<string>][] => [
            [`${table.name}.csv`, () => asCsv(table)],
            [`${table.name}.json`, () => asJson(table)],
          ]),
        ],
        new Date(at),
      );
      stream.once('close', places.leave);
      return { name: `student-${student_id.slice(0, 8)}-${at.slice(0, 10)}.zip`, type: 'application/zip', stream };
    },
  };
}
