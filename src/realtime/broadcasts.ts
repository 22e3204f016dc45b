// Who hears of what, and what exactly are they told? One line for each event; without a line it does not compile.
import type {
  CourseEvent,
  EventName,
  MarkChange,
  MarkEvent,
  PostingEvent,
  ResultChange,
  ResultEvent,
  StoredEvent,
  StudentEvent,
  UserEvent,
} from '../events.ts';
import type { Stamp } from '../events.ts';
import { GRADES } from '../results/grading.ts';
import type { Grade } from '../results/grading.ts';
import type {
  CourseMessage,
  MarkMessage,
  OwnMarkMessage,
  OwnMessage,
  OwnResultMessage,
  OwnStudentMessage,
  PostingMessage,
  ResultMessage,
  StaffMessage,
  StudentMessage,
  UserMessage,
} from './messages.ts';

type Stamped<E> = E & { stamp: Stamp };
type OfName<E, N extends EventName> = E extends { name: infer M } ? (N extends M ? E : never) : never;

/** Which room of the staff hears it, in which words, and which students hear about themselves. */
interface Line<E> {
  room: 'staff' | 'admins';
  message: (event: Stamped<E>) => StaffMessage;
  /** What single students hear; absent when no student does. */
  own?: {
    students: (event: Stamped<E>) => string[];
    /** Undefined when the event says nothing about this student. */
    message: (event: Stamped<E>, student_id: string) => Own | undefined;
  };
}

/** A student hears of the own row by the name that fits it, e.g. `attendance_deleted` out of a saved sheet. */
export interface Own {
  name: EventName;
  message: OwnMessage;
}

const toStaff = ({ summary, stamp: { at, by } }: Stamped<{ summary: string }>) => ({
  at,
  by: { user_id: by.user_id, full_name: by.full_name },
  summary,
});

// A summary is written for the staff and may name others: students get their own.
const toStudent = ({ stamp: { at, by } }: { stamp: Stamp }, summary: string) => ({
  at,
  by: { full_name: by.full_name },
  summary,
});

const student: Line<StudentEvent> = {
  room: 'staff',
  message: (event): StudentMessage => ({ id: event.id, ...toStaff(event), ...studentKeys(event), ...removed(event) }),
  own: {
    students: (event) => [event.id],
    message: (event, student_id) => {
      if (event.id !== student_id) return undefined;
      const what = { student_added: 'added', student_updated: 'changed', student_deleted: 'removed' }[event.name];
      const message: OwnStudentMessage = {
        id: event.id,
        ...toStudent(event, `Your record was ${what}.`),
        ...studentKeys(event),
      };
      return { name: event.name, message };
    },
  },
};

const studentKeys = ({ student_code, full_name }: StudentEvent) => ({ student_code, full_name });
const removed = (event: StudentEvent | CourseEvent) => (event.removed ? { removed: event.removed } : {});

const course: Line<CourseEvent> = {
  room: 'staff',
  message: (event): CourseMessage => ({
    id: event.id,
    ...toStaff(event),
    course_code: event.course_code,
    course_name: event.course_name,
    ...removed(event),
    ...(event.count === undefined ? {} : { count: event.count }),
    ...(event.ids === undefined ? {} : { ids: event.ids }),
  }),
};

const user: Line<UserEvent> = {
  room: 'admins',
  message: (event): UserMessage => ({
    id: event.id,
    ...toStaff(event),
    username: event.username,
    full_name: event.full_name,
    role: event.role,
  }),
};

const mark: Line<MarkEvent> = {
  room: 'staff',
  message: (event): MarkMessage => {
    const [only] = event.changes;
    const said = { ...toStaff(event), ...markKeys(event) };
    if (!event.sheet && only) return { id: only.id, ...said, student_id: only.student_id, status: only.status };
    return { ids: event.changes.map((c) => c.id), ...said, count: event.changes.length, counts: markCounts(event) };
  },
  own: {
    students: (event) => event.changes.map((c) => c.student_id),
    message: (event, student_id) => {
      const change = event.changes.find((c) => c.student_id === student_id);
      if (!change) return undefined;
      const message: OwnMarkMessage = {
        id: change.id,
        ...toStudent(event, markSentence(event, change)),
        ...markKeys(event),
        student_id,
        status: change.status,
      };
      return { name: change.name, message };
    },
  },
};

const markKeys = ({ course_id, course_code, date, period }: MarkEvent) => ({ course_id, course_code, date, period });

const markCounts = ({ changes }: MarkEvent) => {
  const of = (status: string): number => changes.filter((c) => c.status === status).length;
  return { present: of('Present'), absent: of('Absent'), late: of('Late') };
};

function markSentence(event: MarkEvent, { status }: MarkChange): string {
  const when = event.period === 1 ? event.date : `${event.date}, period ${event.period}`;
  const what = `Your attendance in ${event.course_code} on ${when}`;
  return status === null ? `${what} was removed.` : `${what}: ${status}.`;
}

const result: Line<ResultEvent> = {
  room: 'staff',
  message: (event): ResultMessage => {
    const [only] = event.changes;
    const said = { ...toStaff(event), ...examKeys(event) };
    if (!event.sheet && only) return { id: only.id, ...said, student_id: only.student_id, grade: only.grade };
    return { ids: event.changes.map((c) => c.id), ...said, count: event.changes.length, counts: gradeCounts(event) };
  },
  own: {
    students: (event) => event.changes.map((c) => c.student_id),
    message: (event, student_id) => {
      const change = event.changes.find((c) => c.student_id === student_id);
      if (!change) return undefined;
      const message: OwnResultMessage = {
        id: change.id,
        ...toStudent(event, resultSentence(event, change)),
        ...examKeys(event),
        student_id,
        grade: change.grade,
      };
      return { name: change.name, message };
    },
  },
};

/** Students hear of their own results only, which a posting does not change. */
const posting: Line<PostingEvent> = {
  room: 'staff',
  message: (event): PostingMessage => ({ ...toStaff(event), ...examKeys(event), count: event.count }),
};

const examKeys = ({ course_id, course_code, exam_type, number }: ResultEvent | PostingEvent) => ({
  course_id,
  course_code,
  exam_type,
  number,
});

const gradeCounts = ({ changes }: ResultEvent) =>
  Object.fromEntries(GRADES.map(({ grade }) => [grade, changes.filter((c) => c.grade === grade).length])) as Record<
    Grade,
    number
  >;

function resultSentence(event: ResultEvent, { grade }: ResultChange): string {
  const exam = event.number === 1 ? event.exam_type : `${event.exam_type} ${event.number}`;
  const what = `Your result in ${event.course_code}, ${exam}`;
  const amended = event.amended ? ' (amended)' : '';
  return grade === null ? `${what} was removed${amended}.` : `${what}: ${grade}${amended}.`;
}

const lines: { [N in EventName]: Line<OfName<StoredEvent, N>> } = {
  student_added: student,
  student_updated: student,
  student_deleted: student,
  course_added: course,
  course_updated: course,
  course_deleted: course,
  attendance_marked: mark,
  attendance_updated: mark,
  attendance_deleted: mark,
  result_added: result,
  result_updated: result,
  result_deleted: result,
  results_posted: posting,
  results_withdrawn: posting,
  user_added: user,
  user_updated: user,
  user_deleted: user,
};

// The table proves that each event meets its own line; TypeScript can't carry that through a lookup.
const lineOf = (event: StoredEvent): Line<StoredEvent> => lines[event.name] as Line<StoredEvent>;

export const staffRoom = (event: StoredEvent): 'staff' | 'admins' => lineOf(event).room;
export const staffMessage = (event: StoredEvent): StaffMessage => lineOf(event).message(event);
/** The students who hear of an event, each only about themself. */
export const studentsOf = (event: StoredEvent): string[] => lineOf(event).own?.students(event) ?? [];
export const ownMessage = (event: StoredEvent, student_id: string): Own | undefined =>
  lineOf(event).own?.message(event, student_id);
