// The pages of single results: add, look at, change, remove. Mounts the list and the sheet beside them.
import { Router } from 'express';
import { isStaff } from '../platform/actor.ts';
import type { Context } from '../platform/actor.ts';
import { Conflict, Forbidden } from '../platform/errors.ts';
import { editAgain, editForm, formErrors, noProblem, readForm, submit, versionOf } from '../platform/http/forms.ts';
import type { EditForm, FormField, Problem, Typed } from '../platform/http/forms.ts';
import { allow } from '../platform/http/policy.ts';
import { paramOf, textOf, textsOf, withoutBlank } from '../platform/http/texts.ts';
import type { Fields } from '../platform/http/texts.ts';
import { chooseToMark } from '../courses/course-choice.ts';
import type { Services } from '../services.ts';
import { examName, examSheetPath, examTypeName } from './exam.ts';
import { resultListRoutes } from './results-list.routes.ts';
import { resultSheetRoutes } from './results-sheet.routes.ts';
import { gradeWord } from './grading.ts';
import { EXAM_TYPES } from './result.ts';
import type { Result } from './result.ts';

const STARTS = ['student_id', 'course_id', 'exam_type', 'number'] as const;
const NUMBERS = ['number', 'marks', 'max_marks'] as const;

const CHANGEABLE: FormField[] = [
  { name: 'marks', label: 'Marks' },
  { name: 'max_marks', label: 'Maximum marks' },
  { name: 'title', label: 'Title' },
  { name: 'remarks', label: 'Remarks' },
];

const examOf = (result: Result): string => examName(result.exam_type, result.number);

export function resultRoutes(services: Services): Router {
  const router = Router();
  const { results, courses } = services;
  const staff = allow('admin', 'faculty');

  router.use(resultListRoutes(services));
  router.use(resultSheetRoutes(services));

  const mayWrite = (ctx: Context, result: Result): boolean =>
    ctx.actor.role !== 'student' && courses.mayMark(ctx, courses.get(ctx, result.course_id));

  const postingOf = (ctx: Context, { course_id, exam_type, number }: Result) =>
    results.posting(ctx, course_id, exam_type, number);

  async function writable(ctx: Context, id: string): Promise<Result> {
    const result = await results.get(ctx, id);
    if (!mayWrite(ctx, result))
      throw new Forbidden(`Only who teaches ${result.course_code} can change its results. Ask them, or the office.`);
    return result;
  }

  /** First step: which course. Second: who and which exam, among those enrolled. */
  function newPage(ctx: Context, values: Typed, { errors }: Problem = noProblem, existing_id?: unknown) {
    const asked = textOf(values, 'course_id');
    const { choice, course, students } = chooseToMark(courses, ctx, asked, 'enter its results');
    return {
      title: 'New result',
      course: course ?? null,
      choice,
      students,
      exam_types: EXAM_TYPES.map((value) => ({ value, label: examTypeName(value) })),
      values: { number: '1', max_marks: '100', ...values },
      sheet: course ? examSheetPath(course.course_id, 'midterm', 1) : null,
      errors: { ...formErrors(choice.fault), ...errors },
      existing: typeof existing_id === 'string' ? `/results/${existing_id}` : null,
    };
  }

  router.get('/results/new', staff, (req, res) => {
    const page = newPage(req.ctx, textsOf(req.query, STARTS));
    res.status(Object.keys(page.errors).length > 0 ? 422 : 200).page('results/new', page);
  });

  router.post('/results', staff, async (req, res) => {
    const typed = readForm(req.body as Fields, { numbers: NUMBERS });
    let existing_id: unknown;
    await submit(res, {
      save: () =>
        results.add(req.ctx, withoutBlank(typed, 'number', 'max_marks')).catch((error: unknown) => {
          if (error instanceof Conflict) existing_id = error.extra['existing_id'];
          throw error;
        }),
      saved: (result) => {
        res.flash('success', `${result.student_name} has ${String(result.percentage)} %, grade ${result.grade}.`);
        res.redirect(303, `/results/${result.result_id}`);
      },
      again: (problem) => res.page('results/new', newPage(req.ctx, typed, problem, existing_id)),
    });
  });

  router.get('/results/:result_id', async (req, res) => {
    const result = await results.get(req.ctx, paramOf(req, 'result_id'));
    res.page('results/show', {
      title: `${examOf(result)}: ${result.student_name}, ${result.course_code}`,
      result,
      exam: examOf(result),
      word: gradeWord(result.grade),
      writable: mayWrite(req.ctx, result),
      posted_at: isStaff(req.ctx.actor) ? postingOf(req.ctx, result).posted_at : null,
      sheet: isStaff(req.ctx.actor) ? examSheetPath(result.course_id, result.exam_type, result.number) : null,
    });
  });

  const editPage = (ctx: Context, result: Result, form: EditForm) => ({
    title: `Change the result of ${result.student_name}`,
    result,
    exam: examOf(result),
    posted: postingOf(ctx, result).posted,
    // Not spread: `version` of the page is the app's.
    form,
    errors: form.errors,
  });

  router.get('/results/:result_id/edit', staff, async (req, res) => {
    const result = await writable(req.ctx, paramOf(req, 'result_id'));
    res.page('results/edit', editPage(req.ctx, result, editForm(CHANGEABLE, result)));
  });

  router.post('/results/:result_id', staff, async (req, res) => {
    const { result_id } = await writable(req.ctx, paramOf(req, 'result_id'));
    const body = req.body as Fields;
    const typed = readForm(body, { numbers: NUMBERS });
    await submit(res, {
      save: () => results.change(req.ctx, result_id, versionOf(body), typed),
      saved: (result) => {
        res.flash('success', `Saved: ${String(result.percentage)} %, grade ${result.grade}.`);
        res.redirect(303, `/results/${result_id}`);
      },
      again: async (problem) => {
        const stored = await results.get(req.ctx, result_id);
        res.page('results/edit', editPage(req.ctx, stored, editAgain(CHANGEABLE, stored, { body, typed, problem })));
      },
    });
  });

  const deletePage = (ctx: Context, result: Result, { errors, stale }: Problem = noProblem, reason = '') => ({
    title: `Remove the result of ${result.student_name}`,
    result,
    exam: examOf(result),
    posted: postingOf(ctx, result).posted,
    reason,
    errors,
    stale,
  });

  router.get('/results/:result_id/delete', staff, async (req, res) => {
    res.page('results/delete', deletePage(req.ctx, await writable(req.ctx, paramOf(req, 'result_id'))));
  });

  router.post('/results/:result_id/delete', staff, async (req, res) => {
    const result = await writable(req.ctx, paramOf(req, 'result_id'));
    const body = req.body as Fields;
    const reason = textOf(body, 'reason');
    await submit(res, {
      save: () => results.remove(req.ctx, result.result_id, versionOf(body), reason),
      saved: () => {
        res.flash('success', `The result of ${result.student_name} in ${examOf(result)} is removed.`);
        res.redirect(303, `/results?course_id=${result.course_id}&exam_type=${result.exam_type}`);
      },
      again: async (problem) => {
        const stored = await results.get(req.ctx, result.result_id);
        res.page('results/delete', deletePage(req.ctx, stored, problem, reason));
      },
    });
  });

  return router;
}
