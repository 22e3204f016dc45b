// Can the bench's own instruments be trusted? Its client, its figures, its copy of the grade rule, its verdicts.
import { Buffer } from 'node:buffer';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { compareCommitted } from '../../scripts/bench/committed.mjs';
import { replaced } from '../../scripts/bench/document.mjs';
import { gradeOf, hundredths } from '../../scripts/bench/grade.mjs';
import { createConnection, header, readAnswer, request } from '../../scripts/bench/http-client.mjs';
import { quantiles } from '../../scripts/bench/quantiles.mjs';
import { missed } from '../../scripts/bench/targets.mjs';
import { gradeOf as ours } from '../../src/results/grading.ts';

describe('the lean client', () => {
  const sized = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nETag: "3"\r\n\r\nhello';
  const chunked = 'HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n';

  it.each([sized, chunked])('waits until an answer is complete', (text) => {
    for (let n = 0; n < text.length; n++) expect(readAnswer(Buffer.from(text.slice(0, n)))).toBeUndefined();
    expect(readAnswer(Buffer.from(text))?.body.toString()).toBe('hello');
  });

  it('reads status and headers', () => {
    const answer = readAnswer(Buffer.from(sized))!;
    expect(answer.status).toBe(200);
    expect(header(answer, 'etag')).toBe('"3"');
    expect(header(answer, 'location')).toBeUndefined();
    expect(readAnswer(Buffer.from(chunked))?.status).toBe(404);
  });

  it('asks again over a new connection when the server closed the old one', async () => {
    const server = createServer((req, res) => {
      res.setHeader('Connection', 'close');
      res.end(`${req.method!} ${req.url!}`);
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const connection = createConnection((server.address() as AddressInfo).port);
    for (const path of ['/a', '/b']) {
      const answer = await connection.send(request('GET', path));
      expect(answer.body.toString()).toBe(`GET ${path}`);
      await new Promise((done) => setTimeout(done, 20));
    }
    connection.close();
    server.close();
  });
});

describe('figures', () => {
  it('are measured ones, by nearest rank', () => {
    const times = Array.from({ length: 100 }, (_, i) => 100 - i);
    expect(quantiles(times)).toEqual({ mean: 50.5, p50: 50, p95: 95, p99: 99, max: 100 });
    expect(quantiles([7])).toEqual({ mean: 7, p50: 7, p95: 7, p99: 7, max: 7 });
    expect(quantiles([]).max).toBe(0);
  });

  it('grade as the app does', () => {
    for (const max of [1, 7, 89, 100]) {
      for (let i = 0; i <= 200; i++) {
        const marks = Math.round((max * i * 10) / 200) / 10;
        if (marks > max) continue;
        const { grade, hundredths: percent } = ours(marks, max);
        expect([gradeOf(marks, max), hundredths(marks, max)]).toEqual([grade, percent]);
      }
    }
  });
});

describe('verdicts', () => {
  it('name every part of a target that is missed, at the users it is for', () => {
    const row = { name: 'fetch', users: 50, perSecond: 3000, cpu: 0.2 };
    expect(missed(row)).toEqual([]);
    expect(missed({ ...row, perSecond: 2000, cpu: 0.4 })).toEqual(['perSecond < 2900', 'cpu > 0.3']);
    expect(missed({ ...row, users: 10 })).toBeUndefined();
    expect(missed({ name: 'sign-in', users: 50, perSecond: 9 }, [{ name: 'bcrypt-12', perSecond: 10 }])).toEqual([
      'perSecond < 9.5',
    ]);
  });

  it('take targets in the pace of the machine, but not what a floor of the same run says', () => {
    const row = { name: 'fetch', users: 50, perSecond: 1500, cpu: 0.5 };
    expect(missed(row, [{ name: 'express-hello', cpu: 0.22 }])).toEqual([]);
    expect(missed(row, [{ name: 'express-hello', cpu: 0.165 }])).toEqual(['perSecond < 1930', 'cpu > 0.45']);
    const floors = [
      { name: 'express-hello', cpu: 0.22 },
      { name: 'bcrypt-12', perSecond: 10 },
    ];
    expect(missed({ name: 'sign-in', users: 50, perSecond: 9 }, floors)).toEqual(['perSecond < 9.5']);
  });

  it('let CPU per request double, no more, and more on a slower machine', () => {
    const rows = [
      { name: 'fetch', users: 50, cpu: 0.5 },
      { name: 'fetch', users: 1, cpu: 9 },
      { name: 'new', users: 50, cpu: 9 },
    ];
    expect(compareCommitted(rows, { fetch: 0.25 })).toEqual([]);
    expect(compareCommitted(rows, { fetch: 0.2 })).toHaveLength(1);
    const hello = (cpu: number) => [...rows, { name: 'express-hello', users: 50, cpu }];
    expect(compareCommitted(hello(0.2), { fetch: 0.2, 'express-hello': 0.1 })).toEqual([]);
    expect(compareCommitted(hello(0.05), { fetch: 0.2, 'express-hello': 0.1 })).toHaveLength(1);
  });
});

describe('docs/performance.md', () => {
  const text = readFileSync(new URL('../../docs/performance.md', import.meta.url), 'utf8');

  it.each(['figures', 'growth'])('has a place for the table of %s, which is replaced and nothing else', (name) => {
    const once = replaced(text, name, '| new |');
    expect(once).toContain('| new |');
    expect(replaced(once, name, '| newer |')).toBe(once.replace('| new |', '| newer |'));
    expect(once.split('\n## ')).toHaveLength(text.split('\n## ').length);
  });
});
