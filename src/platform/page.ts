// What does a list answer look like?

/** One page of a list that can be counted and jumped in (students, courses, users). */
export interface Page<T> {
  items: T[];
  total: number;
  page: number;
  page_size: number;
}

/** One page of a list that is read on by a cursor (marks, results); null at the end. */
export interface CursorPage<T> {
  items: T[];
  next_cursor: string | null;
}
