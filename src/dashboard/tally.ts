// Which courses have a register of which day, and which exams do most courses have? Kept by every sheet that changes.
import type { Today } from '../platform/clock.ts';
import { attendanceKey, markKind } from '../attendance/marks.repository.ts';
import type { CourseDirectory } from '../courses/course-directory.ts';
import { resultKey, resultKind } from '../results/results.repository.ts';
import type { Sheet } from '../sheets/sheet.ts';
import type { Sheets } from '../sheets/sheets.ts';
import { COMMON, termOf } from './due-exams.ts';
import type { Exam } from './due-exams.ts';

export interface TallyNeeds {
  today: Today;
  courses: CourseDirectory;
  sheets: Sheets;
}

const NONE: ReadonlyMap<string, number> = new Map();

export function createTally({ today, courses, sheets }: TallyNeeds) {
  /** By day, today and later: how many marks each course has; courses without any are not in it. */
  const marks = new Map<string, Map<string, number>>();
  /** The courses that have results of a midterm or final, by exam. */
  const exams = new Map<string, { exam: Exam; courses: Set<string> }>();

  function countMarks(date: string, course_id: string, by: number): void {
    if (by === 0 || date < today()) return;
    let ofDay = marks.get(date);
    if (!ofDay) {
      for (const day of marks.keys()) if (day < today()) marks.delete(day);
      marks.set(date, (ofDay = new Map<string, number>()));
    }
    const now = (ofDay.get(course_id) ?? 0) + by;
    if (now > 0) ofDay.set(course_id, now);
    else ofDay.delete(course_id);
  }

  function noteExam(name: string, exam: Exam, course_id: string, held: boolean): void {
    let known = exams.get(name);
    if (!known) exams.set(name, (known = { exam, courses: new Set<string>() }));
    if (held) known.courses.add(course_id);
    else known.courses.delete(course_id);
  }

  sheets.listen((before: Sheet | undefined, after: Sheet | undefined) => {
    const sheet = after ?? before;
    if (!sheet) return;
    const register = attendanceKey(sheet);
    if (register) {
      const by = markKind.size(after?.counts ?? {}) - markKind.size(before?.counts ?? {});
      countMarks(register.date, register.course_id, by);
    }
    const exam = resultKey(sheet);
    if (exam && COMMON.includes(exam.exam_type))
      noteExam(sheet.name, exam, exam.course_id, resultKind.size(after?.counts ?? {}) > 0);
  });

  return {
    /** Today or later: how many marks each course has that has any. */
    takenOn: (day: string): ReadonlyMap<string, number> => marks.get(day) ?? NONE,
    /** Midterms and finals that at least half of a term's courses have results of. */
    commonExams: (term: string): Exam[] => {
      if (exams.size === 0) return [];
      const ofTerm = new Set<string>();
      for (const { record } of courses.values()) if (termOf(record.course_code) === term) ofTerm.add(record.course_id);
      return [...exams.values()]
        .filter(({ courses: held }) => {
          let n = 0;
          for (const course_id of held) if (ofTerm.has(course_id)) n += 1;
          return n > 0 && 2 * n >= ofTerm.size;
        })
        .map(({ exam }) => exam);
    },
  };
}

export type Tally = ReturnType<typeof createTally>;
