// Which courses have a register of which day, and which exams do most courses have? Kept by every sheet that changes.
import type { Today } from '../platform/clock.ts';
import { attendanceKey, markKind } from '../attendance/marks.repository.ts';
import type { CourseDirectory } from '../courses/course-directory.ts';
import { resultKey, resultKind } from '../results/results.repository.ts';
import type { Sheet } from '../sheets/sheet.ts';
import type { Sheets } from '../sheets/sheets.ts';
import { createCommonExams } from './common-exams.ts';
import { COMMON } from './due-exams.ts';

export interface TallyNeeds {
  today: Today;
  courses: CourseDirectory;
  sheets: Sheets;
}

const NONE: ReadonlyMap<string, number> = new Map();

export function createTally({ today, courses, sheets }: TallyNeeds) {
  /** By day, today and later: how many marks each course has; courses without any are not in it. */
  const marks = new Map<string, Map<string, number>>();
  const commonExams = createCommonExams(courses);

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
      commonExams.note(sheet.name, exam, exam.course_id, resultKind.size(after?.counts ?? {}) > 0);
  });

  return {
    /** Today or later: how many marks each course has that has any. */
    takenOn: (day: string): ReadonlyMap<string, number> => marks.get(day) ?? NONE,
    /** Midterms and finals that at least half of a term's courses have results of. */
    commonExams: commonExams.ofTerm,
  };
}

export type Tally = ReturnType<typeof createTally>;
