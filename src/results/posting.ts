// How do the results of an exam become official? Posting is a change of their sheet: from it on the writer demands a
// reason for whatever else changes there.
import { z } from 'zod';
import type { PostingEvent } from '../events.ts';
import type { Context } from '../platform/actor.ts';
import { timestamp } from '../platform/clock.ts';
import type { Clock } from '../platform/clock.ts';
import type { Commit } from '../platform/dynamo/commit.ts';
import type { Trail } from '../platform/dynamo/trail.ts';
import { Forbidden } from '../platform/errors.ts';
import { demandRole } from '../platform/policy.ts';
import { parse } from '../platform/schema.ts';
import type { Course } from '../courses/course.ts';
import type { Rosters } from '../courses/rosters.ts';
import type { CourseAccess } from '../sheets/access.ts';
import type { RowCache } from '../sheets/row-cache.ts';
import { sheetId } from '../sheets/sheet.ts';
import type { Sheet } from '../sheets/sheet.ts';
import type { Sheets } from '../sheets/sheets.ts';
import type { SheetWriter } from '../sheets/writer.ts';
import { demandExamType, examKey } from './exam-address.ts';
import type { Posting, ResultSheetKey } from './result.ts';
import { examName, resultKind, resultRef } from './results.repository.ts';

/** How the results of an exam stand, without the rows. */
export interface ExamPosting extends ResultSheetKey, Posting {
  version: number;
  /** How many results there are. */
  count: number;
}

export interface PostingNeeds {
  clock: Clock;
  commit: Commit;
  trail: Trail;
  writer: SheetWriter;
  sheets: Sheets;
  cache: RowCache;
  rosters: Rosters;
  access: CourseAccess;
}

export const postingInput = z.strictObject({
  posted: z.boolean({ error: () => 'Posted is true or false.' }),
});

export const postingOf = ({ posted }: Sheet): Posting => ({
  posted: posted !== null,
  posted_at: posted?.at ?? null,
  posted_by: posted?.by ?? null,
});

/** Admins, and who teaches the course; where nobody is named, an admin has to. */
export const mayPost = ({ actor }: Context, course: Course): boolean =>
  actor.role === 'admin' || (actor.role === 'faculty' && course.faculty_id === actor.user_id);

export function createPosting(needs: PostingNeeds) {
  const { clock, commit, trail, writer, sheets, cache, rosters, access } = needs;

  const view = (key: ResultSheetKey, sheet: Sheet): ExamPosting => ({
    ...key,
    version: sheet.version,
    ...postingOf(sheet),
    count: resultKind.size(sheet.counts),
  });

  async function write(ctx: Context, course: Course, key: ResultSheetKey, sheet: Sheet, posted: boolean) {
    const at = timestamp(clock);
    const version = sheet.version + 1;
    const moved: Sheet = { ...sheet, version, posted: posted ? { at, by: ctx.actor.user_id } : null };
    const result = view(key, moved);
    const { course_id, course_code } = course;
    const event: PostingEvent = {
      name: posted ? 'results_posted' : 'results_withdrawn',
      summary: `Results of the ${examName(key)} of ${course_code} were ${posted ? 'posted' : 'withdrawn from posting'}.`,
      ...key,
      course_code,
      sheet_version: version,
      count: result.count,
    };
    const entry = trail.entry({
      chain: `sheet#${sheetId(sheet)}`,
      version,
      previous: sheet.head,
      at,
      actor: ctx.actor,
      event,
      entity: 'course',
      entity_id: course_id,
      rows: [],
    });
    const next: Sheet = { ...moved, head: entry.head };
    return await commit({
      ctx,
      entry,
      result,
      writes: [
        // An empty sheet has no item yet that would be gone with its course.
        ...(sheet.version === 0 ? [rosters.check(course_id)] : []),
        sheets.write(sheet, next),
      ],
      applied: () => {
        sheets.replace(next);
        cache.apply(next, []);
      },
    });
  }

  return {
    /** Staff only. Throws NotFound for an exam type that is none, Invalid for a wrong number. */
    read: (ctx: Context, course_id: string, exam_type: string, number: string | number): ExamPosting => {
      demandRole(ctx, 'admin', 'faculty');
      access.courseOf(course_id);
      const key = examKey(course_id, exam_type, number);
      return view(key, sheets.get(resultRef(key)));
    },

    /** Posts or withdraws; what is so already stays as it is. */
    post: async (
      ctx: Context,
      course_id: string,
      exam_type: string,
      number: string | number,
      input: unknown,
    ): Promise<ExamPosting> => {
      demandRole(ctx, 'admin', 'faculty');
      const course = access.courseOf(course_id);
      demandExamType(exam_type);
      if (!mayPost(ctx, course))
        throw new Forbidden(`Only who teaches ${course.course_code} can post its results. Ask them, or the office.`);
      const key = examKey(course_id, exam_type, number);
      const { posted } = parse(postingInput, input);
      return await writer.alone(resultRef(key), async (sheet) => {
        if (posted !== (sheet.posted !== null)) {
          return await write(ctx, access.courseOf(course_id), key, sheet, posted);
        }
        return await commit({ ctx, writes: [], result: view(key, sheet) });
      });
    },
  };
}
