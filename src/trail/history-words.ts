// How does a change of a field read? Labels, values in words, and what is told by its name only.
import type { Item } from '../platform/dynamo/reads.ts';
import type { Detail } from '../platform/dynamo/trail.ts';

/** One field of one change; `old` and `new` null: nothing. */
export interface FieldChange {
  label: string;
  /** Only that it changed is known: contact, guardian and birth data. */
  hidden: boolean;
  old: string | null;
  new: string | null;
}

export interface Names {
  /** Course code, or undefined for one that is gone. */
  course: (course_id: string) => string | undefined;
  student: (student_id: string) => string | undefined;
  user: (user_id: string) => string | undefined;
}

const LABELS: Record<string, string> = {
  student_code: 'Student code',
  full_name: 'Full name',
  program: 'Programme',
  semester: 'Semester',
  email: 'E-mail',
  phone: 'Phone',
  date_of_birth: 'Date of birth',
  guardian_name: "Guardian's name",
  guardian_email: "Guardian's e-mail",
  enrolled_courses: 'Courses',
  course_code: 'Course code',
  course_name: 'Course name',
  credits: 'Credits',
  schedule: 'Schedule',
  faculty_id: 'Taught by',
  faculty: 'Teacher without login',
  capacity: 'Capacity',
  description: 'Description',
  username: 'User name',
  role: 'Role',
  student_id: 'Student',
  active: 'May sign in',
  must_change_password: 'Must change the password',
  password: 'Password',
  sessions: 'Sessions',
  status: 'Status',
  remarks: 'Remarks',
  marks: 'Marks',
  max_marks: 'Maximum marks',
  percentage: 'Percentage',
  grade: 'Grade',
  title: 'Title',
};

/** What a record is, and who wrote it last, stands elsewhere on the page. */
const SILENT = new Set(['user_id', 'course_id', 'attendance_id', 'result_id', 'marked_by', 'entered_by', 'amended_at']);
/** Of marks and results the page itself says of whom and of when they are. */
const OF_ROWS = new Set(['student_id', 'date', 'period', 'exam_type', 'number']);

const GONE = 'one that is gone';

/** A value in words; null for nothing. */
export function valueOf(field: string, value: unknown, names: Names): string | null {
  if (value === null || value === undefined || value === '') return null;
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value === 'number') return field === 'percentage' ? `${String(value)} %` : String(value);
  if (typeof value === 'string') {
    if (field === 'faculty_id') return names.user(value) ?? GONE;
    if (field === 'student_id') return names.student(value) ?? GONE;
    return value;
  }
  if (!Array.isArray(value)) return JSON.stringify(value);
  const codes = value.map((id) => names.course(String(id)) ?? GONE).sort();
  return codes.length === 0 ? null : codes.join(', ');
}

/** Of a list only what came and what went. */
function listChange(old: unknown, fresh: unknown): { old: unknown; new: unknown } {
  const [a, b] = [old, fresh].map((list) => (Array.isArray(list) ? (list as unknown[]) : []));
  return { old: a?.filter((id) => !b?.includes(id)), new: b?.filter((id) => !a?.includes(id)) };
}

/** The fields that a change touched, in the order of the labels; `row` for marks and results. */
export function fieldChanges({ old, new: fresh }: Detail, names: Names, row: boolean): FieldChange[] {
  const before: Item = old ?? {};
  const after: Item = fresh ?? {};
  const order = Object.keys(LABELS);
  const fields = [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter((field) => !SILENT.has(field) && !(row && OF_ROWS.has(field)))
    .filter((field) => old !== null || field !== 'student_id' || after['role'] !== undefined)
    .sort((a, b) => order.indexOf(a) - order.indexOf(b));
  return fields.flatMap((field) => {
    if (field === 'sessions') return [{ label: 'Sessions', hidden: false, old: null, new: 'ended' }];
    const [a, b] = [before[field] ?? null, after[field] ?? null];
    const values = Array.isArray(a) || Array.isArray(b) ? listChange(a, b) : { old: a, new: b };
    const change: FieldChange = {
      label: LABELS[field] ?? field,
      // A field that is told without a value on either side is one whose values are not kept.
      hidden: a === null && b === null,
      old: valueOf(field, values.old, names),
      new: valueOf(field, values.new, names),
    };
    return change.hidden || change.old !== null || change.new !== null ? [change] : [];
  });
}
