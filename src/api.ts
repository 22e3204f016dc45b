// Which calls does the JSON API have? The table of all of them, in the order the document lists them.
import type { Router } from 'express';
import { attendanceOperations } from './attendance/attendance.api.ts';
import { courseOperations } from './courses/courses.api.ts';
import { dashboardOperations } from './dashboard/dashboard.api.ts';
import { aboutOperations, openApiDocument } from './openapi.ts';
import { createApi } from './platform/http/api.ts';
import type { ApiDocument } from './platform/http/api-document.ts';
import type { Operation } from './platform/http/api-operation.ts';
import type { Platform } from './platform/platform.ts';
import { privacyOperations } from './privacy/privacy.api.ts';
import { resultOperations } from './results/results.api.ts';
import type { Services } from './services.ts';
import { studentOperations } from './students/students.api.ts';
import { sessionOperations } from './users/session.api.ts';
import { userOperations } from './users/users.api.ts';

export function apiOperations({ config }: Pick<Platform, 'config'>, services: Services): Operation[] {
  let made: ApiDocument | undefined;
  const table: Operation[] = [
    ...sessionOperations(services.users),
    ...studentOperations(services),
    ...privacyOperations(services),
    ...courseOperations(services.courses),
    ...attendanceOperations(services.attendance),
    ...resultOperations(services.results),
    ...userOperations(services.users),
    ...dashboardOperations(services),
    ...aboutOperations(() => (made ??= openApiDocument(table, config))),
  ];
  return table;
}

/** The whole API, to be mounted at /api. */
export const apiRouter = (platform: Platform, services: Services): Router =>
  createApi(apiOperations(platform, services), {
    log: platform.log,
    findAnswer: services.keys.find,
    secrets: platform.config.sessionSecrets,
  });
