// Whose data are kept no longer than needed? Students who left, whose records nobody changed for years.
import type { Student } from '../students/student.ts';
import { isErased } from './erased.ts';

/** Before this moment a record must have been changed for the last time; `years` back from `now` (milliseconds). */
export function lastKept(now: number, years: number): string {
  const moment = new Date(now);
  moment.setUTCFullYear(moment.getUTCFullYear() - years);
  return moment.toISOString();
}

export const isDue = (student: Student, before: string): boolean =>
  student.status !== 'active' && student.updated_at < before && !isErased(student);
