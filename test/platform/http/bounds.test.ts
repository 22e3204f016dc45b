// How much may a request carry, and what says its number? Real bytes on a real connection.
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ownPath } from '../../../src/platform/http/gate.ts';
import { startTestApp } from '../../support/app.ts';
import type { Person, TestApp } from '../../support/app.ts';

let app: TestApp;
let admin: Person;
beforeAll(async () => {
  app = await startTestApp();
  admin = await app.admin();
});
afterAll(() => app.stop());

function raw(text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(Number(new URL(app.url).port), '127.0.0.1', () => socket.write(text));
    socket.setEncoding('utf8').on('data', (part: string) => (answer += part));
    socket.on('end', () => resolve(answer)).on('error', reject);
  });
}

describe('a request', () => {
  it('may have an address of 8,000 characters and no more', async () => {
    const long = 'a'.repeat(8_000);
    expect((await admin.browser.get(`/api/students?q=${long.slice(0, 300)}`)).status).toBe(422);
    for (const path of [`/students?q=${long}`, `/${long}`, `/build/${long}`]) {
      expect((await admin.browser.get(path)).status).toBe(414);
    }
    const call = await admin.browser.get(`/api/students?q=${long}`);
    expect(call.status).toBe(414);
    expect(call.json).toMatchObject({ status: 414, title: 'Address too long' });
  });

  it('may have 16 KiB of headers and no more', async () => {
    const fields = `X-Long: ${'a'.repeat(17 * 1024)}\r\n`;
    expect(await raw(`GET /login HTTP/1.1\r\nHost: a\r\n${fields}\r\n`)).toMatch(/^HTTP\/1\.1 431 /);
  });

  it('may not have two lengths, nor a length beside chunks', async () => {
    const head = 'POST /login HTTP/1.1\r\nHost: a\r\nConnection: close\r\n';
    expect(await raw(`${head}Content-Length: 3\r\nContent-Length: 4\r\n\r\na=1`)).toMatch(/^HTTP\/1\.1 400 /);
    const both = 'Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n';
    expect(await raw(head + both)).toMatch(/^HTTP\/1\.1 400 /);
  });

  it('is read by a strict schema: a repeated or unknown parameter is refused, and a thousand of them too', async () => {
    const many = Array.from({ length: 1_000 }, (_, i) => `a${String(i)}=`).join('&');
    for (const query of ['q=a&q=b', 'nothing=1', '__proto__=1', many]) {
      expect((await admin.browser.get(`/api/students?${query}`)).status).toBe(422);
    }
  });
});

describe('the number of a request', () => {
  it('stands in the header, in the problem and on the page; what a client claims is not taken', async () => {
    const claimed = { 'x-request-id': 'mine' };
    const call = await admin.browser.get('/api/nowhere', claimed);
    expect(call.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
    expect(call.json.request_id).toBe(call.headers.get('x-request-id'));
    const page = await admin.browser.get('/nowhere', claimed);
    expect(page.text).toContain(page.headers.get('x-request-id'));
    const file = await app.browser().get('/favicon.svg');
    expect(file.headers.get('x-request-id')).toBeTruthy();
  });
});

describe('where sign-in leads', () => {
  it.each([
    'https://evil.example',
    '//evil.example',
    '///evil.example',
    '/\\evil.example',
    '\\/evil.example',
    '/\u0009/evil.example',
    '/\r\n/evil.example',
    '/\u0000/evil.example',
    ' //evil.example',
    'https:evil.example',
    'http://own.example@evil.example',
    'javascript:alert(1)',
    'data:text/html,x',
    '/\u007f/evil',
    `/${'a'.repeat(2_001)}`,
    ['/a', '/b'],
    undefined,
    { a: 1 },
  ])('never to another site: %j', (next) => {
    expect(ownPath(next)).toBe('/');
  });

  it.each([
    '/%2f%2fevil.example',
    '/%5cevil.example',
    '/.//evil.example',
    '/a/..//evil.example',
    '/@evil.example',
    '/a?b=//c',
  ])('an encoded or odd path of our own stays with us: %s', (next) => {
    expect(new URL(ownPath(next), 'https://own.example').host).toBe('own.example');
  });
});
