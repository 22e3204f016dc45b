// Who studies and who teaches at the demo college?
import { addDays } from '../platform/clock.ts';
import { naturalId } from '../platform/ids.ts';
import type { StudentStatus } from '../students/student.ts';
import type { Programme } from './catalogue.ts';
import { createAddresses, createNames, relativeOf } from './names.ts';
import { createRandom } from './random.ts';
import type { Random } from './random.ts';

export interface PlannedStudent {
  student_id: string;
  student_code: string;
  full_name: string;
  program: string;
  email: string;
  phone: string | null;
  date_of_birth: string;
  semester: number;
  status: StudentStatus;
  guardian_name: string | null;
  guardian_email: string | null;
}

export interface PlannedUser {
  user_id: string;
  username: string;
  full_name: string;
  role: 'admin' | 'faculty' | 'student';
  email: string;
  student_id: string | null;
}

export const FACULTY = 8;
/** So many students have a login; all of them are active. */
export const STUDENT_LOGINS = 10;

/** A deterministic id: the same number and day name the same records. */
export type IdOf = (kind: string, name: string) => string;

export const createIds =
  (random: number, today: string): IdOf =>
  (kind, name) =>
    naturalId(`studentcore/seed/${String(random)}/${today}/${kind}/${name}`);

const TITLES = ['Dr.', 'Prof.', 'Dr.', 'Ms.', 'Mr.', 'Dr.'];

export function planFaculty(random: number, idOf: IdOf): PlannedUser[] {
  const chance = createRandom(random, 'faculty');
  const nextName = createNames(chance);
  const addressOf = createAddresses();
  return Array.from({ length: FACULTY }, (_, i) => {
    const name = nextName();
    const username = `faculty${String(i + 1).padStart(2, '0')}`;
    return {
      user_id: idOf('user', username),
      username,
      full_name: `${chance.pick(TITLES)} ${name.full}`,
      role: 'faculty',
      email: addressOf(name, 'faculty.example.org'),
      student_id: null,
    };
  });
}

/** Logins of the first students: `student01`, … */
export const planStudentLogins = (students: PlannedStudent[], idOf: IdOf): PlannedUser[] =>
  students.slice(0, STUDENT_LOGINS).map((student, i) => {
    const username = `student${String(i + 1).padStart(2, '0')}`;
    return {
      user_id: idOf('user', username),
      username,
      full_name: student.full_name,
      role: 'student',
      email: student.email,
      student_id: student.student_id,
    };
  });

/** Semesters begun in autumn are odd ones; a few students are half a year off. */
function drawSemester(chance: Random, programme: Programme, today: string): number {
  const autumn = today.slice(5, 7) >= '08';
  const year = chance.whole(0, programme.semesters / 2 - 1);
  const usual = 2 * year + (autumn ? 1 : 2);
  return Math.min(programme.semesters, chance.chance(0.08) ? usual + (autumn ? 1 : -1) : usual);
}

function drawStatus(chance: Random, last: boolean): StudentStatus {
  if (last && chance.chance(0.3)) return 'graduated';
  return chance.chance(0.035) ? 'withdrawn' : 'active';
}

/** Most come from school at eighteen or nineteen; every tenth has lived a little longer. */
function drawBirthday(chance: Random, programme: Programme, semester: number, today: string): string {
  const start = programme.semesters <= 4 ? 22 : 18;
  const age = start + Math.floor((semester - 1) / 2) + (chance.chance(0.1) ? chance.whole(3, 20) : chance.whole(0, 1));
  return addDays(today, -Math.round(age * 365.25) - chance.whole(1, 364));
}

const AREAS = ['202', '303', '415', '512', '617', '706', '808', '919'];
/** Numbers that are never given to anybody: 555-0100 to 555-0199. */
const drawPhone = (chance: Random): string =>
  `+1 ${chance.pick(AREAS)} 555 01${String(chance.whole(0, 99)).padStart(2, '0')}`;

/** The first student of the first programme first: each programme has one before any has two. */
export function planStudents(o: {
  students: number;
  programmes: Programme[];
  random: number;
  today: string;
  idOf: IdOf;
}): PlannedStudent[] {
  const { programmes, today } = o;
  const chance = createRandom(o.random, 'students');
  const nextName = createNames(chance);
  const addressOf = createAddresses();
  const digits = Math.max(4, String(o.students).length);

  return Array.from({ length: o.students }, (_, i) => {
    const programme = programmes[i] ?? chance.weighted(programmes, (p) => p.weight);
    const semester = drawSemester(chance, programme, today);
    const student_code = `S${String(i + 1).padStart(digits, '0')}`;
    const name = nextName();
    const guarded = chance.chance(0.7);
    const guardian = relativeOf(chance, name);
    const drawn = drawStatus(chance, semester >= programme.semesters - 1);
    return {
      student_id: o.idOf('student', student_code),
      student_code,
      full_name: name.full,
      program: programme.name,
      email: addressOf(name, 'students.example.org'),
      phone: chance.chance(0.85) ? drawPhone(chance) : null,
      date_of_birth: drawBirthday(chance, programme, semester, today),
      semester,
      status: i < STUDENT_LOGINS ? 'active' : drawn,
      guardian_name: guarded ? guardian.full : null,
      guardian_email: guarded ? addressOf(guardian, 'family.example.com') : null,
    };
  });
}
