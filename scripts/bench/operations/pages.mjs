// HTML pages as a browser asks for them: list, student, dashboard.
import { request, textOf } from '../http-client.mjs';
import { reader } from '../world.mjs';

const SIZE = 25;

/** Names with letters that HTML writes otherwise are looked for by the code alone. */
const isPlain = (text) => /^[\p{L}\p{M} .-]+$/u.test(text);

const page = (name, pick, more = {}) => ({
  name,
  next: (world, user) => {
    const { path, holds } = pick(world);
    return {
      text: request('GET', path, { Cookie: reader(world, user).cookie, Accept: 'text/html', ...more }),
      check: (answer) => {
        if (answer.status !== 200) return `status ${String(answer.status)}`;
        const html = textOf(answer);
        if (!html.trimEnd().endsWith('</html>')) return 'the page is cut off';
        const missing = holds().find((text) => !html.includes(text));
        return missing === undefined ? undefined : `${path} does not say ${missing}`;
      },
    };
  },
});

const list = (world) => {
  const pages = Math.ceil(world.byCode.length / SIZE);
  const n = 1 + world.chance.whole(pages);
  const there = world.byCode.slice((n - 1) * SIZE, n * SIZE);
  return { path: `/students?page=${String(n)}`, holds: () => there.map((one) => one.student_code) };
};

const student = (world) => {
  const one = world.chance.pick(world.byCode);
  const holds = [one.student_code, one.email, ...(isPlain(one.full_name) ? [one.full_name] : [])];
  return { path: `/students/${one.student_id}`, holds: () => holds };
};

const grouped = (n) => n.toLocaleString('en-US');

const dashboard = (world) => ({
  path: '/',
  holds: () => [grouped(world.tally.marks), grouped(world.tally.results), grouped(world.byCode.length)],
});

export const pages = [
  page('page-list', list),
  page('page-student', student),
  page('page-dashboard', dashboard),
  page('page-list-gzip', list, { 'Accept-Encoding': 'gzip' }),
];
