// Which pages are there to measure, and who looks at them? Every kind of page once, with ids of the demo college.
import { enter } from '../demo-college.mjs';

/** The records that the pages and states are about. */
export async function placesOf(browser, url) {
  const admin = await enter(browser, url, 'admin');
  const teacher = await enter(browser, url, 'faculty01');
  const student = await enter(browser, url, 'student01');
  try {
    const { attendance } = await admin.get('/api/stats');
    const first = async (path, { get } = admin) => (await get(path)).items[0];
    const teacher_id = teacher.user.user_id;
    const { course_id } = await first(`/api/courses?faculty_id=${teacher_id}`);
    const courses = (await admin.get('/api/courses?page_size=100')).items;
    return {
      today: attendance.days.at(-1).date,
      teacher_id,
      course_id,
      foreign_course: courses.find(({ faculty_id }) => faculty_id && faculty_id !== teacher_id).course_id,
      student_id: (await first('/api/students')).student_id,
      attendance_id: (await first(`/api/attendance?course_id=${course_id}`)).attendance_id,
      result_id: (await first(`/api/results?course_id=${course_id}`)).result_id,
      own_student_id: (await first('/api/students', student)).student_id,
      taken_course: (await first('/api/courses', student)).course_id,
    };
  } finally {
    await Promise.all([admin, teacher, student].map(({ close }) => close()));
  }
}

const five = (folder, id) => ['', '/new', `/${id}`, `/${id}/edit`, `/${id}/delete`].map((end) => `/${folder}${end}`);
const by = (who, paths) => paths.map((path) => ({ who, path, status: 200 }));

/** `{ name, who, path, status }`; `who` undefined is signed out. */
export function pagesOf(places) {
  const { student_id, course_id, teacher_id, attendance_id, result_id, today, own_student_id, taken_course } = places;
  const pages = [
    ...by(undefined, ['/login', '/offline']),
    ...by('admin', [
      '/',
      '/registers-missing',
      ...five('students', student_id),
      ...['history', 'access', 'erasure'].map((end) => `/students/${student_id}/${end}`),
      '/students?q=nobody-has-this-name',
      ...five('courses', course_id),
      `/courses/${course_id}/history`,
      `/courses/${course_id}/roster?q=a`,
      ...five('users', teacher_id),
      `/users/${teacher_id}/history`,
      '/account',
      '/api/docs',
    ]),
    { who: 'admin', path: '/there/is/nothing/here', status: 404 },
    ...by('faculty01', [
      '/',
      '/students',
      `/courses/${course_id}`,
      `/courses/${course_id}/roster`,
      `/courses/${course_id}/attendance/${today}`,
      `/courses/${course_id}/results/midterm`,
      `/courses/${course_id}/results/midterm/history`,
      ...five('attendance', attendance_id),
      `/attendance/new?course_id=${course_id}`,
      `/attendance/${attendance_id}/history`,
      ...five('results', result_id),
      `/results/new?course_id=${course_id}`,
      `/results/${result_id}/history`,
      '/waiting',
    ]),
    ...by('student01', [
      `/students/${own_student_id}`,
      `/students/${own_student_id}/access`,
      '/attendance',
      '/results',
      '/courses',
      `/courses/${taken_course}`,
      '/account',
    ]),
  ];
  return pages.map((page) => ({ ...page, name: `${page.who ?? 'signed out'} ${shorten(page.path)}` }));
}

/** An id says nothing to a reader. */
const shorten = (path) => path.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, ':id');
