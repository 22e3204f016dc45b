// Where does a class of a certain size come from? Made through the API, beside the demo college.

/** A course with that many students, taught by nobody but open to the administrator: `{ course_id, today, students }`. */
export async function makeClass(house, size, course_code) {
  const admin = await house.enter('admin');
  const made = (path, data) => admin.send('POST', path, data);
  try {
    const { attendance } = await admin.get('/api/stats');
    const { course_id } = await made('/api/courses', {
      ...{ course_code, course_name: `A class of ${size}`, credits: 4, capacity: size },
    });
    const students = [];
    for (let n = 1; n <= size; n += 1)
      students.push(
        await made('/api/students', {
          student_code: `${course_code}-${String(n).padStart(3, '0')}`,
          full_name: `Student ${String(n).padStart(3, '0')} Measured`,
          program: 'BSc Measurement',
          enrolled_courses: [course_id],
        }),
      );
    return { course_id, students, today: attendance.days.at(-1).date };
  } finally {
    await admin.close();
  }
}
