// Which results are there? The list with its filters, and the way from there to an exam's sheet.
import { Router } from 'express';
import { isStaff } from '../platform/actor.ts';
import type { Context } from '../platform/actor.ts';
import { Invalid } from '../platform/errors.ts';
import { compareTexts } from '../platform/fold.ts';
import { formErrors } from '../platform/http/forms.ts';
import { everyItem, pick } from '../platform/http/picker.ts';
import { allow } from '../platform/http/policy.ts';
import { textsOf } from '../platform/http/texts.ts';
import { isId } from '../platform/ids.ts';
import type { CursorPage } from '../platform/page.ts';
import { chooseCourse } from '../courses/course-choice.ts';
import type { CourseChoice } from '../courses/course-choice.ts';
import type { Services } from '../services.ts';
import type { Student } from '../students/student.ts';
import { examName, examSheetPath, examTypeName } from './exam.ts';
import { EXAM_TYPES } from './result.ts';
import type { Result } from './result.ts';

const FILTERS = ['student_id', 'course_id', 'exam_type'] as const;
const ASKED = [...FILTERS, 'student', 'cursor'] as const;
type Asked = Partial<Record<(typeof ASKED)[number], string>>;
type Filters = Partial<Record<(typeof FILTERS)[number], string>>;
/** What was typed to open an exam, and why it could not be opened. */
type Opening = { course?: CourseChoice; exam_type?: string; number?: string; error?: string };

/** Rows on one page of the list. */
const LIMIT = 50;
/** So many students are offered when a typed name fits several. */
const CHOICES = 12;

/** The index knows courses and exam types only; within an exam people look for the student. */
const inReadingOrder = (a: Result, b: Result): number =>
  compareTexts(a.course_code, b.course_code) ||
  compareTexts(a.exam_type, b.exam_type) ||
  a.number - b.number ||
  compareTexts(a.student_code, b.student_code);

export function resultListRoutes(services: Services): Router {
  const router = Router();
  const { results, courses, students } = services;

  const href = (filters: Filters, cursor?: string): string => {
    const query = new URLSearchParams(cursor === undefined ? filters : { ...filters, cursor }).toString();
    return query === '' ? '/results' : `/results?${query}`;
  };

  /** Own courses with their exams, so that entering marks is one tap away. */
  function ownExams(ctx: Context) {
    if (ctx.actor.role !== 'faculty') return [];
    const own = everyItem((page) => courses.list(ctx, { faculty_id: ctx.actor.user_id, page, page_size: 500 }));
    return own.map((course) => ({
      course,
      exams: results.examsOfCourse(ctx, course.course_id).map((line) => ({
        label: examName(line.exam_type, line.number),
        count: line.count,
        href: examSheetPath(course.course_id, line.exam_type, line.number),
      })),
    }));
  }

  async function listPage(ctx: Context, query: Asked, open: Opening = {}) {
    const staff = isStaff(ctx.actor);
    const filters: Filters = {};
    for (const name of FILTERS) if (query[name]) filters[name] = query[name];
    const choice = chooseCourse(courses, ctx, query.course_id);
    if (choice.course_id !== '') filters.course_id = choice.course_id;
    const errors: Record<string, string> = { ...formErrors(choice.fault) };
    let choices: Student[] = [];
    let student: Student | undefined;

    const typed = staff ? (query.student ?? '') : '';
    if (typed !== '') {
      const picked = pick(
        typed,
        (q) => students.list(ctx, { q, page_size: 100 }).items,
        (code) => students.byCode(ctx, code),
      );
      ({ found: student, choices } = picked);
      if (student) filters.student_id = student.student_id;
      if (picked.message !== undefined) errors['student'] = picked.message;
    } else if (!staff) {
      if (ctx.actor.student_id) filters.student_id = ctx.actor.student_id;
    } else if (filters.student_id !== undefined && isId(filters.student_id)) {
      student = students.get(ctx, filters.student_id);
    }

    let page: CursorPage<Result> = { items: [], next_cursor: null };
    if (Object.keys(errors).length === 0) {
      try {
        page = await results.list(ctx, {
          ...filters,
          limit: LIMIT,
          ...(query.cursor ? { cursor: query.cursor } : {}),
        });
      } catch (error) {
        if (!(error instanceof Invalid)) throw error;
        for (const fault of error.errors) errors[fault.field] ??= fault.message;
      }
    }
    return {
      title: 'Results',
      staff,
      values: { ...query, student: typed !== '' ? typed : (student?.student_code ?? '') },
      errors,
      results: page.items.toSorted(inReadingOrder),
      choices: choices.slice(0, CHOICES).map((one) => ({
        label: `${one.full_name} (${one.student_code})`,
        href: href({ ...filters, student_id: one.student_id }),
      })),
      more_choices: Math.max(0, choices.length - CHOICES),
      filtered: FILTERS.some((name) => filters[name] !== undefined && (staff || name !== 'student_id')) || typed !== '',
      course: choice,
      // What the way to an exam shows: what was typed there, else what the list is of.
      open: {
        course: open.course ?? choice,
        exam_type: open.exam_type || query.exam_type || 'midterm',
        number: open.number || '1',
        error: open.error,
      },
      exam_types: EXAM_TYPES.map((value) => ({ value, label: examTypeName(value) })),
      own: ownExams(ctx),
      examName,
      sheetPath: examSheetPath,
      older: page.next_cursor === null ? null : href(filters, page.next_cursor),
      newest: query.cursor ? href(filters) : null,
    };
  }

  router.get('/results', async (req, res) => {
    const page = await listPage(req.ctx, textsOf(req.query, ASKED));
    res.status(Object.keys(page.errors).length > 0 ? 422 : 200).page('results/list', page);
  });

  // A form can't put its values into a path: it comes here and is sent on to the sheet.
  router.get('/results/exam', allow('admin', 'faculty'), async (req, res) => {
    const {
      course_id: asked = '',
      exam_type = '',
      number = '',
    } = textsOf(req.query, ['course_id', 'exam_type', 'number']);
    const course = chooseCourse(courses, req.ctx, asked);
    const error = course.course_id === '' ? 'Choose a course.' : formErrors(course.fault)['course_id'];
    if (error !== undefined) {
      const page = await listPage(req.ctx, {}, { course, exam_type, number, error });
      res.status(422).page('results/list', page);
    } else if (exam_type === '') res.redirect(303, '/results');
    else {
      const path = `/courses/${course.course_id}/results/${encodeURIComponent(exam_type)}`;
      res.redirect(303, number === '' || number === '1' ? path : `${path}?number=${encodeURIComponent(number)}`);
    }
  });

  return router;
}
