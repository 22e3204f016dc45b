// How do stored copies of a name follow? By a job in the background; answers show today's name meanwhile.
import { randomUUID } from 'node:crypto';
import type { Dynamo, TableName } from '../platform/dynamo/client.ts';
import type { Job, Jobs } from '../platform/dynamo/jobs.ts';
import { queryAll } from '../platform/dynamo/reads.ts';
import type { Item, Question } from '../platform/dynamo/reads.ts';
import { Raced, transact, update } from '../platform/dynamo/transaction.ts';
import { marksBy } from '../attendance/marks.repository.ts';
import type { CourseDirectory } from '../courses/course-directory.ts';
import { resultsBy } from '../results/results.repository.ts';
import type { StudentDirectory } from '../students/student-directory.ts';
import type { UserDirectory } from '../users/user-directory.ts';

export interface RenameNeeds {
  dynamo: Dynamo;
  jobs: Jobs;
  students: StudentDirectory;
  courses: CourseDirectory;
  users: UserDirectory;
}

const AT_ONCE = 4; // leaves the engine's one writer room for people
const ALWAYS: [string, string] = ['2000-01-01', '9999-12-31'];

/** Registers the job; its copies are of today's name, so that two renames in a row end right in any order. */
export function registerRenames({ dynamo, jobs, students, courses, users }: RenameNeeds): void {
  async function setCopies(table: TableName, key: string, question: Question, copies: () => Item | undefined) {
    const left = await queryAll(dynamo, table, question);
    const worker = async (): Promise<void> => {
      for (let item = left.pop(); item; item = left.pop()) {
        const names = copies();
        if (!names) return; // gone meanwhile
        await setNames(table, { [key]: item[key] }, names);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
  }

  // The same names twice change nothing, so that a lost answer does no harm; a record removed meanwhile stays so.
  // `where`: what must still be so, such as who teaches the course.
  async function setNames(table: TableName, key: Item, names: Item, where: Item = {}): Promise<void> {
    const set = Object.keys(names).map((field) => `${field} = :${field}`);
    const demands = ['attribute_exists(version)', ...Object.keys(where).map((field) => `${field} = :${field}`)];
    const values = Object.fromEntries(Object.entries({ ...names, ...where }).map(([f, value]) => [`:${f}`, value]));
    // As a transaction, which waits for others that hold the record right now.
    const write = update(dynamo, table, key, `SET ${set.join(', ')}`, { condition: demands.join(' AND '), values });
    try {
      await transact(dynamo, [write], randomUUID());
    } catch (error) {
      if (!(error instanceof Raced)) throw error;
    }
  }

  async function student(id: string): Promise<void> {
    const copies = (): Item | undefined => {
      const now = students.get(id)?.record;
      return now && { student_code: now.student_code, student_name: now.full_name };
    };
    await setCopies('attendance', 'attendance_id', marksBy.student(id, ...ALWAYS), copies);
    await setCopies('results', 'result_id', resultsBy.student(id), copies);
  }

  async function course(id: string): Promise<void> {
    const copies = (): Item | undefined => {
      const now = courses.get(id)?.record;
      return now && { course_code: now.course_code, course_name: now.course_name };
    };
    await setCopies('attendance', 'attendance_id', marksBy.course(id, ...ALWAYS), copies);
    await setCopies('results', 'result_id', resultsBy.course(id), copies);
  }

  async function user(id: string): Promise<void> {
    for (const { course_id } of courses.taughtBy(id)) {
      const now = users.get(id)?.record;
      if (now) await setNames('courses', { course_id }, { faculty: now.full_name }, { faculty_id: id });
    }
  }

  async function copyNames(job: Job): Promise<void> {
    const [table, id = ''] = job.id.split('#');
    if (table === 'students') await student(id);
    else if (table === 'courses') await course(id);
    else await user(id);
    try {
      await transact(dynamo, [jobs.endUnlessNewer(job)], randomUUID());
    } catch (error) {
      if (!(error instanceof Raced)) throw error;
      const newer = await jobs.find(job.kind, job.id);
      if (newer) await copyNames(newer); // renamed again meanwhile
    }
  }

  jobs.register('rename', copyNames);
}
