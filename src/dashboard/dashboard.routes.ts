// What matters now? The first page after signing in: what is left to do today, numbers and latest events for the staff;
// a student's first page is the own record.
import { Router } from 'express';
import type { Today } from '../platform/clock.ts';
import { longDay, shortDay } from '../platform/http/days.ts';
import { allow } from '../platform/http/policy.ts';
import type { Services } from '../services.ts';
import { fold } from './fold.ts';
import { hideSteps, stepsHidden } from './first-steps.ts';
import { pagesToKeep } from './kept-pages.ts';

/** Lines of the activity list. */
const LATEST = 20;
/** So many changes are looked at for them: many of one sheet are one line. */
const LOOKED_AT = 200;
/** Lines of each list of things to do; the rest is counted. */
const TO_DO = 10;
const FOR_OFFICE = 6;
/** Lines on the page that has all missing registers. */
const MISSING = 500;

export function dashboardRoutes(services: Services, today: Today): Router {
  const router = Router();
  const { activity, due, firstRun, stats } = services;

  router.get('/', async (req, res) => {
    const { ctx } = req;
    const { actor } = ctx;
    if (actor.role === 'student') {
      res.redirect(actor.student_id === null ? '/account' : `/students/${actor.student_id}`);
      return;
    }
    const numbers = stats.stats(ctx);
    const { items } = await activity.list(ctx, { limit: LOOKED_AT, kind: 'changes' });
    const admin = actor.role === 'admin';
    const mine = due.ofTeacher(ctx, TO_DO);
    res.page('dashboard/dashboard', {
      title: 'Dashboard',
      day: longDay(today()),
      shortDay,
      stats: numbers,
      programs: Object.entries(numbers.students.by_program).sort(([a, n], [b, m]) => m - n || a.localeCompare(b)),
      activity: fold(items, LATEST),
      mine,
      keep: true,
      keep_pages: pagesToKeep(mine),
      college_day: admin ? due.ofCollege(ctx, FOR_OFFICE) : null,
      steps: admin && !stepsHidden(req) ? firstRun.steps(ctx) : null,
    });
  });

  router.get('/registers-missing', allow('admin'), (req, res) => {
    res.page('dashboard/registers-missing', {
      title: 'Registers missing today',
      day: longDay(today()),
      college_day: due.ofCollege(req.ctx, MISSING),
    });
  });

  router.post('/first-steps/hide', allow('admin'), (req, res) => {
    hideSteps(req, res);
    res.flash('success', 'The first steps are put away in this browser.');
    res.redirect(303, '/');
  });

  return router;
}
