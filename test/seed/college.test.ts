import { describe, expect, it } from 'vitest';
import { markInput } from '../../src/attendance/mark.ts';
import { courseInput } from '../../src/courses/course.ts';
import { addDays } from '../../src/platform/clock.ts';
import { isId } from '../../src/platform/ids.ts';
import { gradeOf } from '../../src/results/grading.ts';
import { resultInput } from '../../src/results/result.ts';
import { planCollege } from '../../src/seed/college.ts';
import type { Sizes } from '../../src/seed/college.ts';
import { DoesNotFit, MOST_ROWS } from '../../src/seed/sheets.ts';
import { meetingsOf } from '../../src/seed/timetable.ts';
import { studentInput } from '../../src/students/student.ts';
import { userInput } from '../../src/users/user.ts';

const PAPER: Sizes = {
  students: 250,
  programs: 20,
  courses: 30,
  attendance: 1200,
  results: 600,
  random: 42,
  today: '2026-11-20',
};
const college = planCollege(PAPER);
const marks = college.attendance.flatMap((sheet) => sheet.entries.map((entry) => ({ sheet, entry })));
const results = college.results.flatMap((sheet) => sheet.entries.map((entry) => ({ sheet, entry })));
const share = <T>(all: T[], which: (one: T) => boolean) => all.filter(which).length / all.length;

describe('the demo college', () => {
  it('has exactly what was asked for', () => {
    expect(college.students).toHaveLength(250);
    expect(new Set(college.students.map((s) => s.program)).size).toBe(20);
    expect(college.courses).toHaveLength(30);
    expect(marks).toHaveLength(1200);
    expect(results).toHaveLength(600);
  });

  it('is the same for the same number and day, and another for another', () => {
    const plain = (sizes: Sizes) => JSON.stringify(planCollege(sizes));
    expect(plain(PAPER)).toBe(plain({ ...PAPER }));
    expect(planCollege({ ...PAPER, random: 43 }).students[0]?.full_name).not.toBe(college.students[0]?.full_name);
    const [one, two] = [college, planCollege({ ...PAPER, today: '2026-11-19' })];
    expect(one.students[0]?.student_id).not.toBe(two.students[0]?.student_id);
    expect(one.students[0]?.full_name).toBe(two.students[0]?.full_name);
  });

  it('has records that every rule of the app accepts', () => {
    for (const { student_id, ...student } of college.students) {
      expect(isId(student_id)).toBe(true);
      expect(studentInput.parse(student)).toEqual(student);
    }
    for (const course of college.courses) {
      const { course_code, course_name, credits, schedule, faculty_id, capacity, description } = course;
      courseInput.parse({ course_code, course_name, credits, schedule, faculty_id, capacity, description });
      expect(course.capacity).toBeGreaterThanOrEqual(course.students.length);
    }
    for (const { user_id, ...user } of [college.admin, ...college.faculty, ...college.studentLogins]) {
      expect(isId(user_id)).toBe(true);
      userInput.parse({ ...user, password: 'studentcore-demo' });
    }
    for (const { sheet, entry } of marks) {
      const { course, date, period } = sheet;
      markInput.parse({ ...entry, course_id: course.course_id, date, period });
    }
    for (const { sheet, entry } of results) {
      const { course, exam_type, number, max_marks } = sheet;
      resultInput.parse({ ...entry, course_id: course.course_id, exam_type, number, max_marks });
      expect(entry.marks).toBeLessThanOrEqual(max_marks);
    }
  });

  it('repeats no code, name, address, user name or room hour', () => {
    const different = (all: unknown[]) => expect(new Set(all).size).toBe(all.length);
    different(college.students.map((s) => s.student_code));
    different(college.students.map((s) => s.full_name));
    different(college.students.map((s) => s.email));
    different(college.courses.map((c) => c.course_code));
    different(college.courses.map((c) => c.schedule));
    different([college.admin, ...college.faculty, ...college.studentLogins].map((u) => u.username));
    different(marks.map(({ sheet: s, entry }) => [entry.student_id, s.course.course_id, s.date, s.period].join()));
    different(
      results.map(({ sheet: s, entry }) => [entry.student_id, s.course.course_id, s.exam_type, s.number].join()),
    );
  });

  it('writes only to addresses that belong to nobody', () => {
    const addresses = [
      ...college.students.flatMap((s) => [s.email, s.guardian_email]),
      ...[...college.faculty, college.admin].map((u) => u.email),
    ];
    for (const address of addresses) if (address) expect(address).toMatch(/^[a-z0-9.]+@([a-z]+\.)?example\.(org|com)$/);
    for (const { phone } of college.students) if (phone) expect(phone).toMatch(/ 555 01\d\d$/);
  });

  it('puts active students on four to seven courses, one of their own subject', () => {
    for (const { status, enrolled_courses } of college.students) {
      if (status !== 'active') expect(enrolled_courses).toEqual([]);
      else expect([4, 5, 6, 7]).toContain(enrolled_courses.length);
    }
    expect(share(college.students, (s) => s.status === 'active')).toBeGreaterThan(0.85);
    expect(share(college.students, (s) => s.status === 'active')).toBeLessThan(1);
    const [first] = college.students;
    expect(first?.program).toBe('BSc Computer Science');
    const own = college.courses.filter((c) => c.course_code.startsWith('CS')).map((c) => c.course_id);
    expect(first?.enrolled_courses.some((id) => own.includes(id))).toBe(true);
  });

  it('marks only enrolled students, on class days of the twelve weeks before today', () => {
    const first = addDays(PAPER.today, -84);
    for (const { course, date, period, entries } of college.attendance) {
      expect(date >= first && date < PAPER.today).toBe(true);
      const weekday = new Date(`${date}T00:00:00Z`).getUTCDay();
      expect(course.meetings.filter((m) => m.weekday === weekday).length).toBeGreaterThanOrEqual(period);
      const there = new Set(course.students.map((s) => s.student_id));
      for (const { student_id } of entries) expect(there.has(student_id)).toBe(true);
    }
    for (const { course, entries } of college.results) {
      const there = new Set(course.students.map((s) => s.student_id));
      for (const { student_id } of entries) expect(there.has(student_id)).toBe(true);
    }
  });

  it('leaves no class day of the last thirty without a sheet, and happens in order before today', () => {
    const marked = new Set(college.attendance.map((s) => s.date));
    for (let n = 1; n <= 30; n++) {
      const day = addDays(PAPER.today, -n);
      const weekend = [0, 6].includes(new Date(`${day}T00:00:00Z`).getUTCDay());
      expect(marked.has(day)).toBe(!weekend);
    }
    for (const sheets of [college.attendance, college.results]) {
      const times = sheets.map((s) => s.at);
      expect(times).toEqual([...times].sort((a, b) => a - b));
      expect(Math.min(...times)).toBeGreaterThan(college.begin);
      expect(Math.max(...times)).toBeLessThan(Date.parse(`${PAPER.today}T00:00:00Z`));
    }
  });

  it('has believable attendance and grades', () => {
    expect(share(marks, ({ entry }) => entry.status === 'Present')).toBeGreaterThan(0.75);
    expect(share(marks, ({ entry }) => entry.status === 'Absent')).toBeGreaterThan(0.05);
    expect(share(marks, ({ entry }) => entry.status === 'Late')).toBeGreaterThan(0.02);
    const grades = results.map(({ sheet, entry }) => gradeOf(entry.marks, sheet.max_marks).grade);
    expect(new Set(grades).size).toBe(7);
    expect(share(grades, (g) => g === 'F')).toBeLessThan(0.1);
    expect(share(grades, (g) => g === 'A+')).toBeLessThan(0.2);
    expect(new Set(college.results.map((s) => s.exam_type)).size).toBeGreaterThanOrEqual(3);
  });

  it('gives the first teacher the first courses, and nobody two classes at once', () => {
    const codes = college.courses.map((c) => c.course_code);
    expect(codes).toEqual([...codes].sort());
    const teachers = college.courses.map((c) => college.faculty.findIndex((f) => f.user_id === c.faculty_id));
    expect(teachers[0]).toBe(0);
    expect(teachers).toEqual([...teachers].sort((a, b) => a - b));
    expect(new Set(teachers).size).toBe(8);
    for (const { user_id } of college.faculty) {
      const hours = college.courses.filter((c) => c.faculty_id === user_id).flatMap((c) => c.meetings);
      expect(new Set(hours.map((h) => `${h.weekday} ${h.hour}`)).size).toBe(hours.length);
    }
    expect(meetingsOf(0)).not.toEqual(meetingsOf(5));
  });
});

describe('other sizes', () => {
  it.each([
    { students: 0, courses: 0, attendance: 0, results: 0 },
    { students: 1, courses: 1, attendance: 1, results: 1 },
    { students: 3, courses: 2, attendance: 400, results: 90 },
    { students: 12, programs: 1, courses: 3, attendance: 50, results: 20 },
    { students: 40, programs: 45, courses: 400, attendance: 700, results: 300 },
    { students: 2000, courses: 40, attendance: 30_000, results: 12_000 },
  ])('$students students, $courses courses, $attendance marks, $results results', (sizes) => {
    const planned = planCollege({ ...PAPER, ...sizes });
    expect(planned.students).toHaveLength(sizes.students);
    expect(planned.courses).toHaveLength(sizes.courses);
    const rows = (sheets: { entries: unknown[] }[]) => sheets.reduce((n, s) => n + s.entries.length, 0);
    expect(rows(planned.attendance)).toBe(sizes.attendance);
    expect(rows(planned.results)).toBe(sizes.results);
    for (const { entries } of [...planned.attendance, ...planned.results]) {
      expect(entries.length).toBeLessThanOrEqual(MOST_ROWS);
      expect(new Set(entries.map((e) => e.student_id)).size).toBe(entries.length);
    }
    const keys = planned.attendance.map((s) => [s.course.course_id, s.date, s.period].join());
    expect(new Set(keys).size).toBe(keys.length);
    expect(new Set(planned.courses.map((c) => c.course_code)).size).toBe(sizes.courses);
    expect(planned.studentLogins).toHaveLength(Math.min(10, sizes.students));
  });

  it('says how many fit when it is too much', () => {
    const sizes = { ...PAPER, students: 2, courses: 1, attendance: 5_000 };
    expect(() => planCollege(sizes)).toThrow(DoesNotFit);
    expect(() => planCollege(sizes)).toThrow(
      '--attendance 5,000 does not fit: these students and courses have room for 1,440.',
    );
    expect(() => planCollege({ ...PAPER, students: 0 })).toThrow('--attendance 1,200 does not fit');
  });
});
