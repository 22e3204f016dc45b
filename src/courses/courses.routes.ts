// The pages of courses: list, add, record, change, remove. Mounts the roster beside them.
import { Router } from 'express';
import { isStaff } from '../platform/actor.ts';
import type { Context } from '../platform/actor.ts';
import type { Today } from '../platform/clock.ts';
import { demandTyped, editAgain, editForm, noProblem, readForm, submit, versionOf } from '../platform/http/forms.ts';
import type { EditForm, FormField, FormShape, Problem, Typed } from '../platform/http/forms.ts';
import { listLinks, readList } from '../platform/http/list-page.ts';
import { allow } from '../platform/http/policy.ts';
import { paramOf, textsOf } from '../platform/http/texts.ts';
import type { Fields } from '../platform/http/texts.ts';
import { lastDay } from '../platform/schema.ts';
import type { Services } from '../services.ts';
import type { Course } from './course.ts';
import { courseRecord, takenAlong } from './course-record.ts';
import { rosterRoutes } from './roster.routes.ts';

const ASKED = ['q', 'faculty_id', 'sort', 'order', 'page', 'page_size'] as const;
const SHAPE: FormShape = { numbers: ['credits', 'capacity'] };

const COLUMNS = [
  ['course_code', 'Code'],
  ['course_name', 'Name'],
  ['credits', 'Credits'],
  ['schedule', 'Schedule'],
  ['faculty', 'Taught by'],
  ['enrolled', 'Enrolled'],
  ['capacity', 'Capacity'],
] as const;

/** Who has a login is named by it: a name typed beside it would be overruled, so it is not sent. */
function readCourse(body: Fields): Typed {
  const { faculty, ...typed } = readForm(body, SHAPE);
  return faculty === undefined || typed['faculty_id'] ? typed : { ...typed, faculty };
}

export function courseRoutes(services: Services, today: Today): Router {
  const router = Router();
  const { courses, users } = services;
  const admin = allow('admin');

  router.use(rosterRoutes(services));

  function listPage(ctx: Context, asked: Partial<Record<(typeof ASKED)[number], string>>) {
    const staff = isStaff(ctx.actor);
    const { found, errors } = readList((page) =>
      courses.list(ctx, page === undefined ? asked : { ...asked, page: String(page) }),
    );
    const links = listLinks('/courses', asked, 'course_code');
    return {
      title: 'Courses',
      staff,
      found,
      errors,
      asked,
      filtered: Boolean(asked.q || asked.faculty_id),
      columns: COLUMNS.map(links.column),
      toPage: links.toPage,
      teachers: staff ? users.teachers(ctx) : [],
    };
  }

  /** Who may be chosen to teach; whoever teaches it now stays in the list, switched off or not. */
  function teachersFor(ctx: Context, course?: Course) {
    const teachers = users.teachers(ctx).map(({ user_id, full_name, username }) => ({
      value: user_id,
      label: `${full_name} (${username})`,
    }));
    const now = course?.faculty_id ?? null;
    if (now === null || teachers.some(({ value }) => value === now)) return teachers;
    return [...teachers, { value: now, label: course?.faculty ?? 'Who teaches it now' }];
  }

  const newPage = (ctx: Context, values: Typed, problem: Problem = noProblem) => ({
    title: 'New course',
    values,
    errors: problem.errors,
    teachers: teachersFor(ctx),
  });

  const editPage = (ctx: Context, course: Course, form: EditForm) => ({
    title: `Change ${course.course_code}`,
    course,
    // Not spread: `version` of a page is the app's.
    form,
    values: form.values,
    errors: form.errors,
    teachers: teachersFor(ctx, course),
  });

  /** The compared fields: who teaches is written by name. */
  function fieldsFor(ctx: Context, course: Course): FormField[] {
    const names = new Map(teachersFor(ctx, course).map(({ value, label }) => [value, label]));
    const show = (user_id: unknown): string => names.get(String(user_id)) ?? '';
    return [
      { name: 'course_code', label: 'Course code' },
      { name: 'course_name', label: 'Course name' },
      { name: 'credits', label: 'Credits' },
      { name: 'capacity', label: 'Capacity' },
      { name: 'schedule', label: 'Schedule' },
      { name: 'faculty_id', label: 'Taught by', show },
      { name: 'faculty', label: 'Teacher without login' },
      { name: 'description', label: 'Description' },
    ];
  }

  router.get('/courses', (req, res) => {
    const page = listPage(req.ctx, textsOf(req.query, ASKED));
    res.status(Object.keys(page.errors).length > 0 ? 422 : 200).page('courses/list', page);
  });

  router.get('/courses/new', admin, (req, res) => {
    res.page('courses/new', newPage(req.ctx, {}));
  });

  router.post('/courses', admin, async (req, res) => {
    const body = req.body as Fields;
    await submit(res, {
      save: () => courses.add(req.ctx, readCourse(body)),
      saved: (course) => {
        res.flash('success', `${course.course_code} ${course.course_name} is added. Now enrol its students.`);
        res.redirect(303, `/courses/${course.course_id}`);
      },
      again: (problem) => res.page('courses/new', newPage(req.ctx, readForm(body, SHAPE), problem)),
    });
  });

  router.get('/courses/:course_id', (req, res) => {
    const course = courses.get(req.ctx, paramOf(req, 'course_id'));
    res.page('courses/show', {
      title: `${course.course_code} ${course.course_name}`,
      course,
      writable: req.ctx.actor.role === 'admin',
      record: courseRecord(services, req.ctx, course, today()),
      last_day: lastDay(today()),
    });
  });

  router.get('/courses/:course_id/edit', admin, (req, res) => {
    const course = courses.get(req.ctx, paramOf(req, 'course_id'));
    res.page('courses/edit', editPage(req.ctx, course, editForm(fieldsFor(req.ctx, course), course)));
  });

  router.post('/courses/:course_id', admin, async (req, res) => {
    const course_id = paramOf(req, 'course_id');
    const body = req.body as Fields;
    await submit(res, {
      save: () => courses.change(req.ctx, course_id, versionOf(body), readCourse(body)),
      saved: (course) => {
        const changed = course.version !== versionOf(body);
        res.flash('success', changed ? 'Saved.' : 'Nothing had changed, so nothing was saved.');
        res.redirect(303, `/courses/${course_id}`);
      },
      again: (problem) => {
        const stored = courses.get(req.ctx, course_id);
        const typed = readCourse(body);
        const form = editAgain(fieldsFor(req.ctx, stored), stored, { body, typed, problem });
        res.page('courses/edit', editPage(req.ctx, stored, form));
      },
    });
  });

  const deletePage = (ctx: Context, course_id: string, problem: Problem = noProblem) => {
    const course = courses.get(ctx, course_id);
    return { title: `Remove ${course.course_code}`, course, along: takenAlong(services, ctx, course_id), ...problem };
  };

  router.get('/courses/:course_id/delete', admin, (req, res) => {
    res.page('courses/delete', deletePage(req.ctx, paramOf(req, 'course_id')));
  });

  router.post('/courses/:course_id/delete', admin, async (req, res) => {
    const course = courses.get(req.ctx, paramOf(req, 'course_id'));
    const body = req.body as Fields;
    await submit(res, {
      save: async () => {
        demandTyped(body, course.course_code);
        await courses.remove(req.ctx, course.course_id, versionOf(body));
      },
      saved: () => {
        res.flash('success', `${course.course_code} ${course.course_name} is removed.`);
        res.redirect(303, '/courses');
      },
      again: (problem) => res.page('courses/delete', deletePage(req.ctx, course.course_id, problem)),
    });
  });

  return router;
}
