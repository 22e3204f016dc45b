// Does every request pass the same steps, in the contract's order, and is every refusal said safely?
import { request } from 'node:http';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestApp } from '../../support/app.ts';
import type { Person, TestApp } from '../../support/app.ts';
import { tokenIn } from '../../support/browser.ts';

let app: TestApp;
let admin: Person;
beforeAll(async () => {
  app = await startTestApp({ env: { LOG_LEVEL: 'debug' } });
  admin = await app.admin();
});
afterAll(() => app.stop());

/** Sends bytes as they are, for what fetch would tidy up. */
function raw(text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const { port } = new URL(app.url);
    let answer = '';
    const socket = connect(Number(port), '127.0.0.1', () => socket.write(text));
    socket.setEncoding('utf8').on('data', (part: string) => (answer += part));
    socket.on('end', () => resolve(answer)).on('error', reject);
  });
}

const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

describe('every answer', () => {
  it('tells browsers to load only what is ours, and to keep nothing', async () => {
    const { headers } = await admin.browser.get('/account');
    expect(headers.get('content-security-policy')?.split(';').toSorted()).toEqual(
      [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "worker-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
      ].toSorted(),
    );
    expect(headers.get('referrer-policy')).toBe('same-origin');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('strict-transport-security')).toBeNull();
    expect(headers.get('x-powered-by')).toBeNull();
    expect(headers.get('etag')).toBeNull();
  });

  it('answers 400 to a request that asks for no path', async () => {
    const { port } = new URL(app.url);
    for (const method of ['GET', 'OPTIONS', 'POST']) {
      const status = await new Promise((resolve, reject) => {
        const asked = request({ port, method, path: '*' }, (res) => resolve(res.resume().statusCode));
        asked.on('error', reject).end();
      });
      expect(status).toBe(400);
    }
  });

  it('insists on TLS, and on a cookie of its own, where TLS is used', async () => {
    const secrets = { SESSION_SECRET: 's'.repeat(32), TRAIL_KEY: 't'.repeat(32) };
    const own = await startTestApp({ engine: app.engine, env: { NODE_ENV: 'production', ...secrets } });
    try {
      const browser = own.browser();
      const { headers } = await browser.get('/login', { 'x-forwarded-proto': 'https' });
      expect(headers.get('strict-transport-security')).toBe('max-age=31536000');
      expect(headers.getSetCookie()[0]).toMatch(
        /^__Host-studentcore\.form=.*; Path=\/; .*HttpOnly; Secure; SameSite=Lax$/,
      );
    } finally {
      await own.stop();
    }
  });

  it('warns staff, and only staff, on every page where production has no TLS', async () => {
    const env = {
      NODE_ENV: 'production',
      PUBLIC_URL: 'http://192.0.2.10',
      SESSION_SECRET: 's'.repeat(32),
      TRAIL_KEY: 't'.repeat(32),
    };
    const own = await startTestApp({ engine: app.engine, env });
    try {
      const warning = 'This address is plain http';
      const [faculty, student] = [await own.faculty(), await own.student()];
      expect((await faculty.browser.get('/students')).text).toContain(warning);
      expect((await student.browser.get('/account')).text).not.toContain(warning);
      expect((await admin.browser.get('/students')).text).not.toContain(warning);
    } finally {
      await own.stop();
    }
  });

  it('has a number that stands in the log, in a line without names', async () => {
    await app.addStudent();
    app.lines.length = 0;
    const { headers } = await admin.browser.get('/account?email=ada@college.edu');
    await admin.browser.get('/somebody@college.edu');
    const lines = app.lines.filter(({ msg }) => msg === 'request');
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatchObject({
      level: 'info',
      id: headers.get('x-request-id'),
      method: 'GET',
      route: '/account',
      status: 200,
      user_id: admin.user.user_id,
    });
    expect(lines[0]?.['ms']).toBeTypeOf('number');
    expect(lines[1]).toMatchObject({ route: '-', status: 404 });
    const text = JSON.stringify(app.lines);
    for (const secret of ['@college.edu', admin.user.username, admin.browser.cookies.get('studentcore.sid') ?? '-']) {
      expect(text).not.toContain(secret);
    }
  });
});

describe('health', () => {
  it('is told without login, session or log line', async () => {
    app.lines.length = 0;
    const health = await app.browser().get('/healthz');
    expect([health.status, health.json.status]).toEqual([200, 'ok']);
    expect(health.json.version).toMatch(/^0\.1\.0\+/);
    expect(health.json.uptime_s).toBeTypeOf('number');
    expect(health.headers.getSetCookie()).toEqual([]);
    expect((await app.browser().get('/readyz')).status).toBe(200);
    expect(app.lines.filter(({ level }) => level === 'info')).toEqual([]);
  });

  it('asks the tables at most once a second', async () => {
    await app.browser().get('/readyz');
    const before = app.engine.dynamo.calls.get('BatchGetItem') ?? 0;
    await Promise.all(Array.from({ length: 20 }, () => app.browser().get('/readyz')));
    expect((app.engine.dynamo.calls.get('BatchGetItem') ?? 0) - before).toBeLessThanOrEqual(1);
  });
});

describe('an address that leads nowhere', () => {
  it('is a page of its own, after signing in', async () => {
    const page = await admin.browser.get('/nowhere');
    expect(page.status).toBe(404);
    expect(page.text).toContain('<h1');
    expect(page.text).toContain('Not found');
    expect((await app.browser().get('/nowhere')).location).toBe('/login?next=%2Fnowhere');
  });

  it('is a problem document below /api', async () => {
    const answer = await admin.browser.get('/api/nowhere');
    expect(answer.status).toBe(404);
    expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(answer.json).toMatchObject({ status: 404, title: 'Not found' });
  });

  it('is not the sign-in page for a built file', async () => {
    const answer = await app.browser().get('/build/app-gone.js');
    expect(answer.status).toBe(404);
  });

  it.each(['/students/%E0%A4%A', '/%E0%A4%A', '/students/%', '/students/..%2f..%2fetc', '/students/%00'])(
    '%s is never a fault of ours',
    async (path) => {
      const answer = await admin.browser.get(path);
      expect(answer.status).toBeGreaterThanOrEqual(400);
      expect(answer.status).toBeLessThan(500);
      expect(answer.text).not.toMatch(/URIError|at .*\.ts/);
    },
  );

  it.each(['TRACE', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'PROPFIND'])('knows no %s for pages', async (method) => {
    const answer = await raw(
      `${method} /students HTTP/1.1\r\nHost: ${new URL(app.url).host}\r\nConnection: close\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 405 /);
    expect(answer).toMatch(/\r\nAllow: GET, HEAD, POST\r\n/);
  });
});

describe('an unsafe request', () => {
  const post = (headers: Record<string, string>, body = 'a=1') =>
    admin.browser.request('/account', { method: 'POST', headers: { ...FORM, ...headers }, body });

  it.each([
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { origin: 'http://localhost.evil.example' },
    { 'sec-fetch-site': 'cross-site' },
  ])('from elsewhere is refused: %j', async (headers: Record<string, string>) => {
    const token = tokenIn((await admin.browser.get('/account')).text);
    const answer = await post(headers, `_csrf=${token}`);
    expect(answer.status).toBe(403);
    expect(answer.text).toContain('This was sent from another site.');
    expect((await app.browser().request('/api/students', { method: 'POST', headers })).status).toBe(403);
  });

  it('from our own origin passes, whatever way the host is written', async () => {
    const token = tokenIn((await admin.browser.get('/account')).text);
    for (const headers of [{ origin: app.url }, { 'sec-fetch-site': 'same-origin' }, {}]) {
      expect((await post(headers as Record<string, string>, `_csrf=${token}`)).status).toBe(422);
    }
  });

  it('needs a token of this very session', async () => {
    const other = await app.admin();
    const foreign = tokenIn((await other.browser.get('/account')).text);
    for (const body of ['', '_csrf=', '_csrf=x', `_csrf=${foreign}`, '_csrf=a&_csrf=b', `_csrf=${'A'.repeat(86)}`]) {
      const answer = await post({}, body);
      expect(answer.status).toBe(403);
      expect(answer.text).toContain('This form is too old');
    }
  });

  it('never shows the same token twice, so that compression gives nothing away', async () => {
    const tokens = await Promise.all([1, 2, 3].map(async () => tokenIn((await admin.browser.get('/account')).text)));
    expect(new Set(tokens).size).toBe(3);
    for (const token of tokens) expect((await post({}, `_csrf=${token}`)).status).toBe(422);
  });

  it('may be large, but not too large, and must be a form', async () => {
    expect((await post({}, `a=${'x'.repeat(1024 * 1024)}`)).status).toBe(413);
    expect((await post({ 'content-type': 'application/json' }, '{}')).status).toBe(415);
    expect((await post({ 'content-type': 'multipart/form-data; boundary=x' }, '--x--')).status).toBe(415);
    expect((await post({ 'content-type': `${FORM['content-type']}; charset=klingon` })).status).toBe(415);
    expect((await post({ 'content-encoding': 'klingon' })).status).toBe(415);
    expect((await post({ 'content-encoding': 'gzip' }, 'not gzip')).status).toBe(400);
    expect((await post({}, 'a=1&'.repeat(20_001))).status).toBe(413);
  });

  it('finds no way into prototypes', async () => {
    const token = tokenIn((await admin.browser.get('/account')).text);
    const answer = await post({}, `_csrf=${token}&__proto__=x&constructor=y&hasOwnProperty=z`);
    expect(answer.status).toBe(422);
    expect(({} as Record<string, unknown>)['x']).toBeUndefined();
  });
});

describe('a defect', () => {
  it('is logged with the number of the request, and tells nothing else', async () => {
    const { list } = app.services.students;
    app.services.students.list = () => {
      throw new Error('a secret of ours');
    };
    try {
      app.lines.length = 0;
      const page = await admin.browser.get('/students');
      expect(page.status).toBe(500);
      const id = page.headers.get('x-request-id') ?? '';
      expect(page.text).toContain(id);
      expect(page.text).not.toMatch(/a secret of ours|at .*\.ts/);
      expect(app.lines.find(({ msg }) => msg === 'a request failed')).toMatchObject({
        id,
        level: 'error',
        err: { message: 'a secret of ours' },
      });
    } finally {
      app.services.students.list = list;
    }
  });
});

describe('a page', () => {
  it('escapes whatever people typed, in the address too', async () => {
    const page = await app.browser().get('/login?next=%2F%22%3E%3Cscript%3Ealert(1)%3C%2Fscript%3E');
    expect(page.text).not.toContain('<script>alert');
  });

  it('needs no Host', async () => {
    expect(await raw('GET /login HTTP/1.0\r\n\r\n')).toMatch(/^HTTP\/1\.1 200 /);
  });

  it('takes no view options from the address', async () => {
    const page = await app.browser().get('/login?settings[view%20options][client]=1&cache=0&delimiter=x&filename=y');
    expect(page.status).toBe(200);
  });

  it('is compressed when asked for', async () => {
    const answer = await admin.browser.get('/account', { 'accept-encoding': 'gzip' });
    expect(answer.headers.get('content-encoding')).toBe('gzip');
  });
});
