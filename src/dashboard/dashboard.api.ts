// Which calls of the JSON API feed the dashboard?
import { z } from 'zod';
import { operation, STAFF } from '../platform/http/api-operation.ts';
import type { Operation } from '../platform/http/api-operation.ts';
import { filter, numberText } from '../platform/list-query.ts';
import { oneOf } from '../platform/schema.ts';
import { GRADES } from '../results/grading.ts';
import { ACTIVITY_KINDS } from './activity.service.ts';
import type { ActivityService } from './activity.service.ts';
import type { StatsService } from './stats.service.ts';

const count = z.int().min(0);
const percent = z.number().nullable().meta({ description: 'Percent, half up to 2 decimals; null without data.' });
const counts = { present: count, absent: count, late: count };

export const statsAnswer = z
  .strictObject({
    students: z.strictObject({ total: count, active: count, by_program: z.record(z.string(), count) }),
    courses: z.strictObject({ total: count }),
    attendance: z.strictObject({
      total: count,
      today: z.strictObject({ ...counts, rate: percent }),
      days: z
        .array(z.strictObject({ date: z.iso.date(), ...counts }))
        .length(30)
        .meta({ description: 'Oldest first, today last, days without marks included.' }),
    }),
    results: z.strictObject({
      total: count,
      average_percentage: percent,
      pass_rate: percent,
      grades: z.record(z.enum(GRADES.map((one) => one.grade)), count),
    }),
    as_of: z.iso.datetime(),
  })
  .meta({ id: 'Stats' });

export const activityAnswer = z
  .strictObject({
    items: z.array(
      z.strictObject({
        at: z.iso.datetime(),
        event: z.string(),
        actor: z.string().meta({ description: 'The name of who did it.' }),
        summary: z.string(),
        entity: z.string(),
        entity_id: z.string(),
      }),
    ),
    next_before: z.string().nullable().meta({ description: 'Send it as `before` for what is older; null at the end.' }),
  })
  .meta({ id: 'ActivityPage' });

const query = z.strictObject({
  kind: filter(oneOf(ACTIVITY_KINDS, 'Kind')).meta({ description: 'Both when left out; sign-ins are for admins.' }),
  limit: numberText('Limit', 1, 500).default(50),
  before: filter(z.string({ error: () => 'Before is one text.' }).max(100)),
});

const tag = 'Dashboard';

export const dashboardOperations = (services: { stats: StatsService; activity: ActivityService }): Operation[] => [
  operation({
    id: 'getStats',
    tag,
    method: 'GET',
    path: '/stats',
    roles: STAFF,
    summary: 'How the college stands',
    description: 'Equal to a recount whenever no write is under way. All seven grades are always there.',
    status: 200,
    answer: statsAnswer,
    run: ({ ctx }) => services.stats.stats(ctx),
  }),
  operation({
    id: 'listActivity',
    tag,
    method: 'GET',
    path: '/activity',
    roles: STAFF,
    summary: 'What happened lately',
    description: 'Newest first. What concerns users is for admins only.',
    query,
    status: 200,
    answer: activityAnswer,
    run: ({ ctx, query }) => services.activity.list(ctx, query as Parameters<ActivityService['list']>[1]),
  }),
];
