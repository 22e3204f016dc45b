// What is left of a student who was erased? A record that counts, under a code that means nothing, and no person.
import type { DomainEvent } from '../events.ts';
import type { Item } from '../platform/dynamo/reads.ts';
import type { Student } from '../students/student.ts';

export const ERASED_NAME = 'Erased student';
const ERASED_CODE = /^ERASED-[0-9A-F]{8}$/;

/** A code that nobody had: of a new id. */
export const erasedCode = (id: string): string => `ERASED-${id.slice(0, 8).toUpperCase()}`;

export const isErased = ({ student_code, full_name }: Pick<Student, 'student_code' | 'full_name'>): boolean =>
  full_name === ERASED_NAME && ERASED_CODE.test(student_code);

/** Programme, semester, status and courses stay: they are what totals and rosters count. */
export const withoutPerson = (student: Student, code: string): Student => ({
  ...student,
  student_code: code,
  full_name: ERASED_NAME,
  email: null,
  phone: null,
  date_of_birth: null,
  guardian_name: null,
  guardian_email: null,
});

/** Details of the trail whose values and salt are gone: the hash does not need them. */
export const BLANK_DETAIL = { salt: null, old: null, new: null };

/** What an entry of the trail still tells of somebody who was erased. */
export interface Told {
  summary: string;
  payload: Item;
  /** When the person did it. */
  actor?: string;
}

/** The same event without the person; undefined when it does not name one. */
export function toldWithoutPerson(item: Item, code: string): Told | undefined {
  const payload = item['payload'] as DomainEvent; // without its name, which the entry says
  const name = String(item['event']);
  if (name.startsWith('student_')) {
    const summary = `${ERASED_NAME} ${code}: the record was ${verbOf(name)}.`;
    return { summary, payload: { ...payload, student_code: code, full_name: ERASED_NAME } };
  }
  if (name.startsWith('user_')) {
    const summary = `The login of an erased student was ${verbOf(name)}.`;
    return { summary, payload: { ...payload, username: code, full_name: ERASED_NAME } };
  }
  if (!('sheet' in payload) || payload.sheet) return undefined; // a saved sheet names nobody
  const where = 'date' in payload ? `on ${payload.date}` : `in the ${payload.exam_type} ${String(payload.number)}`;
  const summary = `${ERASED_NAME} ${code}: one row of ${payload.course_code} ${where} was ${verbOf(name)}.`;
  return { summary, payload: { ...payload } };
}

const VERBS: Record<string, string> = { added: 'added', marked: 'added', updated: 'changed', deleted: 'removed' };
const verbOf = (event: string): string => VERBS[event.split('_')[1] ?? ''] ?? 'changed';
