// What must the answers say? The college as it was planned, apart from the server, in one file that the generator reads.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

export const SIZES = { students: 250, programs: 20, courses: 30, attendance: 1200, results: 600, random: 42 };

/** The paper's data set (docs/contract.md §5), for the generator: who studies, who takes what, which rows stand where. */
export async function planFacts(root, sizes, today) {
  const { planCollege } = await import(pathToFileURL(join(root, 'dist/seed/college.js')).href);
  const college = planCollege({ ...sizes, today });
  return {
    today,
    students: college.students,
    courses: college.courses.map(({ course_id, course_code, students }) => ({
      course_id,
      course_code,
      members: students.map((student) => student.student_id),
    })),
    marks: college.attendance.map(({ course, date, period, entries }) => ({
      course_id: course.course_id,
      date,
      period,
      statuses: entries.map((entry) => entry.status),
    })),
    results: college.results.map(({ course, exam_type, number, max_marks, entries }) => ({
      course_id: course.course_id,
      exam_type,
      number,
      max_marks,
      marks: entries.map((entry) => entry.marks),
    })),
  };
}

const file = (dataDir) => join(dataDir, 'facts.json');

export const writeFacts = (dataDir, facts) => writeFileSync(file(dataDir), JSON.stringify(facts));

export const readFacts = (dataDir) => JSON.parse(readFileSync(file(dataDir), 'utf8'));
