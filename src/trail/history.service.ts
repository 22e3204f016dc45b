// What happened to one record? Who, when, old and new, newest first; for staff, of logins for administrators.
import { z } from 'zod';
import type { Context } from '../platform/actor.ts';
import { isBlank } from '../platform/dynamo/trail.ts';
import type { Detail } from '../platform/dynamo/trail.ts';
import { filter, given } from '../platform/list-query.ts';
import { demandRole } from '../platform/policy.ts';
import { parse } from '../platform/schema.ts';
import type { AttendanceService } from '../attendance/attendance.service.ts';
import type { CoursesService } from '../courses/courses.service.ts';
import { resultId } from '../results/result.ts';
import type { ResultsService } from '../results/results.service.ts';
import type { StudentsService } from '../students/students.service.ts';
import type { UsersService } from '../users/users.service.ts';
import { examName } from '../results/exam.ts';
import type { ChainEntry, EntriesRepository } from './entries.repository.ts';
import { examLine, postingLine } from './exam-history.ts';
import { fieldChanges } from './history-words.ts';
import type { FieldChange, Names } from './history-words.ts';

export interface HistoryLine {
  at: string;
  by: string;
  what: string;
  fields: FieldChange[];
  /** Of an amendment. */
  reason: string | null;
  /** The old and new values were erased. */
  erased: boolean;
}

export interface History {
  /** What it is the history of. */
  name: string;
  lines: HistoryLine[];
  /** To be sent as `before` for older lines; null at the end. */
  next: string | null;
}

export const HISTORY_OF = ['students', 'courses', 'users', 'attendance', 'results'] as const;
export type HistoryOf = (typeof HISTORY_OF)[number];

export interface HistoryService {
  /** Throws Forbidden, NotFound, Invalid for a `before` that was never sent. */
  of: (ctx: Context, what: HistoryOf, id: string, query: { before?: string }) => Promise<History>;
  /** Who was put on a course and taken off it. */
  ofRoster: (ctx: Context, course_id: string, query: { before?: string }) => Promise<History>;
  /** What happened to the results of an exam, its posting included. */
  ofExam: (
    ctx: Context,
    course_id: string,
    exam_type: string,
    number: string | number,
    query: { before?: string },
  ) => Promise<History>;
}

export interface HistoryNeeds {
  entries: EntriesRepository;
  names: Names;
  students: StudentsService;
  courses: CoursesService;
  users: UsersService;
  attendance: AttendanceService;
  results: ResultsService;
}

const PAGE = 20;
/** A sheet's chain is long when the sheet was saved often: so many entries are read for one page at the most. */
const LOOKED_AT = 400;
const SHOWN_NAMES = 20;

const query = z.strictObject({
  before: filter(z.string().regex(/^\d{1,10}$/, { error: () => 'This page is no longer there. Start again.' })),
});

export function createHistoryService(needs: HistoryNeeds): HistoryService {
  const { entries, names } = needs;

  /** The chain that tells of a record, and what it is called; only for who may see it. */
  async function find(ctx: Context, what: HistoryOf, id: string): Promise<{ chain: string; name: string }> {
    switch (what) {
      case 'students': {
        const { full_name, student_code } = needs.students.get(ctx, id);
        return { chain: `student#${id}`, name: `${full_name} (${student_code})` };
      }
      case 'courses': {
        const { course_name, course_code } = needs.courses.get(ctx, id);
        return { chain: `course#${id}`, name: `${course_name} (${course_code})` };
      }
      case 'users': {
        const { full_name, username } = needs.users.get(ctx, id);
        return { chain: `user#${id}`, name: `${full_name} (${username})` };
      }
      case 'attendance': {
        const mark = await needs.attendance.get(ctx, id);
        const chain = `sheet#${mark.course_id}#a#${mark.date}#${String(mark.period)}`;
        return { chain, name: `${mark.student_name} in ${mark.course_code} on ${mark.date}` };
      }
      case 'results': {
        const result = await needs.results.get(ctx, id);
        const chain = `sheet#${result.course_id}#r#${result.exam_type}#${String(result.number)}`;
        return {
          chain,
          name: `${result.student_name} in ${result.course_code}, ${examName(result.exam_type, result.number)}`,
        };
      }
    }
  }

  async function page(chain: string, asked: object, lineOf: (entry: ChainEntry) => HistoryLine | undefined) {
    const { before } = parse(query, given(asked));
    const lines: HistoryLine[] = [];
    let looked = 0;
    let last: number | undefined;
    for await (const entry of entries.backwards(chain, before === undefined ? undefined : Number(before))) {
      if (lines.length === PAGE || looked === LOOKED_AT) return { lines, next: String(last) };
      const line = lineOf(entry);
      if (line) lines.push(line);
      looked += 1;
      last = entry.version;
    }
    return { lines, next: null };
  }

  return {
    of: async (ctx, what, id, asked) => {
      if (what === 'users') demandRole(ctx, 'admin');
      else demandRole(ctx, 'admin', 'faculty');
      const { chain, name } = await find(ctx, what, id);
      const row = what === 'attendance' || what === 'results';
      const found = await page(chain, asked, (entry) => {
        const { at, by, details } = entry;
        const detail = details.find((one) => one.id === id);
        if (!detail) return postingLine(entry);
        const fields = fieldChanges(detail, names, row);
        const erased = isBlank(detail);
        const reason = detail.reason ?? null;
        return { at, by, what: verbOf(detail, what, fields.length === 0 && !erased), fields, reason, erased };
      });
      return { name, ...found };
    },
    ofRoster: async (ctx, course_id, asked) => {
      demandRole(ctx, 'admin', 'faculty');
      const { name } = await find(ctx, 'courses', course_id);
      const found = await page(`roster#${course_id}`, asked, ({ at, by, summary, details }) => {
        const who = (joined: boolean): FieldChange[] => {
          const moved = details.filter((one) => one.new?.['enrolled'] === joined);
          if (moved.length === 0) return [];
          const shown = moved.slice(0, SHOWN_NAMES).map(({ id }) => names.student(id) ?? 'one who is gone');
          const more = moved.length > SHOWN_NAMES ? ` and ${String(moved.length - SHOWN_NAMES)} more` : '';
          return [{ label: joined ? 'Joined' : 'Left', hidden: false, old: null, new: shown.join(', ') + more }];
        };
        return { at, by, what: summary, fields: [...who(true), ...who(false)], reason: null, erased: false };
      });
      return { name, ...found };
    },
    ofExam: async (ctx, course_id, exam_type, number, asked) => {
      const { course_code } = needs.courses.get(ctx, course_id);
      const key = needs.results.posting(ctx, course_id, exam_type, number);
      const { entries: rows } = await needs.results.sheet(ctx, course_id, exam_type, number);
      const students = new Map(rows.map(({ student_id }) => [resultId(student_id, key), student_id]));
      const chain = `sheet#${course_id}#r#${key.exam_type}#${String(key.number)}`;
      const found = await page(chain, asked, (entry) => examLine(entry, students, names));
      return { name: `${examName(key.exam_type, key.number)} of ${course_code}`, ...found };
    },
  };
}

function verbOf({ old, new: fresh }: Detail, what: HistoryOf, nothingShown: boolean): string {
  if (fresh === null && old !== null) return 'Removed';
  if (old === null && fresh !== null) return 'Added';
  // Of a login the trail vouches for the password too, and tells nothing of it.
  return what === 'users' && nothingShown ? 'Password changed' : 'Changed';
}
