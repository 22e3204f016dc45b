// Which calls of the JSON API are about courses and who takes them?
import { z } from 'zod';
import { ADMINS, EVERYBODY, operation } from '../platform/http/api-operation.ts';
import type { Operation } from '../platform/http/api-operation.ts';
import { pageOf, recordFields, uuid } from '../platform/http/api-shapes.ts';
import { filter, listQuery } from '../platform/list-query.ts';
import { id } from '../platform/schema.ts';
import { COURSE_SORTS, courseInput, coursePatch, rosterChange } from './course.ts';
import type { Course } from './course.ts';
import type { CourseQuery } from './course-reads.ts';
import type { CoursesService } from './courses.service.ts';

const fields = {
  course_id: uuid,
  course_code: z.string(),
  course_name: z.string(),
  credits: z.number(),
  schedule: z.string().nullable(),
  faculty: z.string().nullable().meta({ description: 'The name shown; that of the user when faculty_id is set.' }),
  faculty_id: uuid.nullable(),
  capacity: z.int().nullable(),
  description: z.string().nullable(),
  ...recordFields,
};

export const courseAnswer = z.strictObject(fields).meta({ id: 'Course' });

const line = z
  .strictObject({ ...fields, enrolled: z.int().min(0).meta({ description: 'How many students take it.' }) })
  .meta({ id: 'CourseLine' });

const rosterChanged = z
  .strictObject({ added: z.int().min(0), removed: z.int().min(0), unchanged: z.int().min(0) })
  .meta({ id: 'RosterChanged' });

const query = z.strictObject({ ...listQuery(COURSE_SORTS), faculty_id: filter(id('Faculty')) });
const params = z.strictObject({ course_id: id('Course') });
const tag = 'Courses';
const one = '/courses/{course_id}';
const taken = 'The course code belongs to another course.';

export const courseOperations = (courses: CoursesService): Operation[] => [
  operation({
    id: 'listCourses',
    tag,
    method: 'GET',
    path: '/courses',
    roles: EVERYBODY,
    summary: 'List courses',
    description: 'q matches any part of code, name and faculty. A student sees the courses they are enrolled in.',
    query,
    status: 200,
    answer: pageOf(line).meta({ id: 'CoursePage' }),
    run: ({ ctx, query }) => courses.list(ctx, query as CourseQuery),
  }),
  operation<Course>({
    id: 'addCourse',
    tag,
    method: 'POST',
    path: '/courses',
    roles: ADMINS,
    summary: 'Add a course',
    body: courseInput.meta({ id: 'CourseInput' }),
    status: 201,
    answer: courseAnswer,
    refusals: { 409: taken },
    run: ({ ctx, body }) => courses.add(ctx, body),
    version: (course) => course.version,
    location: (course) => `/courses/${course.course_id}`,
  }),
  operation<Course>({
    id: 'getCourse',
    tag,
    method: 'GET',
    path: one,
    roles: EVERYBODY,
    summary: 'Read a course',
    params,
    status: 200,
    answer: courseAnswer,
    run: ({ ctx, params }) => courses.get(ctx, idIn(params)),
    version: (course) => course.version,
  }),
  operation<Course>({
    id: 'changeCourse',
    tag,
    method: 'PATCH',
    path: one,
    roles: ADMINS,
    summary: 'Change a course',
    params,
    body: coursePatch.meta({ id: 'CoursePatch' }),
    ifMatch: true,
    status: 200,
    answer: courseAnswer,
    refusals: { 409: taken },
    run: ({ ctx, params, version, body }) => courses.change(ctx, idIn(params), version, body),
    version: (course) => course.version,
  }),
  operation({
    id: 'removeCourse',
    tag,
    method: 'DELETE',
    path: one,
    roles: ADMINS,
    summary: 'Remove a course',
    description: 'Its attendance and results go along, and it leaves the enrolled courses of its students.',
    params,
    ifMatch: true,
    status: 204,
    run: ({ ctx, params, version }) => courses.remove(ctx, idIn(params), version),
  }),
  operation({
    id: 'changeRoster',
    tag,
    method: 'PUT',
    path: `${one}/roster`,
    roles: ADMINS,
    summary: 'Enrol students and take them off',
    description: 'At most 500 students together. The versions of the students rise; sending it again changes nothing.',
    params,
    body: rosterChange.meta({ id: 'RosterChange' }),
    status: 200,
    answer: rosterChanged,
    refusals: { 409: 'More students than the course has places for.' },
    run: ({ ctx, params, body }) => courses.changeRoster(ctx, idIn(params), body),
  }),
];

const idIn = ({ course_id = '' }: Record<string, string>): string => course_id;
