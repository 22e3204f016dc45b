// HTML pages as a browser asks for them: list, student, dashboard, and the others that must not grow with the college.
import { request, textOf } from '../http-client.mjs';
import { admin, reader } from '../world.mjs';

const SIZE = 25;

/** Names with letters that HTML writes otherwise are looked for by the code alone. */
const isPlain = (text) => /^[\p{L}\p{M} .-]+$/u.test(text);

const page = (name, pick, more = {}, who = reader) => ({
  name,
  next: (world, user) => {
    const { path, holds } = pick(world);
    return {
      text: request('GET', path, { Cookie: who(world, user).cookie, Accept: 'text/html', ...more }),
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

/** A page at the same address for everybody, and words on it. */
const fixed =
  (path, ...words) =>
  () => ({ path, holds: () => words });

const { compare } = new Intl.Collator('en', { numeric: true });
const courses = (world) => {
  world.firstCourses ??= world.facts.courses
    .map((one) => one.course_code)
    .sort(compare)
    .slice(0, SIZE);
  return { path: '/courses', holds: () => world.firstCourses };
};

const course = (world) => {
  const { course_id, course_code } = world.chance.pick(world.facts.courses);
  return { path: `/courses/${course_id}`, holds: () => [course_code] };
};

const roster = (world) => {
  const { course_id, course_code, members } = world.chance.pick(world.facts.courses);
  const codes = members.map((student_id) => world.byId.get(student_id).student_code);
  return { path: `/courses/${course_id}/roster`, holds: () => [course_code, ...codes] };
};

const studentForm = (world) => {
  const one = world.chance.pick(world.byCode);
  return { path: `/students/${one.student_id}/edit`, holds: () => [one.student_code] };
};

export const pages = [
  page('page-list', list),
  page('page-student', student),
  page('page-dashboard', dashboard),
  page('page-list-gzip', list, { 'Accept-Encoding': 'gzip' }),
  page('page-courses', courses),
  page('page-course', course),
  page('page-roster', roster),
  page('page-attendance', fixed('/attendance', 'Take a register')),
  page('page-results', fixed('/results', 'Enter results')),
  page('page-users', fixed('/users', 'faculty01'), {}, admin),
  page('page-missing', fixed('/registers-missing', 'Registers missing today'), {}, admin),
  page('page-form', studentForm, {}, admin),
];
