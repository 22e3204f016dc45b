// The pages about the rights of the people that the records are about: who opened a record, and all of it as a file.
import { Router } from 'express';
import { isStaff } from '../platform/actor.ts';
import { sendDownload } from '../platform/http/download.ts';
import { allow } from '../platform/http/policy.ts';
import { paramOf, textsOf } from '../platform/http/texts.ts';
import type { Services } from '../services.ts';

const LINES = 50;

export function privacyRoutes({
  students,
  access,
  exports,
}: Pick<Services, 'students' | 'access' | 'exports'>): Router {
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

  return router;
}
