// Which tables are there? Five of records as the paper has them, and `system` for everything that is not a record.
import type { TableDefinition } from './platform/dynamo/table.ts';

export const tables: TableDefinition[] = [
  { name: 'users', key: { partition: 'user_id' }, indexes: [] },
  { name: 'students', key: { partition: 'student_id' }, indexes: [] },
  { name: 'courses', key: { partition: 'course_id' }, indexes: [] },
  {
    name: 'attendance',
    key: { partition: 'attendance_id' },
    indexes: [
      { name: 'by-student', partition: 'student_id', sort: 'date' },
      { name: 'by-course', partition: 'course_id', sort: 'date' },
      { name: 'by-date', partition: 'date', sort: 'course_id' },
    ],
  },
  {
    name: 'results',
    key: { partition: 'result_id' },
    indexes: [
      { name: 'by-student', partition: 'student_id', sort: 'course_id' },
      { name: 'by-course', partition: 'course_id', sort: 'exam_type' },
    ],
  },
  {
    name: 'system',
    key: { partition: 'pk', sort: 'sk' },
    // Only trail entries and sign-ins carry `feed` and `number`: the index holds these two feeds and nothing else.
    indexes: [
      {
        name: 'feed',
        partition: 'feed',
        sort: 'number',
        only: ['at', 'actor_name', 'event', 'entity', 'entity_id', 'summary'],
      },
    ],
    ttl: 'ttl',
  },
];
