// How is a person erased, while totals and the chain of the trail stay true? What is said at once; the rest is a job.
import type { Context } from '../platform/actor.ts';
import { timestamp } from '../platform/clock.ts';
import type { Clock } from '../platform/clock.ts';
import type { Dynamo } from '../platform/dynamo/client.ts';
import type { Commit } from '../platform/dynamo/commit.ts';
import { renameGuards, wasDeleted } from '../platform/dynamo/guards.ts';
import type { Jobs } from '../platform/dynamo/jobs.ts';
import { difference } from '../platform/dynamo/trail.ts';
import type { Trail } from '../platform/dynamo/trail.ts';
import { Conflict, NotFound, Stale } from '../platform/errors.ts';
import { demandRole } from '../platform/policy.ts';
import { STUDENT_COLUMNS } from '../students/student.ts';
import type { Student } from '../students/student.ts';
import type { KeptStudent, StudentDirectory } from '../students/student-directory.ts';
import { toStudentItem } from '../students/students.repository.ts';
import type { StudentsRepository } from '../students/students.repository.ts';
import type { UserDirectory } from '../users/user-directory.ts';
import { erasedCode, ERASED_NAME, withoutPerson } from './erased.ts';
import type { Told } from './erased.ts';
import type { Traces } from './traces.repository.ts';

/** By number of the event. */
export type Retold = ReadonlyMap<string, Told>;

export interface ErasureService {
  /**
   * Admin only. Of a student who was removed the version is that of the last entry of the trail.
   * Throws NotFound, Stale. When it resolves, nothing is left but what docs/operations.md names.
   */
  erase: (ctx: Context, student_id: string, version: number) => Promise<void>;
  /** Hears which events are told otherwise from now on. */
  listen: (listener: (retold: Retold) => void) => void;
}

export interface ErasureNeeds {
  dynamo: Dynamo;
  clock: Clock;
  newId: () => string;
  commit: Commit;
  trail: Trail;
  jobs: Jobs;
  directory: StudentDirectory;
  repository: StudentsRepository;
  users: Pick<UserDirectory, 'ofStudent'>;
  traces: Traces;
}

/** What the job has to know. */
export interface ErasureJob {
  actor: Context['actor'];
  /** The neutral code. */
  code: string;
  logins: string[];
}

export const ERASE = 'erase-student';
const ALL_FIELDS = new Set(STUDENT_COLUMNS);
const taken = { field: 'student_code', message: 'The neutral code is taken. Try again.' };

export function createErasureService(needs: ErasureNeeds): ErasureService & { tell: (retold: Retold) => void } {
  const { dynamo, clock, newId, commit, trail, jobs, directory, repository, users, traces } = needs;
  const listeners: ((retold: Retold) => void)[] = [];

  /** The record loses the person, and the job is stored, in one transaction. */
  async function eraseRecord(ctx: Context, before: KeptStudent): Promise<void> {
    const { student_id, version } = before.record;
    const code = erasedCode(newId());
    const at = timestamp(clock);
    const after: Student = { ...withoutPerson(before.record, code), version: version + 1, updated_at: at };
    const entry = trail.entry({
      chain: `student#${student_id}`,
      version: after.version,
      previous: before.head,
      at,
      actor: ctx.actor,
      event: {
        name: 'student_updated',
        id: student_id,
        summary: `The personal data of a student were erased: now ${code}.`,
        student_code: code,
        full_name: ERASED_NAME,
      },
      entity: 'student',
      entity_id: student_id,
      // Which fields changed, and no value of any.
      rows: [{ id: student_id, record: toStudentItem(after), ...difference(before.record, after, ALL_FIELDS) }],
    });
    const job = jobOf(ctx, student_id, code);
    await commit({
      ctx,
      entry,
      job,
      result: undefined,
      writes: [
        repository.change(after, entry.head, version, directory.put),
        ...renameGuards(dynamo, 'students', before.record.student_code, code, student_id, taken),
        jobs.store('rename', `students#${student_id}`, {}).write,
        job.write,
      ],
      applied: () => directory.put({ record: after, head: entry.head }),
    });
  }

  const jobOf = ({ actor }: Context, student_id: string, code: string) => {
    const logins = users.ofStudent(student_id).map(({ record }) => record.user_id);
    return jobs.store(ERASE, student_id, { actor, code, logins });
  };

  /** Of a removed student only the trail and the accesses still tell. */
  async function eraseRemoved(ctx: Context, student_id: string, version: number): Promise<void> {
    if (!(await wasDeleted(dynamo, 'students', student_id))) throw new NotFound('There never was such a student.');
    let last = 0;
    for await (const item of traces.chain(`student#${student_id}`)) last = Number(item['version'] ?? last);
    if (last !== version) throw new Stale({ student_id, version: last });
    const job = jobOf(ctx, student_id, erasedCode(newId()));
    await commit({ ctx, result: undefined, writes: [job.write], job });
  }

  return {
    erase: async (ctx, student_id, version) => {
      demandRole(ctx, 'admin');
      const before = directory.get(student_id);
      if (!before) await eraseRemoved(ctx, student_id, version);
      else if (before.record.version !== version) throw new Stale(before.record);
      else if (await jobs.find(ERASE, student_id)) throw new Conflict('This student is being erased right now.');
      else await eraseRecord(ctx, before);
      await jobs.run(ERASE, student_id);
    },
    listen: (listener) => void listeners.push(listener),
    tell: (retold) => listeners.forEach((listener) => listener(retold)),
  };
}
