// What can be called, and how does a reader find out? The document and the page that shows it, out of the same table.
import { z } from 'zod';
import type { Config } from './platform/config.ts';
import { describeApi } from './platform/http/api-document.ts';
import type { ApiDocument } from './platform/http/api-document.ts';
import { EVERYBODY, operation } from './platform/http/api-operation.ts';
import type { Operation } from './platform/http/api-operation.ts';
import { documentPage } from './platform/http/api-page.ts';

const DESCRIPTION = `The same rules and the same data as the pages, as JSON.

Sign in with \`POST /api/session\`; the answer sets the session cookie and holds \`csrf_token\`, which goes into the header X-CSRF-Token with every call that changes something.

Every record has a version. \`ETag\` says it, \`If-Match\` brings it back with a change or a removal, and whoever was slower gets 412 with what is stored now. \`*\` names no version and counts as none.

A call with \`Idempotency-Key\` (a UUID of your own) can be repeated for 14 days: the same call gets the first answer again, with the header Idempotent-Replay, and nothing happens twice.

An optional field without value is null in every answer; null or '' clears it. Fields and parameters that are not listed are refused, not ignored. Refusals are problem documents (RFC 9457).`;

const TAGS = [
  { name: 'Session', description: 'Signing in and out.' },
  { name: 'Students', description: 'Who studies here.' },
  { name: 'Courses', description: 'What is taught, by whom, and who takes it. A course is one offering: one term.' },
  { name: 'Attendance', description: 'Marks: who was there. Single ones, and the sheet of a course on a date.' },
  { name: 'Results', description: 'Marks and grades. Single ones, and the sheet of a course for an exam.' },
  { name: 'Users', description: 'Who may sign in.' },
  { name: 'Dashboard', description: 'How the college stands, and what happened lately.' },
  { name: 'About', description: 'This description.' },
];

/** `document` is asked when somebody reads it: it describes these two calls as well. */
export const aboutOperations = (document: () => ApiDocument): Operation[] => [
  operation({
    id: 'getDocument',
    tag: 'About',
    method: 'GET',
    path: '/openapi.json',
    roles: EVERYBODY,
    summary: 'This API as an OpenAPI document',
    status: 200,
    answer: z.looseObject({ openapi: z.string() }),
    run: () => document(),
  }),
  operation({
    id: 'getDocs',
    tag: 'About',
    method: 'GET',
    path: '/docs',
    roles: EVERYBODY,
    summary: 'This API as a page',
    status: 200,
    answer: z.string(),
    run: () => undefined,
    show: (_req, res) => res.page('docs', { title: 'API', ...documentPage(document()) }),
  }),
];

export const openApiDocument = (
  table: readonly Operation[],
  { version, cookie }: Pick<Config, 'version' | 'cookie'>,
): ApiDocument =>
  describeApi(table, { title: 'StudentCore', version, description: DESCRIPTION, cookie: cookie.name, tags: TAGS });
