// Do the shared parts of pages say what they should, safely and to everybody?
import { readFile, readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import ejs from 'ejs';
import { describe, expect, it } from 'vitest';

const root = resolve('views');

const render = (view: string, it_: Record<string, unknown>): Promise<string> =>
  ejs.renderFile(`${root}/${view}.ejs`, it_, { strict: true, _with: false, localsName: 'it', root, views: [root] });

describe('a field', () => {
  it('ties label, help and fault to its control', async () => {
    const html = await render('partials/field', {
      name: 'email',
      label: 'E-mail',
      value: '<a@b>',
      help: 'At the college.',
      error: 'That is no address.',
      required: true,
    });
    expect(html).toContain('<label class="form-label" for="f-email">');
    expect(html).toContain('aria-describedby="f-email-help f-email-error"');
    expect(html).toContain('aria-invalid="true"');
    expect(html).toContain('value="&lt;a@b&gt;"');
  });

  it('takes nothing from its page that has another type', async () => {
    const html = await render('partials/field', { name: 'q', label: 'Search', rows: [{}], options: {}, error: {} });
    expect(html).toContain('<input type="text"');
    expect(html).not.toContain('aria-invalid');
  });

  it('never sends a password back', async () => {
    const html = await render('partials/field', { name: 'p', label: 'P', type: 'password', value: 'secret' });
    expect(html).not.toContain('secret');
  });

  it('selects the value among the options', async () => {
    const options = [
      { value: '', label: 'Any' },
      { value: 2, label: 'Two' },
    ];
    const html = await render('partials/field', { name: 'n', label: 'N', value: '2', options });
    expect(html).toMatch(/<option value="2" selected>Two/);
  });
});

it('the list of faults links to the fields, and only to fields', async () => {
  const html = await render('partials/error-summary', { errors: { email: 'No address.', form: 'Too late.' } });
  expect(html).toContain('<a href="#f-email">No address.</a>');
  expect(html).toContain('<li>Too late.</li>');
  expect(await render('partials/error-summary', { errors: {} })).not.toContain('alert');
});

it.each([
  [{ page: 1, page_size: 25, total: 0 }, 'None'],
  [{ page: 1, page_size: 25, total: 3 }, '3 in all'],
  [{ page: 2, page_size: 25, total: 60 }, '26–50 of 60'],
])('the pager of %o says %s', async (page, said) => {
  const html = await render('partials/pager', { ...page, href: (n: number) => `?page=${n}` });
  expect(html).toContain(`>${said}<`);
});

describe('one button a page stands out', () => {
  const primaries = (html: string): number => html.split('btn-primary').length - 1;

  it.each(['students', 'courses', 'users'])('also on an empty list of %s', async (kind) => {
    const asked = {
      ...{ actor: { role: 'admin' }, staff: true, asked: {}, errors: {}, filtered: true, found: { items: [] } },
      ...{ programs: [], statuses: [], teachers: [], roles: [], course: { options: [], value: '' } },
    };
    const html = await render(`${kind}/list`, asked);
    expect(html).toContain(`href="/${kind}">Show all ${kind}</a>`);
    expect(primaries(html)).toBe(1);
  });

  it('among many registers to take: that of the first', async () => {
    const line = (code: string) => ({ course_id: code, course_code: code, course_name: code, enrolled: 2, sheet: '/' });
    const lines = [line('A'), line('B'), line('C')];
    const html = await render('dashboard/course-lines', { lines, who: false, first: true });
    expect(primaries(html)).toBe(1);
    expect(html).toMatch(/btn-primary" id="take-A"/);
    expect(primaries(await render('dashboard/course-lines', { lines, who: false, first: false }))).toBe(0);
  });
});

it('the navigation says where I am, also on a class sheet', async () => {
  const nav = (path: string, role: string) =>
    render('partials/nav', { path, staff: role !== 'student', actor: { role } });
  expect(await nav('/students', 'admin')).toMatch(/href="\/students" aria-current="page"/);
  expect(await nav('/students/x/edit', 'admin')).toMatch(/href="\/students" aria-current="true"/);
  expect(await nav('/courses/x/attendance/2026-11-21', 'faculty')).toMatch(/href="\/attendance" aria-current="true"/);
  expect(await nav('/students/x', 'student')).toMatch(/href="\/" aria-current="true"/);
  expect(await nav('/', 'faculty')).not.toContain('href="/users"');
});

it('no view holds code or styles that the content security policy forbids', async () => {
  for (const name of await readdir(root, { recursive: true })) {
    if (!name.endsWith('.ejs')) continue;
    const text = await readFile(join(root, name), 'utf8');
    expect(text, name).not.toMatch(/\sstyle=|<style|\son[a-z]+="|javascript:/);
    for (const [tag] of text.matchAll(/<script[^>]*>/g)) expect(tag, name).toContain('src=');
  }
});
