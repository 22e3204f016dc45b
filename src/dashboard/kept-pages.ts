// Which pages does a teacher need when the network is gone? The sheets of today first, then the rosters.
import type { TeacherDay } from './due.service.ts';

/** The browser keeps no more than forty, the start page and the list of what waits among them. */
const MOST = 36;

/** Paths of pages that the browser fetches quietly and keeps: src/browser/worker. */
export function pagesToKeep(day: TeacherDay | null): string[] {
  if (!day) return [];
  const registers = [...day.to_take.items, ...day.taken.items, ...day.resting.items];
  const exams = day.exams.items.flatMap(({ courses }) => courses.map(({ sheet }) => sheet));
  const courses = new Set([...registers, ...day.empty.items].map(({ course_id }) => course_id));
  const rosters = [...courses].map((course_id) => `/courses/${course_id}/roster`);
  return [...new Set([...registers.map(({ sheet }) => sheet), ...exams, ...rosters])].slice(0, MOST);
}
