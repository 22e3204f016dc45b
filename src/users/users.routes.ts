// The pages of logins, for admins: list, add, record, change, remove.
import { Router } from 'express';
import type { Context, Role } from '../platform/actor.ts';
import { Invalid, NotFound, Stale } from '../platform/errors.ts';
import { demandTyped, editAgain, editForm, noProblem, readForm, submit, versionOf } from '../platform/http/forms.ts';
import type { EditForm, FormField, FormShape, Problem, Typed } from '../platform/http/forms.ts';
import { listLinks, readList } from '../platform/http/list-page.ts';
import { pick } from '../platform/http/picker.ts';
import { allow } from '../platform/http/policy.ts';
import { paramOf, textsOf, withoutBlank } from '../platform/http/texts.ts';
import type { Fields } from '../platform/http/texts.ts';
import { isId } from '../platform/ids.ts';
import type { Services } from '../services.ts';
import type { Student } from '../students/student.ts';
import { ROLES } from './user.ts';
import type { User } from './user.ts';

const ASKED = ['q', 'role', 'active', 'sort', 'order', 'page', 'page_size'] as const;
const STARTS = ['role', 'student_id', 'full_name'] as const;
const SHAPE: FormShape = { switches: ['active', 'must_change_password'], verbatim: ['password'] };
/** So many students are offered when what was typed fits several. */
const CHOICES = 8;
/** So many of the latest sign-ins stand on the page of a login. */
const SIGN_INS = 10;

const ROLE_NAMES: Record<Role, string> = { admin: 'Administrator', faculty: 'Faculty', student: 'Student' };
const roles = ROLES.map((value) => ({ value, label: ROLE_NAMES[value] }));

const COLUMNS = [
  ['username', 'User name'],
  ['full_name', 'Name'],
  ['role', 'Role'],
  ['email', 'E-mail'],
  ['active', 'Sign-in'],
] as const;

export function userRoutes(services: Services): Router {
  const router = Router();
  const { courses, students, users } = services;
  const admin = allow('admin');

  /** Undefined when it has been removed. */
  function findStudent(ctx: Context, student_id: string | null): Student | undefined {
    if (student_id === null || !isId(student_id)) return undefined;
    try {
      return students.get(ctx, student_id);
    } catch (error) {
      if (error instanceof NotFound) return undefined;
      throw error;
    }
  }

  /** What people read instead of an id: the code. Anything that is no id stays as typed. */
  const codeOf = (ctx: Context, value: unknown): string => {
    const text = typeof value === 'string' ? value : '';
    return isId(text) ? (findStudent(ctx, text)?.student_code ?? '') : text;
  };

  /** The student whose code, or so much of whose name, was typed. Throws Invalid when that is nobody or several. */
  function studentFor(ctx: Context, text: string): string {
    if (text === '' || isId(text)) return text;
    const search = (q: string) => students.list(ctx, { q: q.slice(0, 200), page_size: 500 }).items;
    const { found, choices } = pick(text, search, (code) => students.byCode(ctx, code));
    if (found) return found.student_id;
    const fitting = choices.slice(0, CHOICES).map((one) => `${one.student_code} ${one.full_name}`);
    const more = choices.length > CHOICES ? ' and more' : '';
    const message =
      fitting.length === 0
        ? 'No student has this code or name. Look it up in the list of students.'
        : `Several students fit: ${fitting.join(', ')}${more}. Type the code of one.`;
    throw new Invalid([{ field: 'student_id', message }]);
  }

  /** The form as the service takes it: only a login of role student has a student, an empty password is none. */
  function toFields(ctx: Context, typed: Typed): Typed {
    const fields = withoutBlank(typed, 'password');
    const { role, student_id } = typed;
    if (role !== undefined && role !== 'student') return { ...fields, student_id: '' };
    return typeof student_id === 'string' ? { ...fields, student_id: studentFor(ctx, student_id) } : fields;
  }

  /** Forms show codes; a password never comes back. */
  const shownValues = (ctx: Context, values: Typed): Typed => ({
    ...values,
    student_id: codeOf(ctx, values['student_id']),
    password: '',
  });

  function listPage(ctx: Context, asked: Partial<Record<(typeof ASKED)[number], string>>) {
    const { found, errors } = readList((page) =>
      users.list(ctx, page === undefined ? asked : { ...asked, page: String(page) }),
    );
    const links = listLinks('/users', asked, 'username');
    return {
      title: 'Users',
      found,
      errors,
      asked,
      filtered: Boolean(asked.q || asked.role || asked.active),
      columns: COLUMNS.map(links.column),
      toPage: links.toPage,
      roles,
      role_names: ROLE_NAMES,
    };
  }

  const newPage = (ctx: Context, values: Typed, problem: Problem = noProblem) => ({
    title: 'New user',
    values: { active: true, must_change_password: true, ...shownValues(ctx, values) },
    errors: problem.errors,
    roles,
  });

  const editPage = (ctx: Context, user: User, form: EditForm) => ({
    title: `Change ${user.username}`,
    user,
    // Not spread: `version` of a page is the app's.
    form,
    values: shownValues(ctx, form.values),
    errors: form.errors,
    own: user.user_id === ctx.actor.user_id,
    roles,
  });

  /** What is compared after a lost race; the linked student by code. */
  const fields: FormField[] = [
    { name: 'username', label: 'User name' },
    { name: 'full_name', label: 'Full name' },
    { name: 'role', label: 'Role', show: (role) => ROLE_NAMES[role as Role] },
    { name: 'student_id', label: 'Student' },
    { name: 'email', label: 'E-mail' },
    { name: 'active', label: 'May sign in', show: (yes) => (yes === true ? 'Yes' : 'No') },
    { name: 'must_change_password', label: 'Must change the password', show: (yes) => (yes === true ? 'Yes' : 'No') },
  ];

  const withCode = (ctx: Context, user: User) => ({ ...user, student_id: codeOf(ctx, user.student_id) });

  router.get('/users', admin, (req, res) => {
    const page = listPage(req.ctx, textsOf(req.query, ASKED));
    res.status(Object.keys(page.errors).length > 0 ? 422 : 200).page('users/list', page);
  });

  router.get('/users/new', admin, (req, res) => {
    res.page('users/new', newPage(req.ctx, textsOf(req.query, STARTS)));
  });

  router.post('/users', admin, async (req, res) => {
    const typed = readForm(req.body as Fields, SHAPE);
    await submit(res, {
      save: () => users.add(req.ctx, toFields(req.ctx, typed)),
      saved: (user) => {
        res.flash('success', `The login ${user.username} of ${user.full_name} is added.`);
        res.redirect(303, `/users/${user.user_id}`);
      },
      again: (problem) => res.page('users/new', newPage(req.ctx, typed, problem)),
    });
  });

  router.get('/users/:user_id', admin, async (req, res) => {
    const user = users.get(req.ctx, paramOf(req, 'user_id'));
    res.page('users/show', {
      title: user.full_name,
      user,
      role_name: ROLE_NAMES[user.role],
      student: findStudent(req.ctx, user.student_id) ?? null,
      taught: user.role === 'student' ? [] : courses.list(req.ctx, { faculty_id: user.user_id, page_size: 500 }).items,
      own: user.user_id === req.ctx.actor.user_id,
      sign_ins: await services.signIns.ofUser(user.user_id, SIGN_INS),
    });
  });

  router.post('/users/:user_id/sign-out', admin, async (req, res) => {
    const { user_id, full_name } = users.get(req.ctx, paramOf(req, 'user_id'));
    await users.endSessions(req.ctx, user_id);
    const own = user_id === req.ctx.actor.user_id;
    if (!own) res.flash('success', `${full_name} is signed out everywhere.`);
    res.redirect(303, own ? '/login' : `/users/${user_id}`);
  });

  router.get('/users/:user_id/edit', admin, (req, res) => {
    const user = users.get(req.ctx, paramOf(req, 'user_id'));
    res.page('users/edit', editPage(req.ctx, user, editForm(fields, withCode(req.ctx, user))));
  });

  router.post('/users/:user_id', admin, async (req, res) => {
    const user_id = paramOf(req, 'user_id');
    const body = req.body as Fields;
    const typed = readForm(body, SHAPE);
    await submit(res, {
      save: () => {
        // Gone, or changed meanwhile, comes before what is wrong with the fields.
        const stored = users.get(req.ctx, user_id);
        if (stored.version !== versionOf(body)) throw new Stale(stored);
        return users.change(req.ctx, user_id, versionOf(body), toFields(req.ctx, typed));
      },
      saved: (user) => {
        const changed = user.version !== versionOf(body);
        res.flash('success', changed ? 'Saved.' : 'Nothing had changed, so nothing was saved.');
        res.redirect(303, `/users/${user_id}`);
      },
      again: (problem) => {
        const stored = users.get(req.ctx, user_id);
        const mine = {
          ...typed,
          ...('student_id' in typed ? { student_id: codeOf(req.ctx, typed['student_id']) } : {}),
        };
        const form = editAgain(fields, withCode(req.ctx, stored), { body, typed: mine, problem });
        res.page('users/edit', editPage(req.ctx, stored, form));
      },
    });
  });

  const deletePage = (ctx: Context, user_id: string, problem: Problem = noProblem) => {
    const user = users.get(ctx, user_id);
    return { title: `Remove ${user.username}`, user, own: user_id === ctx.actor.user_id, ...problem };
  };

  router.get('/users/:user_id/delete', admin, (req, res) => {
    res.page('users/delete', deletePage(req.ctx, paramOf(req, 'user_id')));
  });

  router.post('/users/:user_id/delete', admin, async (req, res) => {
    const user = users.get(req.ctx, paramOf(req, 'user_id'));
    const body = req.body as Fields;
    await submit(res, {
      save: async () => {
        demandTyped(body, user.username);
        await users.remove(req.ctx, user.user_id, versionOf(body));
      },
      saved: () => {
        res.flash('success', `The login ${user.username} is removed.`);
        res.redirect(303, '/users');
      },
      again: (problem) => res.page('users/delete', deletePage(req.ctx, user.user_id, problem)),
    });
  });

  return router;
}
