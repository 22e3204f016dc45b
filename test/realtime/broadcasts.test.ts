// Who is told what, word for word?
import { describe, expect, it } from 'vitest';
import type { DomainEvent, StoredEvent } from '../../src/events.ts';
import { ownMessage, staffMessage, staffRoom, studentsOf } from '../../src/realtime/broadcasts.ts';
import { buildCourse, buildMark, buildMarkSheet, buildResult, buildStudent, buildUser, ids } from './college.ts';

const AT = '2026-03-02T08:00:00.000Z';
const stored = (event: DomainEvent): StoredEvent => ({
  ...event,
  stamp: { number: '1', at: AT, by: { user_id: ids.admin, full_name: 'Ada Admin' }, entity: 'student', entity_id: 'e' },
});
const by = { user_id: ids.admin, full_name: 'Ada Admin' };
const keys = { course_id: ids.course, course_code: 'CS101-26A', date: '2026-03-02', period: 1 };

describe('who hears what', () => {
  it('tells the staff of a single mark with its natural key', () => {
    const event = stored(buildMark());
    expect(staffRoom(event)).toBe('staff');
    expect(staffMessage(event)).toEqual({
      ...{ id: ids.mark, at: AT, by, summary: 'A mark was set.', student_id: ids.ann, status: 'Present' },
      ...keys,
    });
  });

  it('tells the staff of a sheet as one, with counts and without rows', () => {
    expect(staffMessage(stored(buildMarkSheet()))).toEqual({
      ...{ ids: [ids.mark, ids.otherMark], at: AT, by, summary: 'Ann and Ben were marked.', ...keys },
      ...{ count: 2, counts: { present: 0, absent: 0, late: 1 } },
    });
  });

  it('counts a sheet of results by grade, all seven of them', () => {
    const event = stored({ ...buildResult(), sheet: true } as DomainEvent);
    expect(staffMessage(event)).toMatchObject({
      count: 1,
      counts: { 'A+': 0, A: 0, 'B+': 1, B: 0, C: 0, D: 0, F: 0 },
      exam_type: 'quiz',
      number: 2,
    });
    expect(staffMessage(event)).not.toHaveProperty('id');
  });

  it('tells a student of the own row only, by the name that fits it', () => {
    const event = stored(buildMarkSheet());
    expect(studentsOf(event)).toEqual([ids.ann, ids.ben]);
    expect(ownMessage(event, ids.ben)).toEqual({
      name: 'attendance_deleted',
      message: {
        ...{ id: ids.otherMark, at: AT, by: { full_name: 'Ada Admin' }, ...keys, student_id: ids.ben, status: null },
        summary: 'Your attendance in CS101-26A on 2026-03-02 was removed.',
      },
    });
    const toAnn = ownMessage(event, ids.ann);
    expect(toAnn?.name).toBe('attendance_marked');
    expect(toAnn?.message.summary).toBe('Your attendance in CS101-26A on 2026-03-02: Late.');
    expect(JSON.stringify(toAnn)).not.toMatch(new RegExp(`Ben|${ids.ben}|${ids.otherMark}|${ids.admin}`));
    expect(ownMessage(event, ids.faculty)).toBeUndefined();
  });

  it('names period and number where there is more than one', () => {
    const second = ownMessage(stored({ ...buildMark(), period: 2 } as DomainEvent), ids.ann);
    expect(second?.message.summary).toBe('Your attendance in CS101-26A on 2026-03-02, period 2: Present.');
    expect(ownMessage(stored(buildResult()), ids.ann)?.message).toMatchObject({
      summary: 'Your result in CS101-26A, quiz 2: B+.',
      grade: 'B+',
      by: { full_name: 'Ada Admin' },
    });
  });

  it('tells of courses only to the staff and of users only to admins', () => {
    expect(staffRoom(stored(buildCourse()))).toBe('staff');
    expect(studentsOf(stored(buildCourse()))).toEqual([]);
    expect(staffMessage(stored(buildCourse()))).toMatchObject({ id: ids.course, count: 2, ids: [ids.ann, ids.ben] });
    expect(staffRoom(stored(buildUser()))).toBe('admins');
    expect(studentsOf(stored(buildUser()))).toEqual([]);
  });

  it('tells the staff alone of a posting, and a student that the own result was amended, without the reason', () => {
    const exam = { course_id: ids.course, course_code: 'CS101-26A', exam_type: 'final' as const, number: 1 };
    const posting = stored({ name: 'results_posted', summary: 'Posted.', ...exam, sheet_version: 2, count: 3 });
    expect([staffRoom(posting), studentsOf(posting)]).toEqual(['staff', []]);
    expect(staffMessage(posting)).toEqual({ at: AT, by, summary: 'Posted.', ...exam, count: 3 });
    const amended = stored({ ...buildResult(), amended: true } as DomainEvent);
    expect(ownMessage(amended, ids.ann)?.message.summary).toBe('Your result in CS101-26A, quiz 2: B+ (amended).');
  });

  it('passes on nothing that an event may carry beside', () => {
    const chatty = (event: DomainEvent) =>
      stored({ ...event, email: 'ann@college.edu', password_hash: '$2b$12$abc' } as unknown as DomainEvent);
    for (const event of [buildMark(), buildMarkSheet(), buildResult(), buildStudent(), buildCourse(), buildUser()]) {
      const said = JSON.stringify([staffMessage(chatty(event)), ownMessage(chatty(event), ids.ann)]);
      expect(said).not.toMatch(/@|\$2b|stamp|changes/);
    }
  });

  it('tells a student of the own record in words of their own', () => {
    expect(ownMessage(stored(buildStudent()), ids.ann)?.message).toEqual({
      ...{ id: ids.ann, at: AT, by: { full_name: 'Ada Admin' }, student_code: 'S-1', full_name: 'Ann' },
      summary: 'Your record was changed.',
    });
    expect(ownMessage(stored(buildStudent()), ids.ben)).toBeUndefined();
  });
});
