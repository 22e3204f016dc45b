// Which pages are there to measure, and who looks at them? Every kind of page once, with ids of the demo college.
import { enter } from '../demo-college.mjs';

/** `{ name, who, path, status }`; `who` undefined is signed out. */
export async function pagesOf(browser, url) {
  const admin = await enter(browser, url, 'admin');
  const teacher = await enter(browser, url, 'faculty01');
  const student = await enter(browser, url, 'student01');
  try {
    const { attendance } = await admin.get('/api/stats');
    const today = attendance.days.at(-1).date;
    const first = async (path, { get } = admin) => (await get(path)).items[0];
    const { student_id } = await first('/api/students');
    const { course_id } = await first(`/api/courses?faculty_id=${teacher.user.user_id}`);
    const { attendance_id } = await first(`/api/attendance?course_id=${course_id}`);
    const { result_id } = await first(`/api/results?course_id=${course_id}`);
    const mine = await first('/api/students', student);
    const { course_id: taken } = await first('/api/courses', student);
    const five = (folder, id) =>
      ['', '/new', `/${id}`, `/${id}/edit`, `/${id}/delete`].map((end) => `/${folder}${end}`);
    const by = (who, paths) => paths.map((path) => ({ who, path, status: 200 }));
    const pages = [
      ...by(undefined, ['/login']),
      ...by('admin', [
        '/',
        '/registers-missing',
        ...five('students', student_id),
        `/students/${student_id}/history`,
        '/students?q=nobody-has-this-name',
        ...five('courses', course_id),
        `/courses/${course_id}/roster?q=a`,
        ...five('users', teacher.user.user_id),
        '/account',
        '/api/docs',
      ]),
      { who: 'admin', path: '/there/is/nothing/here', status: 404 },
      ...by('faculty01', [
        '/',
        `/courses/${course_id}`,
        `/courses/${course_id}/attendance/${today}`,
        `/courses/${course_id}/results/midterm`,
        ...five('attendance', attendance_id),
        ...five('results', result_id),
      ]),
      ...by('student01', [`/students/${mine.student_id}`, '/attendance', '/results', '/courses', `/courses/${taken}`]),
    ];
    return pages.map((page) => ({ ...page, name: `${page.who ?? 'signed out'} ${shorten(page.path)}` }));
  } finally {
    await Promise.all([admin, teacher, student].map(({ close }) => close()));
  }
}

/** An id says nothing to a reader. */
const shorten = (path) => path.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, ':id');
