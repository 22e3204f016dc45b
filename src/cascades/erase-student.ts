// What has to follow when a person is erased? Logins, remarks, copies of the name, the trail, kept answers, accesses.
// Every step may be repeated: a crash at any point leaves a job that goes on from there.
import { randomUUID } from 'node:crypto';
import type { Context } from '../platform/actor.ts';
import { DAYS as ANSWER_DAYS } from '../platform/dynamo/keys.ts';
import type { Keys } from '../platform/dynamo/keys.ts';
import { deletedSince } from '../platform/dynamo/guards.ts';
import { getItems } from '../platform/dynamo/reads.ts';
import type { Item } from '../platform/dynamo/reads.ts';
import { Raced, transact, update } from '../platform/dynamo/transaction.ts';
import type { Write } from '../platform/dynamo/transaction.ts';
import { isBlank } from '../platform/dynamo/trail.ts';
import { eventOf } from '../platform/dynamo/trail-event.ts';
import { attendanceRef } from '../attendance/marks.repository.ts';
import type { AccessService } from '../privacy/access.service.ts';
import { BLANK_DETAIL, ERASED_NAME, toldWithoutPerson } from '../privacy/erased.ts';
import type { Told } from '../privacy/erased.ts';
import { ERASE } from '../privacy/erasure.service.ts';
import type { ErasureJob, Retold } from '../privacy/erasure.service.ts';
import { detailsOf } from '../privacy/traces.repository.ts';
import type { Traces } from '../privacy/traces.repository.ts';
import { resultRef } from '../results/results.repository.ts';
import type { RowFinder } from '../sheets/row-cache.ts';
import type { SheetRecord } from '../sheets/rows.ts';
import { sheetId } from '../sheets/sheet.ts';
import type { SheetRef } from '../sheets/sheet.ts';
import type { RemovalNeeds } from './remove-student.ts';

export interface ErasureCascadeNeeds extends RemovalNeeds {
  traces: Traces;
  keys: Pick<Keys, 'forget'>;
  accesses: Pick<AccessService, 'forget'>;
  tell: (retold: Retold) => void;
}

type Remarked = SheetRecord & { remarks: string | null; updated_at: string };

/** A row, its sheet and its chain entry: three items each. */
const ROWS_A_STEP = 28;
const DAY_MS = 86_400_000;

export function registerErasure(needs: ErasureCascadeNeeds): void {
  const { dynamo, commit, jobs, users, removeLogin, traces, writer, accesses } = needs;

  jobs.register(ERASE, async (job) => {
    const student_id = job.id;
    const { actor, code, logins } = job.body as unknown as ErasureJob;
    const ctx: Context = { actor };
    for (const { record } of users.ofStudent(student_id)) await removeLogin(ctx, record.user_id);
    // A save that was planned before carries the name of before: it is stored, or known to be refused, by then.
    await writer.drained();
    await commit.allSettled();
    const courses = await traces.coursesOf(student_id);
    // A large save that is under way carries the name of before.
    for (const course_id of courses) await writer.finishOpen(course_id);
    await jobs.run('rename', `students#${student_id}`);
    await forgetRemarks(needs, ctx, needs.marks.finder, attendanceRef, needs.marks.ofStudent, student_id);
    await forgetRemarks(needs, ctx, needs.results.finder, resultRef, needs.results.ofStudent, student_id);
    // Last: what the steps before told is blanked too.
    const found = await traces.search(student_id, courses);
    const removed = [...new Set([...logins, ...found.logins])];
    await blankChains(needs, { student_id, code, courses, logins: removed, sheets: found.sheets });
    await forgetAnswers(needs, [student_id, ...removed]);
    await accesses.forget(student_id);
    try {
      await transact(dynamo, [jobs.endUnlessNewer(job)], randomUUID());
    } catch (error) {
      if (!(error instanceof Raced)) throw error; // another process has finished it
    }
  });
}

/** Marks and grades stay, what was remarked about the person does not. */
async function forgetRemarks<R extends Remarked>(
  { writer, dynamo }: ErasureCascadeNeeds,
  ctx: Context,
  finder: RowFinder<R>,
  refOf: (record: R) => SheetRef,
  ofStudent: (student_id: string) => Promise<R[]>,
  student_id: string,
): Promise<void> {
  const { kind } = finder;
  const refs = (await ofStudent(student_id)).filter(({ remarks }) => remarks !== null).map((row) => refOf(row));
  for (let at = 0; at < refs.length; at += ROWS_A_STEP) {
    await writer.removeRows(
      kind,
      ctx,
      refs.slice(at, at + ROWS_A_STEP),
      async (sheet) => {
        const key = { [kind.key]: finder.idFor(student_id, sheet) };
        const rows = (await getItems(dynamo, kind.table, [key])).map((item) => kind.fromItem(item));
        return rows.filter(({ remarks }) => remarks !== null);
      },
      () => [],
      (old, { at: updated_at, version }) => ({ ...old, remarks: null, version, updated_at }),
    );
  }
}

interface Subject {
  student_id: string;
  code: string;
  courses: ReadonlySet<string>;
  logins: string[];
  sheets: ReadonlySet<string>;
}

/** Old and new values go from every chain that tells of the person, and so does every name in what is told. */
async function blankChains(needs: ErasureCascadeNeeds, subject: Subject): Promise<void> {
  const { traces, sheets, tell } = needs;
  const { student_id, code, courses, logins } = subject;
  const retold = new Map<string, Told>();

  async function blank(chain: string, id: string, names: (item: Item) => boolean, self?: string): Promise<void> {
    let rows: { id: string }[] = []; // of the entry, to which the details of the items behind it belong as well
    for await (const item of traces.chain(chain)) {
      if (item['rows'] !== undefined) rows = [...(item['rows'] as { id: string }[])];
      const ids = rows.splice(0, detailsOf(item).length).map((row) => row.id);
      const told = item['payload'] !== undefined && names(item) ? toldWithoutPerson(item, code) : undefined;
      const places = detailsOf(item).flatMap((detail, i) => (ids[i] === id && !isBlank(detail) ? [i] : []));
      const write = blanked(needs, item, places, told, self);
      if (write) await transact(needs.dynamo, [write], randomUUID());
      const actor = self !== undefined && item['actor'] === self ? { actor: ERASED_NAME } : {};
      if (told)
        retold.set(String(item['number']), { ...told, payload: { ...eventOf({ ...item, ...told }) }, ...actor });
    }
  }

  for (const login of logins) await blank(`user#${login}`, login, () => true, login);
  const live = [...courses].flatMap((course_id) => sheets.of(course_id).map((sheet) => `sheet#${sheetId(sheet)}`));
  for (const chain of new Set([...live, ...subject.sheets])) {
    const [, course_id = '', ...name] = chain.split('#');
    const id = traces.rowId(student_id, { course_id, name: name.join('#') });
    await blank(chain, id, (item) => item['entity_id'] === id);
  }
  // Last: until then it tells which courses to look at, should this be interrupted and begun again.
  await blank(`student#${student_id}`, student_id, () => true);
  tell(retold);
}

/** The write that takes a person out of one item of a chain; none when nothing of them is left in it. */
function blanked(
  { dynamo }: ErasureCascadeNeeds,
  item: Item,
  places: number[],
  told: Told | undefined,
  self: string | undefined,
): Write | undefined {
  const values: Item = {};
  // One by one by their place, which never changes: somebody else may be blanking another row of the same sheet.
  const set = places.map((place) => `details[${String(place)}] = :blank`);
  if (places.length > 0) values[':blank'] = BLANK_DETAIL;
  if (told && told.summary !== item['summary']) {
    set.push('summary = :summary', 'payload = :payload');
    Object.assign(values, { ':summary': told.summary, ':payload': told.payload });
  }
  if (self !== undefined && item['actor'] === self && item['actor_name'] !== ERASED_NAME) {
    set.push('actor_name = :name');
    values[':name'] = ERASED_NAME;
  }
  if (set.length === 0) return undefined;
  const { pk, sk } = item;
  return update(dynamo, 'system', { pk, sk }, `SET ${set.join(', ')}`, { condition: 'attribute_exists(pk)', values });
}

/** Answers that are kept for a repeat, of everybody who may write and of who might until lately. */
async function forgetAnswers(needs: ErasureCascadeNeeds, ids: string[]): Promise<void> {
  const { dynamo, clock, users, keys } = needs;
  const since = new Date(clock.now() - ANSWER_DAYS * DAY_MS).toISOString();
  const writers = [...users.values()].map(({ record }) => record).filter(({ role }) => role !== 'student');
  const gone = await deletedSince(dynamo, 'users', since);
  for (const user_id of new Set([...writers.map((user) => user.user_id), ...gone])) {
    await keys.forget(user_id, (answer) => ids.some((id) => answer.includes(id)));
  }
}
