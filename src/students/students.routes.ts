// The pages of students: list, add, record, change, remove.
import { Router } from 'express';
import type { Request } from 'express';
import { isStaff } from '../platform/actor.ts';
import type { Context } from '../platform/actor.ts';
import type { Today } from '../platform/clock.ts';
import { longDay } from '../platform/http/days.ts';
import { demandTyped, editAgain, editForm, noProblem, readForm, submit, versionOf } from '../platform/http/forms.ts';
import type { EditForm, FormField, FormShape, Problem, Typed } from '../platform/http/forms.ts';
import { listLinks, readList } from '../platform/http/list-page.ts';
import { allow } from '../platform/http/policy.ts';
import { paramOf, textsOf, withoutBlank } from '../platform/http/texts.ts';
import type { Fields } from '../platform/http/texts.ts';
import { chooseCourse, courseOptions, coursesByCode, findCourse } from '../courses/course-choice.ts';
import type { Course } from '../courses/course.ts';
import type { Services } from '../services.ts';
import { STUDENT_STATUSES } from './student.ts';
import type { Student } from './student.ts';
import { studentRecord, takenAlong } from './student-record.ts';

const ASKED = ['q', 'program', 'status', 'course_id', 'sort', 'order', 'page', 'page_size'] as const;
const SHAPE: FormShape = { numbers: ['semester'], lists: ['enrolled_courses'] };
const STARTS = ['program', 'full_name', 'student_code'] as const;

const COLUMNS = [
  ['student_code', 'Code'],
  ['full_name', 'Name'],
  ['program', 'Programme'],
  ['semester', 'Semester', 'number'],
  ['status', 'Status'],
  ['email', 'E-mail'],
] as const;

const FIELDS: FormField[] = [
  { name: 'student_code', label: 'Student code' },
  { name: 'full_name', label: 'Full name' },
  { name: 'program', label: 'Programme' },
  { name: 'semester', label: 'Semester' },
  { name: 'status', label: 'Status' },
  { name: 'email', label: 'E-mail' },
  { name: 'phone', label: 'Phone' },
  { name: 'date_of_birth', label: 'Date of birth' },
  { name: 'guardian_name', label: "Guardian's name" },
  { name: 'guardian_email', label: "Guardian's e-mail" },
];

export function studentRoutes(services: Services, today: Today): Router {
  const router = Router();
  const { students, courses, access } = services;
  const admin = allow('admin');

  function listPage(ctx: Context, asked: Partial<Record<(typeof ASKED)[number], string>>) {
    const staff = isStaff(ctx.actor);
    const course = chooseCourse(courses, ctx, asked.course_id);
    const wanted = { ...asked, course_id: course.course_id };
    const { found, errors } = readList((page) => {
      if (course.fault) throw course.fault;
      return students.list(ctx, page === undefined ? wanted : { ...wanted, page: String(page) });
    });
    const links = listLinks('/students', asked, 'student_code');
    return {
      title: 'Students',
      staff,
      found,
      errors,
      asked,
      filtered: Boolean(asked.q || asked.program || asked.status || asked.course_id),
      columns: COLUMNS.map(links.column),
      toPage: links.toPage,
      programs: staff ? students.programs(ctx) : [],
      course,
      statuses: STUDENT_STATUSES,
    };
  }

  /** A course to tick; how full it is is said where all are shown. */
  const toTick = ({ course_id, course_code, course_name, capacity, enrolled }: Course & { enrolled?: number }) => ({
    course_id,
    label: `${course_code} · ${course_name}`,
    full: enrolled !== undefined && capacity !== null && enrolled >= capacity,
    places:
      enrolled === undefined
        ? ''
        : capacity === null
          ? `${String(enrolled)} enrolled`
          : `${String(enrolled)} of ${String(capacity)}`,
  });

  /** What the fields of both forms choose from; of very many courses only those that are ticked are shown. */
  function choices(ctx: Context, values: Typed) {
    const options = courseOptions(courses, ctx);
    const ticked = values['enrolled_courses'];
    const own = (Array.isArray(ticked) ? ticked : []).flatMap(
      (id: unknown) => findCourse(courses, ctx, String(id)) ?? [],
    );
    return {
      programs: students.programs(ctx),
      statuses: STUDENT_STATUSES,
      latest_birth: today(),
      courses: (options ?? own).map(toTick),
      courses_by_code: options === null,
    };
  }

  /** The ticked courses and those whose codes were typed beside them. */
  function withCodes(ctx: Context, { course_codes, ...typed }: Typed): Typed {
    if (typeof course_codes !== 'string' || course_codes === '') return typed;
    const ticked = (Array.isArray(typed['enrolled_courses']) ? typed['enrolled_courses'] : []).map(String);
    const named = coursesByCode(courses, ctx, course_codes, 'course_codes');
    return { ...typed, enrolled_courses: [...new Set([...ticked, ...named])] };
  }

  const newPage = (ctx: Context, values: Typed, problem: Problem = noProblem) => ({
    title: 'New student',
    values: { status: 'active', enrolled_courses: [], ...values },
    errors: problem.errors,
    ...choices(ctx, values),
  });

  const editPage = (ctx: Context, student: Student, form: EditForm) => ({
    title: `Change ${student.full_name}`,
    student,
    // Not spread: `version` of a page is the app's.
    form,
    values: form.values,
    errors: form.errors,
    ...choices(ctx, form.values),
  });

  /** The compared fields: courses are written by their codes. */
  function fieldsFor(ctx: Context): FormField[] {
    const show = (ids: unknown): string =>
      (Array.isArray(ids) ? ids : [])
        .map((id: unknown) => findCourse(courses, ctx, String(id))?.course_code ?? 'a removed course')
        .sort()
        .join(', ');
    return [...FIELDS, { name: 'enrolled_courses', label: 'Courses', show }];
  }

  /** Who gets the page has opened the record; a HEAD shows nothing of it. */
  const shown = async (req: Request, { student_id }: Student): Promise<void> => {
    if (req.method !== 'HEAD') await access.opened(req.ctx, student_id);
  };

  router.get('/students', (req, res) => {
    const page = listPage(req.ctx, textsOf(req.query, ASKED));
    res.status(Object.keys(page.errors).length > 0 ? 422 : 200).page('students/list', page);
  });

  router.get('/students/new', admin, (req, res) => {
    res.page('students/new', newPage(req.ctx, textsOf(req.query, STARTS)));
  });

  router.post('/students', admin, async (req, res) => {
    const typed = readForm(req.body as Fields, SHAPE);
    await submit(res, {
      save: () => students.add(req.ctx, withoutBlank(withCodes(req.ctx, typed), 'status')),
      saved: (student) => {
        res.flash('success', `${student.full_name} (${student.student_code}) is added.`);
        res.redirect(303, `/students/${student.student_id}`);
      },
      again: (problem) => res.page('students/new', newPage(req.ctx, typed, problem)),
    });
  });

  router.get('/students/:student_id', async (req, res) => {
    const student = students.get(req.ctx, paramOf(req, 'student_id'));
    await shown(req, student);
    res.page('students/show', {
      title: student.full_name,
      student,
      staff: isStaff(req.ctx.actor),
      writable: req.ctx.actor.role === 'admin',
      born: student.date_of_birth === null ? null : longDay(student.date_of_birth),
      ...(await studentRecord(services, req.ctx, student)),
    });
  });

  router.get('/students/:student_id/edit', admin, async (req, res) => {
    const student = students.get(req.ctx, paramOf(req, 'student_id'));
    await shown(req, student);
    res.page('students/edit', editPage(req.ctx, student, editForm(fieldsFor(req.ctx), student)));
  });

  router.post('/students/:student_id', admin, async (req, res) => {
    const student_id = paramOf(req, 'student_id');
    const body = req.body as Fields;
    const typed = readForm(body, SHAPE);
    await submit(res, {
      save: () => students.change(req.ctx, student_id, versionOf(body), withCodes(req.ctx, typed)),
      saved: (student) => {
        const changed = student.version !== versionOf(body);
        res.flash('success', changed ? 'Saved.' : 'Nothing had changed, so nothing was saved.');
        res.redirect(303, `/students/${student_id}`);
      },
      again: async (problem) => {
        const stored = students.get(req.ctx, student_id);
        await shown(req, stored);
        const form = editAgain(fieldsFor(req.ctx), stored, { body, typed, problem });
        res.page('students/edit', editPage(req.ctx, stored, form));
      },
    });
  });

  async function deletePage(ctx: Context, student_id: string, problem: Problem = noProblem) {
    const student = students.get(ctx, student_id);
    const along = await takenAlong(services, ctx, student_id);
    return { title: `Remove ${student.full_name}`, student, along, ...problem };
  }

  router.get('/students/:student_id/delete', admin, async (req, res) => {
    res.page('students/delete', await deletePage(req.ctx, paramOf(req, 'student_id')));
  });

  router.post('/students/:student_id/delete', admin, async (req, res) => {
    const student = students.get(req.ctx, paramOf(req, 'student_id'));
    const body = req.body as Fields;
    await submit(res, {
      save: async () => {
        demandTyped(body, student.student_code);
        await students.remove(req.ctx, student.student_id, versionOf(body));
      },
      saved: () => {
        res.flash('success', `${student.full_name} (${student.student_code}) is removed.`);
        res.redirect(303, '/students');
      },
      again: async (problem) => res.page('students/delete', await deletePage(req.ctx, student.student_id, problem)),
    });
  });

  return router;
}
