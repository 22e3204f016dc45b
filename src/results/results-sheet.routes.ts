// The result sheet of a course's exam: shown, and saved row by row as it was typed.
import { Router } from 'express';
import type { Request } from 'express';
import type { Context } from '../platform/actor.ts';
import { Invalid, Stale } from '../platform/errors.ts';
import type { FieldError } from '../platform/errors.ts';
import { allow } from '../platform/http/policy.ts';
import { faultsByRow, isChanged, noFaults, readRows, savedText, showRows } from '../platform/http/sheet-form.ts';
import type { Faults, TypedRow } from '../platform/http/sheet-form.ts';
import { fieldOf, paramOf, textOf, typedNumber } from '../platform/http/texts.ts';
import type { Fields } from '../platform/http/texts.ts';
import { isOwnCourse } from '../courses/course.ts';
import type { Services } from '../services.ts';
import { examHistoryPath, examName, examPostingPath, examSheetPath, examTypeName } from './exam.ts';
import { EXAM_TYPES } from './result.ts';
import type { ResultRow, ResultSheet } from './result.ts';

const FIELDS = ['marks', 'remarks'] as const;
type Field = (typeof FIELDS)[number];
type Typed = TypedRow<Field>;

interface ExamAddress {
  course_id: string;
  exam_type: string;
  number: string;
}

/** The whole form: its rows, and the maximum that holds for all of them. */
interface TypedSheet {
  rows: Typed[];
  max_marks: string | undefined;
  /** The maximum the form was rendered with. */
  was_max_marks: string | undefined;
  /** Why posted results change; the form always carries the field. */
  reason: string;
}

const addressOf = (req: Request): ExamAddress => ({
  course_id: paramOf(req, 'course_id'),
  exam_type: paramOf(req, 'exam_type'),
  number: textOf(req.query, 'number') || '1',
});

const textsOf = (row: ResultRow): Record<Field, string> => ({
  marks: row.marks === null ? '' : String(row.marks),
  remarks: row.remarks ?? '',
});

const readSheet = (body: Fields): TypedSheet => ({
  rows: readRows(body, FIELDS),
  max_marks: fieldOf(body, 'max_marks'),
  was_max_marks: fieldOf(body, 'was_max_marks'),
  reason: textOf(body, 'reason'),
});

const maxChanged = ({ max_marks, was_max_marks }: TypedSheet): boolean =>
  max_marks !== undefined && was_max_marks !== undefined && max_marks !== was_max_marks;

/** A new maximum is meant for the whole exam, so every row that has marks goes along. */
const rowsToSend = (typed: TypedSheet): Typed[] =>
  typed.rows.filter((row) => isChanged(row) || (maxChanged(typed) && row.typed.marks !== ''));

/** Rows that are new to the form carry no version that a changed maximum could have moved, so what they were typed out of goes along. */
const maximaOf = ({ max_marks, was_max_marks }: TypedSheet, sent: readonly Typed[]) => ({
  ...(max_marks === undefined ? {} : { max_marks: typedNumber(max_marks) }),
  ...(was_max_marks === undefined || sent.length === 0 ? {} : { seen_max_marks: typedNumber(was_max_marks) }),
});

/** Emptied marks remove the result with its remark. */
const entryOf = ({ student_id, typed, changed, version }: Typed) => ({
  student_id,
  marks: typedNumber(typed.marks),
  ...(typed.marks !== '' && changed.includes('remarks') ? { remarks: typed.remarks } : {}),
  version,
});

export function resultSheetRoutes(services: Services): Router {
  const router = Router();
  const { results, courses } = services;

  const sheetOf = (ctx: Context, at: ExamAddress) => results.sheet(ctx, at.course_id, at.exam_type, at.number);

  function sheetPage(ctx: Context, sheet: ResultSheet, typed?: TypedSheet, faults: Faults = noFaults()) {
    const course = courses.get(ctx, sheet.course_id);
    const rows = showRows(FIELDS, sheet.entries, textsOf, typed?.rows, faults);
    const shown = new Set(rows.map(({ row }) => row.student_id));
    const percentages = sheet.entries.flatMap((row) => row.percentage ?? []);
    const stored_max = String(sheet.max_marks);
    const exam = examName(sheet.exam_type, sheet.number);
    return {
      title: `${exam} ${course.course_code}`,
      exam,
      course,
      sheet,
      rows,
      writable: courses.mayMark(ctx, course),
      keep: isOwnCourse(ctx.actor, course),
      may_post: results.mayPost(ctx, course),
      reason: typed?.reason ?? '',
      post_action: examPostingPath(sheet.course_id, sheet.exam_type, sheet.number),
      history: examHistoryPath(sheet.course_id, sheet.exam_type, sheet.number),
      max_marks: {
        stored: stored_max,
        shown: typed && maxChanged(typed) ? typed.max_marks : stored_max,
        conflict: typed !== undefined && maxMoved(typed, sheet),
      },
      counts: {
        entered: rows.filter((row) => row.shown.marks !== '').length,
        stored: sheet.entries.filter((row) => row.result_id !== null).length,
        none: rows.filter((row) => row.shown.marks === '').length,
        average:
          percentages.length === 0
            ? null
            : (percentages.reduce((sum, n) => sum + n, 0) / percentages.length).toFixed(1),
      },
      exam_types: EXAM_TYPES.map((value) => ({ value, label: examTypeName(value) })),
      exams: results.examsOfCourse(ctx, sheet.course_id).map((line) => ({
        ...line,
        label: examName(line.exam_type, line.number),
        href: examSheetPath(line.course_id, line.exam_type, line.number),
        here: line.exam_type === sheet.exam_type && line.number === sheet.number,
      })),
      action: examSheetPath(sheet.course_id, sheet.exam_type, sheet.number),
      errors: faults.rest,
      faulty: rows.filter((row) => Object.keys(row.errors).length > 0).length,
      conflicts: rows.filter((row) => row.conflict).length,
      gone: typed?.rows.filter((row) => isChanged(row) && !shown.has(row.student_id)).length ?? 0,
      stale: false,
    };
  }

  router.get('/courses/:course_id/results/:exam_type', allow('admin', 'faculty'), async (req, res) => {
    res.page('results/sheet', sheetPage(req.ctx, await sheetOf(req.ctx, addressOf(req))));
  });

  router.post('/courses/:course_id/results/:exam_type', allow('admin', 'faculty'), async (req, res) => {
    const at = addressOf(req);
    const typed = readSheet(req.body as Fields);
    const sent = rowsToSend(typed);
    try {
      const before = await sheetOf(req.ctx, at);
      // Whoever may not write here is told so by the service, whatever was typed.
      if (courses.mayMark(req.ctx, courses.get(req.ctx, at.course_id))) refuseLostRemarks(sent);
      const saved = await results.saveSheet(req.ctx, at.course_id, at.exam_type, at.number, {
        ...maximaOf(typed, sent),
        reason: typed.reason,
        entries: sent.map(entryOf),
      });
      const unkept = sent.length === 0 && maxChanged(typed);
      if (unkept) res.flash('warning', 'The maximum is kept with the first marks: enter some, then save.');
      else res.flash('success', savedText(saved));
      res.redirect(303, examSheetPath(before.course_id, before.exam_type, before.number));
    } catch (error) {
      if (!(error instanceof Invalid) && !(error instanceof Stale)) throw error;
      const faults = error instanceof Invalid ? faultsByRow(error.errors, sent) : noFaults();
      const page = sheetPage(req.ctx, await sheetOf(req.ctx, at), typed, faults);
      res.status(error.status).page('results/sheet', { ...page, stale: error instanceof Stale });
    }
  });

  router.post('/courses/:course_id/results/:exam_type/posted', allow('admin', 'faculty'), async (req, res) => {
    const { course_id, exam_type, number } = addressOf(req);
    const asked = textOf(req.body as Fields, 'posted');
    // A form that says neither is refused, not taken for a withdrawal.
    const posted = asked === 'true' || (asked === 'false' ? false : asked);
    const now = await results.post(req.ctx, course_id, exam_type, number, { posted });
    const said = now.posted
      ? 'The results are posted: from now on every change needs a reason.'
      : 'The posting is withdrawn.';
    res.flash('success', said);
    res.redirect(303, examSheetPath(now.course_id, now.exam_type, now.number));
  });

  return router;
}

/** Somebody gave the exam another maximum since the form was rendered. */
const maxMoved = ({ max_marks, was_max_marks }: TypedSheet, sheet: ResultSheet): boolean =>
  was_max_marks !== undefined &&
  Number(was_max_marks) !== sheet.max_marks &&
  max_marks !== undefined &&
  typedNumber(max_marks) !== sheet.max_marks;

/** A remark without marks would vanish silently: there is no result that could carry it. */
function refuseLostRemarks(sent: readonly Typed[]): void {
  const errors = sent.flatMap(({ typed, changed }, n): FieldError[] =>
    changed.includes('remarks') && typed.remarks !== '' && typed.marks === ''
      ? [{ field: `entries[${String(n)}].marks`, message: 'Enter marks to keep the remark.' }]
      : [],
  );
  if (errors.length > 0) throw new Invalid(errors);
}
