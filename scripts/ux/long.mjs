// Does a page also hold people and courses with long names? Adds some to the demo college, and says where they are seen.

const NAME =
  'Maximiliana Wolfeschlegelsteinhausenbergerdorff-Papadimitrakopoulou de la Santísima Trinidad y Todos los Santos';
const CODE = 'STUDENT-2026-WITH-A-LONG-CODE-01';

/** Pages of records with the longest codes and names that people really have. */
export async function longPages(house) {
  const office = await house.enter('admin');
  try {
    const teacher = await office.send('POST', '/api/users', {
      username: 'maximiliana.wolfeschlegelsteinhausenbergerdorff',
      full_name: NAME,
      role: 'faculty',
      email: 'maximiliana.wolfeschlegelsteinhausenbergerdorff@a-college-with-a-long-name.example.org',
      password: 'a password that is long enough',
    });
    const course = await office.send('POST', '/api/courses', {
      course_code: 'COMPARATIVE-LITERATURE-404-26AUT',
      course_name: 'Rechtsschutzversicherungsgesellschaften and their Literature: An Introduction in Eleven Languages',
      credits: 4.5,
      schedule: 'Mon, Tue, Wed, Thu, Fri 09:00–09:50, Kommunikationswissenschaftliches Institut, Hörsaal B204',
      faculty_id: teacher.user_id,
      capacity: 250,
    });
    const student = await office.send('POST', '/api/students', {
      student_code: CODE,
      full_name: NAME,
      program: 'BSc Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft and Society',
      email: 'maximiliana.wolfeschlegelsteinhausenbergerdorff@students.a-college-with-a-long-name.example.org',
      guardian_name: NAME,
      semester: 12,
      enrolled_courses: [course.course_id],
    });
    const sheet = `/courses/${course.course_id}`;
    const marks = { entries: [{ student_id: student.student_id, status: 'Late', remarks: `${NAME} ${NAME}` }] };
    await office.send('PUT', `/api${sheet}/attendance/${house.places.today}`, marks);
    const points = { max_marks: 1_000_000, entries: [{ student_id: student.student_id, marks: 999_999.123456 }] };
    await office.send('PUT', `/api${sheet}/results/midterm`, points);
    return [
      '/',
      '/students?q=Wolfeschlegel',
      `/students/${student.student_id}`,
      `/students/${student.student_id}/edit`,
      `/students/${student.student_id}/delete`,
      `/students/${student.student_id}/history`,
      '/courses?q=COMPARATIVE',
      sheet,
      `${sheet}/edit`,
      `${sheet}/roster`,
      `${sheet}/attendance/${house.places.today}`,
      `${sheet}/results/midterm`,
      `/attendance?course_id=${course.course_id}`,
      `/results?course_id=${course.course_id}`,
      '/users?q=maximiliana',
      `/users/${teacher.user_id}`,
    ].map((path) => ({ who: 'admin', path, name: `long names ${path.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, ':id')}` }));
  } finally {
    await office.close();
  }
}
