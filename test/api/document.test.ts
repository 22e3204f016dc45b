// Does the document tell the truth about the table, in the shape that OpenAPI 3.1 asks for?
import { describe, expect, it } from 'vitest';
import { apiOperations } from '../../src/api.ts';
import { openApiDocument } from '../../src/openapi.ts';
import { loadConfig } from '../../src/platform/config.ts';
import { documentPage } from '../../src/platform/http/api-page.ts';
import type { Services } from '../../src/services.ts';

const config = loadConfig({ NODE_ENV: 'test' });
// The table is made without asking any service.
const table = apiOperations({ config }, {} as Services);
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- a test looks into it as it likes
type Any = any;
const document = openApiDocument(table, config) as Any;
const text = JSON.stringify(document);

const find = (ref: string): unknown =>
  ref
    .slice(2)
    .split('/')
    .reduce<unknown>((node, key) => (node as Record<string, unknown> | undefined)?.[key], document);

describe('the table of operations', () => {
  it('has every call of the contract, and each id once', () => {
    const calls = table.map((op) => `${op.method} ${op.path}`);
    const five = (path: string, id: string) => [
      `GET ${path}`,
      `POST ${path}`,
      `GET ${path}/{${id}}`,
      `PATCH ${path}/{${id}}`,
      `DELETE ${path}/{${id}}`,
    ];
    expect(calls.sort()).toEqual(
      [
        ...['GET', 'POST', 'DELETE'].map((method) => `${method} /session`),
        ...five('/students', 'student_id'),
        'GET /students/{student_id}/access',
        'GET /students/{student_id}/export',
        'POST /students/{student_id}/erasure',
        ...five('/courses', 'course_id'),
        ...five('/users', 'user_id'),
        'DELETE /users/{user_id}/sessions',
        ...five('/attendance', 'attendance_id'),
        ...five('/results', 'result_id'),
        'PUT /courses/{course_id}/roster',
        'GET /courses/{course_id}/attendance/{date}',
        'PUT /courses/{course_id}/attendance/{date}',
        'GET /courses/{course_id}/results/{exam_type}',
        'PUT /courses/{course_id}/results/{exam_type}',
        'POST /courses/{course_id}/results/{exam_type}/posted',
        'GET /stats',
        'GET /activity',
        'GET /openapi.json',
        'GET /docs',
      ].sort(),
    );
    expect(new Set(table.map((op) => op.id)).size).toBe(table.length);
  });

  it('checks every variable part of a path, and no other', () => {
    for (const op of table) {
      const named = [...op.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      expect([op.id, Object.keys(op.params?.shape ?? {})]).toEqual([op.id, named]);
    }
  });

  it('asks for a version wherever one record is changed or removed', () => {
    for (const op of table) {
      const removes = op.method === 'DELETE' && !/sessions?$/.test(op.path);
      const one = op.method === 'PATCH' || op.id === 'eraseStudent' || removes;
      expect([op.id, op.ifMatch === true]).toEqual([op.id, one]);
    }
  });

  it('lets students change nothing', () => {
    const theirs = table.filter(
      (op) => op.roles !== 'signed out' && op.roles.includes('student') && op.method !== 'GET',
    );
    expect(theirs.map((op) => op.id)).toEqual(['signOut']);
  });
});

describe('the OpenAPI document', () => {
  it('is of version 3.1 and describes each operation under its id', () => {
    expect(document.openapi).toMatch(/^3\.1\.\d$/);
    expect(document.info).toMatchObject({ title: 'StudentCore', version: config.version });
    for (const op of table) {
      const described = document.paths[op.path][op.method.toLowerCase()];
      expect(described).toMatchObject({ operationId: op.id, tags: [op.tag], summary: op.summary });
      expect(described.responses[op.status]).toBeDefined();
    }
  });

  it('points only at what is there', () => {
    const refs = [...text.matchAll(/"\$ref":"([^"]+)"/g)].map(([, ref]) => ref!);
    expect(refs.length).toBeGreaterThan(50);
    for (const ref of new Set(refs)) expect([ref, find(ref)]).toEqual([ref, expect.any(Object)]);
  });

  it('lists path parameters as needed, and the headers that changes need', () => {
    const { parameters } = document.paths['/students/{student_id}'].patch;
    expect(parameters).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ in: 'path', name: 'student_id', required: true }),
        expect.objectContaining({ in: 'header', name: 'If-Match', required: true }),
        expect.objectContaining({ in: 'header', name: 'X-CSRF-Token', required: true }),
        expect.objectContaining({ in: 'header', name: 'Idempotency-Key' }),
      ]),
    );
  });

  it('takes limits from the schemas that check the calls', () => {
    const { properties, required, additionalProperties } = document.components.schemas.StudentInput;
    expect(required).toEqual(['student_code', 'full_name', 'program']);
    expect(additionalProperties).toBe(false);
    expect(properties.student_code).toMatchObject({ type: 'string', maxLength: 32 });
    expect(properties.semester).toMatchObject({ type: ['integer', 'null'], minimum: 1, maximum: 12, default: null });
    expect(properties.email).toMatchObject({ type: ['string', 'null'], format: 'email' });
    expect(document.components.schemas.UserPatch.properties.email).toMatchObject({ type: ['string', 'null'] });
    const page_size = document.paths['/students'].get.parameters as { name: string; schema: unknown }[];
    expect(page_size.find((p) => p.name === 'page_size')?.schema).toEqual({
      type: 'integer',
      minimum: 1,
      maximum: 500,
      default: 25,
    });
  });

  it('never shows a password in an answer', () => {
    expect(Object.keys(document.components.schemas.User.properties)).not.toContain('password');
    expect(text).not.toContain('password_hash');
  });

  it('says what a wrong password gets', () => {
    expect(Object.keys(document.paths['/session'].post.responses)).toContain('401');
  });

  it('says who may call', () => {
    expect(document.paths['/users'].get['x-roles']).toEqual(['admin']);
    expect(document.paths['/session'].post.security).toEqual([]);
    expect(document.components.securitySchemes.session.name).toBe(config.cookie.name);
  });
});

describe('the page', () => {
  const page = documentPage(openApiDocument(table, config));

  it('shows every call in its group', () => {
    expect(page.groups.flatMap((group) => group.operations.map((one) => one.id)).sort()).toEqual(
      table.map((op) => op.id).sort(),
    );
  });

  it('lists the fields of rows inside a body', () => {
    const sheet = page.schemas.find((schema) => schema.name === 'AttendanceSheetInput')!;
    expect(sheet.fields.map((field) => field.name)).toEqual([
      'entries',
      'entries[].student_id',
      'entries[].status',
      'entries[].remarks',
      'entries[].version',
    ]);
    expect(sheet.fields[0]).toMatchObject({ type: 'list of group', required: true, notes: 'at most 500' });
  });

  it('explains shared refusals in words', () => {
    const add = page.groups.flatMap((group) => group.operations).find((one) => one.id === 'addStudent')!;
    for (const answer of add.answers) expect(answer.description).not.toBe('');
  });
});
