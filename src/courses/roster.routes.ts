// Who takes a course: shown, added by search and tick or by pasted codes, removed by tick.
import { Router } from 'express';
import type { Context } from '../platform/actor.ts';
import { Invalid } from '../platform/errors.ts';
import { noProblem, readForm, submit } from '../platform/http/forms.ts';
import type { FormShape, Problem } from '../platform/http/forms.ts';
import { allow } from '../platform/http/policy.ts';
import { paramOf, textOf } from '../platform/http/texts.ts';
import type { Fields } from '../platform/http/texts.ts';
import type { Services } from '../services.ts';
import { isOwnCourse, MAX_ROSTER_CHANGES } from './course.ts';
import type { RosterChanged } from './course.ts';

const SHAPE: FormShape = { lists: ['add', 'remove'] };
/** So many found students are offered to tick. */
const OFFERED = 100;
const SHOWN_CODES = 10;

/** What is typed on the page, besides the ticks. */
interface Typed {
  add: string[];
  remove: string[];
  codes: string;
  q: string;
  program: string;
}

const listOf = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : []);

function readRoster(fields: Fields): Typed {
  const typed = readForm(fields, SHAPE);
  return {
    add: listOf(typed['add']),
    remove: listOf(typed['remove']),
    codes: textOf(fields, 'codes'),
    q: textOf(fields, 'q'),
    program: textOf(fields, 'program'),
  };
}

/** 'Added 3, removed 1, 2 were enrolled already.' */
function changedText({ added, removed, unchanged }: RosterChanged): string {
  const said = [
    ...(added > 0 ? [`added ${added}`] : []),
    ...(removed > 0 ? [`removed ${removed}`] : []),
    ...(unchanged > 0 ? [`${unchanged} stayed as they were`] : []),
  ].join(', ');
  return `${said.charAt(0).toUpperCase()}${said.slice(1)}.`;
}

export function rosterRoutes(services: Services): Router {
  const router = Router();
  const { courses, students } = services;

  /** Active students who fit the search and do not take the course yet. */
  function candidates(ctx: Context, taken: ReadonlySet<string>, { q, program }: Typed) {
    if (q === '' && program === '') return { offered: [], more: 0 };
    const found = students.list(ctx, { q: q.slice(0, 200), program, status: 'active', page_size: 500 });
    const free = found.items.filter((student) => !taken.has(student.student_id));
    const unseen = found.total - found.items.length;
    return { offered: free.slice(0, OFFERED), more: Math.max(0, free.length - OFFERED) + unseen };
  }

  function rosterPage(ctx: Context, course_id: string, typed: Typed, problem: Problem = noProblem) {
    const { course, students: enrolled } = courses.roster(ctx, course_id);
    const taken = new Set(enrolled.map((student) => student.student_id));
    return {
      title: `Roster of ${course.course_code}`,
      course,
      enrolled,
      free: course.capacity === null ? null : Math.max(0, course.capacity - enrolled.length),
      typed,
      searched: typed.q !== '' || typed.program !== '',
      ...candidates(ctx, taken, typed),
      programs: students.programs(ctx),
      errors: problem.errors,
      writable: ctx.actor.role === 'admin',
      keep: typed.q === '' && typed.program === '' && isOwnCourse(ctx.actor, course),
    };
  }

  /** The students whose codes were pasted, one a line; what follows a tab, comma or semicolon is not looked at. */
  function byCodes(ctx: Context, text: string): string[] {
    const lines = text
      .split(/\r?\n/)
      .map((line) => line.trim())
      .filter(Boolean);
    if (lines.length > MAX_ROSTER_CHANGES) {
      const most = String(MAX_ROSTER_CHANGES);
      const message = `These are ${String(lines.length)} lines, and at most ${most} students can be added at once. Paste them in several parts.`;
      throw new Invalid([{ field: 'codes', message }]);
    }
    const unknown: string[] = [];
    const found = lines.flatMap((line) => {
      const [first = ''] = line.split(/[\t,;]/);
      const student_id = (students.byCode(ctx, line) ?? students.byCode(ctx, first))?.student_id;
      if (student_id === undefined) unknown.push(first.trim().slice(0, 40));
      return student_id ?? [];
    });
    if (unknown.length > 0) {
      const named = unknown.slice(0, SHOWN_CODES).join(', ');
      const more = unknown.length > SHOWN_CODES ? ` and ${unknown.length - SHOWN_CODES} more` : '';
      throw new Invalid([
        {
          field: 'codes',
          message: `No student has the code ${named}${more}. Nobody was added: correct the codes, then save again.`,
        },
      ]);
    }
    return found;
  }

  async function save(ctx: Context, course_id: string, typed: Typed): Promise<RosterChanged> {
    const add = [...new Set([...typed.add, ...byCodes(ctx, typed.codes)])];
    const remove = typed.remove;
    if (add.length + remove.length === 0) {
      throw new Invalid([{ field: 'form', message: 'Tick students, or paste their codes, before you save.' }]);
    }
    const both = new Set(remove);
    if (add.some((student_id) => both.has(student_id))) {
      throw new Invalid([{ field: 'codes', message: 'A student is to be added and removed at once. Choose one.' }]);
    }
    return await courses.changeRoster(ctx, course_id, { add, remove });
  }

  router.get('/courses/:course_id/roster', allow('admin', 'faculty'), (req, res) => {
    res.page('courses/roster', rosterPage(req.ctx, paramOf(req, 'course_id'), readRoster(req.query)));
  });

  router.post('/courses/:course_id/roster', allow('admin'), async (req, res) => {
    const { course_id } = courses.get(req.ctx, paramOf(req, 'course_id'));
    const typed = readRoster(req.body as Fields);
    await submit(res, {
      save: () => save(req.ctx, course_id, typed),
      saved: (changed) => {
        res.flash('success', changedText(changed));
        res.redirect(303, `/courses/${course_id}/roster`);
      },
      again: (problem) => res.page('courses/roster', rosterPage(req.ctx, course_id, typed, problem)),
    });
  });

  return router;
}
