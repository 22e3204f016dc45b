// Which courses are there, and who teaches them? Out of memory, under today's names.
import { createDirectory } from '../platform/directory.ts';
import type { Directory, Kept } from '../platform/directory.ts';
import type { Page } from '../platform/page.ts';
import type { Course } from './course.ts';

export type KeptCourse = Kept<Course>;

export interface CourseDirectoryNeeds {
  /** Today's name of a user; undefined when there is none. */
  nameOf: (user_id: string) => string | undefined;
  enrolled: (course_id: string) => number;
  /** By a column that sorts by what lives elsewhere: grows when that moves. */
  moves: { faculty: () => number; enrolled: () => number };
}

export function createCourseDirectory({ nameOf, enrolled, moves }: CourseDirectoryNeeds) {
  /** The course under today's name of who teaches it. */
  const present = (course: Course): Course =>
    course.faculty_id === null ? course : { ...course, faculty: nameOf(course.faculty_id) ?? course.faculty };

  const directory: Directory<KeptCourse> = createDirectory<KeptCourse>({
    idOf: ({ record }) => record.course_id,
    searched: ({ record }) => [record.course_code, record.course_name, present(record).faculty],
    sortValue: ({ record }, column) => {
      if (column === 'enrolled') return enrolled(record.course_id);
      return present(record)[column as keyof Course];
    },
    nameOf: ({ record }) => record.course_code,
    facets: { faculty_id: ({ record }) => record.faculty_id ?? '' },
  });

  const orderedAt = new Map<string, number>();
  // The ids of all courses in order of their codes, and after how many changes: made when somebody asks after a change.
  let ordered: { ids: readonly string[]; changes: number } | undefined;

  /** What this column sorts by may have moved without us: then its order is made anew. */
  function followMoves(column: 'faculty' | 'enrolled'): void {
    const now = moves[column]();
    if (orderedAt.get(column) === now) return;
    directory.reorder(column);
    orderedAt.set(column, now);
  }

  /** The first of a teacher ('' for nobody), or of all there are, in order of their codes, and how many there are. */
  const firstInOrder = (faculty_id: string | undefined, page_size: number): Page<KeptCourse> =>
    directory.list({ q: '', where: { faculty_id }, sort: 'course_code', descending: false, page: 1, page_size });

  return {
    get: directory.get,
    byCode: directory.byName,
    put: directory.put,
    remove: directory.remove,
    values: directory.values,
    size: directory.size,
    changes: directory.changes,
    present,
    list: (request: Parameters<typeof directory.list>[0]) => {
      if (request.sort === 'enrolled' || request.sort === 'faculty') followMoves(request.sort);
      return directory.list(request);
    },
    firstInOrder,
    /** Of all there are, in order of their codes; the list stays as it is when courses come and go. */
    idsInOrder: (): readonly string[] => {
      const changes = directory.changes();
      if (ordered?.changes !== changes) {
        const { items } = firstInOrder(undefined, Math.max(1, directory.size()));
        ordered = { ids: items.map(({ record }) => record.course_id), changes };
      }
      return ordered.ids;
    },
    /** All of a teacher ('' for nobody), or all there are, in order of their codes. */
    inOrder: (faculty_id?: string): KeptCourse[] => firstInOrder(faculty_id, Math.max(1, directory.size())).items,
    taughtBy: (user_id: string): Course[] =>
      [...directory.values()].filter(({ record }) => record.faculty_id === user_id).map(({ record }) => record),
    /** A name changed: searched texts follow. */
    refresh: (user_id: string): void => {
      for (const kept of directory.values()) if (kept.record.faculty_id === user_id) directory.put({ ...kept });
    },
  };
}

export type CourseDirectory = ReturnType<typeof createCourseDirectory>;
