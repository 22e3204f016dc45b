// What does the test of the states use of them?
import type { Page } from 'playwright-core';
import type { Enter, Window } from '../demo-college.d.mts';

/** The records that the states are about. */
export interface Places {
  student_id: string;
  course_id: string;
  teacher_id: string;
  today: string;
  foreign_course: string;
}
export interface State {
  name: string;
  who: string | undefined;
  reach: (page: Page, other: Window) => Promise<unknown>;
}
export interface House {
  places: Places;
  enter: Enter;
}
export function inStates(
  house: House,
  work: (page: Page, state: State, lost: string | undefined) => Promise<void>,
): Promise<void>;
