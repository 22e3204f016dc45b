// How are students put on a course and taken off it, many at once?
import type { Context } from '../platform/actor.ts';
import { timestamp } from '../platform/clock.ts';
import { Conflict, Invalid, NotFound, Stale, Unavailable } from '../platform/errors.ts';
import type { FieldError } from '../platform/errors.ts';
import { createQueues } from '../platform/limit.ts';
import { demandRole } from '../platform/policy.ts';
import { parse } from '../platform/schema.ts';
import { backoff, pause } from '../platform/dynamo/reads.ts';
import { Raced } from '../platform/dynamo/transaction.ts';
import type { Write } from '../platform/dynamo/transaction.ts';
import { difference } from '../platform/dynamo/trail.ts';
import { MAX_COURSES } from '../students/student.ts';
import type { Student } from '../students/student.ts';
import type { KeptStudent } from '../students/student-directory.ts';
import { toStudentItem } from '../students/students.repository.ts';
import { rosterChange } from './course.ts';
import type { Course, RosterChanged } from './course.ts';
import type { CoursesNeeds } from './courses.service.ts';

/** A student's record and chain entry are two items; with roster, trail and key 45 students stay within 100. */
const STEP = 45;
const TRIES = 8;

interface Move {
  student_id: string;
  joins: boolean;
}

export function createRosterService(needs: CoursesNeeds) {
  const { clock, commit, trail, directory, students, studentsRepository, rosters } = needs;
  const queues = createQueues();

  /** Who has to move, and who is already where they should be. Throws Invalid for whoever can't. */
  function plan(course_id: string, change: { add: string[]; remove: string[] }) {
    const errors: FieldError[] = [];
    const moves: Move[] = [];
    const seen = new Set<string>();
    const look = (list: 'add' | 'remove', student_id: string, i: number): void => {
      const field = `${list}[${String(i)}]`;
      const student = students.get(student_id)?.record;
      if (!student) return void errors.push({ field, message: 'There is no such student. Choose another.' });
      if (seen.has(student_id))
        return void errors.push({ field, message: `${student.student_code} is named twice. Name it once.` });
      seen.add(student_id);
      const joins = list === 'add';
      if (student.enrolled_courses.includes(course_id) === joins) return;
      if (joins && student.enrolled_courses.length >= MAX_COURSES) {
        const message = `${student.student_code} already takes ${String(MAX_COURSES)} courses. Take one away first.`;
        return void errors.push({ field, message });
      }
      moves.push({ student_id, joins });
    };
    change.remove.forEach((id, i) => look('remove', id, i));
    change.add.forEach((id, i) => look('add', id, i));
    if (errors.length > 0) throw new Invalid(errors);
    return { moves, unchanged: seen.size - moves.length };
  }

  const moved = (kept: KeptStudent, course_id: string, joins: boolean, at: string): Student => ({
    ...kept.record,
    enrolled_courses: joins
      ? [...kept.record.enrolled_courses, course_id]
      : kept.record.enrolled_courses.filter((id) => id !== course_id),
    version: kept.record.version + 1,
    updated_at: at,
  });

  /** One student's part of a step: the record and its quiet chain entry. */
  function studentPart(ctx: Context, course: Course, move: Move, at: string) {
    const before = students.get(move.student_id);
    if (!before) throw new Raced();
    const after = moved(before, course.course_id, move.joins, at);
    const entry = trail.entry({
      chain: `student#${after.student_id}`,
      version: after.version,
      previous: before.head,
      at,
      actor: ctx.actor,
      event: {
        name: 'student_updated',
        id: after.student_id,
        summary: `${after.student_code} ${after.full_name} ${move.joins ? 'joined' : 'left'} ${course.course_code}.`,
        student_code: after.student_code,
        full_name: after.full_name,
      },
      entity: 'student',
      entity_id: after.student_id,
      rows: [{ id: after.student_id, record: toStudentItem(after), ...difference(before.record, after) }],
      quiet: true,
    });
    return {
      kept: { record: after, head: entry.head },
      writes: [studentsRepository.change(after, entry.head, before.record.version, students.put), ...entry.writes('0')],
    };
  }

  function rosterEntry(ctx: Context, course: Course, moves: Move[], at: string) {
    const roster = rosters.get(course.course_id);
    const joined = moves.filter((m) => m.joins).length;
    const parts = [
      ...(joined > 0 ? [`${String(joined)} joined`] : []),
      ...(moves.length > joined ? [`${String(moves.length - joined)} left`] : []),
    ];
    return trail.entry({
      chain: `roster#${course.course_id}`,
      version: roster.changes + 1,
      previous: roster.head,
      at,
      actor: ctx.actor,
      event: {
        name: 'course_updated',
        id: course.course_id,
        summary: `Roster of ${course.course_code}: ${parts.join(', ')}.`,
        course_code: course.course_code,
        course_name: course.course_name,
        count: moves.length,
        ids: moves.map((m) => m.student_id),
      },
      entity: 'course',
      entity_id: course.course_id,
      rows: moves.map((m) => ({ id: m.student_id, record: null, old: null, new: { enrolled: m.joins } })),
    });
  }

  /** Writes one step; `all` are the moves of the whole call when this step is the last one. */
  async function step(ctx: Context, course: Course, moves: Move[], all: Move[] | undefined, result: RosterChanged) {
    const at = timestamp(clock);
    const by = moves.reduce((n, m) => n + (m.joins ? 1 : -1), 0);
    const parts = moves.map((move) => studentPart(ctx, course, move, at));
    const seen = rosters.get(course.course_id);
    const entry = all && rosterEntry(ctx, course, all, at);
    const raise: Write = rosters.raise(
      course.course_id,
      by,
      {
        capacity: course.capacity,
        full: () => rosters.full(course.course_code),
        gone: () => new NotFound('There is no such course, or it has been removed.'),
      },
      entry && { seen, head: entry.head },
    );
    await commit({
      ctx: all ? ctx : { actor: ctx.actor },
      ...(entry ? { entry } : {}),
      result,
      writes: [raise, ...parts.flatMap((part) => part.writes)],
      applied: () => {
        for (const part of parts) students.put(part.kept);
        rosters.raised(course.course_id, by, entry && { head: entry.head });
      },
    });
  }

  async function changeRoster(ctx: Context, course_id: string, input: unknown): Promise<RosterChanged> {
    demandRole(ctx, 'admin');
    const found = directory.get(course_id);
    if (!found) throw new NotFound('There is no such course, or it has been removed.');
    const change = parse(rosterChange, input);
    const done: Move[] = [];
    const move = async (): Promise<RosterChanged> => {
      let unchanged: number | undefined;
      for (let attempt = 0; attempt < TRIES; attempt++) {
        const planned = plan(course_id, change);
        unchanged ??= planned.unchanged;
        const result: RosterChanged = {
          added: [...done, ...planned.moves].filter((m) => m.joins).length,
          removed: [...done, ...planned.moves].filter((m) => !m.joins).length,
          unchanged,
        };
        if (planned.moves.length === 0 && done.length === 0) return await commit({ ctx, writes: [], result });
        demandRoom(course_id, planned.moves);
        try {
          await steps(ctx, course_id, planned.moves, done, result);
          return result;
        } catch (error) {
          // A student was changed or removed at the same time: look again at who still has to move.
          const gone = error instanceof NotFound && directory.get(course_id) !== undefined;
          if (!(error instanceof Stale || error instanceof Raced || gone)) throw error;
          await pause(backoff(attempt));
        }
      }
      throw new Unavailable('These students are being changed by others right now. Try again.');
    };
    return await queues(course_id, async () => {
      try {
        return await move();
      } catch (error) {
        if (done.length > 0 && !(error instanceof Unavailable)) await tellHalf(ctx, course_id, done);
        throw error;
      }
    });
  }

  /** Something came between the steps: whoever was moved before it is told of all the same. */
  async function tellHalf(ctx: Context, course_id: string, done: Move[]): Promise<void> {
    for (let attempt = 1; attempt <= TRIES; attempt++) {
      const course = directory.get(course_id)?.record;
      if (!course) return; // it is going, and that is told
      try {
        await step({ actor: ctx.actor }, course, [], done, { added: 0, removed: 0, unchanged: 0 });
        return;
      } catch (error) {
        if (!(error instanceof Raced)) throw error;
        await pause(backoff(attempt));
      }
    }
  }

  /** All of it must fit, before the first step is written. */
  function demandRoom(course_id: string, moves: Move[]): void {
    const course = directory.get(course_id)?.record;
    if (!course || course.capacity === null) return;
    const by = moves.reduce((n, m) => n + (m.joins ? 1 : -1), 0);
    const left = course.capacity - students.memberIds(course_id).size;
    if (by > 0 && by > left) {
      throw new Conflict(
        `${course.course_code} has ${String(course.capacity)} places, of which ${String(Math.max(0, left))} are free. Add fewer, or raise its capacity.`,
      );
    }
  }

  async function steps(ctx: Context, course_id: string, moves: Move[], done: Move[], result: RosterChanged) {
    for (let at = 0; at === 0 || at < moves.length; at += STEP) {
      const course = directory.get(course_id)?.record;
      if (!course) throw new NotFound('There is no such course, or it has been removed.');
      const part = moves.slice(at, at + STEP);
      const last = at + STEP >= moves.length;
      await step(ctx, course, part, last ? [...done, ...part] : undefined, result);
      done.push(...part);
    }
  }

  return { changeRoster };
}
