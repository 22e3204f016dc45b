// Which midterms and finals do at least half of a term's courses have results of? Counted by term, and kept by every sheet.
import type { CourseDirectory } from '../courses/course-directory.ts';
import { termOf } from './due-exams.ts';
import type { Exam } from './due-exams.ts';

interface Held {
  exam: Exam;
  /** The courses that have results of it, */
  courses: Set<string>;
  /** and how many they are of each term. */
  byTerm: Map<string, number>;
}

const addTo = (counts: Map<string, number>, key: string, by: number): void =>
  void counts.set(key, (counts.get(key) ?? 0) + by);

export function createCommonExams(courses: Pick<CourseDirectory, 'get' | 'values' | 'changes'>) {
  const exams = new Map<string, Held>();
  /** How many courses each term has. */
  const terms = new Map<string, number>();
  let countedAt = -1;

  const countOne = ({ byTerm }: Held, course_id: string, by: number): void => {
    const course = courses.get(course_id)?.record;
    if (course) addTo(byTerm, termOf(course.course_code), by);
  };

  /** A course that came, went or changed its code may have moved from term to term. */
  function count(): void {
    if (countedAt === courses.changes()) return;
    countedAt = courses.changes();
    terms.clear();
    for (const { record } of courses.values()) addTo(terms, termOf(record.course_code), 1);
    for (const held of exams.values()) {
      held.byTerm.clear();
      for (const course_id of held.courses) countOne(held, course_id, 1);
    }
  }

  return {
    /** The course has results of the exam called `name`, or has none any more. */
    note: (name: string, exam: Exam, course_id: string, has: boolean): void => {
      let held = exams.get(name);
      if (!held) exams.set(name, (held = { exam, courses: new Set(), byTerm: new Map() }));
      if (held.courses.has(course_id) === has) return;
      if (has) held.courses.add(course_id);
      else held.courses.delete(course_id);
      // Else everything is counted again before anybody hears of it.
      if (countedAt === courses.changes()) countOne(held, course_id, has ? 1 : -1);
    },
    ofTerm: (term: string): Exam[] => {
      count();
      const half = (terms.get(term) ?? 0) / 2;
      const common = [...exams.values()].filter(({ byTerm }) => {
        const n = byTerm.get(term) ?? 0;
        return n > 0 && n >= half;
      });
      return common.map(({ exam }) => exam);
    },
  };
}
