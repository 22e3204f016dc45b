// The pages about the rights of the people that the records are about: who opened a record, all of it as a file, erasure.
import { Router } from 'express';
import { isStaff } from '../platform/actor.ts';
import type { Context } from '../platform/actor.ts';
import { sendDownload } from '../platform/http/download.ts';
import { demandTyped, noProblem, submit, versionOf } from '../platform/http/forms.ts';
import type { Problem } from '../platform/http/forms.ts';
import { allow } from '../platform/http/policy.ts';
import { paramOf, textsOf } from '../platform/http/texts.ts';
import type { Fields } from '../platform/http/texts.ts';
import type { Services } from '../services.ts';

const LINES = 50;

export function privacyRoutes({
  students,
  access,
  exports,
  erasure,
}: Pick<Services, 'students' | 'access' | 'exports' | 'erasure'>): Router {
  const router = Router();

  router.get('/students/:student_id/access', allow('admin', 'student'), async (req, res) => {
    const student_id = paramOf(req, 'student_id');
    const { cursor } = textsOf(req.query, ['cursor']);
    const student = students.get(req.ctx, student_id);
    const page = await access.list(req.ctx, student_id, { limit: LINES, ...(cursor === undefined ? {} : { cursor }) });
    const here = `/students/${student_id}/access`;
    res.page('privacy/access', {
      title: `Who opened the record of ${student.full_name}`,
      staff: isStaff(req.ctx.actor),
      student,
      lines: page.items,
      older: page.next_cursor === null ? null : `${here}?cursor=${encodeURIComponent(page.next_cursor)}`,
      newest: cursor === undefined ? null : here,
    });
  });

  router.get('/students/:student_id/export', allow('admin', 'student'), async (req, res) => {
    await sendDownload(res, await exports.all(req.ctx, paramOf(req, 'student_id')));
  });

  function erasurePage(ctx: Context, student_id: string, problem: Problem = noProblem) {
    const student = students.get(ctx, student_id);
    return { title: `Erase ${student.full_name}`, student, ...problem };
  }

  router.get('/students/:student_id/erasure', allow('admin'), (req, res) => {
    res.page('privacy/erasure', erasurePage(req.ctx, paramOf(req, 'student_id')));
  });

  router.post('/students/:student_id/erasure', allow('admin'), async (req, res) => {
    const student = students.get(req.ctx, paramOf(req, 'student_id'));
    const body = req.body as Fields;
    await submit(res, {
      save: async () => {
        demandTyped(body, student.student_code);
        await erasure.erase(req.ctx, student.student_id, versionOf(body));
      },
      saved: () => {
        res.flash('success', 'The personal data are erased.');
        res.redirect(303, `/students/${student.student_id}`);
      },
      again: (problem) => res.page('privacy/erasure', erasurePage(req.ctx, student.student_id, problem)),
    });
  });

  return router;
}
