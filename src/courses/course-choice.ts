// How is a course chosen on a page? Out of a list of all, and where that would be too long by typing its code or a part
// of its name. Either way the field is called `course_id`, so that addresses stay the same.
import type { Context } from '../platform/actor.ts';
import { Forbidden, Invalid, NotFound } from '../platform/errors.ts';
import { pick } from '../platform/http/picker.ts';
import { isId } from '../platform/ids.ts';
import type { Course } from './course.ts';
import { MAX_COURSES } from '../students/student.ts';
import type { Student } from '../students/student.ts';
import type { CoursesService } from './courses.service.ts';

type Courses = Pick<CoursesService, 'list' | 'get' | 'byCode'>;
type Marked = Courses & Pick<CoursesService, 'markable' | 'mayMark' | 'roster'>;

/** In a longer list nobody finds anything, and every page would carry it. */
export const MOST_OPTIONS = 200;
/** So many of several that fit are named. */
const NAMED = 8;
const LOOKED_AT = 500;

export interface CourseChoice {
  /** All that there are, in order of their codes; null when there are too many to choose from. */
  options: Course[] | null;
  /** What stands in the field: an id in a list; else a code, or what was typed. */
  value: string;
  /** The course that is meant; '' without one. What is no course's id stays, so that it is refused where it is used. */
  course_id: string;
  /** Why it is not known which course is meant. */
  fault: Invalid | undefined;
}

/** Undefined for a course that the actor may not see or that is going. */
export function findCourse(courses: Pick<Courses, 'get'>, ctx: Context, course_id: string): Course | undefined {
  try {
    return courses.get(ctx, course_id);
  } catch (error) {
    if (error instanceof NotFound) return undefined;
    throw error;
  }
}

/** All courses; null when there are too many to choose from. */
export function courseOptions(courses: Courses, ctx: Context): ReturnType<Courses['list']>['items'] | null {
  const { total } = courses.list(ctx, { page_size: 1 });
  return total > MOST_OPTIONS ? null : courses.list(ctx, { page_size: MOST_OPTIONS }).items;
}

function several(choices: readonly Course[]): string {
  const named = choices.slice(0, NAMED).map((course) => `${course.course_code} ${course.course_name}`);
  const more = choices.length > NAMED ? ' and more' : '';
  return `Several courses fit: ${named.join(', ')}${more}. Type the code of one.`;
}

/** The course whose code, or so much of whose name, was typed. Throws Invalid when that is none or several. */
function courseNamed(courses: Courses, ctx: Context, typed: string): Course {
  const search = (q: string) => courses.list(ctx, { q: q.slice(0, 200), page_size: LOOKED_AT }).items;
  const { found, choices } = pick<Course>(typed, search, (code) => courses.byCode(ctx, code));
  if (found) return found;
  const message = choices.length > 0 ? several(choices) : 'No course has this code or name. Type another part of it.';
  throw new Invalid([{ field: 'course_id', message }]);
}

/** What a field for a course shows and says, after `asked` was chosen or typed. */
export function chooseCourse(
  courses: Courses,
  ctx: Context,
  asked = '',
  options: Course[] | null = courseOptions(courses, ctx),
): CourseChoice {
  if (asked === '') return { options, value: '', course_id: '', fault: undefined };
  if (isId(asked)) {
    const code = options ? undefined : findCourse(courses, ctx, asked)?.course_code;
    return { options, value: code ?? asked, course_id: asked, fault: undefined };
  }
  try {
    const { course_id, course_code } = courseNamed(courses, ctx, asked);
    return { options, value: options ? course_id : course_code, course_id, fault: undefined };
  } catch (error) {
    if (error instanceof Invalid) return { options, value: asked, course_id: asked, fault: error };
    throw error;
  }
}

/** The course that somebody wants to mark, and who can be marked in it. */
export interface MarkChoice {
  choice: CourseChoice;
  /** Undefined until one is chosen whose marks the actor may write. */
  course: Course | undefined;
  students: Student[];
}

/** First step of a new mark or result: offers what the actor may mark. `what` is what only its teacher can do. */
export function chooseToMark(courses: Marked, ctx: Context, asked: string, what: string): MarkChoice {
  const choice = chooseCourse(courses, ctx, asked, courses.markable(ctx, MOST_OPTIONS));
  const course = findCourse(courses, ctx, choice.course_id);
  if (!course) return { choice, course, students: [] };
  if (courses.mayMark(ctx, course)) {
    const { students } = courses.roster(ctx, course.course_id);
    return { choice, course, students: students.filter(({ status }) => status === 'active') };
  }
  const message = `Only who teaches ${course.course_code} can ${what}. Ask them, or the office.`;
  // Nobody types an id: that is an address of somebody else's page.
  if (isId(asked)) throw new Forbidden(message);
  const fault = new Invalid([{ field: 'course_id', message }]);
  return { choice: { ...choice, value: asked, fault }, course: undefined, students: [] };
}

/** The courses of a student whose codes stand in a text, one a line or with commas between. Throws Invalid that names those that are none. */
export function coursesByCode(courses: Courses, ctx: Context, text: string, field: string): string[] {
  const codes = text
    .split(/[\n,;]/)
    .map((code) => code.trim())
    .filter(Boolean);
  if (codes.length > MAX_COURSES) {
    const message = `These are ${String(codes.length)} codes, and a student takes at most ${String(MAX_COURSES)} courses. Type fewer.`;
    throw new Invalid([{ field, message }]);
  }
  const unknown: string[] = [];
  const found = codes.flatMap((code) => {
    const course = courses.byCode(ctx, code);
    if (!course) unknown.push(code.slice(0, 40));
    return course?.course_id ?? [];
  });
  if (unknown.length === 0) return found;
  const named = unknown.slice(0, NAMED).join(', ') + (unknown.length > NAMED ? ' and more' : '');
  throw new Invalid([{ field, message: `No course has the code ${named}. Correct it, then save again.` }]);
}
