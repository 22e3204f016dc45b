// The pages that tell what happened to a record.
import { Router } from 'express';
import type { RequestHandler } from 'express';
import { allow } from '../platform/http/policy.ts';
import { paramOf, textsOf } from '../platform/http/texts.ts';
import { examHistoryPath, examSheetPath } from '../results/exam.ts';
import type { Services } from '../services.ts';
import { HISTORY_OF } from './history.service.ts';
import type { History, HistoryOf } from './history.service.ts';

const LISTS: Record<HistoryOf, string> = {
  students: 'Students',
  courses: 'Courses',
  users: 'Users',
  attendance: 'Attendance',
  results: 'Results',
};

export function historyRoutes({ history, access, courses }: Pick<Services, 'history' | 'access' | 'courses'>): Router {
  const router = Router();

  const show =
    (what: HistoryOf, roster: boolean): RequestHandler =>
    async (req, res) => {
      const id = paramOf(req, 'id');
      const asked = textsOf(req.query, ['before']);
      const found: History = roster
        ? await history.ofRoster(req.ctx, id, asked)
        : await history.of(req.ctx, what, id, asked);
      if (what === 'students') await access.opened(req.ctx, id);
      const record = `/${what}/${id}`;
      const here = roster ? `${record}/roster/history` : `${record}/history`;
      res.page('trail/history', {
        title: `History of ${found.name}`,
        heading: roster ? 'Who joined and left' : 'History',
        name: found.name,
        record,
        crumbs: [{ href: `/${what}`, label: LISTS[what] }, { href: record, label: found.name }, { label: 'History' }],
        // A course has two chains: of itself, and of who takes it.
        other:
          what !== 'courses'
            ? null
            : roster
              ? { href: `${record}/history`, label: 'Changes of the course' }
              : { href: `${record}/roster/history`, label: 'Who joined and left' },
        lines: found.lines,
        older: found.next === null ? null : `${here}?before=${found.next}`,
        newest: asked.before === undefined ? null : here,
      });
    };

  for (const what of HISTORY_OF) {
    const may = what === 'users' ? allow('admin') : allow('admin', 'faculty');
    router.get(`/${what}/:id/history`, may, show(what, false));
  }
  router.get('/courses/:id/results/:exam_type/history', allow('admin', 'faculty'), async (req, res) => {
    const [id, exam_type] = [paramOf(req, 'id'), paramOf(req, 'exam_type')];
    const { number = '1', ...asked } = textsOf(req.query, ['number', 'before']);
    const { course_code } = courses.get(req.ctx, id);
    const found = await history.ofExam(req.ctx, id, exam_type, number, asked);
    const record = examSheetPath(id, exam_type, Number(number));
    const here = examHistoryPath(id, exam_type, Number(number));
    res.page('trail/history', {
      title: `History of ${found.name}`,
      heading: 'History',
      name: found.name,
      record,
      crumbs: [
        { href: '/courses', label: 'Courses' },
        { href: `/courses/${id}`, label: course_code },
        { href: record, label: found.name },
        { label: 'History' },
      ],
      other: null,
      lines: found.lines,
      older: found.next === null ? null : `${here}${here.includes('?') ? '&' : '?'}before=${found.next}`,
      newest: asked.before === undefined ? null : here,
    });
  });
  router.get('/courses/:id/roster/history', allow('admin', 'faculty'), show('courses', true));
  return router;
}
